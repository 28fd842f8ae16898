"""Ways back out of plans over invoices in a currency that is not the company's: nothing is left of the plan."""

from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .installment_common import TODAY, InstallmentCase

RATES = {"2026-01-01": 1.37, "2026-06-08": 1.61, "2026-06-15": 1.19}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInstallmentWayBack(InstallmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.env.ref("base.CHF")
        cls.foreign.active = True
        cls.env["res.currency.rate"].search([("currency_id", "=", cls.foreign.id)]).unlink()
        for day, rate in RATES.items():
            cls.env["res.currency.rate"].create(
                {"currency_id": cls.foreign.id, "name": day, "rate": rate, "company_id": cls.company.id}
            )
        cls.discount = cls.env["account.payment.term"].create(
            {
                "name": "3 % in 25 days",
                "early_discount": True,
                "discount_percentage": 3,
                "discount_days": 25,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 60})],
            }
        )
        cls.thirds = cls.env["account.payment.term"].create(
            {
                "name": "Thirds",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": share, "nb_days": days})
                    for share, days in ((33.33, 10), (33.33, 40), (33.34, 70))
                ],
            }
        )

    def make_foreign_invoice(self, amount=1000.01, **vals):
        return self.make_invoice(amount, day="2026-05-25", currency_id=self.foreign.id, **vals)

    def get_state(self, move):
        """Return all that a plan may change of the due lines of an invoice, but for what was paid."""
        self.env.invalidate_all()
        lines = [
            (
                str(line.date_maturity),
                round(line.amount_currency, 2),
                round(line.balance, 2),
                str(line.discount_date or ""),
                round(line.discount_amount_currency, 2),
                round(line.discount_balance, 2),
            )
            for line in self.ledger._get_terms(move)
        ]
        return lines, str(move.invoice_date_due), move.billing_installment_part_ids.ids

    def get_open(self, move):
        return [round(line.amount_residual_currency, 2) for line in self.ledger._get_terms(move)]

    def cancel(self, plan, day="2026-06-20"):
        self.env["billing.installment.ending"].cancel(plan, day=date.fromisoformat(day))

    def pay_part(self, plan, number, day):
        """Pay one part of a plan, whichever comes before it."""
        row = plan.installment_ids.sorted("date")[number]
        self.pay(plan.move_ids, row.amount, day, billing_installment_id=row.id, currency_id=self.foreign.id)

    def assertPaidInFull(self, move):
        self.env.invalidate_all()
        lines = self.ledger._get_terms(move)
        self.assertEqual((move.amount_residual, set(lines.mapped("amount_residual"))), (0, {0.0}))
        self.assertTrue(all(line.reconciled for line in lines))
        self.assertIn(move.payment_state, ("paid", "in_payment"))

    def assertBooksBalance(self, move):
        for entry in move | move.line_ids.matched_credit_ids.credit_move_id.move_id:
            self.assertAlmostEqual(sum(entry.line_ids.mapped("balance")), 0, places=2)

    def test_case_C20_a_foreign_plan_cancelled_within_the_days_of_a_discount_leaves_no_trace(self):
        for number, amount in enumerate((1000.01, 333.33, 0.05)):
            with self.subTest(amount=amount):
                move = self.make_foreign_invoice(amount, invoice_payment_term_id=self.discount.id)
                before = self.get_state(move)
                self.assertEqual(before[0][0][3], "2026-06-19")
                plan = self.plan(move, count=2 + number)
                self.assertNotEqual(self.get_state(move), before)
                self.assertFalse(any(line[3] for line in self.get_state(move)[0]))
                self.cancel(plan, "2026-06-05")
                self.assertEqual(self.get_state(move), before)
                self.assertTrue(move._is_eligible_for_early_payment_discount(move.currency_id, date(2026, 6, 5)))

    def test_case_C20_a_foreign_plan_of_which_a_later_part_was_paid_first_leaves_no_trace(self):
        for term in (self.env["account.payment.term"], self.discount):
            for day in ("2026-06-02", "2026-06-10", "2026-06-16"):
                with self.subTest(term=term.name, day=day):
                    move = self.make_foreign_invoice(invoice_payment_term_id=term.id)
                    before = self.get_state(move)
                    plan = self.plan(move, count=4)
                    self.pay_part(plan, 2, day)
                    self.cancel(plan)
                    self.assertEqual(self.get_state(move), before)
                    self.assertEqual(self.get_open(move), [750.01])
                    self.pay(move, 750.01, "2026-06-21", currency_id=self.foreign.id)
                    self.assertPaidInFull(move)
                    self.assertBooksBalance(move)

    def test_case_C20_several_foreign_due_lines_come_back_as_they_were(self):
        move = self.make_foreign_invoice(invoice_payment_term_id=self.thirds.id)
        before = self.get_state(move)
        self.assertEqual(len(before[0]), 3)
        self.cancel(self.plan(move, count=5))
        self.assertEqual(self.get_state(move), before)

    def test_case_C20_payments_of_a_foreign_plan_pay_the_earliest_of_several_due_lines(self):
        for days in (("2026-06-02",), ("2026-06-10",), ("2026-06-16",), ("2026-06-10", "2026-06-16")):
            with self.subTest(days=days):
                move = self.make_foreign_invoice(invoice_payment_term_id=self.thirds.id)
                before = self.get_state(move)
                plan = self.plan(move, count=4)
                for number, day in enumerate(days):
                    self.pay_part(plan, 3 - number, day)
                self.cancel(plan)
                lines, due, parts = self.get_state(move)
                self.assertEqual([line[:2] for line in lines], [line[:2] for line in before[0]])
                self.assertEqual((due, parts), (before[1], []))
                for line, was in zip(lines, before[0], strict=True):
                    self.assertAlmostEqual(line[2], was[2], delta=0.02)
                paid = 1000.01 - sum(self.get_open(move))
                self.assertAlmostEqual(paid, len(days) * 250, places=1)
                self.assertEqual(self.get_open(move)[2], before[0][2][1])
                self.assertBooksBalance(move)
                self.pay(move, sum(self.get_open(move)), "2026-06-21", currency_id=self.foreign.id)
                self.assertPaidInFull(move)
                self.assertBooksBalance(move)

    def test_case_C20_a_foreign_plan_paid_in_the_companys_money_leaves_no_trace(self):
        move = self.make_foreign_invoice(invoice_payment_term_id=self.discount.id)
        before = self.get_state(move)
        plan = self.plan(move, count=4)
        self.pay(move, 100, "2026-06-10", currency_id=self.company.currency_id.id)
        self.cancel(plan)
        self.assertEqual(self.get_state(move), before)
        self.assertBooksBalance(move)
