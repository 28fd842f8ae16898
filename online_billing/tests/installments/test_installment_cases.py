"""Situations that plans got wrong: money that comes early, not at all, back again, and ways back."""

from datetime import date
from decimal import Decimal

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ...services.charges.new_charge import NewCharge
from .installment_common import TODAY, InstallmentCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInstallmentCases(InstallmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.interest_code = cls.make_code("INTEREST")

    def plan_with_interest(self, move, **more):
        return self.plan(move, annual_percent=Decimal(12), interest_code_id=self.interest_code.id, **more)

    def get_interest(self, plan):
        plan.invalidate_recordset(["charge_ids"])
        return [f"{charge.amount:.2f}" for charge in plan.charge_ids.sorted("charge_date")]

    def review_days(self, plan, *days):
        for day in days:
            self.review(plan, day)

    def credit(self, move, amount=None, day="2026-06-10"):
        note = move._reverse_moves([{"invoice_date": day, "date": day}])
        if amount is not None:
            note.invoice_line_ids.price_unit = amount
        note.action_post()
        open_lines = (note | move).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
        if len(open_lines.move_id) > 1:
            open_lines.reconcile()
        return note

    def get_due(self, move):
        self.env.invalidate_all()
        return [
            (str(one.date_maturity), one.amount_currency, one.amount_residual_currency, str(one.discount_date or ""))
            for one in self.ledger.get_terms(move)
        ] + [str(move.invoice_date_due)]

    # -- C11, C12: interest --------------------------------------------------------------------------------------------

    def test_case_C11_interest_is_that_of_what_is_open(self):
        move = self.make_invoice(1200)
        plan = self.plan_with_interest(move, count=4)
        self.review(plan, "2026-07-01")
        self.pay(move, 1199, "2026-07-01")
        self.review_days(plan, "2026-08-01", "2026-09-01", "2026-10-01")
        self.assertEqual(self.get_interest(plan), ["12.00", "0.01", "0.01", "0.01"])

    def test_case_C11_what_is_paid_on_the_day_of_the_plan_bears_none(self):
        move = self.make_invoice(1200)
        plan = self.plan_with_interest(move, count=4)
        self.pay(move, 1199, TODAY)
        self.review_days(plan, "2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01")
        self.assertEqual(self.get_interest(plan), ["0.01"] * 4)

    def test_case_C11_a_missed_installment_does_not_raise_the_interest_that_was_agreed(self):
        move = self.make_invoice(1200)
        plan = self.plan_with_interest(move, count=4, missed_limit=0)
        self.review_days(plan, "2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01")
        self.assertEqual(self.get_interest(plan), ["12.00", "9.00", "6.00", "3.00"])

    def test_case_C11_a_virtual_plan_bears_the_same(self):
        move = self.make_invoice(1200)
        self.company.fiscalyear_lock_date = "2026-05-31"
        plan = self.plan_with_interest(move, count=4)
        self.assertEqual(plan.mode, "virtual")
        self.review(plan, "2026-07-01")
        self.pay(move, 900, "2026-07-02")
        self.review_days(plan, "2026-08-01", "2026-09-01", "2026-10-01")
        self.assertEqual(self.get_interest(plan), ["12.00", "9.00", "3.00", "3.00"])

    def test_case_B10_parts_and_interest_are_multiples_of_what_the_currency_is_rounded_to(self):
        franc = self.env["res.currency"].create({"name": "XFR", "symbol": "X", "rounding": 0.05})
        account = self.make_account("In francs", currency_id=franc.id)
        plan = self.plan_with_interest(self.make_invoice(1000, account=account, currency_id=franc.id))
        self.assertEqual([row[1] for row in self.get_rows(plan)], ["333.30", "333.35", "333.35"])
        self.review_days(plan, "2026-07-01", "2026-08-01", "2026-09-01")
        self.assertEqual(self.get_interest(plan), ["10.00", "6.65", "3.35"])

    def test_case_C12_a_plan_over_a_bill_not_yet_due_is_kept_told_and_charged(self):
        move = self.make_invoice(3000, invoice_date_due="2026-12-31")
        plan = self.plan_with_interest(move, method="annuity")
        collect = self.env["billing.collection.day"]
        for day in ("2026-07-01", "2026-08-01", "2026-09-01"):
            row = plan.installment_ids.filtered(lambda row, day=day: str(row.date) == day)
            self.pay(move, row.amount, day)
            collect.run_day(fields.Datetime.to_datetime(f"{day} 12:00:00"), plan.account_id, commit=False)
        self.assertEqual(plan.state, "kept")
        self.assertEqual(self.get_interest(plan), ["30.00", "20.10", "10.10"])
        told = self.env["billing.collection.message"].search([("res_model", "=", plan._name), ("res_id", "=", plan.id)])
        self.assertTrue(told.filtered(lambda message: ":kept:" in message.key))

    def test_case_C12_a_plan_of_which_nothing_is_open_is_found_by_the_collection(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        self.pay(move, 900, "2026-06-02")
        accounts = plan.account_id
        instant = fields.Datetime.to_datetime("2026-06-03 12:00:00")
        self.env["billing.collection.day"].run_day(instant, accounts, commit=False)
        self.assertEqual(plan.state, "settled")

    def test_case_C12_no_state_of_a_plan_is_a_trap(self):
        """Each state is final, waits for a person who has a button for it, or is found by the daily review."""
        found = str(self.env["billing.installment.plan"]._get_to_review_domain())
        by_person = {"requested": ("action_approve", "action_refuse"), "approved": ("action_cancel",)}
        final = {"rescheduled", "cancelled"}
        states = [state for state, _label in self.env["billing.installment.plan"]._fields["state"].selection]
        self.assertLess({*by_person, *final}, set(states))
        for state in states:
            for name in by_person.get(state, ()):
                self.assertTrue(hasattr(self.env["billing.installment.plan"], name))
            self.assertTrue(state in by_person or state in final or f"'{state}'" in found, state)

    # -- C6, C9 --------------------------------------------------------------------------------------------------------

    def test_case_C6_a_cancelled_invoice_was_not_paid_and_bears_no_interest(self):
        moves = self.make_invoice(600) | self.make_invoice(600, day="2026-05-02")
        plan = self.plan_with_interest(moves, count=2)
        moves[0].button_draft()
        moves[0].button_cancel()
        self.review(plan, "2026-07-01")
        self.assertEqual([row.state for row in plan.installment_ids], ["cancelled", "open"])
        self.assertEqual(self.get_interest(plan), ["6.00"])
        self.assertEqual((plan.amount_paid, plan.amount_open), (0, 600))

    def test_case_C6_a_credited_plan_is_not_kept(self):
        move = self.make_invoice(900)
        plan = self.plan_with_interest(move)
        self.credit(move)
        self.review(plan, "2026-06-11")
        self.assertEqual((plan.state, plan.amount_paid), ("cancelled", 0))
        self.assertEqual([row.state for row in plan.installment_ids], ["cancelled"] * 3)
        self.review(plan, "2026-12-31")
        self.assertEqual(self.get_interest(plan), [])

    def test_case_C6_a_part_that_was_credited_is_no_payment_and_the_rest_is_kept(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        self.pay(move, 600, "2026-06-05")
        self.credit(move, 300)
        self.review(plan, "2026-09-01")
        self.assertEqual((plan.state, plan.amount_paid), ("kept", 600))
        self.assertEqual([row.state for row in plan.installment_ids.sorted("date")], ["paid", "paid", "cancelled"])

    def test_case_C6_a_credit_on_a_virtual_plan_does_the_same(self):
        move = self.make_invoice(900)
        self.company.fiscalyear_lock_date = "2026-05-31"
        plan = self.plan(move)
        self.credit(move)
        self.review(plan, "2026-06-11")
        self.assertEqual((plan.mode, plan.state), ("virtual", "cancelled"))

    def test_case_C9_interest_in_another_currency_than_the_account_is_refused(self):
        foreign = self.env.ref("base.CHF")
        foreign.active = True
        move = self.make_invoice(900, currency_id=foreign.id)
        with self.assertRaisesRegex(UserError, foreign.name):
            self.plan_with_interest(move)
        self.assertEqual(self.plan(move).state, "active")

    # -- C19: payments that come back ----------------------------------------------------------------------------------

    def bounce(self, payments):
        payments.move_id.line_ids.remove_move_reconcile()

    def test_case_C19_a_plan_paid_early_in_full_is_reopened_when_the_payment_bounces(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        payments = self.pay(move, 900, "2026-06-02")
        self.review(plan, "2026-06-02")
        self.assertEqual((plan.state, str(plan.paid_on)), ("settled", "2026-06-02"))
        self.bounce(payments)
        self.assertEqual(self.review(plan, "2026-06-05")[plan.id]["event"], "reopen")
        self.assertEqual((plan.state, plan.paid_on, plan.ended_on), ("active", False, False))
        self.assertEqual([row.state for row in plan.installment_ids], ["open"] * 3)

    def test_case_C19_a_plan_that_was_settled_by_hand_stays_settled(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        self.env["billing.installment.ending"].settle_early(plan, date(2026, 6, 2))
        self.review(plan, "2026-06-05")
        self.assertEqual(plan.state, "settled")

    # -- C20: the way back ---------------------------------------------------------------------------------------------

    def cancel(self, plan, day="2026-06-20"):
        self.env["billing.installment.ending"].cancel(plan, day=date.fromisoformat(day))

    def test_case_C20_a_cancelled_plan_leaves_no_trace_where_a_later_part_was_paid_first(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        later = plan.installment_ids.sorted("date")[1]
        self.pay(move, 300, "2026-06-10", billing_installment_id=later.id)
        self.assertEqual(later.state, "paid")
        self.cancel(plan)
        self.assertEqual(self.get_due(move), [("2026-05-01", 900.0, 600.0, ""), "2026-05-01"])
        self.assertEqual((move.amount_residual, move.payment_state), (600, "partial"))
        self.assertFalse(move.billing_installment_part_ids)
        self.pay(move, 600, "2026-06-21")
        self.assertIn(move.payment_state, ("paid", "in_payment"))

    def test_case_C20_a_discount_comes_back_with_its_days(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % in 20 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 20,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 60})],
            }
        )
        move = self.make_invoice(1000, day="2026-05-25", invoice_payment_term_id=term.id)
        before = self.get_due(move)
        self.assertEqual(before, [("2026-07-24", 1000.0, 1000.0, "2026-06-14"), "2026-07-24"])
        amounts = self.ledger.get_terms(move).mapped("discount_amount_currency")
        plan = self.plan(move)
        self.assertFalse(self.ledger.get_terms(move)[0].discount_date)
        self.cancel(plan, "2026-06-05")
        self.assertEqual(self.get_due(move), before)
        self.assertEqual(self.ledger.get_terms(move).mapped("discount_amount_currency"), amounts)
        self.assertTrue(move._is_eligible_for_early_payment_discount(move.currency_id, date(2026, 6, 5)))

    def test_case_C20_what_was_paid_before_the_plan_is_not_divided_either(self):
        move = self.make_invoice(900)
        self.pay(move, 200, "2026-05-20")
        before = self.get_due(move)
        plan = self.plan(move)
        self.pay(move, 300, "2026-06-10")
        self.cancel(plan)
        self.assertEqual(before, [("2026-05-01", 900.0, 700.0, ""), "2026-05-01"])
        self.assertEqual(self.get_due(move), [("2026-05-01", 900.0, 400.0, ""), "2026-05-01"])

    def test_case_C20_several_due_dates_come_back_and_payments_pay_the_earliest(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (10, 40)
                ],
            }
        )
        move = self.make_invoice(1000, invoice_payment_term_id=term.id)
        plan = self.plan(move, count=4)
        later = plan.installment_ids.sorted("date")[3]
        self.pay(move, 250, "2026-06-10", billing_installment_id=later.id)
        self.pay(move, 400, "2026-06-11")
        self.cancel(plan)
        self.assertEqual(
            self.get_due(move),
            [("2026-05-11", 500.0, 0.0, ""), ("2026-06-10", 500.0, 350.0, ""), "2026-06-10"],
        )
        self.pay(move, 350, "2026-06-21")
        self.assertIn(move.payment_state, ("paid", "in_payment"))

    def plan_over_two_due_lines(self):
        """Return an invoice with two due lines whose period is locked, and its plan in two parts."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (10, 40)
                ],
            }
        )
        move = self.make_invoice(1000, invoice_payment_term_id=term.id)
        self.company.fiscalyear_lock_date = "2026-05-31"
        return move, self.plan(move, count=2)

    def get_items(self):
        return self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]

    def test_parts_of_an_invoice_with_two_due_lines_sum_to_what_is_open(self):
        move, plan = self.plan_over_two_due_lines()
        for paid, parts in ((0, [500, 500]), (300, [200, 500]), (400, [300])):
            if paid:
                self.pay(move, paid)
            self.assertEqual([item.amount for item in self.get_items()], parts)
            self.assertEqual(sum(item.amount for item in self.get_items()), Decimal(str(move.amount_residual)))
        self.assertEqual([item.installment_id for item in self.get_items()], plan.installment_ids[1].ids)

    def test_late_fees_of_an_invoice_are_known_when_its_first_part_is_paid(self):
        move, _plan = self.plan_over_two_due_lines()
        self.env["billing.charge.book"].record(
            [
                NewCharge(
                    name="Late fee",
                    origin="late_fee",
                    key="fee-of-parts",
                    account_id=self.account.id,
                    company_id=self.company.id,
                    currency_id=move.currency_id.id,
                    code_id=self.code.id,
                    day=date(2026, 5, 1),
                    amount=Decimal(100),
                    exact=Decimal(100),
                    state="invoiced",
                    invoice_id=move.id,
                )
            ]
        )
        ledger = self.env["billing.late.fee.ledger"]
        self.assertEqual(ledger.get_histories(move.ids)[move.id].fee_amount, 100)
        self.pay(move, 500)
        self.assertEqual([item.amount for item in self.get_items()], [500])
        self.assertEqual(ledger.get_histories(move.ids)[move.id].fee_amount, 100)

    def test_case_C20_an_invoice_in_a_period_that_was_locked_meanwhile_is_due_as_before(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        self.company.fiscalyear_lock_date = "2026-05-31"
        self.cancel(plan)
        [item] = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual((str(item.due_date), item.amount, item.plan_id), ("2026-05-01", 900, None))

    # -- C18: what rests -----------------------------------------------------------------------------------------------

    def get_told(self, plan):
        found = self.env["billing.collection.message"].search(
            [("res_model", "=", plan._name), ("res_id", "=", plan.id)]
        )
        return sorted({message.key.split(":")[2] for message in found})

    def test_case_C18_a_plan_rests_while_its_invoice_is_in_dispute(self):
        move = self.make_invoice(900)
        plan = self.plan(move, missed_limit=1, grace_days=0)
        move.action_toggle_block_payment()
        self.review_days(plan, "2026-07-02", "2026-08-02")
        self.assertEqual((plan.state, plan.missed_count, self.get_told(plan)), ("active", 0, ["started"]))
        move.action_toggle_block_payment()
        self.review(plan, "2026-08-03")
        self.assertEqual(plan.state, "broken")

    def receive(self, amount, day="2026-06-20"):
        """Return money of the customer that is matched with nothing."""
        receivable = self.account.partner_id.property_account_receivable_id
        partner = self.account.partner_id
        bank = self.env["account.account"].search([("account_type", "=", "asset_cash")], limit=1)
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": day,
                "line_ids": [
                    Command.create({"account_id": receivable.id, "partner_id": partner.id, "credit": amount}),
                    Command.create({"account_id": bank.id, "debit": amount}),
                ],
            }
        )
        entry.action_post()
        return entry

    def test_case_C18_a_part_that_was_paid_and_not_matched_yet_is_not_missed(self):
        plan = self.plan(self.make_invoice(900), missed_limit=1, grace_days=0)
        self.receive(300)
        self.review(plan, "2026-07-02")
        self.assertEqual((plan.state, plan.missed_count, self.get_told(plan)), ("active", 0, ["started"]))
        self.review(plan, "2026-08-02")
        self.assertEqual((plan.state, plan.installment_ids.mapped("missed_on")[0]), ("broken", False))

    def test_case_C18_less_than_a_part_that_is_not_matched_leaves_it_missed(self):
        plan = self.plan(self.make_invoice(900), missed_limit=1, grace_days=0)
        self.receive(299)
        self.review(plan, "2026-07-02")
        self.assertEqual(plan.state, "broken")

    def test_case_C18_money_that_is_not_matched_pays_older_debts_before_the_part(self):
        plan = self.plan(self.make_invoice(900), missed_limit=1, grace_days=0)
        self.make_invoice(100)
        self.receive(300)
        self.review(plan, "2026-07-02")
        self.assertEqual(plan.state, "broken")

    def test_case_C18_a_plan_rests_while_its_part_is_promised(self):
        move = self.make_invoice(900)
        plan = self.plan(move, missed_limit=1, grace_days=0)
        self.env["billing.payment.promise"].create(
            {
                "account_id": self.account.id,
                "move_ids": [Command.set(move.ids)],
                "amount": 300,
                "date_made": "2026-06-28",
                "date": "2026-07-20",
            }
        )
        self.review(plan, "2026-07-02")
        self.assertEqual((plan.state, plan.missed_count, self.get_told(plan)), ("active", 0, ["started"]))
