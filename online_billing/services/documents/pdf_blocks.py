"""What pages are put together from: texts in one style, rows of cells, QR codes; and the pages.

reportlab has all of it, and reads every text as markup, every cell as one that may span others and look in its own way.
A bill has fifty texts without markup, and simple tables: here they take a tenth of the time. Where they stand is the
same, line by line. What is given as a flowable of reportlab is drawn by that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.rl_accel import escapePDF, fp_str
from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.platypus import Flowable, Paragraph

from .pdf_fonts import CannotDraw
from .qr_code import make_rows

UNLIMITED = 1 << 24  # points
SHRINKAGE = 0.05  # of a blank, by which a line may be longer than its place
EMPTY_CELL = 12  # points
FUZZ = 1e-6  # points that do not count
REMEMBERED = 512  # broken texts
# what is broken or joined in other ways than a blank, one that holds words together, and the end of a line
HOLDING = "\xa0"  # as between the sign of a currency and an amount
BREAKS = re.compile("[ \\n]")
ODD_BLANKS = re.compile(rf"[^\S \n{HOLDING}]|\xad")


def is_plain(text):
    """Tell whether a text can be broken into lines at its blanks alone."""
    return text.isascii() and "\t" not in text or not ODD_BLANKS.search(text)


def split_words(text):
    """Return the words of a plain text."""
    return list(filter(None, BREAKS.split(text))) if HOLDING in text else text.split()


class Block(Flowable):
    """Something that is drawn at once where it belongs, or handed to reportlab as any other flowable."""

    def paint(self, canvas, x, top):
        """Draw it with its upper left corner in a place of the page."""
        raise NotImplementedError

    def draw(self):
        self.paint(self.canv, 0, self.height)


class Text(Block):
    """A text in one style; nothing of it is markup."""

    def __init__(self, text, style, link=None, lines=None):
        """Take a text.

        :param str link: address that is opened by a click on it
        :param lines: of the text, if it was broken into lines
        """
        super().__init__()
        self.style = style
        self._text, self._link, self._lines, self._given = text, link, lines, lines is not None

    def wrap(self, width, _height):
        style = self.style
        if not self._given and (self._lines is None or self.width != width):
            self._lines = break_lines(self._text, style.fontName, style.fontSize, width)
        self.width, self.height = width, len(self._lines) * style.leading
        return width, self.height

    def split(self, width, height):
        self.wrap(width, height)
        count = int(height / self.style.leading)
        if count <= 1:  # no line is left alone at the bottom of a page
            return []
        if count >= len(self._lines):
            return [self]
        return [Text("", self.style, self._link, lines) for lines in (self._lines[:count], self._lines[count:])]

    def paint(self, canvas, x, top):
        style = self.style
        font, color = getFont(style.fontName), style.textColor
        baseline = top - style.fontSize
        for line, free in self._lines:
            blanks = line.count(" ") + line.count(HOLDING) if free < -1e-8 else 0
            start = x + free if style.alignment == TA_RIGHT and not blanks else x
            write(canvas, start, baseline, font, style.fontSize, color, line, free / blanks if blanks else 0)
            if self._link:
                bottom = baseline - style.fontSize / 8
                right = start + font.stringWidth(line, style.fontSize)
                canvas.linkURL(self._link, (start, bottom, right, bottom + style.leading), relative=1)
            baseline -= style.leading


class Pair(Block):
    """A label with its value in another style behind it, in one line where there is room."""

    def __init__(self, label, value, label_style, value_style):
        super().__init__()
        label, value = (" ".join(split_words(text)) if is_plain(text) else text for text in (label, value))
        self._parts = ((f"{label} ", label_style), (value, value_style))
        self._leading, self._broken = label_style.leading, None

    def wrap(self, width, height):
        length = sum(getFont(style.fontName).stringWidth(text, style.fontSize) for text, style in self._parts)
        if length > width or not all(is_plain(text) for text, _style in self._parts):
            (label, style), (value, _style) = self._parts
            self._broken = Paragraph(f"{escape(label)}<b>{escape(value)}</b>", style)
            self.width, self.height = self._broken.wrap(width, height)
        else:
            self.width, self.height = width, self._leading
        return self.width, self.height

    def paint(self, canvas, x, top):
        if self._broken:
            self._broken.drawOn(canvas, x, top - self.height)
            return
        for text, style in self._parts:
            font, size = getFont(style.fontName), style.fontSize
            write(canvas, x, top - size, font, size, style.textColor, text)
            x += font.stringWidth(text, size)


def write(canvas, x, y, font, size, color, text, blank=0):
    """Write a line of text.

    :param blank: points by which each blank is wider
    """
    document = canvas._doc
    shown = " ".join(
        f"{font.getSubsetInternalName(subset, document)} {fp_str(size)} Tf ({escapePDF(codes)}) Tj"
        for subset, codes in font.splitString(text, document)
    )
    stretched = f"{fp_str(blank)} Tw " if blank else ""
    back = " 0 Tw" if blank else ""
    place, colored = fp_str(x, y), fp_str(color.red, color.green, color.blue)
    canvas.addLiteral(f"{colored} rg BT {place} Td {stretched}{shown}{back} ET")


@lru_cache(maxsize=REMEMBERED)
def break_lines(text, font_name, size, width):
    """Return the lines of a text, broken at blanks, and inside of words that are longer than a line.

    Most texts of a document stand in all those of a company.

    :return: ((line, free room behind it), …) in points; less than nothing where blanks have to shrink
    """
    measure, lines = getFont(font_name).stringWidth, []
    blank = measure(" ", size)
    for part in text.rstrip("\n").split("\n"):
        words = split_words(part)
        used = measure(" ".join(words), size)
        if used <= width:
            lines.append((" ".join(words), width - used))
        else:
            lines += _break_part(words, measure, size, blank, width)
    return tuple(lines)


def _break_part(words, measure, size, blank, width):
    lines, line, used = [], [], -blank
    for word in words:
        length = measure(word, size)
        if used + blank + length <= width + SHRINKAGE * blank * len(line):
            line.append(word)
            used += blank + length
            continue
        if length > width:
            *pieces, word = _break_word(word, measure, size, used + blank, width)
            length = measure(word, size)
        else:
            pieces = [""]
        for piece in pieces:
            line += [piece] if piece else []
            lines.append(line)
            line = []
        line, used = [word], length
    return [(whole, width - measure(whole, size)) for whole in map(" ".join, [*lines, line])]


def _break_word(word, measure, size, used, width):
    """Return the pieces of a word that is longer than a line; the first ends the line that was begun."""
    pieces, piece = [], ""
    for letter in word:
        length = measure(letter, size)
        if used + length > width and (piece or length <= width):
            pieces.append(piece)
            piece, used = "", 0
        piece += letter
        used += length
    return [*pieces, piece]


@dataclass(slots=True)
class Cell:
    """What stands in a row below each other; all lengths in points."""

    blocks: list
    before: float = 0  # free room on the side from which one reads
    after: float = 0
    above: float = 0
    below: float = 0
    columns: int = 1
    is_middle: bool = False  # between above and below; else at the top
    sizes: list = ()  # of the blocks, once they were measured

    def measure(self, width):
        """Return the height for which there must be room."""
        if not self.blocks:
            return EMPTY_CELL + self.above + self.below
        free = width - self.before - self.after
        self.sizes = [block.wrap(free, UNLIMITED) for block in self.blocks]
        return sum(height for _width, height in self.sizes) + self.above + self.below

    def paint(self, canvas, x, top, width, height, right_to_left):
        free = width - self.before - self.after
        left = x + (self.after if right_to_left else self.before)
        y = top - self.above
        if self.is_middle:
            inside = sum(of_block for _width, of_block in self.sizes)
            y = top - (height - self.below + self.above - inside) / 2
        for block, (wide, high) in zip(self.blocks, self.sizes, strict=True):
            start = left + free - wide if right_to_left else left
            if isinstance(block, Block):
                block.paint(canvas, start, y)
            else:
                block.drawOn(canvas, start, y - high)
            y -= high


@dataclass(slots=True)
class Line:
    """A line between rows; from the first of some columns to the end."""

    color: object
    weight: float
    first: int = 0


@dataclass(slots=True)
class Band:
    """A row of a grid."""

    cells: list
    tint: object = None
    over: list = field(default_factory=list)  # lines
    under: list = field(default_factory=list)


class Grid(Block):
    """Rows of cells, from the right where one reads from there; goes on over pages, between rows."""

    def __init__(self, bands, widths, right_to_left, tint=None, repeated=0, heights=None):
        """Put rows together.

        :param widths: of the columns, in the order in which they are read
        :param tint: of the whole
        :param repeated: so many rows stand on every page
        :param heights: of the rows, if they were measured
        """
        super().__init__()
        self.width = sum(widths)
        self._bands, self._widths, self._right_to_left = bands, widths, right_to_left
        self._tint, self._repeated, self._heights = tint, repeated, heights

    def wrap(self, _width, _height):
        if self._heights is None:
            self._heights = [
                max(cell.measure(width) for cell, _start, width in self._place(band)) for band in self._bands
            ]
        self.height = sum(self._heights)
        return self.width, self.height

    def split(self, width, height):
        self.wrap(width, height)
        used = count = 0
        while count < len(self._bands) and used + self._heights[count] <= height:
            used += self._heights[count]
            count += 1
        if count <= self._repeated:
            return []
        if count == len(self._bands):
            return [self]
        head, numbers = range(self._repeated), range(len(self._bands))
        return [self._take(numbers[:count]), self._take([*head, *numbers[count:]])]

    def _take(self, numbers):
        bands, heights = ([of_grid[number] for number in numbers] for of_grid in (self._bands, self._heights))
        return Grid(bands, self._widths, self._right_to_left, self._tint, self._repeated, heights)

    def _place(self, band):
        """Yield (cell, start, width) of a row, from where one reads."""
        column, start = 0, 0
        for cell in band.cells:
            width = sum(self._widths[column : column + cell.columns])
            yield cell, start, width
            column, start = column + cell.columns, start + width

    def paint(self, canvas, x, top):
        self._paint_tints(canvas, x, top)
        y = top
        for band, height in zip(self._bands, self._heights, strict=True):
            for cell, start, width in self._place(band):
                left = x + self.width - start - width if self._right_to_left else x + start
                cell.paint(canvas, left, y, width, height, self._right_to_left)
            y -= height
        self._paint_lines(canvas, x, top)

    def _paint_tints(self, canvas, x, top):
        if self._tint:
            canvas.setFillColor(self._tint)
            canvas.rect(x, top, self.width, -self.height, stroke=0, fill=1)
        y = top
        for band, height in zip(self._bands, self._heights, strict=True):
            if band.tint:
                canvas.setFillColor(band.tint)
                canvas.rect(x, y, self.width, -height, stroke=0, fill=1)
            y -= height

    def _paint_lines(self, canvas, x, top):
        y, lines = top, []
        for band, height in zip(self._bands, self._heights, strict=True):
            lines += [(line, y) for line in band.over]
            y -= height
            lines += [(line, y) for line in band.under]
        if not lines:
            return
        canvas.saveState()
        canvas.setLineCap(1)
        canvas.setLineJoin(1)
        for line, height in lines:
            canvas.setStrokeColor(line.color)
            canvas.setLineWidth(line.weight)
            inside = sum(self._widths[: line.first])
            start, end = (x, x + self.width - inside) if self._right_to_left else (x + inside, x + self.width)
            canvas.line(start, height, end, height)
        canvas.restoreState()


class QrCode(Block):
    """A QR code drawn as one path."""

    def __init__(self, text, size):
        super().__init__()
        self.width = self.height = size
        self._text = text

    def paint(self, canvas, x, top):
        rows = make_rows(self._text)
        side = fp_str(self.height / len(rows))
        runs = []
        for place, row in zip(range(-1, -1 - len(rows), -1), rows, strict=True):
            start = 0
            for dark in row.split("0"):
                if dark:
                    runs.append(f"{start} {place} {len(dark)} 1 re")
                start += len(dark) + 1
        canvas.addLiteral(f"q {side} 0 0 {side} {fp_str(x, top)} cm 0 g {' '.join(runs)} f Q")


class Pages:
    """Put blocks below each other, on as many pages as they need."""

    def __init__(self, canvas, left, bottom, width, height, begin):
        """Begin with the first page.

        :param begin: called with the canvas of every new page, before anything is put on it
        """
        self._canvas, self._begin = canvas, begin
        self._left, self._bottom, self._width, self._height = left, bottom, width, height
        self._start()

    def _start(self):
        self._begin(self._canvas)
        self._free = self._height

    def turn(self):
        """Go on at the next page."""
        self._canvas.showPage()
        self._start()

    def add(self, block):
        """Put a block below what is there, or at the top of the next page, as far as it has room.

        :raise CannotDraw: it has no room on a page, and cannot be cut
        """
        rest = [block]
        while rest:
            block = rest.pop(0)
            width, height = block.wrap(self._width, self._free)
            if height <= self._free + FUZZ:
                place = self._bottom + self._free - height
                if isinstance(block, Block):
                    block.paint(self._canvas, self._left, place + height)
                else:
                    block.drawOn(self._canvas, self._left, place)
                self._free -= height + block.getSpaceAfter()
                continue
            pieces = block.splitOn(self._canvas, width, self._free)
            if len(pieces) < 2:
                if self._free >= self._height:
                    raise CannotDraw
                self.turn()
                pieces = [block]
            rest = [*pieces, *rest]

    def add_together(self, blocks):
        """Put blocks on one page, if that is large enough."""
        height = sum(block.wrap(self._width, UNLIMITED)[1] for block in blocks)
        if self._free + FUZZ < height and self._free < self._height:
            self.turn()
        for block in blocks:
            self.add(block)
