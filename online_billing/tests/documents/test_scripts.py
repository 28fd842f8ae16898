"""B16: names and texts in any script are readable, joined and in order, or printed by Odoo's report."""

import io
from datetime import date
from unittest.mock import patch

import PyPDF2
from odoo.addons.base.models import ir_actions_report
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...services.documents.pdf_document import Column, Document, Link, Row
from ...services.documents.pdf_fonts import CannotDraw, get_family
from ...services.documents.pdf_layout import draw
from ...services.documents.pdf_scripts import arrange, shape
from ..delivery.delivery_common import DeliveryCase

INVOICE = "account.account_invoices"
DRAWN = {
    "Latin": "Zoë Łukasiewicz, Ősz utca, Ərşad, Nguyễn Thị Ánh, Straße, Þórður",
    "Greek": "Αθηναϊκή Τηλεφωνία, οδός Ερμού",
    "Cyrillic": "Київська Пошта, улица Щорса, Ђорђе Ћирић, ҚазТелеком",
    "Hebrew": "דוד כהן, רחוב הרצל 12",
    "Arabic": "محمد بن عبد الله، شارع الملك فهد 12",
    "Persian": "شرکت پگاه گستر، خیابان ولیعصر",
}
LEFT_TO_ODOO = {
    "Chinese": "北京电信有限公司",
    "Japanese": "株式会社テレコム",
    "Korean": "서울통신",
    "Thai": "บริษัท โทรคมนาคม",
    "Hindi": "दिल्ली दूरसंचार",
    "Tamil": "சென்னை",
    "Khmer": "ភ្នំពេញ",
}


