"""A-08: nobody sees or bills a company that is not their own, whatever companies a request claims to be in."""

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .access_common import AccessCase


@tagged("post_install", "-at_install")
class TestAccessCompanies(AccessCase):
    def test_a08_records_of_another_company_are_not_found(self):
        models = self.get_models_of_companies()
        self.assertGreater(len(models), 20)
        for model in models:
            with self.subTest(model=model._name):
                record = self.as_person("other_manager", self.records[model._name])
                self.assertFalse(record.search([("id", "=", record.id)]))
                with self.assertRaises(AccessError):
                    record.read(["display_name"])

    def test_a08_a_request_cannot_claim_another_company(self):
        models = self.get_models_of_companies()
        self.assertGreater(len(models), 20)
        for model in models:
            with self.subTest(model=model._name), self.assertRaises(AccessError):
                record = self.records[model._name].with_user(self.people["other_manager"])
                record.with_context(allowed_company_ids=self.company.ids).search([("id", "=", record.id)]).read(["id"])
                record.with_context(allowed_company_ids=self.company.ids).read(["display_name"])

    def test_a08_programs_of_another_company_do_not_know_the_account(self):
        number = self.account.name
        charges = self.as_person("other_manager", self.env["billing.charge"])
        [answer] = call_kw(charges, "record", [[{"account": number, "code": "NET", "key": "k"}]], {})
        self.assertEqual((answer["status"], answer["error"]["code"]), ("error", "unknown_account"))
        [missing] = call_kw(charges, "record", [[{"account": "A999999", "code": "NET", "key": "k"}]], {})
        missing["error"]["message"] = missing["error"]["message"].replace("A999999", number)
        self.assertEqual(answer["error"], missing["error"], "a foreign account and a missing one look the same")
        for model, name, arguments in (
            ("billing.account", "get_balance", [number]),
            ("billing.run", "preview", ["2026-02-01", [number]]),
            ("billing.run", "start", ["2026-02-01", [number]]),
        ):
            with self.subTest(method=name), self.assertRaises(UserError) as refused:
                call_kw(self.as_person("other_manager", self.env[model]), name, arguments, {})
            self.assertNotIsInstance(refused.exception, AccessError)

    def test_a08_a_run_of_one_company_bills_only_its_accounts(self):
        run = self.as_person("other_manager", self.env["billing.run"]).create({"target_date": "2026-02-01"})
        self.assertEqual(run.company_id, self.other_company)
        before = self.account.move_ids
        self.env["billing.run.work"].start(run, background=False)
        self.env["billing.run.work"].process(run, commit=False)
        self.assertEqual(run.state, "done")
        self.assertFalse(run.outcome_ids)
        self.assertEqual(self.account.move_ids, before)

    def test_a08_an_account_cannot_mix_companies(self):
        journal = self.env["account.journal"].search([("company_id", "=", self.other_company.id)], limit=1)
        with self.assertRaises(UserError):
            self.account.journal_id = journal
        with self.assertRaises(UserError):
            self.account.company_id = self.other_company
