"""What is drawn by blocks of our own is what the libraries make, which take longer: lines, codes, files in a PDF."""

import io
import random
import re
from base64 import b64decode
from unittest.mock import patch

import PyPDF2
import qrcode
from lxml import etree
from odoo.tests import TransactionCase, tagged
from odoo.tools.pdf import OdooPdfFileReader
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, TTFontFace
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from ...services.delivery import invoice_data
from ...services.documents.pdf_attachment import embed
from ...services.documents.pdf_blocks import Text, break_lines, is_plain, split_words
from ...services.documents.pdf_document import Column, Document, Row
from ...services.documents.pdf_fonts import get_family
from ...services.documents.pdf_layout import draw
from ...services.documents.qr_code import make_rows
from ...services.documents.qr_picture import make_picture
from ..delivery.delivery_common import DeliveryCase

TOKEN = re.compile(r"\((?:[^()\\]|\\.)*\)|\S+")  # of a page
NUMBER = re.compile(r"-?\d*\.?\d+")
LETTERS = "abcdefghijk éüßñ,.-/ WMil"
LINK = "https://billing.example/my/invoices/123?access_token=0b5c2f2e-8d5e-4a3e-9a57-2f7b8f1ad222"
# of a bank: short lines, capitals and figures in a row
TRANSFER = "BCD\n002\n1\nSCT\nGENODEF1\nAcme\nDE75512108001245126199\nEUR345.00\n\n\nINV/2026/00017"


