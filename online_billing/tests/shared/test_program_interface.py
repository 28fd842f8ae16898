from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestProgramInterface(BillingCase, HttpCase):
    """The public methods as programs reach them: JSON over HTTP with an API key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.make_code("HOUR", price=95, kind="one_time")
        expiry = fields.Datetime.now() + timedelta(days=1)
        cls.key = cls.env(user=cls.manager)["res.users.apikeys"]._generate("rpc", "test", expiry)

    def call(self, model, method, key=None, **arguments):
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        return self.url_open(f"/json/2/{model}/{method}", json=arguments, headers=headers)

    def test_charge_is_recorded_and_the_same_key_returns_it(self):
        charge = {"account": self.account.name, "code": "HOUR", "key": "job-1", "quantity": 2, "date": "2026-08-20"}
        first = self.call("billing.charge", "record", charges=[charge])
        again = self.call("billing.charge", "record", charges=[charge])
        self.assertEqual((first.status_code, again.status_code), (200, 200))
        self.assertEqual((first.json()[0]["status"], again.json()[0]["status"]), ("created", "duplicate"))
        self.assertEqual((first.json()[0]["id"], first.json()[0]["amount"]), (again.json()[0]["id"], 190.0))

    def test_bad_charge_is_answered_with_code_message_and_field(self):
        response = self.call("billing.charge", "record", charges=[{"account": "?", "code": "HOUR", "key": "x"}])
        error = response.json()[0]["error"]
        self.assertEqual((response.status_code, error["code"], error["field"]), (200, "unknown_account", "account"))

    def test_balance_preview_and_estimate_answer(self):
        plan = self.make_plan(self.make_code("NET", price=50), alignment="calendar")
        self.subscribe(self.account, plan, "2026-08-01")
        balance = self.call("billing.account", "get_balance", account=self.account.name).json()
        preview = self.call("billing.run", "preview", target_date="2026-08-01", accounts=[self.account.name]).json()
        estimate = self.call("billing.plan", "estimate", plan_id=plan.id, start="2026-08-01", count=1).json()
        self.assertEqual(balance["open"], 0)
        self.assertEqual((preview["accounts"], preview["lines"][0]["amount"]), (1, 50.0))
        self.assertEqual(estimate["dates"][0]["amount"], 50.0)

    def test_run_is_started_and_waits_for_the_workers(self):
        self.subscribe(self.account, self.make_plan(self.make_code("NET", price=50)), "2026-08-01")
        answer = self.call("billing.run", "start", target_date="2026-08-01", accounts=[self.account.name]).json()
        run = self.env["billing.run"].browse(answer["id"])
        self.assertEqual((answer["accounts"], run.state), (1, "running"))

    @mute_logger("odoo.http")
    def test_wrong_key_and_private_methods_are_refused(self):
        self.assertEqual(self.call("billing.charge", "record", key="nonsense", charges=[]).status_code, 401)
        for name in ("process", "_process_batch"):
            self.assertIn(self.call("billing.run.work", name, run=1).status_code, (403, 404), name)

    @mute_logger("odoo.http")
    def test_unknown_account_of_a_balance_is_told_in_words(self):
        response = self.call("billing.account", "get_balance", account="nobody")
        self.assertEqual(response.status_code, 422)
        self.assertIn("Check the number", response.json()["message"])
