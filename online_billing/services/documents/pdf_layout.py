"""Draw a business document as a PDF in milliseconds: facts, a table over any number of pages, totals, QR code, notes.

Knows nothing of Odoo: what is printed comes in as finished texts.
"""

from __future__ import annotations

import io
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from PIL import Image as PillowImage
from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Image, Paragraph, Spacer

from .pdf_blocks import Band, Cell, Grid, Line, Pages, Pair, QrCode, Text, is_plain
from .pdf_document import Document
from .pdf_fonts import get_family
from .pdf_scripts import arrange, has_right_to_left, shape

MARGIN = 18 * mm
LOGO = (65 * mm, 20 * mm)
MADE_BY = "Odoo"  # as it says of any PDF that it handles
LOGO_DOTS = 300 / 72  # a point of the page
FOOTER_LINE = 4 * mm
FOOTER_SIZE = 7.5
MOST_FOOTER_LINES = 12
LINES_PER_ROW = 12
CHARACTERS_PER_ROW = 1200
CELL_ROOM = 7  # beside the text of a cell, and a little for rounding
WIDE_DIGIT = 6  # no digit of the texts of a table is as wide
LEAST_OF_TEXT = 0.2  # of the width of a page, for each column of texts
GREY = colors.HexColor("#5f6368")
RULE = colors.HexColor("#c8ccd0")
TINT = colors.HexColor("#f2f4f6")

# of the whole process, reportlab knows no other way: pictures and pages as bytes, which letters only make larger
rl_config.useA85 = 0


class _NumberedCanvas(Canvas):
    """Number the pages when their count is known."""

    def __init__(self, *args, print_number, **kwargs):
        super().__init__(*args, **kwargs)
        self._pages = []
        self._print_number = print_number

    def showPage(self):  # noqa: N802 the name is reportlab's
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self):
        for state in self._pages:
            self.__dict__.update(state)
            self._print_number(self, self._pageNumber, len(self._pages))
            super().showPage()
        return super().save()


class _Lines(Flowable):
    """A text with letters that are written from the right: broken into lines first, each arranged for itself."""

    def __init__(self, text, style, right_to_left, link=None):
        super().__init__()
        self._text, self._style, self._right_to_left, self._link = text, style, right_to_left, link
        self._paragraph, self._free = None, None

    def getSpaceBefore(self):  # noqa: N802 the name is reportlab's
        return self._style.spaceBefore

    def getSpaceAfter(self):  # noqa: N802 the name is reportlab's
        return self._style.spaceAfter

    def wrap(self, width, height):
        if self._free != width:
            style, lines = self._style, []
            for part in self._text.split("\n"):
                lines += simpleSplit(part, style.fontName, style.fontSize, width - 0.5) or [""]
            markup = "<br/>".join(escape(arrange(line, self._right_to_left)) for line in lines)
            if self._link:
                markup = f"<link href={quoteattr(self._link)}>{markup}</link>"
            self._paragraph, self._free = Paragraph(markup, style), width
        self.width, self.height = self._paragraph.wrap(width, height)
        return self.width, self.height

    def split(self, width, height):
        self.wrap(width, height)
        return self._paragraph.split(width, height)

    def draw(self):
        self._paragraph.drawOn(self.canv, 0, 0)


def draw(document: Document, whole=True) -> bytes:
    """Return the PDF of a document.

    :param bool whole: refuse one with letters that cannot be drawn; else a question mark stands for each
    :raise CannotDraw: it has such letters, or something that is kept together is longer than a page
    """
    return _Drawing(document, whole).build()


@lru_cache(maxsize=8)
def _read_logo(content):
    """Return (PNG, width, height) of a logo in the size that is printed, read once for all documents of a company.

    :return: None where it cannot be printed: that is no reason to withhold a document
    """
    try:
        picture = PillowImage.open(io.BytesIO(content))
        picture.load()
    except (OSError, ValueError, SyntaxError):
        return None
    if picture.mode not in ("RGB", "RGBA", "L"):
        picture = picture.convert("RGBA")
    picture.thumbnail((LOGO[0] * LOGO_DOTS, LOGO[1] * LOGO_DOTS))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue(), picture.width, picture.height


def can_show_logo(content):
    """Tell whether a logo stands on drawn documents: a picture of dots does, a drawing (SVG) does not."""
    return _read_logo(content) is not None


