"""Situations that late fees got wrong: what is no payment, what comes late or back, what is spared, what plans do."""

from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from .late_fee_common import LateFeeCase


@tagged("post_install", "-at_install")
class TestLateFeeCases(LateFeeCase):
    def make_interest_rule(self, rate=12, **vals):
        return self.make_rule(method="interest", interest_rate=rate, closing=True, **vals)

    def write_off(self, move, amount, day):
        """Take an amount off an invoice by an entry against expenses."""
        receivable = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        expense = self.env["account.account"].search(
            [("account_type", "=like", "expense%"), ("company_ids", "in", self.company.ids)], limit=1
        )
        journal = self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.company.id)], limit=1
        )
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": day,
                "journal_id": journal.id,
                "line_ids": [
                    Command.create({"account_id": expense.id, "debit": amount}),
                    Command.create(
                        {
                            "account_id": receivable.account_id.id,
                            "partner_id": receivable.partner_id.id,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        (receivable | entry.line_ids.filtered(lambda line: line.account_id == receivable.account_id)).reconcile()

    def test_case_C2_a_write_off_is_no_payment(self):
        self.make_interest_rule()
        account = self.make_account()
        move = self.make_debt(account)
        self.write_off(move, 1000, self.after(200))
        self.charge_on(account, self.after(201))
        self.assertFees(move, [])

    def test_case_C2_interest_of_what_was_paid_beside_a_write_off_is_owed(self):
        self.make_interest_rule(36.5)
        account = self.make_account()
        move = self.make_debt(account)
        self.pay(move, 600, self.after(10))
        self.write_off(move, 400, self.after(20))
        self.charge_on(account, self.after(21))
        self.assertFees(move, [(1, "2026-01-11", "6.00", "charged")])

    def test_case_C10_a_payment_entered_more_than_92_days_later_brings_its_interest(self):
        self.make_interest_rule()
        account = self.make_account()
        move = self.make_debt(account)
        self.pay(move, 1000, self.after(200))
        for days in (400, 401, 900):
            self.charge_on(account, self.after(days))
        self.assertFees(move, [(1, str(self.after(200)), "65.75", "charged")])

    def test_case_C10_interest_ends_on_the_day_of_a_payment_that_is_booked_later(self):
        self.make_interest_rule(36.5)
        matched, other = self.make_account(), self.make_account("Grace Hopper")
        debt, rest = self.make_debt(matched), self.make_debt(other)
        self.company.fiscalyear_lock_date = "2026-01-31"
        payment = self.pay(debt, 1000, self.after(10))
        self.assertGreater(payment.move_id.date, self.after(30), "the period is locked")
        self.charge_on(matched, self.after(100))
        self.assertFees(debt, [(1, "2026-01-11", "10.00", "charged")])
        loose = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": other.partner_id.id,
                "amount": 1000,
                "date": self.after(10),
            }
        )
        loose.action_post()
        self.assertGreater(loose.move_id.date, self.after(30))
        [credit] = [item for item in self.env["billing.open.items"].get_items(other.ids)[other.id] if item.amount < 0]
        self.assertEqual(credit.invoice_date, self.after(10))
        (loose.move_id.line_ids | rest.line_ids).filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.charge_on(other, self.after(100))
        self.assertFees(rest, [(1, "2026-01-11", "10.00", "charged")])

    def test_case_C10_a_reference_rate_entered_more_than_92_days_later_brings_its_interest(self):
        index = self.env["billing.reference.index"].create(
            {
                "name": "Base",
                "source": "Test",
                "known_until": "2025-12-31",
                "rate_ids": [Command.create({"valid_from": "2025-01-01", "percent": 4})],
            }
        )
        self.make_interest_rule(8, rate_index_id=index.id)
        account = self.make_account()
        move = self.make_debt(account)
        self.pay(move, 1000, self.after(200))
        self.charge_on(account, self.after(201))
        self.assertFees(move, [])
        index.known_until = "2027-12-31"
        self.charge_on(account, self.after(500))
        self.assertFees(move, [(1, str(self.after(200)), "65.75", "charged")])

    def test_case_C10_what_was_credited_was_never_owed_and_the_rest_bears_its_interest(self):
        self.make_interest_rule(10)
        account = self.make_account()
        move = self.make_debt(account)
        self.pay(move, 900, self.after(50))
        note = self.credit(move, self.after(60), 100)
        lines = (move | note).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
        if len(lines) > 1:
            lines.reconcile()
        self.charge_on(account, self.after(61))
        self.assertFees(move, [(1, str(self.after(50)), "12.33", "charged")])

    def test_case_C10_paid_returned_and_paid_again(self):
        self.make_interest_rule()
        account = self.make_account()
        move = self.make_debt(account)
        payment = self.pay(move, 1000, self.after(20))
        self.charge_on(account, self.after(21))
        self.assertFees(move, [(1, str(self.after(20)), "6.58", "charged")])
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        payment.action_cancel()
        self.charge_on(account, self.after(60))
        self.pay(move, 1000, self.after(90))
        for days in (91, 92):
            self.charge_on(account, self.after(days))
        self.assertAlmostEqual(sum(self.get_fees(move).mapped("amount")), 29.59)

    def test_case_C8_an_exemption_spares_and_does_not_delay(self):
        self.make_rule(method="percent", percent=1, repeat_unit="month")
        account = self.make_account(
            late_fee_exempt=True, late_fee_exempt_reason="Agreed", late_fee_exempt_until="2026-03-31"
        )
        move = self.make_debt(account, due=date(2026, 1, 10))
        for day in (date(2026, 2, 15), date(2026, 4, 1), date(2026, 4, 10)):
            self.charge_on(account, day)
        self.assertFees(move, [])
        self.charge_on(account, date(2026, 4, 11))
        self.assertFees(move, [(1, "2026-04-11", "10.00", "charged")])

    def make_plan(self, move, day, first_date, **more):
        terms = self.env["billing.installment.request"]
        return terms.request(
            move, self.plan_terms(first_date, **more), rule=self.env["billing.installment.rule"], day=day
        )

    def plan_terms(self, first_date, **more):
        from ...services.installments.terms import PlanTerms

        return PlanTerms(first_date=first_date, **{"count": 3, "grace_days": 0, "missed_limit": 0, **more})

    def test_case_C22_the_first_missed_part_of_a_plan_bears_its_fee_on_its_day(self):
        self.make_rule(repeat_unit="month")
        account = self.make_account()
        move = self.make_debt(account, due=date(2026, 1, 10))
        for month in (1, 2, 3):
            self.charge_on(account, date(2026, month, 11))
        plan = self.make_plan(move, date(2026, 3, 20), date(2026, 4, 11))
        self.env["billing.installment.review"].review(account.ids, {account.id: date(2026, 4, 12)})
        self.assertEqual(plan.missed_count, 1)
        self.charge_on(account, date(2026, 4, 12))
        self.assertEqual(
            [str(fee.arises_on) for fee in self.get_fees(move)],
            ["2026-01-11", "2026-02-11", "2026-03-11", "2026-04-12"],
        )

    def test_case_C21_a_plan_in_a_locked_period_bears_the_same_fees(self):
        self.make_interest_rule(36.5, repeat_unit="month")
        expected, found = None, []
        for is_locked in (False, True):
            account = self.make_account(f"Locked {is_locked}")
            move = self.make_debt(account, 900, due=date(2026, 1, 10))
            if is_locked:
                self.company.fiscalyear_lock_date = "2026-01-31"
            plan = self.make_plan(move, date(2026, 1, 10), date(2026, 2, 10))
            self.assertEqual(plan.mode, "virtual" if is_locked else "split")
            self.pay(move, 100, date(2026, 2, 20))
            days = (date(2026, 2, 11), date(2026, 3, 11), date(2026, 3, 21), date(2026, 4, 11))
            for day in days:
                self.env["billing.installment.review"].review(account.ids, {account.id: day})
                self.charge_on(account, day)
            self.pay(move, 800, date(2026, 4, 20))
            self.charge_on(account, date(2026, 4, 21))
            found.append([(str(fee.due_date), str(fee.arises_on), fee.amount) for fee in self.get_fees(move)])
        expected = found[0]
        self.assertTrue(expected)
        self.assertEqual(found[1], expected)

    def test_case_C24_a_fee_that_cannot_be_invoiced_waits_and_somebody_is_told_once(self):
        self.make_rule(repeat_unit="month")
        account = self.make_account()
        move = self.make_debt(account)
        journals = self.env["account.journal"].search([("type", "=", "sale"), ("company_id", "=", self.company.id)])
        journals.active = False
        self.charge_on(account, self.after(1))
        self.charge_on(account, self.after(40))
        fees = self.get_fees(move)
        self.assertEqual(fees.mapped("state"), ["charged", "charged"])
        self.assertEqual(fees.charge_id.mapped("state"), ["pending", "pending"])
        self.assertEqual(len(account.activity_ids), 1)
