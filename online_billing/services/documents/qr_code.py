"""Make the modules of a QR code in a tenth of a millisecond.

The package `qrcode` sets bit for bit and module for module. Here it is asked once for the fixed part of each size:
which modules are the same in every code, and which take the data, in which order. What differs from code to code is
made with whole numbers as long as the data, and put in its places at once. The mask is fixed, because the search for
the best one takes longest of all; any reader reads every mask.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cache, reduce
from operator import itemgetter
from typing import NamedTuple

import qrcode
from qrcode import base, util
from qrcode.constants import ERROR_CORRECT_M

LEVEL = ERROR_CORRECT_M
BORDER = 1  # light modules on each side; the white of the page does the rest
MASK = 0
SPLIT = 20  # so many figures or capitals in a row are worth a shorter notation
LARGEST = 40
FILLING = (0xEC, 0x11)


class _Layout(NamedTuple):
    """What all codes of a size have in common."""

    side: int  # modules in a row, with the border
    capacity: int  # bytes of data
    blocks: tuple  # (bytes of data, bytes of correction) of each block
    interleave: itemgetter  # takes the bytes of all blocks, data before correction, in the order in which they are set
    spare: int  # modules behind the last byte
    mask: int  # which bits are turned
    place: itemgetter  # takes the bits, a light one and a dark one, in the order of the modules


class _Blank(qrcode.QRCode):
    """A code with all that is fixed, and None where data goes."""

    def map_data(self, data, mask_pattern):
        pass


def make_rows(text: str) -> list[str]:
    """Return the rows of a QR code with its border, from the top; "1" is a dark module and "0" a light one.

    :raise ValueError: the text is longer than any code can hold
    """
    version, bits = _write(text)
    layout = _get_layout(version)
    data = _fill(bits, layout.capacity)
    pieces, corrections, start = [], [], 0
    for length, correction in layout.blocks:
        block = data[start : start + length]
        start += length
        pieces.append(block)
        corrections.append(_correct(block, correction))
    whole = bytes(layout.interleave(b"".join(pieces + corrections)))
    count = 8 * len(whole) + layout.spare
    number = (int.from_bytes(whole, "big") << layout.spare) ^ layout.mask
    modules = "".join(layout.place(f"{number:0{count}b}01"))
    return [modules[first : first + layout.side] for first in range(0, len(modules), layout.side)]


def _write(text):
    """Return the smallest version that holds a text, and the text as a string of bits."""
    chunks = [(chunk, _write_chunk(chunk)) for chunk in util.optimal_data_chunks(text, minimum=SPLIT)]
    version = 1
    while version <= LARGEST:
        sizes = util.mode_sizes_for_version(version)
        bits = "".join(f"{chunk.mode:04b}{len(chunk):0{sizes[chunk.mode]}b}{written}" for chunk, written in chunks)
        found = bisect_left(util.BIT_LIMIT_TABLE[LEVEL], len(bits), version)
        if found > LARGEST:
            break
        if util.mode_sizes_for_version(found) is sizes:
            return found, bits
        version = found  # lengths are written with more bits there
    raise ValueError("This text is too long for a QR code.")


def _write_chunk(chunk):
    if chunk.mode == util.MODE_8BIT_BYTE:
        return f"{int.from_bytes(chunk.data, 'big'):0{8 * len(chunk.data)}b}"
    buffer = util.BitBuffer()
    chunk.write(buffer)
    return "".join(f"{byte:08b}" for byte in buffer.buffer)[: len(buffer)]


def _fill(bits, capacity):
    """Return a string of bits as the bytes of a code, with what marks its end and fills the rest."""
    bits += "0" * min(4, 8 * capacity - len(bits))
    bits += "0" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return data + bytes(FILLING[number % 2] for number in range(capacity - len(data)))


def _correct(block, length):
    """Return the bytes of error correction of a block: the rest of its division by the generator."""
    multiples, rest, top = _get_multiples(length), 0, 8 * (length - 1)
    for byte in block:
        first = rest >> top
        rest = ((rest ^ (first << top)) << 8) ^ multiples[first ^ byte]
    return rest.to_bytes(length, "big")


@cache
def _get_multiples(length):
    """Return all multiples of the generator of so many bytes of correction, without its leading one, as whole numbers.

    :return: the multiple with each byte
    """
    generator = [1]
    for power in range(length):
        shifted = [*generator, 0]
        for number, factor in enumerate(generator):
            shifted[number + 1] ^= _multiply(factor, base.gexp(power))
        generator = shifted
    return [int.from_bytes(bytes(_multiply(factor, byte) for factor in generator[1:]), "big") for byte in range(256)]


def _multiply(left, right):
    return base.gexp(base.glog(left) + base.glog(right)) if left and right else 0


@cache
def _get_layout(version):
    blank = _Blank(version=version, error_correction=LEVEL, mask_pattern=MASK)
    blank.data_cache = ()
    blank.makeImpl(False, MASK)
    modules = blank.modules
    places = [place for place in _walk(len(modules)) if modules[place[0]][place[1]] is None]
    blocks = tuple((one.data_count, one.total_count - one.data_count) for one in base.rs_blocks(version, LEVEL))
    count, is_turned = 8 * sum(map(sum, blocks)), util.mask_func(MASK)
    number_of, light = {place: number for number, place in enumerate(places)}, len(places)
    side = len(modules) + 2 * BORDER
    order = [light] * side * side
    for row, of_row in enumerate(modules):
        for column, dark in enumerate(of_row):
            place = number_of.get((row, column), light + bool(dark))
            order[(row + BORDER) * side + column + BORDER] = place
    return _Layout(
        side=side,
        capacity=sum(length for length, _correction in blocks),
        blocks=blocks,
        interleave=itemgetter(*_get_order(blocks)),
        spare=len(places) - count,
        mask=reduce(lambda mask, place: mask << 1 | bool(is_turned(*place)), places, 0),
        place=itemgetter(*order),
    )


def _walk(size):
    """Yield (row, column) of the modules in the order in which data is set: two columns upwards, two downwards."""
    upwards = True
    for right in range(size - 1, 0, -2):
        right -= right <= 6  # the column of the timing pattern is left out
        for row in range(size - 1, -1, -1) if upwards else range(size):
            yield row, right
            yield row, right - 1
        upwards = not upwards


def _get_order(blocks):
    """Return where each byte is found in the order in which it is set: the first of all blocks, then the second, ..."""
    order, first = [], 0
    for part in (0, 1):
        starts = []
        for block in blocks:
            starts.append(first)
            first += block[part]
        for number in range(max(block[part] for block in blocks)):
            order += [start + number for start, block in zip(starts, blocks, strict=True) if number < block[part]]
    return order
