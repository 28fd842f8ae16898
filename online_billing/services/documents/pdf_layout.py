"""Draw a business document as a PDF in milliseconds: facts, a table over any number of pages, totals, QR code, notes.

Knows nothing of Odoo: what is printed comes in as finished texts.
"""

from __future__ import annotations

import io
from xml.sax.saxutils import escape

import qrcode
from PIL import Image as PillowImage
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    Image,
    KeepTogether,
    LongTable,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from .pdf_document import Document
from .pdf_fonts import get_family

MARGIN = 18 * mm
FOOTER_LINE = 4 * mm
LINES_PER_ROW = 12
CHARACTERS_PER_ROW = 1200
GREY = colors.HexColor("#5f6368")
RULE = colors.HexColor("#c8ccd0")
TINT = colors.HexColor("#f2f4f6")


class _NumberedCanvas(Canvas):
    """Number the pages when their count is known."""

    def __init__(self, *args, page_label, font, footer_color, **kwargs):
        super().__init__(*args, **kwargs)
        self._pages = []
        self._page_label, self._page_font, self._page_color = page_label, font, footer_color

    def showPage(self):  # noqa: N802 the name is reportlab's
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self):
        for state in self._pages:
            self.__dict__.update(state)
            self.setFont(self._page_font, 7.5)
            self.setFillColor(self._page_color)
            text = self._page_label % {"page": self._pageNumber, "pages": len(self._pages)}
            self.drawRightString(self._pagesize[0] - MARGIN, 10 * mm, text)
            super().showPage()
        return super().save()


class _QrCode(Flowable):
    """A QR code drawn as one path; the mask is fixed, because the search for the best one takes longest of all."""

    def __init__(self, text, size):
        super().__init__()
        self.width = self.height = size
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=1, mask_pattern=0)
        code.add_data(text)
        code.make(fit=True)
        self._matrix = code.get_matrix()

    def draw(self):
        side = self.width / len(self._matrix)
        path = self.canv.beginPath()
        for number, row in enumerate(self._matrix):
            bottom, start = self.height - (number + 1) * side, None
            for column, dark in enumerate([*row, False]):
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    path.rect(start * side, bottom, (column - start) * side, side)
                    start = None
        self.canv.setFillColor(colors.black)
        self.canv.drawPath(path, stroke=0, fill=1)


def draw(document: Document) -> bytes:
    """Return the PDF of a document."""
    return _Drawing(document).build()