@tagged("post_install", "-at_install")
class TestScripts(DeliveryCase):
    def extract(self, content):
        """Return the text of a PDF; what is written from the right is put into the order of reading again."""
        return "".join(page.extract_text() for page in PyPDF2.PdfReader(io.BytesIO(content)).pages)

    def test_case_B16_letters_of_six_scripts_have_a_font(self):
        for script, text in DRAWN.items():
            with self.subTest(script=script):
                shaped = shape(text)
                self.assertFalse({ord(letter) for letter in shaped if letter != " "} - get_family(shaped).coverage)

    def test_case_B16_arabic_letters_are_joined_and_begin_at_the_right(self):
        line = arrange(shape("سلام"), right_to_left=True)
        self.assertEqual(line, "\ufee1\ufefc\ufeb3")  # meem alone, lam with alef at the end, seen at the beginning
        self.assertEqual(arrange(shape("بيت 12"), right_to_left=True), "12 \ufe96\ufef4\ufe91")

    def test_case_B16_hebrew_begins_at_the_right_and_numbers_and_latin_words_keep_their_order(self):
        self.assertEqual(arrange(shape("חשבונית INV/2026/12"), right_to_left=True), "INV/2026/12 תינובשח")
        self.assertEqual(arrange(shape("רחוב הרצל 12"), right_to_left=True), "12 לצרה בוחר")
        self.assertEqual(arrange("12 High Road", right_to_left=True), "12 High Road")

    def test_brackets_are_turned_where_they_are_read_from_the_right(self):
        name = "\u05d3\u05d5\u05d3"  # read from either side it is the same
        for text, from_right, from_left in (
            (f"{name} 12 ({name})", f"({name}) 12 {name}", f"({name}) 12 {name}"),
            (f"{name} (Cohen) 12", f"12 (Cohen) {name}", f"12 (Cohen) {name}"),
            (f"{name} ((12))", f"((12)) {name}", f"((12)) {name}"),
            (f"a ({name}) b", f"b ({name}) a", f"a ({name}) b"),
            (f"a(b) [{name}]", f"[{name}] a(b)", f"a(b) [{name}]"),
        ):
            with self.subTest(ascii(text)):
                drawn = (arrange(shape(text), right_to_left=True), arrange(shape(text), right_to_left=False))
                self.assertEqual(drawn, (from_right, from_left))

    def test_the_title_of_the_link_is_broken_before_it_is_turned(self):
        label = "ראשון " + "מלה " * 20 + "אחרון"
        link = Link(label, "https://billing.example.com/my/invoices/1")
        content = draw(Document(title="א", right_to_left=True, link=link))
        text = self.extract(content)
        self.assertLess(text.index("ראשון"), text.index("אחרון"))
        [page] = PyPDF2.PdfReader(io.BytesIO(content)).pages
        targets = {annotation.get_object()["/A"]["/URI"] for annotation in page["/Annots"]}
        self.assertEqual(targets, {link.url})

    def test_case_B16_a_name_from_the_right_on_an_english_document(self):
        text = self.extract(draw(Document(title="Invoice", recipient=["דוד כהן", "12 High Road"])))
        self.assertIn("דוד כהן", text)
        self.assertIn("12 High Road", text)

    def test_case_B16_a_long_text_from_the_right_is_broken_before_it_is_turned(self):
        text = self.extract(draw(Document(title="א", right_to_left=True, notes=["ראשון " + "מלה " * 80 + "אחרון"])))
        self.assertLess(text.index("ראשון"), text.index("אחרון"))
        self.assertGreater(text[text.index("ראשון") : text.index("אחרון")].count("\n"), 1)

    def test_case_B16_a_table_read_from_the_right_keeps_every_cell(self):
        rows = [Row(("חלק", "10"), "section"), Row(("שירות", "7"), indent=1), Row(("הערה",), "note")]
        columns = [Column("תיאור", None, right=False), Column("סכום", 0.2)]
        text = self.extract(draw(Document(title="א", right_to_left=True, columns=columns, rows=rows)))
        for word in ("חלק", "10", "שירות", "7", "הערה", "תיאור", "סכום"):
            self.assertIn(word, text)

    def test_case_B16_signs_and_pictures_without_a_font_are_no_reason(self):
        text = self.extract(draw(Document(title="Fibre 🚀 fast", notes=["1\u202f000 €"])))
        self.assertIn("Fibre fast", text)
        self.assertIn("1 000 €", text)

    def test_case_B16_a_list_that_odoo_cannot_print_names_what_it_can(self):
        text = self.extract(draw(Document(title="Closing", notes=["北京 Ada"]), whole=False))
        self.assertIn("?? Ada", text)

    def test_case_B16_what_cannot_be_drawn_is_printed_by_odoo(self):
        printed = []

        def run(_self, bodies, **_options):
            printed.extend(bodies)
            return b"%PDF by Odoo"

        reports = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        base = ir_actions_report.IrActionsReport
        for script, name in LEFT_TO_ODOO.items():
            with (
                self.subTest(script=script),
                patch.object(type(self.env["billing.report.printing"]), "get_way", lambda _self: "wkhtmltopdf"),
                patch.object(base, "get_wkhtmltopdf_state", lambda _self: "ok"),
                patch.object(base, "_run_wkhtmltopdf", run),
            ):
                self.assertRaises(CannotDraw, get_family, shape(name))
                account = self.make_account("Ada Lovelace")
                account.partner_id.name = name
                printed.clear()
                content = reports._render_qweb_pdf(INVOICE, self.make_invoice(account).ids)[0]
                self.assertEqual(content, b"%PDF by Odoo")
                self.assertIn(name, str(printed[0]))

    def test_case_B16_where_nothing_prints_them_it_is_said_which_letters_and_what_to_install(self):
        account = self.make_account("Ada Lovelace")
        account.partner_id.name = "北京"
        move, documents = self.make_invoice(account), self.env["billing.document"]
        values = {"key": "one", "account_id": account.id, "currency_id": account.currency_id.id, "body": "<p>Pay.</p>"}
        message = self.env["billing.outbox"].queue([values])
        reports = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        printing = type(self.env["billing.report.printing"])
        with patch.object(printing, "get_way", lambda _self: ""):
            for act in (
                lambda: reports._render_qweb_pdf(INVOICE, move.ids),
                lambda: documents.print_letter(message),
            ):
                with self.assertRaisesRegex(UserError, "letters: 京北") as refusal:
                    act()
                self.assertIn("install wkhtmltopdf", str(refusal.exception))
                self.assertNotIn("choose the quick document", str(refusal.exception))
            self.assertIn("cannot print Chinese", documents.get_reason(self.company))
        with patch.object(printing, "get_way", lambda _self: "weasyprint"):
            self.assertEqual(documents.get_reason(self.company), "Customers get the quick document now.")

    def test_case_B16_a_statement_that_cannot_be_drawn_is_printed_by_odoo(self):
        account = self.make_account("Ada Lovelace")
        account.partner_id.name = LEFT_TO_ODOO["Chinese"]
        self.make_invoice(account)
        days = date(2026, 1, 1), date(2026, 12, 31)
        statement = self.env["billing.statement"].get_statement(account, account.currency_id, *days)
        files, printing = self.env["billing.statement.files"], type(self.env["billing.report.printing"])
        with patch.object(printing, "get_way", lambda _self: "wkhtmltopdf"):
            page = files.render(account, statement, "pdf")[2].decode()  # tests get the page in place of the PDF
        for words in (LEFT_TO_ODOO["Chinese"], "Account Statement", "Closing balance", account.name, "119.00"):
            self.assertIn(words, page)
        with patch.object(printing, "get_way", lambda _self: ""), self.assertRaisesRegex(UserError, "CSV or XLSX"):
            files.render(account, statement, "pdf")
        account.partner_id.name = "Ada Lovelace"
        self.assertIn("Ada Lovelace", self.read_pdf(files.render(account, statement, "pdf")[2]))

    def test_case_B16_one_of_several_documents_is_printed_by_odoo_and_the_others_are_drawn(self):
        chinese = self.make_account("Alan Turing")
        chinese.partner_id.name = LEFT_TO_ODOO["Chinese"]
        moves = self.make_invoice(self.make_account()) | self.make_invoice(chinese)
        base = ir_actions_report.IrActionsReport
        plain = draw(Document(title="Printed by Odoo"))
        with (
            patch.object(type(self.env["billing.report.printing"]), "get_way", lambda _self: "wkhtmltopdf"),
            patch.object(base, "get_wkhtmltopdf_state", lambda _self: "ok"),
            patch.object(base, "_run_wkhtmltopdf", lambda _self, bodies, **_options: plain),
        ):
            reports = self.env["ir.actions.report"].with_context(force_report_rendering=True)
            text = self.read_pdf(reports._render_qweb_pdf(INVOICE, moves.ids)[0])
        self.assertIn("Ada Lovelace", text)
        self.assertIn("Printed by Odoo", text)