@lru_cache(maxsize=32)
def _make_styles(family, color, accent, right_to_left):
    """Return the styles of all documents of a company: made once, they take a sixth of the time of a drawing."""
    regular, bold = family.regular, family.bold
    color, accent = colors.HexColor(color), colors.HexColor(accent)
    start, end = (TA_RIGHT, TA_LEFT) if right_to_left else (TA_LEFT, TA_RIGHT)
    base = ParagraphStyle("base", fontName=regular, fontSize=9, leading=12, splitLongWords=1, alignment=start)
    looks = {
        "strong": {"fontName": bold},
        "small": {"fontSize": 7.5, "leading": 9.5, "textColor": GREY},
        "letterhead": {"fontSize": 8, "leading": 10.5, "textColor": GREY},
        "tagline": {"fontSize": 8, "leading": 10.5, "textColor": accent},
        "company": {"fontName": bold, "fontSize": 11, "leading": 14},
        "title": {"fontName": bold, "fontSize": 17, "leading": 22, "textColor": color, "spaceAfter": 4},
        "fact": {"fontSize": 7.5, "leading": 10, "textColor": accent},
        "head": {"fontName": bold, "fontSize": 8, "leading": 10, "textColor": color},
        "note": {"textColor": GREY},
        "total": {"fontName": bold, "fontSize": 11, "leading": 14},
        "link": {"textColor": color, "fontName": bold},
    }
    styles = {"base": base, "right": ParagraphStyle("right", base, alignment=end)}
    for name, look in looks.items():
        styles[name] = ParagraphStyle(name, base, **look)
        styles[f"{name}_right"] = ParagraphStyle(f"{name}_right", base, **look, alignment=end)
    return styles