class _Drawing:
    def __init__(self, document):
        self.document = document
        self.page_size = LETTER if document.page_format == "Letter" else A4
        self.width = self.page_size[0] - 2 * MARGIN
        self.family = get_family(document.get_text())
        self.color = colors.HexColor(document.color)
        self.styles = self._make_styles()

    def _make_styles(self):
        base = ParagraphStyle("base", fontName=self.family.regular, fontSize=9, leading=12, splitLongWords=1)
        return {
            "base": base,
            "right": ParagraphStyle("right", base, alignment=TA_RIGHT),
            "strong": ParagraphStyle("strong", base, fontName=self.family.bold),
            "strong_right": ParagraphStyle("strong_right", base, fontName=self.family.bold, alignment=TA_RIGHT),
            "small": ParagraphStyle("small", base, fontSize=7.5, leading=9.5, textColor=GREY),
            "small_right": ParagraphStyle(
                "small_right", base, fontSize=8, leading=10.5, textColor=GREY, alignment=TA_RIGHT
            ),
            "company": ParagraphStyle(
                "company", base, fontName=self.family.bold, fontSize=11, leading=14, alignment=TA_RIGHT
            ),
            "title": ParagraphStyle(
                "title", base, fontName=self.family.bold, fontSize=17, leading=22, textColor=self.color, spaceAfter=4
            ),
            "fact": ParagraphStyle("fact", base, fontSize=7.5, leading=10, textColor=GREY),
            "head": ParagraphStyle(
                "head", base, fontName=self.family.bold, fontSize=8, leading=10, textColor=self.color
            ),
            "head_right": ParagraphStyle(
                "head_right",
                base,
                fontName=self.family.bold,
                fontSize=8,
                leading=10,
                textColor=self.color,
                alignment=TA_RIGHT,
            ),
            "note": ParagraphStyle("note", base, textColor=GREY),
            "total": ParagraphStyle("total", base, fontName=self.family.bold, fontSize=11, leading=14),
            "total_right": ParagraphStyle(
                "total_right", base, fontName=self.family.bold, fontSize=11, leading=14, alignment=TA_RIGHT
            ),
            "link": ParagraphStyle("link", base, textColor=self.color, fontName=self.family.bold),
        }

    def build(self):
        document, stream = self.document, io.BytesIO()
        bottom = 16 * mm + FOOTER_LINE * len(document.footer)
        frame = Frame(MARGIN, bottom, self.width, self.page_size[1] - bottom - 14 * mm, 0, 0, 0, 0)
        template = BaseDocTemplate(
            stream,
            pagesize=self.page_size,
            title=document.title,
            author=document.company_name,
            subject=document.title,
            lang=document.language,
        )
        template.addPageTemplates(PageTemplate("page", [frame], onPage=self._draw_footer))
        template.build(self._get_story(), canvasmaker=self._make_canvas)
        return stream.getvalue()

    def _make_canvas(self, *args, **kwargs):
        return _NumberedCanvas(
            *args, page_label=self.document.page_label, font=self.family.regular, footer_color=GREY, **kwargs
        )

    def _draw_footer(self, canvas, _template):
        canvas.saveState()
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.5)
        top = 11 * mm + FOOTER_LINE * len(self.document.footer)
        canvas.line(MARGIN, top, self.page_size[0] - MARGIN, top)
        canvas.setFont(self.family.regular, 7.5)
        canvas.setFillColor(GREY)
        for number, line in enumerate(self.document.footer):
            canvas.drawString(MARGIN, top - FOOTER_LINE * (number + 1), line)
        canvas.restoreState()

    def _get_story(self):
        story = [
            self._get_letterhead(),
            Spacer(0, 9 * mm),
            self._get_recipient(),
            Spacer(0, 10 * mm),
            self._text(self.document.title, "title"),
        ]
        if self.document.facts:
            story += [self._get_facts(), Spacer(0, 6 * mm)]
        story += [part for text in self.document.text for part in (self._text(text), Spacer(0, 3 * mm))]
        if self.document.rows:
            story += [self._get_table(), Spacer(0, 3 * mm)]
        if self.document.totals:
            story += [KeepTogether([self._get_totals(), Spacer(0, 5 * mm)])]
        if payment := self._get_payment():
            story += [KeepTogether(payment)]
        story += [part for note in self.document.notes for part in (Spacer(0, 2 * mm), *self._get_note(note))]
        return story

    # -- parts --------------------------------------------------------------------------------------------------------

    def _text(self, text, style="base"):
        return Paragraph(escape(text.replace("\ufeff", "")).replace("\n", "<br/>"), self.styles[style])

    def _get_letterhead(self):
        right = [
            self._text(self.document.company_name, "company"),
            *(self._text(line, "small_right") for line in self.document.company_lines),
        ]
        return self._plain_table([[self._get_logo() or "", right]], [self.width * 0.5, self.width * 0.5])

    def _get_logo(self):
        if not self.document.logo:
            return None
        try:
            picture = PillowImage.open(io.BytesIO(self.document.logo))
            picture.load()
        except (OSError, ValueError, SyntaxError):
            return None  # a drawing that cannot be printed is no reason to withhold the document
        scale = min(65 * mm / picture.width, 20 * mm / picture.height)
        image = Image(io.BytesIO(self.document.logo), picture.width * scale, picture.height * scale, mask="auto")
        image.hAlign = "LEFT"
        return image

    def _get_recipient(self):
        lines = [self._text(self.document.sender_line, "small")] if self.document.sender_line else []
        lines += [self._text(line) for line in self.document.recipient]
        return self._plain_table([[lines, ""]], [self.width * 0.55, self.width * 0.45])

    def _get_facts(self):
        per_row = 4
        cells = [[self._text(label, "fact"), self._text(value, "strong")] for label, value in self.document.facts]
        cells += [""] * (-len(cells) % per_row)
        rows = [cells[first : first + per_row] for first in range(0, len(cells), per_row)]
        return self._plain_table(
            rows,
            [self.width / per_row] * per_row,
            [
                ("BACKGROUND", (0, 0), (-1, -1), TINT),
                ("LEFTPADDING", (0, 0), (-1, -1), 6),
                ("TOPPADDING", (0, 0), (-1, -1), 4),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
            ],
        )

    def _get_table(self):
        columns = self.document.columns
        fixed = sum(column.width or 0 for column in columns)
        free = (1 - fixed) / max(1, sum(column.width is None for column in columns))
        widths = [self.width * (free if column.width is None else column.width) for column in columns]
        data = [[self._text(column.label, "head_right" if column.right else "head") for column in columns]]
        style = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 1, self.color),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, RULE),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
        for row in self.document.rows:
            for cells in self._split_row(row):
                number = len(data)
                if row.kind in ("section", "note"):
                    last = -2 if row.kind == "section" and len(cells) > 1 and cells[-1] else -1
                    style.append(("SPAN", (0, number), (last, number)))
                    if row.kind == "section":
                        style.append(("BACKGROUND", (0, number), (-1, number), TINT))
                    amount = self._text(cells[-1], "strong_right") if last == -2 else ""
                    data.append(
                        [
                            self._text(cells[0], "strong" if row.kind == "section" else "note"),
                            *[""] * (len(columns) - 2),
                            amount,
                        ]
                    )
                else:
                    strong = "strong_" if row.kind == "strong" else ""
                    data.append(
                        [
                            self._text(cell, f"{strong}right" if column.right else ("strong" if strong else "base"))
                            for cell, column in zip(cells, columns, strict=True)
                        ]
                    )
                if row.indent:
                    style.append(("LEFTPADDING", (0, number), (0, number), 3 + 8 * row.indent))
        return LongTable(data, widths, repeatRows=1, style=style)

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
        data, style = [], [("LINEABOVE", (1, -1), (-1, -1), 0.8, self.color)] if self.document.totals[-1].strong else []
        for number, total in enumerate(self.document.totals):
            kind = "total" if total.strong else "base"
            data.append(
                [
                    "",
                    self._text(total.label, kind),
                    self._text(total.amount, "total_right" if total.strong else "right"),
                ]
            )
            if total.strong and number:
                style.append(("LINEABOVE", (1, number), (-1, number), 0.8, self.color))
        return self._plain_table(
            data,
            [self.width * 0.45, self.width * 0.31, self.width * 0.24],
            [
                *style,
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ],
        )

    def _get_payment(self):
        """Return how to pay: due dates, reference and account on the left, the link with its QR code on the right."""
        document = self.document
        left = [self._text(line) for line in document.schedule]
        if document.schedule and document.instructions:
            left.append(Spacer(0, 2 * mm))
        left += [
            Paragraph(f"{escape(label)}: <b>{escape(value)}</b>", self.styles["base"])
            for label, value in document.instructions
        ]
        if not document.link:
            return left
        address = escape(document.link.url, {'"': "&quot;"})
        text = [Paragraph(f'<a href="{address}">{escape(document.link.label)}</a>', self.styles["link"])]
        if document.link.hint:
            text.append(self._text(document.link.hint, "small"))
        text.append(Paragraph(f'<a href="{address}">{escape(document.link.url)}</a>', self.styles["small"]))
        pay = self._plain_table(
            [[_QrCode(document.link.url, 26 * mm), text]],
            [27 * mm, self.width * 0.52 - 27 * mm],
            [("VALIGN", (0, 0), (-1, -1), "MIDDLE")],
        )
        if not left:
            return [pay]
        return [self._plain_table([[left, pay]], [self.width * 0.48, self.width * 0.52])]

    def _get_note(self, note):
        return [self._text(part, "small") for part in note.split("\n\n") if part.strip()]

    def _plain_table(self, data, widths, style=()):
        return Table(
            data,
            widths,
            style=[
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                *[(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")],
                *style,
            ],
        )
