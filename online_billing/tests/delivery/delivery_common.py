"""Builders for what is sent: invoices that wait, the workers that send them, the mails that came out."""

import io
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import PyPDF2
from odoo import SUPERUSER_ID, api
from odoo.addons.mail.tests.common import MockEmail
from odoo.fields import Command

from ..common import BillingCase


class DeliveryCase(BillingCase, MockEmail):
    """Customers with waiting invoices; the PDF is the built-in one, which is made in tests too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {"name": "Acme Telecom", "email": "billing@acme.example", "street": "1 Main Street", "city": "Springfield"}
        )
        cls.company.billing_document = "drawn"
        cls.env["account.move"].search(
            [("billing_delivery_state", "in", ("pending", "failed"))]
        ).billing_delivery_state = "none"
        cls.env["account.payment"].search(
            [("billing_delivery_state", "in", ("pending", "failed"))]
        ).billing_delivery_state = False
        cls.tax = cls.env["account.tax"].create(
            {"name": "VAT 19%", "amount": 19, "type_tax_use": "sale", "company_id": cls.company.id}
        )
        cls.product = cls.env["product.product"].create({"name": "Fibre 250", "taxes_id": [Command.set(cls.tax.ids)]})

    @classmethod
    def make_invoice(cls, account, price=100.0, delivery="pending", lines=None, post=True, **vals):
        """Return a posted invoice of an account; `lines` are values of its lines, else one at the price."""
        lines = lines or [{"name": "Fibre 250\nNovember 2026", "price_unit": price}]
        commands = [
            Command.create({"product_id": cls.product.id, **line} if "display_type" not in line else line)
            for line in lines
        ]
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": account.partner_id.id,
                "invoice_date": "2026-11-01",
                "billing_account_id": account.id,
                "currency_id": account.currency_id.id,
                "billing_delivery_state": delivery,
                "invoice_line_ids": commands,
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    @contextmanager
    def worker(self):
        """Yield an environment like that of a cron: its commits stay inside the test."""
        with ExitStack() as stack:
            if not type(self)._registry_patched:
                stack.enter_context(self.enter_registry_test_mode())
            self.env.flush_all()
            cursor = stack.enter_context(self.registry.cursor())
            yield api.Environment(cursor, SUPERUSER_ID, {"force_report_rendering": True, "lang": "en_US"})
        self.env.invalidate_all()

    def deliver(self):
        """Let the delivery of invoices work, then Odoo's mail queue; return the mails that went out."""
        return self._work("account.move", "_cron_deliver_billing")

    def send_receipts(self):
        return self._work("account.payment", "_cron_send_receipts")

    def _work(self, model, method):
        with self.mock_mail_gateway(mail_unlink_sent=True), self.worker() as env:
            getattr(env[model], method)()
            env["mail.mail"].process_email_queue()
        return list(self._mails)

    @contextmanager
    def refusing_mail_server(self):
        """Let the mail server take nothing."""
        refused = patch.object(
            type(self.env["ir.mail_server"]), "_connect__", side_effect=ConnectionRefusedError("Connection refused")
        )
        with refused:
            yield

    def read_pdf(self, content):
        """Return the text of a PDF, one blank between words."""
        self.assertTrue(content.startswith(b"%PDF"), content[:40])
        pages = PyPDF2.PdfReader(io.BytesIO(content)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    def get_pdf(self, mail):
        """Return the PDFs that are attached to a mail."""
        return [content for name, content, _kind in mail["attachments"] if name.endswith(".pdf")]