@tagged("post_install", "-at_install")
class TestBlocks(TransactionCase):
    def make_words(self, chance, count, longest=14):
        return " ".join(
            "".join(chance.choice(LETTERS) for _letter in range(chance.randint(1, longest))) for _word in range(count)
        )

    def get_lines(self, text, style, width):
        """Return the lines into which reportlab breaks a text."""
        paragraph = Paragraph(text, style)
        paragraph.wrap(width, 10**6)
        return [" ".join(words) for _free, words in paragraph.blPara.lines]

    def test_a_text_that_holds_words_together_is_broken_at_its_line_ends_too(self):
        self.assertEqual(split_words("N°\xa05\nB  2"), ["N°\xa05", "B", "2"])

    def test_lines_are_broken_where_reportlab_breaks_them(self):
        chance, font = random.Random(19), get_family("abc").regular
        style = ParagraphStyle("base", fontName=font, fontSize=9, leading=12, splitLongWords=1)
        for width in (40, 71.3, 120, 250, 510):
            for longest in (5, 14, 90):
                text = self.make_words(chance, 60, longest)
                with self.subTest(width=width, longest=longest):
                    lines = [line for line, _free in break_lines(text, font, 9, width)]
                    self.assertGreater(len(lines), 1)
                    self.assertEqual(lines, self.get_lines(text, style, width))

    def test_every_line_of_a_text_with_ends_of_lines_is_kept(self):
        font = get_family("abc").regular
        broken = break_lines("Fibre\n\nfrom  1 to 30\n", font, 9, 500)
        self.assertEqual([line for line, _free in broken], ["Fibre", "", "from 1 to 30"])

    def test_words_that_a_blank_holds_together_are_broken_and_drawn_as_reportlab_does(self):
        chance, font = random.Random(23), get_family("abc").regular
        style = ParagraphStyle("base", fontName=font, fontSize=9, leading=12, splitLongWords=1)
        for width in (40, 71.3, 120, 250, 510):
            for alignment in (TA_LEFT, TA_RIGHT):
                text = "".join(chance.choice(" \xa0") if one == " " else one for one in self.make_words(chance, 60))
                style.alignment = alignment
                with self.subTest(width=width, alignment=alignment):
                    self.assertTrue(is_plain(text))
                    lines = [line for line, _free in break_lines(text, font, 9, width)]
                    self.assertEqual(lines, self.get_lines(text, style, width))
                    if width < 100:  # reportlab leaves a blank's room in a line behind a word that was cut
                        continue
                    blocks = Text(text, style), Paragraph(text, style)
                    self.assertEqual(*(self.draw_alone(block, width) for block in blocks))

    def draw_alone(self, block, width):
        """Return where a block draws which text on a page: [(x, y, by how much blanks are wider, codes)]."""
        canvas = Canvas(io.BytesIO(), pageCompression=0)
        block.wrapOn(canvas, width, 10**6)
        block.drawOn(canvas, 0, 0)
        drawn, stack, x, y, leading, stretched = [], [], 0, 0, 0, 0
        for token in TOKEN.findall(" ".join(canvas._code)):
            if token == "Td":
                x, y = x + stack[-2], y + stack[-1]
            elif token == "Tm":
                x, y = stack[-2:]
            elif token == "BT":
                x = y = 0
            elif token == "TL":
                leading = stack[-1]
            elif token == "T*":
                y -= leading
            elif token == "Tw":
                stretched = stack[-1]
            elif token.startswith("("):
                drawn.append((round(x, 2), round(y, 2), round(stretched, 3), token))
            elif NUMBER.fullmatch(token):
                stack.append(float(token))
        return drawn

    def test_other_odd_blanks_are_left_to_reportlab(self):
        self.assertTrue(is_plain("Zoë paid 5\nagain"))
        for text in ("1\u202f000 €", "soft\u00adhyphen", "a\tb"):
            self.assertFalse(is_plain(text), repr(text))

    def test_the_codes_of_letters_are_those_of_reportlab(self):
        font = pdfmetrics.getFont(get_family("abc").regular)
        for text in ("Fibre 250 (a\\b) ~", "Zoë 5 €", "a\xa0b", "a\nb", "\x7f", ""):
            with self.subTest(text=text):
                found = []
                for split in (type(font).splitString, TTFont.splitString):
                    document = Canvas(io.BytesIO())._doc
                    split(font, "begin", document)
                    found.append(split(font, text, document))
                self.assertEqual(*found)

    def test_a_text_goes_on_at_the_next_page_and_leaves_no_line_alone(self):
        style = ParagraphStyle("base", fontName=get_family("a").regular, fontSize=9, leading=12)
        text = Text("\n".join("abcdef"), style)
        first, rest = text.split(100, 40)
        self.assertEqual((first.wrap(100, 40)[1], rest.wrap(100, 999)[1]), (36, 36))
        self.assertEqual(text.split(100, 20), [])

    def test_a_picture_of_a_code_has_its_modules_and_a_cross_where_one_is_asked_for(self):
        rows = make_rows(TRANSFER)
        for has_cross in (False, True):
            address = make_picture(TRANSFER, has_cross)
            svg = etree.fromstring(b64decode(address.removeprefix("data:image/svg+xml;base64,")))
            self.assertEqual(svg.get("viewBox"), f"0 0 {len(rows)} {len(rows)}")
            _white, dark = svg.findall("{*}path")
            places = {tuple(map(int, found)) for found in re.findall(r"M(\d+) (\d+)h1v1h-1z", dark.get("d"))}
            self.assertEqual(
                ["".join("01"[(column, line) in places] for column in range(len(rows))) for line in range(len(rows))],
                rows,
            )
            self.assertEqual(len(svg.findall("{*}rect")), 4 if has_cross else 0)
        widths = [float(one.get("width")) / (len(rows) - 2) * 46 for one in svg.findall("{*}rect")]
        self.assertEqual([round(width, 2) for width in widths[:2]], [7, 6])  # millimetres of a code of 46

    def test_qr_codes_are_those_of_the_library_module_for_module(self):
        chance = random.Random(7)
        texts = ["1", LINK, TRANSFER, "Zoë " * 30, "7" * 300, "ACME " * 60]
        texts += [
            "".join(chance.choice("abcXYZ0123456789-/?=&é") for _letter in range(length))
            for length in (13, 14, 15, 26, 27, 61, 62, 63, 122, 180, 260, 500, 1100)
        ]
        for text in texts:
            code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=1, mask_pattern=0)
            code.add_data(text)
            code.make(fit=True)
            rows = ["".join("01"[bool(dark)] for dark in row) for row in code.get_matrix()]
            with self.subTest(text=text[:30], length=len(text)):
                self.assertEqual(make_rows(text), rows)

    def test_a_text_too_long_for_any_code_is_refused(self):
        with self.assertRaises(ValueError):
            make_rows("x" * 2500)

    def make_document(self, **vals):
        columns = [Column("Description"), Column("Amount", 0.2)]
        return Document(title="Invoice 1", columns=columns, rows=[Row(("Fibre", "$ 1.00"))], **vals)

    def test_a_file_in_a_pdf_is_found_and_the_pages_are_as_before(self):
        content, file = draw(self.make_document(notes=["Zoë (1) \\ 2"])), b"<invoice>" + b"x" * 5000 + b"</invoice>"
        with_file = embed(content, "factur-x.xml", file, "text/xml")
        self.assertTrue(with_file.startswith(content))
        reader = OdooPdfFileReader(io.BytesIO(with_file), strict=False)
        self.assertEqual(list(reader.getAttachments()), [("factur-x.xml", file)])
        [reference] = reader.trailer["/Root"]["/AF"]
        described = reader.trailer["/Root"]["/Names"]["/EmbeddedFiles"]["/Names"][1].get_object()
        self.assertEqual(reference.get_object(), described)
        self.assertEqual((described["/AFRelationship"], described["/UF"]), ("/Data", "factur-x.xml"))
        self.assertEqual(described["/EF"]["/F"].get_object()["/Subtype"], "/text/xml")
        texts = [
            [page.extract_text() for page in PyPDF2.PdfReader(io.BytesIO(pdf)).pages] for pdf in (content, with_file)
        ]
        self.assertEqual(*texts)

    def test_no_file_is_put_into_a_pdf_that_is_locked_broken_or_holds_one(self):
        once = embed(draw(self.make_document()), "factur-x.xml", b"<a/>", "text/xml")
        locked, stream = PyPDF2.PdfWriter(), io.BytesIO()
        locked.add_blank_page(100, 100)
        locked.encrypt("secret")
        locked.write(stream)
        for content in (once, stream.getvalue(), b"%PDF-1.4 broken", b""):
            self.assertIsNone(embed(content, "factur-x.xml", b"<a/>", "text/xml"))

    def test_a_subset_of_a_font_is_made_once_for_documents_with_the_same_letters_in_another_order(self):
        draw(self.make_document(notes=["äöü"]))
        made, original = [], TTFontFace.makeSubset

        def make_subset(face, subset):
            made.append(subset)
            return original(face, subset)

        with patch.object(TTFontFace, "makeSubset", make_subset):
            draw(self.make_document(notes=["üöä"]))
            self.assertEqual(made, [])
            draw(self.make_document(notes=["ñ"]))
        self.assertTrue(made)


