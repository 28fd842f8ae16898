"""Overdue invoices, rules and days for the tests of late fees."""

from datetime import date, timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time

from ..common import BillingCase


class LateFeeCase(BillingCase):
    """Accounts that owe, and a rule that is on; days are arguments and never today's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debt_code = cls.make_code("DEBT", kind="one_time")
        cls.number = 0
        cls.due = date(2026, 1, 1)

    @classmethod
    def make_rule(cls, on=True, **vals):
        """Return a rule without announcement, 25.00 once, unless told otherwise."""
        given = {"name": "Rule", "currency_id": cls.company.currency_id.id, "announce": False, **vals}
        if given.setdefault("method", "fixed") == "fixed":
            given.setdefault("fixed_amount", 25)
        bands = given.pop("bands", ())
        given["band_ids"] = [Command.create({"lower": lower, "amount": amount}) for lower, amount in bands]
        rule = cls.env["billing.late.fee.rule"].create(given)
        rule.sudo()._switch(on)
        return rule

    @classmethod
    def make_debt(cls, account, amount=1000.0, due=None, code=None):
        """Return a posted invoice of the account over an amount that was due on a day (default 1 January 2026)."""
        due = due or cls.due
        cls.number += 1
        with freeze_time(due):  # what is made later is payable later
            [answer] = cls.env["billing.charge"].record(
                [
                    {
                        "account": account.name,
                        "code": (code or cls.debt_code).code,
                        "key": f"debt/{cls.number}",
                        "amount": amount,
                        "date": str(due),
                        "invoice": "now",
                    }
                ]
            )
        move = cls.env["billing.charge"].browse(answer["id"]).invoice_id
        assert move.invoice_date_due == due, (move.invoice_date_due, due)
        return move

    @classmethod
    def pay(cls, move, amount, day):
        """Register a payment of the invoice on a day."""
        wizard = cls.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        return wizard.create({"amount": amount, "payment_date": day})._create_payments()

    @classmethod
    def credit(cls, move, day, amount=None):
        """Post a credit note over the invoice, or over a part of it."""
        note = move._reverse_moves([{"invoice_date": day, "date": day}])
        if amount is not None:
            note.invoice_line_ids.price_unit = amount
        note.action_post()
        return note

    def after(self, days):
        return self.due + timedelta(days=days)

    def charge_on(self, accounts, day, reminded=True):
        """Let the fees of a day be charged, as the daily run does."""
        return self.env["billing.late.fee.charging"].charge_due(
            accounts.ids, dict.fromkeys(accounts.ids, day), reminded=reminded
        )

    def announce_on(self, accounts, day):
        items = self.env["billing.open.items"].get_items(accounts.ids)
        return self.env["billing.late.fee.charging"].announce(items, dict.fromkeys(accounts.ids, day))

    def run_at(self, instant, accounts=None):
        return self.env["billing.late.fee.day"].run_day(fields.Datetime.to_datetime(instant), accounts, commit=False)

    def send_notices(self, accounts):
        """Let the notices of accounts leave."""
        messages = self.env["billing.collection.message"].sudo()
        messages.search([("account_id", "in", accounts.ids)]).billing_delivery_state = "sent"

    def get_fees(self, records):
        """Return the fees of accounts or invoices, in order."""
        name = "account_id" if records._name == "billing.account" else "move_id"
        fees = self.env["billing.late.fee"].search([(name, "in", records.ids)])
        return fees.sorted(lambda fee: (fee.move_id.id, fee.due_date, fee.rule_id.id, fee.arises_on))

    def assertFees(self, records, expected):
        """Compare fees with [(number, day on which it arose, amount, state), ...]."""
        self.env.invalidate_all()
        actual = [
            (fee.occurrence, str(fee.arises_on), f"{fee.amount:.2f}", fee.state) for fee in self.get_fees(records)
        ]
        self.assertEqual(actual, expected)
