"""What would have something billed twice, or in the wrong money, is refused to people, whatever their client sends."""

from __future__ import annotations

from datetime import date

from odoo.exceptions import AccessError, ValidationError
from odoo.service.model import call_kw
from odoo.tests import new_test_user

from tests.stories.closed_form import Agreement, Line
from tests.stories.story_case import StoryCase

MONTHLY = Agreement("month", 1, "calendar", date(2026, 1, 1), (Line("A", "29.90"),))
JANUARY = (date(2026, 1, 1), (("A", 2990),))


class TestHandsOff(StoryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.sign(MONTHLY)
        cls.manager = new_test_user(cls.env, "hands", "online_billing.group_billing_manager")

    def call(self, model, method, *arguments):
        return call_kw(self.env(user=self.manager.id)[model], method, list(arguments), {})

    def test_a17_an_invoiced_charge_cannot_be_made_pending_and_billed_again(self):
        self.run_by_hand(date(2026, 1, 1), self.account)
        charge = self.account.charge_ids
        for vals in (
            {"state": "pending"},
            {"state": "pending", "invoice_id": False, "invoice_line_id": False},
            {"state": "void", "void_reason": "because"},
            {"listed_invoice_id": False},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.call("billing.charge", "write", charge.ids, vals)
        self.run_by_hand(date(2026, 1, 2), self.account)
        self.assertEqual(self.get_invoices(self.account)[self.account.id], [JANUARY])

    def test_a17_nobody_takes_the_key_of_a_period(self):
        """A charge under the key of a period to come would keep that period from being billed."""
        line = self.account.subscription_ids.line_ids
        values = {
            "name": "Free month",
            "account_id": self.account.id,
            "company_id": self.company.id,
            "currency_id": self.company.currency_id.id,
            "code_id": self.codes["A"].id,
            "charge_date": "2026-01-01",
            "amount": 0.0,
            "key": f"line:{line.id}:period:2026-01-01",
        }
        with self.assertRaises(AccessError):
            self.call("billing.charge", "create", [values])
        self.run_by_hand(date(2026, 1, 1), self.account)
        self.assertEqual(self.get_invoices(self.account)[self.account.id], [JANUARY])

    def test_a17_a_charge_by_form_is_rated_and_pending(self):
        [charge_id] = self.call(
            "billing.charge",
            "create",
            [
                {
                    "account_id": self.account.id,
                    "code_id": self.codes["C"].id,
                    "charge_date": "2026-01-01",
                    "quantity": 2,
                }
            ],
        )
        charge = self.env["billing.charge"].browse(charge_id)
        self.assertEqual((charge.state, charge.amount), ("pending", 200.0))

    def test_the_currency_of_an_account_stays_while_prices_are_agreed_in_it(self):
        euro = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "EUR")])
        euro.active = True
        with self.assertRaises(ValidationError):
            self.call("billing.account", "write", self.account.ids, {"currency_id": euro.id})