@tagged("post_install", "-at_install")
class TestInvoiceData(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "force_report_rendering": True})

    def send(self, move):
        with patch.object(invoice_data, "config", {"test_enable": False}):
            self.env["billing.invoice.delivery"].send_now(move)
        return move.invoice_pdf_report_id.raw

    def read_files(self, content):
        return dict(OdooPdfFileReader(io.BytesIO(content), strict=False).getAttachments())

    def test_the_data_of_an_invoice_is_in_its_pdf_as_odoo_writes_it(self):
        move = self.make_invoice(self.make_account("Ada Lovelace"))
        content = self.send(move)
        self.assertIn("Ada Lovelace", self.read_pdf(content))
        self.assertEqual(
            self.read_files(content), {"factur-x.xml": self.env["account.edi.xml.cii"]._export_invoice(move)[0]}
        )

    def test_where_another_addon_changes_the_pdf_it_is_left_to_odoo(self):
        owner, seen = type(self.env["account.move.send"]), []
        original = owner._hook_invoice_document_after_pdf_report_render

        def after(sender, invoice, data):
            seen.append(invoice)
            return original(sender, invoice, data)

        move = self.make_invoice(self.make_account("Ada"))
        with patch.object(owner, "_hook_invoice_document_after_pdf_report_render", after):
            self.assertFalse(self.env["billing.invoice.data"]._is_known(self.env["account.move.send"]))
            self.assertNotIn("factur-x.xml", self.read_files(self.send(move)))
        self.assertEqual(len(seen), 1)
