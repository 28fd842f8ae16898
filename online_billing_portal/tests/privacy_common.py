"""A customer about whom everything is held that can be held, and what is made of it."""

import csv
import io
import json
import zipfile

from odoo import fields
from odoo.addons.online_billing.services.shared.work_loop import Pass

from .question_common import QuestionCase

PDF = b"%PDF-1.4 a scan"


class PrivacyCase(QuestionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # as outside of tests: else the page of a document comes in place of its PDF
        cls.exporting = cls.env["billing.data.exporting"].with_context(force_report_rendering=True)
        cls.erasing = cls.env["billing.erasing"]
        for login, user in cls.people.items():
            user.name = login.title()
        cls.account.partner_id.name = "Ada Works"
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        # what is made in a test stays in its transaction
        self.work = Pass(commit=False)

    def save_working_method(self, partner, name="4242"):
        """Return a saved method of a provider that is switched on."""
        provider = self.env["payment.provider"].create({"name": "Test", "company_id": self.company.id, "state": "test"})
        return self.save_method(partner, name, provider)

    def ask_export(self, name="owner", accounts=None):
        return self.exporting.ask(self.people[name].partner_id, accounts or self.account)

    def make_export(self, name="owner", accounts=None):
        """Ask for an export and make it."""
        export = self.ask_export(name, accounts)
        self.exporting.work_through(self.work)
        self.env.flush_all()
        return export

    def read_zip(self, export):
        """Return {name: content} of all files of an export."""
        found = {}
        for part in export.part_ids:
            with zipfile.ZipFile(io.BytesIO(part.raw)) as archive:
                self.assertIsNone(archive.testzip())
                found |= {name: archive.read(name) for name in archive.namelist()}
        return found

    def read_json(self, export):
        return json.loads(self.read_zip(export)["data.json"])

    def read_table(self, files, name):
        text = files[f"tables/{name}.csv"].decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def send_document(self, name="owner", kind="identity", files=(("card.pdf", PDF),), asked=None):
        return self.env["billing.verifying"].send(self.account, self.people[name].partner_id, kind, list(files), asked)

    def settle(self):
        """Bring the account to where nothing runs and nothing is open."""
        for subscription in self.account.subscription_ids:
            self.env["billing.subscription.lifecycle"].set_end(subscription, self.day("2026-03-31"))
        self.bill(self.account, "2026-04-01")
        self.env["billing.subscription.lifecycle"].end_past(fields.Datetime.to_datetime("2026-04-02"))
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.account.move_ids.ids
        )
        wizard.create({"group_payment": True})._create_payments()
        self.env.flush_all()
        self.env.invalidate_all()

    def get_erasure(self, name="owner", account=None):
        account = account or self.account
        return self.env["billing.erasure"].create(
            {
                "customer_id": account.partner_id.id,
                "company_id": self.company.id,
                "person_id": self.people[name].partner_id.id,
            }
        )
