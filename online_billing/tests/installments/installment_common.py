"""Builders for the tests of installment plans."""

from datetime import date
from decimal import Decimal

from odoo.fields import Command
from odoo.tests import freeze_time

from ...services.installments.terms import PlanTerms
from ..common import BillingCase

TODAY = "2026-06-01"


@freeze_time(TODAY)
class InstallmentCase(BillingCase):
    """Posted invoices of one customer, plans over them, payments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account("Ada Lovelace", delivery_channel="portal")
        cls.code = cls.make_code("NET")
        cls.ledger = cls.env["billing.installment.ledger"]

    @classmethod
    def make_invoice(cls, amount=900.0, day="2026-05-01", post=True, account=None, **vals):
        account = account or cls.account
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": account.partner_id.id,
                "invoice_date": day,
                "invoice_date_due": day,
                "billing_account_id": account.id,
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": cls.code.product_id.id, "price_unit": amount, "tax_ids": [Command.clear()]}
                    )
                ],
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def make_rule(cls, name="Everybody", **vals):
        return cls.env["billing.installment.rule"].create(
            {"name": name, "approval_limit": 10000, "plan_limit": 0, "broken_plan_limit": 0, "month_max": 0, **vals}
        )

    @staticmethod
    def terms(**values):
        given = {"first_date": date(2026, 7, 1), "count": 3, **values}
        return PlanTerms(**given)

    @classmethod
    def plan(cls, moves, day=TODAY, **values):
        """Return a plan over the invoices, running since the day."""
        options = {name: values.pop(name) for name in ("rule", "previous", "note") if name in values}
        options.setdefault("rule", cls.env["billing.installment.rule"])
        return cls.env["billing.installment.request"].request(
            moves, cls.terms(**values), day=date.fromisoformat(day), **options
        )

    @classmethod
    def pay(cls, move, amount, day="2026-06-01", **vals):
        """Register a payment as the dialogue of the invoice does."""
        wizard = (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"payment_date": day, "amount": amount, **vals})
        )
        return wizard._create_payments()

    @classmethod
    def review(cls, plans, day):
        ids = plans.account_id.ids
        return cls.env["billing.installment.review"].review(ids, dict.fromkeys(ids, date.fromisoformat(day)))

    @classmethod
    def get_terms(cls, move):
        """Return the due lines of an invoice: [(day, amount, open)], as texts, in order."""
        return [
            (str(line.date_maturity), f"{line.amount_currency:.2f}", f"{line.amount_residual_currency:.2f}")
            for line in cls.ledger.get_terms(move)
        ]

    @classmethod
    def get_rows(cls, plan):
        """Return the installments of a plan: [(day, amount, open, state)], as texts, in order."""
        return [
            (str(row.date), f"{row.amount:.2f}", f"{row.amount_open:.2f}", row.state)
            for row in plan.installment_ids.sorted(lambda row: (row.date, row.sequence))
        ]

    def assertConsistent(self, plan):
        """The books balance, the parts of the plan are what the invoices owe, dates are unique."""
        for move in plan.move_ids:
            self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0, places=2)
            terms = self.ledger.get_terms(move)
            self.assertAlmostEqual(sum(terms.mapped("amount_currency")), move.amount_total, places=2)
            self.assertAlmostEqual(sum(terms.mapped("amount_residual_currency")), move.amount_residual, places=2)
            self.assertEqual(len(terms), len(set(terms.mapped("date_maturity"))))
        if plan.state in ("active", "broken"):
            self.assertEqual(
                Decimal(f"{plan.amount_open:.2f}"), Decimal(f"{sum(plan.move_ids.mapped('amount_residual')):.2f}")
            )
