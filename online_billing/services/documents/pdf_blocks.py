"""What pages are put together from: texts in one style, rows of cells, QR codes.

reportlab has all of it, and reads every text as markup, every cell as one that may span others and look in its own way.
A bill has fifty texts without markup, and simple tables: here they take a tenth of the time. Where they stand is the
same, line by line. What is given as a flowable of reportlab is drawn by that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.platypus import Flowable

from .qr_code import make_rows

UNLIMITED = 1 << 24  # points
SHRINKAGE = 0.05  # of a blank, by which a line may be longer than its place
EMPTY_CELL = 12  # points
DARK = re.compile("1+")
# what is broken or joined in other ways than a blank and the end of a line
ODD_BLANKS = re.compile(r"[^\S \n]|\xad")


def is_plain(text):
    """Tell whether a text can be broken into lines at its blanks alone."""
    return text.isascii() and "\t" not in text or not ODD_BLANKS.search(text)


class Block(Flowable):
    """Something that is drawn at once where it belongs, or handed to reportlab as any other flowable."""

    def paint(self, canvas, x, top):
        """Draw it with its upper left corner in a place of the page."""
        raise NotImplementedError

    def draw(self):
        self.paint(self.canv, 0, self.height)


class Text(Block):
    """A text in one style; nothing of it is markup."""

    def __init__(self, text, style, lines=None):
        super().__init__()
        self.style = style
        self._text, self._lines, self._given = text, lines, lines is not None

    def wrap(self, width, _height):
        if self._given:
            self.width = width
        elif self._lines is None or self.width != width:
            self.width = width
            self._lines = break_lines(self._text, self.style.fontName, self.style.fontSize, width)
        self.height = len(self._lines) * self.style.leading
        return width, self.height

    def split(self, width, height):
        self.wrap(width, height)
        count = int(height / self.style.leading)
        if count <= 1:  # no line is left alone at the bottom of a page
            return []
        if count >= len(self._lines):
            return [self]
        return [Text("", self.style, self._lines[:count]), Text("", self.style, self._lines[count:])]

    def paint(self, canvas, x, top):
        if not self._lines:
            return
        style = self.style
        canvas.setFillColor(style.textColor)
        text = canvas.beginText()
        text.setFont(style.fontName, style.fontSize, style.leading)
        for number, (line, free) in enumerate(self._lines):
            blanks = line.count(" ") if free < -1e-8 else 0
            start = x + free if style.alignment == TA_RIGHT and not blanks else x
            text.setTextOrigin(start, top - style.fontSize - number * style.leading)
            if blanks:
                text.setWordSpace(free / blanks)
            text.textOut(line)
            if blanks:
                text.setWordSpace(0)
        canvas.drawText(text)


def break_lines(text, font_name, size, width):
    """Return the lines of a text, broken at blanks, and inside of words that are longer than a line.

    :return: [(line, free room behind it)] in points; less than nothing where blanks have to shrink
    """
    measure, lines = getFont(font_name).stringWidth, []
    blank = measure(" ", size)
    for part in text.rstrip("\n").split("\n"):
        words = part.split()
        used = measure(" ".join(words), size)
        if used <= width:
            lines.append((" ".join(words), width - used))
        else:
            lines += _break_part(words, measure, size, blank, width)
    return lines


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

    def measure(self, canvas, width):
        """Return the height for which there must be room."""
        if not self.blocks:
            return EMPTY_CELL + self.above + self.below
        free = width - self.before - self.after
        self.sizes = [block.wrapOn(canvas, free, UNLIMITED) for block in self.blocks]
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
            canvas = getattr(self, "canv", None)
            self._heights = [
                max(cell.measure(canvas, width) for cell, _start, width in self._place(band)) for band in self._bands
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
        side = self.height / len(rows)
        canvas.saveState()
        canvas.translate(x, top)
        canvas.scale(side, side)
        path = canvas.beginPath()
        for number, row in enumerate(rows, 1):
            for run in DARK.finditer(row):
                path.rect(run.start(), -number, run.end() - run.start(), 1)
        canvas.setFillColor(colors.black)
        canvas.drawPath(path, stroke=0, fill=1)
        canvas.restoreState()
