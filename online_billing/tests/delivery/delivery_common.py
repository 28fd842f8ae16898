"""Builders for what is sent: invoices that wait, the workers that send them, the mails that came out."""

import io
import re
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

    def queue(self, account, key="one", **vals):
        """Return a reminder of an account in the outbox."""
        return self.env["billing.outbox"].queue(
            [
                {
                    "key": key,
                    "account_id": account.id,
                    "currency_id": account.currency_id.id,
                    "kind": "overdue",
                    "subject": "Reminder 4711",
                    "body": "<p>Please pay the open 119.00.</p>",
                    "amount": 119.0,
                    **vals,
                }
            ]
        )

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


# what a database stores beside a document that was sent: table, condition with the ids of the documents
STORED = {
    "mail_message": "model = %(model)s AND res_id = ANY(%(documents)s)",
    "mail_mail": "mail_message_id = ANY(%(mail_message)s)",
    "mail_notification": "mail_message_id = ANY(%(mail_message)s)",
    "mail_followers": "res_model = %(model)s AND res_id = ANY(%(documents)s)",
    "ir_attachment": (
        "(res_model = %(model)s AND res_id = ANY(%(documents)s))"
        " OR (res_model = 'mail.message' AND res_id = ANY(%(mail_message)s))"
    ),
    "mail_message_schedule": "mail_message_id = ANY(%(mail_message)s)",
    "mail_tracking_value": "mail_message_id = ANY(%(mail_message)s)",
}
LINKS = {
    "message_attachment_rel": ("message_id", "mail_message", "attachment_id", "ir_attachment"),
    "mail_message_res_partner_rel": ("mail_message_id", "mail_message", "res_partner_id", "res_partner"),
    "mail_mail_res_partner_rel": ("mail_mail_id", "mail_mail", "res_partner_id", "res_partner"),
    "mail_followers_mail_message_subtype_rel": (
        "mail_followers_id",
        "mail_followers",
        "mail_message_subtype_id",
        "mail_message_subtype",
    ),
}
# secrets, clocks and the bytes of a PDF, which names the moment at which it was made
DIFFERENT = {"access_token", "create_date", "write_date", "date", "read_date", "billing_delivery_date", "message_id"}
DIFFERENT |= {"checksum", "db_datas", "file_size", "index_content", "store_fname", "references"}
SECRETS = re.compile(r"(token|hash|pid|res_id|signup_email)=[^&\"\s]+")


class StoredRows:
    """All rows that sending leaves for some documents, with names in place of the ids that differ in any case."""

    def __init__(self, env, model, documents):
        self.env, self.names = env, {}
        self.known = {"model": model, "documents": documents.ids, "mail_message": []}
        env.flush_all()
        env.cr.precommit.run()  # what has been tracked is posted
        env.flush_all()
        found = {
            table: self._read(table, condition)
            for table, condition in {**STORED, documents._table: "id = ANY(%(documents)s)"}.items()
        }
        self.rows = {table: self._describe(table, rows) for table, rows in found.items()}
        for table, (left, of_left, right, of_right) in LINKS.items():
            self.rows[table] = sorted(
                (self._name(of_left, row[left]), self._name(of_right, row[right]))
                for row in self._fetch(table, f"{left} = ANY(%(ids)s)", ids=self._ids(of_left))
            )

    def _ids(self, table):
        return [row_id for of_table, row_id in self.names if of_table == table]

    def _name(self, table, row_id):
        return self.names.get((table, row_id), row_id)

    def _fetch(self, table, condition, **more):
        self.env.cr.execute(  # pylint: disable=sql-injection
            f"SELECT * FROM {table} WHERE {condition}",  # noqa: S608
            {**self.known, **more},
        )
        return self.env.cr.dictfetchall()

    def _read(self, table, condition):
        rows = sorted(self._fetch(table, condition), key=lambda row: self._get_order(table, row))
        for number, row in enumerate(rows):
            self.names[(table, row["id"])] = f"{table} {number}"
        self.known[table] = [row["id"] for row in rows]
        return rows

    def _get_order(self, table, row):
        """Two ways write rows in another order; what a row is about does not depend on it."""
        return (
            str(self._name("mail_message", row.get("mail_message_id"))),
            row.get("res_model") or "",
            self._name("mail_message", row.get("res_id")) if row.get("res_model") == "mail.message" else "",
            row.get("res_id") or 0 if row.get("res_model") != "mail.message" else 0,
            row.get("name") or "" if table == "ir_attachment" else "",
            row.get("res_partner_id") or row.get("partner_id") or 0,
            row["id"],
        )

    def _describe(self, table, rows):
        references = {
            field.name: self.env[field.comodel_name]._table
            for model in self.env.values()
            if model._table == table and model._auto
            for field in model._fields.values()
            if field.store and field.type == "many2one"
        }
        return [self._describe_row(row, references) for row in rows]

    def _describe_row(self, row, references):
        described = {}
        for column, value in row.items():
            if column in DIFFERENT or column == "id":
                continue
            if column in references:
                value = self._name(references[column], value)
            elif column == "res_id" and row.get("res_model") == "mail.message":
                value = self._name("mail_message", value)
            elif column == "mail_mail_id_int":
                value = self._name("mail_mail", value)
            elif isinstance(value, str):
                value = SECRETS.sub("", value)
            described[column] = value
        described["references"] = len((row.get("references") or "").split())
        return described