class _Drawing:
    def __init__(self, document, whole):
        self.document = document
        self.rtl = document.right_to_left
        self.page_size = LETTER if document.page_format == "Letter" else A4
        self.width = self.page_size[0] - 2 * MARGIN
        text = "\n".join(map(shape, document.get_texts()))
        self.family = get_family(text, whole)
        self._letters = text
        self._unprinted = self._find_unprinted(text)
        self.accent = colors.HexColor(document.accent)
        self.styles = _make_styles(self.family, document.color, document.accent, self.rtl)
        self.footer = self._break_footer()

    def _find_unprinted(self, text):
        """Return a table for what the font lacks and need not have: pictures are left out, blanks are blanks."""
        lacking = {character for character in set(text) if ord(character) not in self.family.coverage} - {"\n"}
        marks = {character: "?" for character in lacking if character.isalnum()}
        return {ord(character): " " if character.isspace() else marks.get(character) for character in lacking}

    def build(self):
        document, stream = self.document, io.BytesIO()
        canvas = _NumberedCanvas(
            stream, pagesize=self.page_size, lang=document.language, print_number=self._draw_number
        )
        canvas.setTitle(document.title)
        canvas.setAuthor(document.company_name)
        canvas.setSubject(document.title)
        canvas.setCreator(MADE_BY)
        canvas.setProducer(MADE_BY)
        self.family.prepare(canvas, self._letters)
        bottom = 16 * mm + FOOTER_LINE * len(self.footer)
        height = self.page_size[1] - bottom - 14 * mm
        pages = Pages(canvas, MARGIN, bottom, self.width, height, self._draw_footer)
        self._fill(pages)
        canvas.showPage()
        canvas.save()
        return stream.getvalue()

    # -- footer -------------------------------------------------------------------------------------------------------

    def _break_footer(self):
        """Return the lines of the footer as they are drawn; what is too long goes on in the next line."""
        lines = []
        for text in self.document.footer:
            for line in simpleSplit(self._shape(text), self.family.regular, FOOTER_SIZE, self.width):
                lines.append(arrange(line, self.rtl))
        return lines[:MOST_FOOTER_LINES]

    def _draw_footer(self, canvas):
        canvas.saveState()
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.5)
        top = 11 * mm + FOOTER_LINE * len(self.footer)
        canvas.line(MARGIN, top, self.page_size[0] - MARGIN, top)
        canvas.setFont(self.family.regular, FOOTER_SIZE)
        canvas.setFillColor(GREY)
        for number, line in enumerate(self.footer):
            self._draw_at_side(canvas, top - FOOTER_LINE * (number + 1), line, start=True)
        canvas.restoreState()

    def _draw_number(self, canvas, page, pages):
        canvas.setFont(self.family.regular, FOOTER_SIZE)
        canvas.setFillColor(GREY)
        label = self._shape(self.document.page_label % {"page": page, "pages": pages})
        self._draw_at_side(canvas, 7 * mm, arrange(label, self.rtl), start=False)

    def _draw_at_side(self, canvas, height, line, start):
        if start != self.rtl:
            canvas.drawString(MARGIN, height, line)
        else:
            canvas.drawRightString(self.page_size[0] - MARGIN, height, line)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _fill(self, pages):
        document = self.document
        story = [self._get_letterhead(), Spacer(0, 9 * mm), self._get_recipient(), Spacer(0, 10 * mm)]
        story.append(self._text(document.title, "title"))
        if document.facts:
            story += [self._get_facts(), Spacer(0, 6 * mm)]
        story += [part for text in document.text for part in (self._text(text), Spacer(0, 3 * mm))]
        if document.rows:
            story += [self._get_table(), Spacer(0, 3 * mm)]
        for block in story:
            pages.add(block)
        if document.totals:
            pages.add_together([self._get_totals(), Spacer(0, 5 * mm)])
        pages.add_together(self._get_payment())
        story = [part for text in document.closing for part in (Spacer(0, 3 * mm), self._text(text))]
        story += [part for note in document.notes for part in (Spacer(0, 2 * mm), *self._get_note(note))]
        for block in story:
            pages.add(block)

    def _shape(self, text):
        text = shape(text)
        return text.translate(self._unprinted) if self._unprinted else text

    def _text(self, text, style="base", link=None):
        text = self._shape(text)
        if self.rtl or has_right_to_left(text):
            return _Lines(text, self.styles[style], self.rtl, link)
        if link or is_plain(text):
            return Text(text, self.styles[style], link)
        return Paragraph(escape(text).replace("\n", "<br/>"), self.styles[style])

    def _pair(self, label, value):
        """Return a label with its value, which is what a reader looks for."""
        label, value = self._shape(label), self._shape(value)
        if self.rtl or has_right_to_left(label + value):
            return _Lines(f"{label}: {value}", self.styles["base"], self.rtl)
        return Pair(f"{label}:", value, self.styles["base"], self.styles["strong"])

    def _get_letterhead(self):
        document = self.document
        right = [
            self._text(document.company_name, "company_right"),
            *(self._text(line, "tagline_right") for line in document.tagline),
            *(self._text(line, "letterhead_right") for line in document.company_lines),
        ]
        logo = self._get_logo()
        return self._grid([Band([Cell([logo] if logo else []), Cell(right)])], 0.5, 0.5)

    def _get_logo(self):
        found = _read_logo(self.document.logo) if self.document.logo else None
        if not found:
            return None
        content, width, height = found
        scale = min(LOGO[0] / width, LOGO[1] / height)
        return Image(io.BytesIO(content), width * scale, height * scale, mask="auto")

    def _get_recipient(self):
        document = self.document
        lines = [self._text(document.sender_line, "small")] if document.sender_line else []
        lines += [self._text(line) for line in document.recipient]
        delivery = [self._text(line, "base" if number else "fact") for number, line in enumerate(document.delivery)]
        return self._grid([Band([Cell(lines), Cell(delivery)])], 0.6, 0.4)

    def _get_facts(self):
        per_row = 4
        cells = [
            Cell([self._text(label, "fact"), self._text(value, "strong")], before=6, after=6, above=4, below=5)
            for label, value in self.document.facts
        ]
        cells += [Cell([]) for _empty in range(-len(cells) % per_row)]
        bands = [Band(cells[first : first + per_row]) for first in range(0, len(cells), per_row)]
        return self._grid(bands, *[1 / per_row] * per_row, tint=TINT)

    def _get_table(self):
        columns = self.document.columns
        widths = self._get_widths(columns)
        heads = [self._text(column.label, "head_right" if column.right else "head") for column in columns]
        bands = [Band([self._cell(head) for head in heads], under=[Line(self.accent, 1)])]
        bands += [self._get_band(row, cells, columns) for row in self.document.rows for cells in self._split_row(row)]
        return Grid(bands, widths, self.rtl, repeated=1)

    def _get_widths(self, columns):
        """Return the widths of the columns: as they are set, but wider where a number would be broken.

        What they take is taken from the texts, as long as these keep some room.
        """
        widths = [self.width * (column.width or 0) for column in columns]
        wide = list(widths)
        for place, column in enumerate(columns):
            if column.right and column.width is not None:
                wide[place] = max(widths[place], self._get_longest(place, widths[place]) + CELL_ROOM)
        texts = sum(column.width is None for column in columns)
        if self.width - sum(wide) >= LEAST_OF_TEXT * self.width * texts:
            widths = wide
        free = (self.width - sum(widths)) / max(1, texts)
        return [free if column.width is None else width for column, width in zip(columns, widths, strict=True)]

    def _get_longest(self, place, width):
        """Return the length of the longest word of a column; those that fit in any case are not measured."""
        longest = 0
        for row in self.document.rows:
            cell = row.cells[place] if place < len(row.cells) else ""
            if len(cell) * WIDE_DIGIT > width - CELL_ROOM:
                style = self.styles["strong" if row.kind in ("strong", "section") else "base"]
                words = self._shape(cell).replace("\n", " ").split(" ")
                longest = max(longest, *(self._measure(word, style) for word in words))
        return longest

    def _measure(self, text, style):
        return getFont(style.fontName).stringWidth(text, style.fontSize)

    def _cell(self, block=None, indent=0, columns=1):
        return Cell([block] if block else [], before=3 + 8 * indent, after=3, above=3, below=4, columns=columns)

    def _get_band(self, row, cells, columns):
        """Return what is drawn of a row; in one that goes over the whole width only the first and last cell count."""
        rule, count = [Line(RULE, 0.4)], len(columns)
        if row.kind in ("section", "note"):
            is_section = row.kind == "section"
            amount = cells[-1] if is_section and len(cells) > 1 and count > 1 else ""
            text = self._text(cells[0], "strong" if is_section else "note")
            drawn = [self._cell(text, row.indent, count - bool(amount))]
            drawn += [self._cell(self._text(amount, "strong_right"))] if amount else []
            return Band(drawn, TINT if is_section else None, under=rule)
        left, right = ("strong", "strong_right") if row.kind == "strong" else ("base", "right")
        drawn = [
            self._cell(self._text(cell, right if column.right else left), 0 if number else row.indent)
            for number, (cell, column) in enumerate(zip(cells, columns, strict=True))
        ]
        return Band(drawn, under=rule)

    def _split_row(self, row):
        """Cut a description that is longer than a page into several rows; the figures stay with the first."""
        lines = []
        for line in row.cells[0].split("\n"):
            lines += [
                line[first : first + CHARACTERS_PER_ROW] for first in range(0, len(line), CHARACTERS_PER_ROW)
            ] or [""]
        pieces, size = [[]], 0
        for line in lines:
            if pieces[-1] and (len(pieces[-1]) >= LINES_PER_ROW or size + len(line) > CHARACTERS_PER_ROW):
                pieces.append([])
                size = 0
            pieces[-1].append(line)
            size += len(line)
        for number, piece in enumerate(pieces):
            yield ("\n".join(piece), *(row.cells[1:] if number == 0 else [""] * len(row.cells[1:])))

    def _get_totals(self):
        bands, last, longest = [], len(self.document.totals) - 1, 0.24 * self.width
        for number, total in enumerate(self.document.totals):
            kind = "total" if total.strong else "base"
            label, amount = (
                self._text(total.label, kind),
                self._text(total.amount, "total_right" if total.strong else "right"),
            )
            longest = max(longest, self._measure(self._shape(total.amount), self.styles[kind]) + CELL_ROOM)
            room = {"after": 3, "above": 2, "below": 2}
            band = Band([Cell([], **room), Cell([label], **room), Cell([amount], **room)])
            if total.strong and (number or number == last):
                band.over.append(Line(self.accent, 0.8, first=1))
            bands.append(band)
        share = min(longest / self.width, 0.69)
        return self._grid(bands, 0.69 - share, 0.31, share)

    def _get_payment(self):
        """Return how to pay: dates, account and the code for the bank on one side, the link with its code opposite."""
        document = self.document
        left = [self._text(line) for line in document.schedule]
        if document.schedule and document.instructions:
            left.append(Spacer(0, 2 * mm))
        left += [self._pair(label, value) for label, value in document.instructions]
        if document.bank_code:
            code = QrCode(document.bank_code.content, 26 * mm)
            left += [Spacer(0, 2 * mm), self._beside(code, [self._text(document.bank_code.hint, "small")], 0.47)]
        if not document.link:
            return left
        url = document.link.url
        text = [self._text(document.link.label, "link", url)]
        if document.link.hint:
            text.append(self._text(document.link.hint, "small"))
        text.append(Text(url, self.styles["small"], url))
        pay = self._beside(QrCode(document.link.url, 26 * mm), text, 0.5 if left else 1)
        if not left:
            return [pay]
        return [self._grid([Band([Cell(left), Cell([]), Cell([pay])])], 0.47, 0.03, 0.5)]

    def _beside(self, code, text, share):
        """Return a QR code with its text beside it, over a share of the width."""
        widths = [29 * mm, self.width * share - 29 * mm]
        return Grid([Band([Cell([code], is_middle=True), Cell(text, is_middle=True)])], widths, self.rtl)

    def _get_note(self, note):
        return [self._text(part, "small") for part in note.split("\n\n") if part.strip()]

    def _grid(self, bands, *shares, tint=None):
        return Grid(bands, [self.width * share for share in shares], self.rtl, tint)
