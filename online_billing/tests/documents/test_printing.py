"""Odoo's report where wkhtmltopdf is missing: by WeasyPrint where that is there, else the form says what to install."""

import logging
from unittest.mock import patch

from odoo.addons.base.models import ir_actions_report
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...services.documents import report_printing
from ..delivery.delivery_common import DeliveryCase

INVOICE = "account.account_invoices"
MISSING = {"dpi_zoom_ratio": False, "bin": "", "version": "", "wkhtmltoimage_bin": "", "wkhtmltoimage_version": None}


@tagged("post_install", "-at_install")
class TestPrinting(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.billing_document = "odoo"
        cls.move = cls.make_invoice(cls.make_account("Ada Lovelace"))
        cls.printing = cls.env["billing.report.printing"]

    def render(self, record, report=INVOICE):
        reports = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        return reports._render_qweb_pdf(report, record.ids)[0]

    def host(self, state, patched=False):
        found = ir_actions_report.WkhtmlInfo(**MISSING, state=state, is_patched_qt=patched)
        return (
            patch.object(report_printing, "_wkhtml", lambda: found),
            patch.object(ir_actions_report, "_wkhtml", lambda: found),
        )

    def test_the_patched_wkhtmltopdf_comes_first_and_the_unpatched_counts_as_missing(self):
        for state, patched, way in (
            ("ok", True, "wkhtmltopdf"),
            ("workers", True, "wkhtmltopdf"),
            ("ok", False, "weasyprint"),
            ("install", False, "weasyprint"),
            ("upgrade", False, "weasyprint"),
        ):
            first, second = self.host(state, patched)
            with self.subTest(state=state, patched=patched), first, second:
                with patch.object(report_printing, "find_weasyprint", object):
                    self.assertEqual((self.printing.get_way(), self.printing.get_missing()), (way, ""))
                with patch.object(report_printing, "find_weasyprint", lambda: None):
                    self.assertEqual(self.printing.get_way(), way if way == "wkhtmltopdf" else "")

    def test_without_either_it_is_said_what_to_install(self):
        with (
            patch.object(type(self.printing), "get_way", lambda _printing: ""),
            self.assertRaisesRegex(UserError, "weasyprint"),
        ):
            self.render(self.move)

    def test_weasyprint_prints_odoos_pages(self):
        if not report_printing.find_weasyprint():
            self.skipTest("weasyprint or its library Pango is not installed")
        first, second = self.host("install")
        with first, second:
            text = self.read_pdf(self.render(self.move)).replace(" ", "")  # letters of a word stand closer than others
            for words in (self.move.name, "AdaLovelace", "119.00", "Springfield", "1/1"):
                self.assertIn(words, text)
            chinese = self.make_invoice(self.make_account("Alan Turing"), lines=[{"name": "电信服务", "price_unit": 7}])
            self.company.billing_document = "drawn"
            self.assertIn("8.33", self.read_pdf(self.render(chinese)))
            both = self.read_pdf(self.render(self.move | chinese)).replace(" ", "").replace("\0", "")
            self.assertIn("AdaLovelace", both)
            self.assertIn("AlanTuring", both)

    def test_the_log_of_a_printed_document_is_quiet(self):
        """WeasyPrint tells of hundreds of lines of Odoo's style sheets that it does not know, and nobody can mend."""
        if not report_printing.find_weasyprint():
            self.skipTest("weasyprint or its library Pango is not installed")
        report_printing._read_sheet.cache_clear()
        heard, listener, root = [], logging.Handler(), logging.getLogger()
        listener.emit = lambda record: heard.append(record.name)
        level = root.level
        root.addHandler(listener)
        self.addCleanup(root.removeHandler, listener)
        root.setLevel(logging.INFO)  # as a server has it
        self.addCleanup(root.setLevel, level)
        first, second = self.host("install")
        with first, second:
            self.assertTrue(self.render(self.move).startswith(b"%PDF"))
        self.assertEqual([name for name in heard if not name.startswith("odoo")], [])

    def test_the_web_client_may_print_what_weasyprint_prints(self):
        reports = self.env["ir.actions.report"]
        name = "account.report_invoice_with_payments"
        for way, printable in (("weasyprint", True), ("", False), ("wkhtmltopdf", False)):
            with patch.object(type(self.printing), "get_way", lambda _printing, way=way: way):
                self.assertEqual(reports.is_billing_drawn(name, self.move.ids), printable)

    def test_documents_of_others_are_printed_as_ever(self):
        stray = self.make_invoice(self.make_account("Alan Turing"), billing_account_id=False, delivery="none")
        first, second = self.host("install")
        with first, second, self.assertRaisesRegex(UserError, "Wkhtmltopdf"):
            self.render(stray)

    def test_a_page_fetches_nothing_from_elsewhere(self):
        base = report_printing.BASE
        for address in (
            "http://example.com/a.png",
            "file:///etc/passwd",
            f"{base}/web/content/1",
            f"{base}/x/static/y",
        ):
            with self.subTest(address=address):
                self.assertFalse(self.printing._fetch(address)[0])
        self.assertTrue(self.printing._fetch(f"{base}/web/static/img/form_sheetbg.png")[0])
