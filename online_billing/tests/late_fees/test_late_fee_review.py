"""Charged fees that turn out not to be owed: shown, and given back with one click."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from ...services.installments.terms import PlanTerms
from .late_fee_common import LateFeeCase


@tagged("post_install", "-at_install")
class TestLateFeeReview(LateFeeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "fee_reviewer", groups="online_billing.group_billing_user")
        cls.rule = cls.make_rule()
        cls.account = cls.make_account()
        cls.move = cls.make_debt(cls.account)
        cls.env["billing.late.fee.charging"].charge_due(cls.account.ids, {cls.account.id: date(2026, 1, 2)})
        cls.fee = cls.env["billing.late.fee"].search([("move_id", "=", cls.move.id)])

    def finish(self):
        """Do what is done before a transaction ends."""
        self.env.cr.flush()

    def pay_on(self, day, amount=1000.0):
        payments = self.pay(self.move, amount, day)
        self.finish()
        return payments

    def assertGivenBack(self, fee):
        self.assertEqual((fee.state, fee.not_owed), ("waived", False))
        self.assertEqual(fee.credit_note_id.amount_total, fee.invoice_id.amount_total)

    def test_case_C16_a_fee_paid_in_time_and_entered_later_is_shown_and_given_back(self):
        self.assertEqual((self.fee.state, self.fee.not_owed), ("charged", False))
        self.pay_on(self.due)
        self.assertEqual(self.fee.not_owed, "paid")
        self.assertEqual(self.account.not_owed_fee_ids, self.fee)
        self.fee.with_user(self.clerk).action_give_back()
        self.assertGivenBack(self.fee)
        self.assertEqual((self.fee.reason, self.fee.waived_by_id), ("Paid in Time After All", self.clerk))
        self.env.invalidate_all()
        self.assertFalse(self.account.not_owed_fee_ids)

    def test_case_C16_a_payment_of_the_day_of_the_fee_saves_it_and_one_of_the_day_after_does_not(self):
        payments = self.pay_on(self.after(2))
        self.assertFalse(self.fee.not_owed)
        with self.assertRaisesRegex(UserError, "stays as it is"):
            self.fee.action_give_back()
        payments.move_id.line_ids.remove_move_reconcile()
        self.pay_on(self.after(1))
        self.assertEqual(self.fee.not_owed, "paid")

    def test_case_C16_a_payment_that_is_taken_back_takes_the_correction_back(self):
        payments = self.pay_on(self.due)
        payments.move_id.line_ids.remove_move_reconcile()
        self.finish()
        self.assertFalse(self.fee.not_owed)
        with self.assertRaises(UserError):
            self.fee.action_give_back()

    def test_case_C16_a_part_in_time_is_not_enough_and_the_rest_is(self):
        self.pay_on(self.due, 600)
        self.assertFalse(self.fee.not_owed)
        self.pay_on(self.due, 400)
        self.assertEqual(self.fee.not_owed, "paid")

    def test_case_C16_what_was_credited_afterwards_was_not_paid_in_time(self):
        self.credit(self.move, self.after(20))
        self.finish()
        self.assertFalse(self.fee.not_owed)

    def test_case_C16_a_fee_paid_between_announcement_and_charge_was_not_owed(self):
        self.rule.write({"announce": True, "notice_days": 7})
        move = self.make_debt(self.account)
        self.charge_on(self.account, self.after(1), reminded=False)
        self.send_notices(self.account)
        self.charge_on(self.account, self.after(8), reminded=False)
        [fee] = self.get_fees(move)
        self.assertEqual((fee.state, fee.charged_on), ("charged", self.after(8)))
        self.pay(move, 1000, self.after(5))
        self.finish()
        self.assertEqual(fee.not_owed, "paid")

    def test_case_C16_interest_at_payment_stays_owed_for_the_days_before_it(self):
        self.rule.sudo()._switch(False)
        self.make_rule(method="interest", interest_rate=36.5, closing=True)
        move = self.make_debt(self.account)
        self.pay(move, 1000, self.after(10))
        self.charge_on(self.account, self.after(11))
        self.finish()
        [fee] = self.get_fees(move)
        self.assertEqual((fee.state, fee.amount, fee.not_owed), ("charged", 10.0, False))

    def test_case_C16_the_case_shows_it_and_gives_all_back_at_once(self):
        case = (
            self.env["billing.collection.case"]
            .sudo()
            .create(
                {
                    "account_id": self.account.id,
                    "company_id": self.company.id,
                    "currency_id": self.account.currency_id.id,
                    "partner_id": self.account.partner_id.id,
                }
            )
        )
        self.pay_on(self.due)
        self.env.invalidate_all()
        self.assertEqual(case.not_owed_fee_ids, self.fee)
        case.with_user(self.clerk).action_give_late_fees_back()
        self.assertGivenBack(self.fee)

    def test_case_C16_the_account_gives_back_above_the_limit_of_clerks(self):
        self.company.billing_late_fee_waive_limit = 1
        self.pay_on(self.due)
        self.account.with_user(self.clerk).action_give_late_fees_back()
        self.assertGivenBack(self.fee)

    def test_case_C16_a_fee_that_waits_for_its_bill_is_voided(self):
        self.rule.invoice_timing = "next"
        move = self.make_debt(self.account)
        self.charge_on(self.account, self.after(1))
        [fee] = self.get_fees(move)
        self.pay(move, 1000, self.due)
        self.finish()
        fee.action_give_back()
        self.assertEqual((fee.state, fee.charge_id.state), ("waived", "void"))

    def test_case_C16_a_fee_that_arose_in_a_dispute_settled_for_the_customer_later_is_shown(self):
        with freeze_time("2026-01-01"):
            self.move.action_toggle_block_payment()
        with freeze_time("2026-01-10"):
            self.move.billing_stop_ids.action_settle_against_customer()
        self.finish()
        self.assertFalse(self.fee.not_owed)
        self.move.billing_stop_ids.action_settle_for_customer()
        self.finish()
        self.assertEqual(self.fee.not_owed, "spared")

    def test_case_C16_a_promise_kept_after_all_shows_the_fee_that_arose_meanwhile(self):
        move = self.make_debt(self.account)
        promise = self.env["billing.payment.promise"].create(
            {
                "account_id": self.account.id,
                "amount": 600,
                "date_made": self.due,
                "date": self.after(5),
                "move_ids": move.ids,
            }
        )
        items = self.env["billing.open.items"].get_items(self.account.ids)
        self.env["billing.promise.keeping"].judge(items, {self.account.id: self.after(6)})
        self.charge_on(self.account, self.after(6))
        [fee] = self.get_fees(move)
        self.pay(move, 600, self.after(4))
        promise.action_keep_after_all()
        self.finish()
        self.assertEqual(fee.not_owed, "spared")

    def test_case_C16_an_exemption_entered_later_shows_what_it_covers(self):
        exempt = {"late_fee_exempt": True, "late_fee_exempt_reason": "Agreed", "late_fee_exempt_until": "2026-02-01"}
        self.account.write({**exempt, "late_fee_exempt_from": "2026-01-03"})
        self.finish()
        self.assertFalse(self.fee.not_owed)
        self.account.late_fee_exempt_from = "2026-01-01"
        self.finish()
        self.assertEqual(self.fee.not_owed, "spared")

    # what has no first day holds since always, whoever asks

    def test_case_C16_an_exemption_without_first_day_gives_back_what_was_charged_before_it_was_entered(self):
        stop = (
            self.env["billing.stop"]
            .with_user(self.manager)
            .create({"account_id": self.account.id, "date_to": self.after(1), "note": "Agreed on the phone"})
        )
        self.finish()
        self.assertEqual(self.fee.not_owed, "spared")
        stop.date_to = self.due
        self.finish()
        self.assertFalse(self.fee.not_owed)
        stop.date_to = self.after(30)
        self.finish()
        self.fee.with_user(self.clerk).action_give_back()
        self.assertGivenBack(self.fee)

    def test_case_C16_a_fee_stays_owed_when_the_box_is_ticked_and_not_when_its_first_day_is_emptied(self):
        with Form(self.account.with_user(self.manager)) as form:
            form.late_fee_exempt = True
            form.late_fee_exempt_reason = "Agreed"
        self.finish()
        self.assertFalse(self.fee.not_owed)
        self.account.late_fee_exempt_from = False
        self.finish()
        self.assertEqual(self.fee.not_owed, "spared")

    def test_case_C16_an_exemption_says_the_same_with_and_without_an_end_and_once_it_is_removed(self):
        exempt = {"late_fee_exempt": True, "late_fee_exempt_reason": "Agreed"}
        for first, expected in ((False, "spared"), ("2026-01-02", "spared"), ("2026-01-03", False)):
            with self.subTest(first=first), freeze_time("2026-02-01"):
                for last in (False, "2026-03-01", "2026-01-20"):
                    self.account.write({**exempt, "late_fee_exempt_from": first, "late_fee_exempt_until": last})
                    self.finish()
                    self.assertEqual(self.fee.not_owed, expected, last)
                self.account.late_fee_exempt = False
                self.finish()
                self.assertEqual(self.fee.not_owed, expected)
                self.account.stop_ids.unlink()
                self.finish()
                self.assertFalse(self.fee.not_owed)

    def test_case_C16_interest_is_given_back_where_its_debt_rested_on_all_days(self):
        self.rule.sudo()._switch(False)
        self.make_rule(method="interest", interest_rate=36.5, closing=True)
        move = self.make_debt(self.account)
        self.pay(move, 1000, self.after(10))
        self.charge_on(self.account, self.after(11))
        [fee] = self.get_fees(move)
        stop = self.env["billing.stop"].create(
            {"account_id": self.account.id, "date_from": self.after(3), "date_to": self.after(20)}
        )
        self.finish()
        self.assertEqual((fee.not_owed, fee.amount_not_owed), ("part", 8))
        stop.date_from = False
        self.finish()
        self.assertEqual(fee.not_owed, "spared")

    # -- a part ---------------------------------------------------------------------------------------------------

    def make_charged(self, charged_on, **rule):
        """Return a debt of 1,000.00 and the last of its fees, charged on a day by a rule of its own."""
        self.rule.sudo()._switch(False)
        self.make_rule(**rule)
        move = self.make_debt(self.account)
        self.charge_on(self.account, charged_on)
        return move, self.get_fees(move)[-1:]

    def assertTooHigh(self, fee, amount, not_owed="part"):
        self.finish()
        self.assertEqual((fee.state, fee.not_owed, fee.amount_not_owed), ("charged", not_owed, amount))

    def assertLowered(self, fee, left):
        """Give back what a fee is too high, and see that it is what it should be, and stays so."""
        before = fee.invoice_id.amount_residual
        given = fee.amount_not_owed
        fee.with_user(self.clerk).action_give_back()
        self.finish()
        self.assertEqual((fee.state, fee.not_owed, fee.amount_not_owed), ("charged", False, 0))
        standing = self.env["billing.charge.standing"].get_standing(fee.charge_id)[fee.charge_id]
        self.assertEqual(standing, left)
        self.assertEqual(fee.credit_note_id.amount_untaxed, given)
        self.assertEqual(fee.invoice_id.amount_residual, before - given)
        with self.assertRaisesRegex(UserError, "stays as it is"):
            fee.action_give_back()

    def test_case_C16_a_percentage_of_what_was_paid_in_time_and_entered_later_is_given_back(self):
        move, fee = self.make_charged(self.after(1), method="percent", percent=5)
        self.assertEqual(fee.amount, 50)
        self.pay(move, 400, self.due)
        self.assertTooHigh(fee, 20)
        self.assertEqual(self.account.not_owed_fee_ids, fee)
        self.assertLowered(fee, 30)
        self.env.invalidate_all()
        self.assertFalse(self.account.not_owed_fee_ids)

    def test_case_C16_a_part_paid_after_the_day_of_the_fee_changes_nothing(self):
        move, fee = self.make_charged(self.after(1), method="percent", percent=5)
        self.pay(move, 400, self.after(2))
        self.assertTooHigh(fee, 0, False)

    def test_case_C16_parts_entered_one_after_the_other_are_given_back_each_and_the_rest_wholly(self):
        move, fee = self.make_charged(self.after(1), method="percent", percent=5)
        self.pay(move, 400, self.due)
        self.assertTooHigh(fee, 20)
        self.assertLowered(fee, 30)
        self.pay(move, 200, self.after(1))
        self.assertTooHigh(fee, 10)
        self.assertLowered(fee, 20)
        self.pay(move, 400, self.after(1))
        self.assertTooHigh(fee, 20, "paid")
        fee.with_user(self.clerk).action_give_back()
        self.assertEqual((fee.state, fee.credit_note_id.amount_untaxed), ("waived", 20))
        self.assertEqual(self.env["billing.charge.standing"].get_standing(fee.charge_id)[fee.charge_id], 0)

    def test_case_C16_the_tax_of_the_part_is_given_back_with_it(self):
        tax = self.env["account.tax"].create({"name": "Twenty", "amount": 20, "type_tax_use": "sale"})
        code = self.make_code("FEE", kind="fee", tax=tax)
        move, fee = self.make_charged(self.after(1), method="percent", percent=5, code_id=code.id)
        self.pay(move, 400, self.due)
        self.assertTooHigh(fee, 20)
        fee.action_give_back()
        note = fee.credit_note_id
        self.assertEqual((note.amount_untaxed, note.amount_tax, fee.invoice_id.amount_residual), (20, 4, 36))

    def test_case_C16_a_part_that_is_taken_back_takes_the_correction_back(self):
        move, fee = self.make_charged(self.after(1), method="percent", percent=5)
        payment = self.pay(move, 400, self.due)
        self.assertTooHigh(fee, 20)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertTooHigh(fee, 0, False)

    def test_case_C16_a_cancelled_correction_is_shown_again_and_one_given_back_anew_stays_away(self):
        move, fee = self.make_charged(self.after(1), method="percent", percent=5)
        self.pay(move, 400, self.due)
        self.finish()
        fee.action_give_back()
        first = fee.credit_note_id
        first.button_draft()
        first.button_cancel()
        self.assertTooHigh(fee, 20)
        self.assertFalse(fee.credit_note_id)
        first.button_draft()
        first.action_post()
        self.assertTooHigh(fee, 0, False)
        first.button_draft()
        first.button_cancel()
        self.assertTooHigh(fee, 20)
        self.assertLowered(fee, 30)
        self.assertNotEqual(fee.credit_note_id, first)
        with self.assertRaisesRegex(UserError, "given back once more already"), self.cr.savepoint():
            first.button_draft()

    def test_case_C16_what_was_credited_by_hand_is_not_given_back_twice(self):
        move, fee = self.make_charged(self.after(1), method="percent", percent=5)
        self.pay(move, 400, self.due)
        self.credit(fee.invoice_id, self.after(3), 15)
        self.assertTooHigh(fee, 5)
        self.assertLowered(fee, 30)

    def test_case_C16_a_fee_that_waits_for_its_bill_waits_with_the_lower_amount(self):
        move, fee = self.make_charged(self.after(1), method="percent", percent=5, invoice_timing="next")
        first = fee.charge_id
        self.pay(move, 400, self.due)
        self.assertTooHigh(fee, 20)
        self.assertFalse(fee.with_user(self.clerk).action_give_back())
        self.assertEqual(
            (first.state, fee.charge_id.state, fee.charge_id.amount, fee.amount), ("void", "pending", 30, 30)
        )
        self.assertIn("600.00", fee.explanation)
        self.assertFalse(fee.credit_note_id)
        self.assertTooHigh(fee, 0, False)
        self.bill(self.account, "2026-01-31")
        self.assertEqual((fee.charge_id.state, fee.invoice_id.amount_untaxed), ("invoiced", 30))
        self.pay(move, 100, self.due)
        self.assertTooHigh(fee, 5)
        self.assertLowered(fee, 25)

    def test_case_C16_interest_is_given_back_from_the_day_after_the_payment_that_was_entered_later(self):
        move, fee = self.make_charged(self.after(32), method="interest", interest_rate=36.5, repeat_unit="month")
        self.assertEqual((fee.arises_on, fee.amount), (date(2026, 2, 2), 31))
        self.pay(move, 600, self.after(11))
        self.assertTooHigh(fee, 12.6)
        self.assertLowered(fee, 18.4)

    def test_case_C16_interest_at_payment_is_lower_where_a_part_came_earlier(self):
        self.rule.sudo()._switch(False)
        self.make_rule(method="interest", interest_rate=36.5, closing=True)
        move = self.make_debt(self.account)
        payment = self.pay(move, 1000, self.after(10))
        self.charge_on(self.account, self.after(11))
        [fee] = self.get_fees(move)
        payment.action_draft()
        payment.action_cancel()
        self.pay(move, 500, self.after(4))
        self.pay(move, 500, self.after(10))
        self.assertTooHigh(fee, 3)
        self.assertLowered(fee, 7)

    def test_case_C16_the_minimum_and_the_maximum_hold_for_what_is_left(self):
        move, fee = self.make_charged(self.after(1), method="percent", percent=5, minimum_amount=35, maximum_amount=45)
        self.pay(move, 400, self.due)
        self.assertTooHigh(fee, 10)
        self.assertLowered(fee, 35)

    def test_case_C16_a_rule_that_was_changed_meanwhile_changes_no_charged_fee(self):
        move, fee = self.make_charged(self.after(1), method="percent", percent=5)
        fee.rule_id.percent = 1
        self.pay(move, 400, self.due)
        self.assertTooHigh(fee, 20)

    def test_case_C16_a_plan_that_divided_the_debt_makes_no_fee_too_high(self):
        move, fee = self.make_charged(self.after(1), method="percent", percent=5)
        self.pay(move, 100, self.after(3))
        self.env["billing.installment.request"].request(
            move,
            PlanTerms(first_date=self.after(40), count=3),
            rule=self.env["billing.installment.rule"],
            day=self.after(4),
        )
        self.assertTooHigh(fee, 0, False)
        self.pay(move, 200, self.after(1))
        self.assertTooHigh(fee, 10)

    def test_case_C16_a_broken_promise_stays_broken_when_a_part_had_come_in_time(self):
        self.rule.sudo()._switch(False)
        self.make_rule(method="percent", percent=5, grace_days=6)
        move = self.make_debt(self.account)
        values = {"account_id": self.account.id, "amount": 600, "date_made": self.due, "date": self.after(5)}
        promise = self.env["billing.payment.promise"].create({**values, "move_ids": move.ids})
        items = self.env["billing.open.items"].get_items(self.account.ids)
        self.env["billing.promise.keeping"].judge(items, {self.account.id: self.after(6)})
        self.charge_on(self.account, self.after(7))
        [fee] = self.get_fees(move)
        self.pay(move, 200, self.after(4))
        self.env["billing.promise.keeping"].review_broken(self.account.ids)
        self.assertEqual((promise.state, promise.is_kept_in_time), ("broken", False))
        self.assertTooHigh(fee, 10)
        self.pay(move, 400, self.after(5))
        self.env["billing.promise.keeping"].review_broken(self.account.ids)
        self.assertTrue(promise.is_kept_in_time)
        self.assertTooHigh(fee, 30)
        self.assertLowered(fee, 20)

    # -- days that rested for several reasons ----------------------------------------------------------------------

    def make_interest(self, **rule):
        """Return a debt of 1,000.00 that was paid on its 40th day, at 1.00 a day."""
        self.rule.sudo()._switch(False)
        self.make_rule(method="interest", interest_rate=36.5, closing=True, **rule)
        move = self.make_debt(self.account)
        self.pay(move, 1000, self.after(40))
        return move

    def note_stops(self, move, stops):
        """Note times on which a debt rested: (reason, first, last), both included, as days after its due date."""
        for reason, first, last in stops:
            about = {"move_id": move.id} if reason == "dispute" else {"account_id": self.account.id}
            days = {"date_from": self.after(first), "date_to": self.after(last)}
            self.env["billing.stop"].sudo().create({**about, **days, "reason": reason})
        self.finish()

    SEVERAL = (
        ([("exemption", 3, 10), ("dispute", 8, 15)], 13),
        ([("dispute", 3, 10), ("exemption", 11, 15)], 13),
        ([("exemption", 3, 20), ("dispute", 8, 12), ("exemption", 18, 25)], 23),
        ([("dispute", 5, 9), ("dispute", 5, 9), ("exemption", 5, 9)], 5),
        ([("exemption", 1, 25), ("dispute", 20, 45)], 40),
        ([("exemption", 1, 4), ("dispute", 38, 45)], 7),
    )

    def test_case_C8_days_of_disputes_and_exemptions_that_overlap_are_spared_once_when_entered_before(self):
        move = self.make_interest()
        for stops, days in self.SEVERAL:
            with self.subTest(stops=stops), self.cr.savepoint() as savepoint:
                self.note_stops(move, stops)
                self.charge_on(self.account, self.after(60))
                self.assertEqual(sum(self.get_fees(move).mapped("amount")), 40 - days)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_case_C8_days_of_disputes_and_exemptions_that_overlap_are_given_back_once_when_entered_after(self):
        move = self.make_interest()
        for stops, days in self.SEVERAL:
            for before in range(3):
                with self.subTest(stops=stops, before=before), self.cr.savepoint() as savepoint:
                    self.note_stops(move, stops[:before])
                    self.charge_on(self.account, self.after(60))
                    fee = self.get_fees(move)
                    charged = fee.amount
                    self.note_stops(move, stops[before:])
                    self.assertEqual(charged - fee.amount_not_owed, 40 - days)
                    if fee.not_owed == "part":
                        self.assertLowered(fee, 40 - days)
                    elif fee.not_owed:
                        fee.action_give_back()
                        self.assertGivenBack(fee)
                    savepoint.rollback()
                    self.env.invalidate_all()

    def test_case_C8_days_of_a_kept_promise_and_of_a_dispute_are_spared_once(self):
        move = self.make_debt(self.account)
        self.rule.sudo()._switch(False)
        self.make_rule(method="interest", interest_rate=36.5, closing=True)
        values = {"account_id": self.account.id, "amount": 400, "date_made": self.due, "date": self.after(10)}
        promise = self.env["billing.payment.promise"].create({**values, "move_ids": move.ids})
        self.pay(move, 400, self.after(10))
        items = self.env["billing.open.items"].get_items(self.account.ids)
        self.env["billing.promise.keeping"].judge(items, {self.account.id: self.after(10)})
        self.assertEqual(promise.state, "kept")
        self.pay(move, 600, self.after(20))
        self.charge_on(self.account, self.after(30))
        [fee] = self.get_fees(move)
        self.assertEqual(fee.amount, 6)
        self.note_stops(move, [("dispute", 6, 15)])
        self.assertTooHigh(fee, 3)
        self.assertLowered(fee, 3)

    def test_case_C8_an_exemption_that_goes_on_spares_what_is_left_of_the_days(self):
        move = self.make_interest()
        self.charge_on(self.account, self.after(60))
        fee = self.get_fees(move)
        exempt = {"late_fee_exempt": True, "late_fee_exempt_reason": "Agreed", "late_fee_exempt_until": False}
        self.account.write({**exempt, "late_fee_exempt_from": self.after(31)})
        self.assertTooHigh(fee, 10)
        self.note_stops(move, [("dispute", 25, 33)])
        self.assertTooHigh(fee, 16)
        self.assertLowered(fee, 24)

    def test_case_C8_days_of_a_dispute_settled_against_the_customer_are_not_given_back(self):
        move = self.make_interest()
        self.charge_on(self.account, self.after(60))
        fee = self.get_fees(move)
        self.note_stops(move, [("dispute", 5, 14), ("exemption", 10, 19)])
        self.assertTooHigh(fee, 15)
        move.billing_stop_ids.action_settle_against_customer()
        self.assertTooHigh(fee, 10)
        move.billing_stop_ids.action_settle_for_customer()
        self.assertTooHigh(fee, 15)

    def test_case_C8_interest_every_month_gives_back_the_days_of_each(self):
        move, _last = self.make_charged(self.after(40), method="interest", interest_rate=36.5, repeat_unit="month")
        fees = self.get_fees(move)
        self.assertEqual(fees.mapped("amount"), [1, 31])
        self.note_stops(move, [("exemption", 1, 20), ("dispute", 15, 25)])
        self.assertEqual(fees.mapped("amount_not_owed"), [1, 24])
        self.assertEqual(fees.mapped("not_owed"), ["spared", "part"])
        self.account.with_user(self.clerk).action_give_late_fees_back()
        self.assertEqual(fees.mapped("state"), ["waived", "charged"])
        self.charge_on(self.account, self.after(40))
        self.assertEqual(self.get_fees(move), fees)

    def test_case_C16_what_was_paid_in_time_in_a_period_that_is_locked_was_paid_in_time(self):
        self.company.fiscalyear_lock_date = "2026-01-31"
        payment = self.pay_on(self.due)
        self.assertGreater(payment.move_id.date, self.after(30), "Odoo books it on an open day")
        self.assertEqual(self.fee.not_owed, "paid")
        self.fee.with_user(self.clerk).action_give_back()
        self.assertGivenBack(self.fee)
