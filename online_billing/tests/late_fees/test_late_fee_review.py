"""Charged fees that turn out not to be owed: shown, and given back with one click."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

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
        self.assertFalse(fee.not_owed)
        stop.date_from = False
        self.finish()
        self.assertEqual(fee.not_owed, "spared")
