"""The seam between the billing and what prints its documents, with the drawing on and off."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.addons.base.models import ir_actions_report
from odoo.tests import tagged

from ...services.documents.choice import INVOICE_REPORTS, LETTER_REPORT, RECEIPT_REPORT
from ..delivery.delivery_common import DeliveryCase

BY_ODOO = b"%PDF made by wkhtmltopdf"
INVOICE, RECEIPT = "account.account_invoices", "account.action_report_payment_receipt"


@tagged("post_install", "-at_install")
class TestDocuments(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account("Ada Lovelace")
        cls.move = cls.make_invoice(cls.account)
        cls.stray = cls.make_invoice(cls.account, billing_account_id=False, delivery="none")
        cls.message = cls.env["billing.outbox"].queue(
            [
                {
                    "key": "letter",
                    "account_id": cls.account.id,
                    "company_id": cls.company.id,
                    "currency_id": cls.account.currency_id.id,
                    "kind": "overdue",
                    "channel": "letter",
                    "subject": "Reminder 4711",
                    "body": "<p>Please pay the open 119.00.</p>",
                    "amount": 119.0,
                }
            ]
        )

    @classmethod
    def pay(cls, move):
        wizard = cls.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        return wizard.create({})._create_payments()

    def switch(self, engine):
        self.env["res.config.settings"].create({"billing_document": engine}).execute()

    @contextmanager
    def wkhtmltopdf(self):
        """Let Odoo's engine answer; yield the HTML of the pages that it is given."""
        pages, base = [], ir_actions_report.IrActionsReport

        def run(_self, bodies, **_options):
            pages.extend(bodies)
            return BY_ODOO

        with (
            patch.object(type(self.env["billing.report.printing"]), "get_way", lambda _self: "wkhtmltopdf"),
            patch.object(base, "get_wkhtmltopdf_state", lambda _self: "ok"),
            patch.object(base, "_run_wkhtmltopdf", run),
        ):
            yield pages

    def render(self, report, record):
        reports = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        return reports._render_qweb_pdf(report, record.ids)[0]

    def test_drawing_is_for_documents_of_the_billing_and_leaves_all_others_to_odoo(self):
        self.switch("drawn")
        receipt, stray_receipt = self.pay(self.move), self.pay(self.stray)
        with self.wkhtmltopdf() as pages:
            for report, record in ((INVOICE, self.move), (RECEIPT, receipt)):
                self.assertIn("Ada Lovelace", self.read_pdf(self.render(report, record)))
            self.assertEqual(pages, [])
            for report, record in ((INVOICE, self.stray), (RECEIPT, stray_receipt)):
                self.assertEqual(self.render(report, record), BY_ODOO)
            self.assertEqual(len(pages), 2)

    def test_a_report_that_is_given_as_a_record_is_drawn_as_the_one_that_is_named(self):
        """Templates of mails give theirs as a record: that of the receipt in the menu of a payment."""
        self.switch("drawn")
        receipt = self.pay(self.move)
        with self.wkhtmltopdf() as pages:
            for report, record in ((INVOICE, self.move), (RECEIPT, receipt)):
                self.assertIn("Ada Lovelace", self.read_pdf(self.render(self.env.ref(report), record)))
        self.assertEqual(pages, [])

    def test_switched_off_everything_is_printed_by_odoo(self):
        self.switch("odoo")
        receipt = self.pay(self.move)
        with self.wkhtmltopdf() as pages:
            for report, record in ((INVOICE, self.move), (RECEIPT, receipt)):
                self.assertEqual(self.render(report, record), BY_ODOO)
            letter = self.env["billing.document"].with_context(force_report_rendering=True).print_letter(self.message)
        self.assertEqual(letter, BY_ODOO)
        for page, words in zip(pages, (self.move.name, receipt.name, "Please pay the open 119.00."), strict=True):
            self.assertIn(words, str(page))
            self.assertIn("Ada Lovelace", str(page))

    def test_a_letter_is_drawn_where_drawing_is_on(self):
        self.switch("drawn")
        with self.wkhtmltopdf() as pages:
            self.assertIn("Reminder 4711", self.read_pdf(self.env["billing.document"].print_letter(self.message)))
        self.assertEqual(pages, [])

    def test_invoices_of_the_billing_and_others_in_one_print_are_odoos(self):
        self.switch("drawn")
        documents = self.env["billing.document"]
        self.assertTrue(documents.is_drawn(INVOICE_REPORTS[0], self.move.ids))
        self.assertFalse(documents.is_drawn(INVOICE_REPORTS[0], (self.move | self.stray).ids))

    def test_other_reports_and_bills_of_vendors_stay_with_odoo(self):
        self.switch("drawn")
        bill = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.account.partner_id.id, "invoice_date": "2026-11-01"}
        )
        documents = self.env["billing.document"]
        self.assertFalse(documents.is_drawn(INVOICE_REPORTS[0], bill.ids))
        self.assertFalse(documents.is_drawn("account.report_journal", [1]))
        self.assertFalse(documents.is_drawn(LETTER_REPORT, self.message.ids))
        self.assertFalse(documents.is_drawn(RECEIPT_REPORT, []))
