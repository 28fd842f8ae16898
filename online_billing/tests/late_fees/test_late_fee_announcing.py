"""A fee is announced before it is charged; what is stopped waits; what is settled is dropped."""

from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .late_fee_common import LateFeeCase


@tagged("post_install", "-at_install")
class TestLateFeeAnnouncing(LateFeeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.make_rule(announce=True, notice_days=7, grace_days=5)
        cls.account = cls.make_account()
        cls.move = cls.make_debt(cls.account)

    def get_notices(self):
        self.env.invalidate_all()
        return self.env["billing.collection.message"].search([("account_id", "=", self.account.id)])

    # -- reminders ----------------------------------------------------------------------------------------------------

    def test_a_reminder_announces_what_can_be_charged_within_the_days_of_notice(self):
        self.assertEqual(self.announce_on(self.account, self.due)[self.account.id], [], "it is not overdue yet")
        [told] = self.announce_on(self.account, self.after(2))[self.account.id]
        self.assertEqual(
            (told["number"], str(told["amount"]), told["arises_on"], told["due_on"]),
            (self.move.name, "25.00", self.after(6), self.after(9)),
        )
        self.assertFees(self.move, [(1, "2026-01-07", "25.00", "announced")])
        self.assertFalse(self.get_notices(), "the reminder itself is the announcement")

    def test_the_next_reminder_tells_the_same_day_again(self):
        [first] = self.announce_on(self.account, self.after(2))[self.account.id]
        [second] = self.announce_on(self.account, self.after(5))[self.account.id]
        self.assertEqual(first, second)
        self.assertEqual(len(self.get_fees(self.move)), 1)

    def test_what_was_announced_is_charged_when_its_day_has_come_and_not_before(self):
        self.announce_on(self.account, self.after(2))
        for days in (3, 6, 8):
            self.assertFalse(self.charge_on(self.account, self.after(days)))
        [fee_id] = self.charge_on(self.account, self.after(9))[self.account.id]
        fee = self.env["billing.late.fee"].browse(fee_id)
        self.assertEqual((fee.state, fee.announced_on, fee.charged_on), ("charged", self.after(2), self.after(9)))

    def test_nothing_is_charged_that_was_not_announced(self):
        for days in range(6, 13):
            self.assertFalse(self.charge_on(self.account, self.after(days)))
        self.assertFalse(self.get_fees(self.move))

    def test_a_fee_that_no_reminder_announces_gets_a_notice_of_its_own(self):
        self.charge_on(self.account, self.after(13))
        self.assertFees(self.move, [(1, "2026-01-07", "25.00", "announced")])
        notice = self.get_notices()
        self.assertEqual((notice.kind, notice.amount, notice.move_ids), ("fee_notice", 1000, self.move))
        self.assertIn("25.00", notice.body)
        self.assertEqual([line["number"] for line in notice.lines], [self.move.name])
        self.assertIn(self.move.name, notice.body)
        self.assertIn("01/21/2026", notice.body, "the day from which it is charged")
        self.assertIn("/billing/pay/", notice.body)
        self.send_notices(self.account)
        self.charge_on(self.account, self.after(19))
        self.assertFees(self.move, [(1, "2026-01-07", "25.00", "announced")])
        self.charge_on(self.account, self.after(20))
        self.assertFees(self.move, [(1, "2026-01-07", "25.00", "charged")])
        self.assertEqual(len(self.get_notices()), 1)

    def test_case_C15_a_fee_whose_notice_has_not_left_is_not_charged(self):
        self.charge_on(self.account, self.after(13))
        notice = self.get_notices().sudo()
        self.assertEqual(self.get_fees(self.move).notice_id, notice)
        for state in ("pending", "failed", "letter", "cancelled", "none"):
            notice.billing_delivery_state = state
            self.assertFalse(self.charge_on(self.account, self.after(20)), state)
            self.assertFees(self.move, [(1, "2026-01-07", "25.00", "announced")])
        fee = self.get_fees(self.move)
        self.assertIn("has not left", fee.waits_for)
        self.account.partner_id.active = False
        self.assertIn("archived", fee.waits_for)
        self.account.partner_id.active = True
        notice.billing_delivery_state = "sent"
        self.assertFalse(fee.waits_for)
        self.assertTrue(self.charge_on(self.account, self.after(21)))

    def test_an_account_without_reminders_gets_the_notice_when_the_fee_has_arisen(self):
        self.charge_on(self.account, self.after(5), reminded=False)
        self.assertFalse(self.get_notices())
        self.charge_on(self.account, self.after(6), reminded=False)
        self.charge_on(self.account, self.after(6), reminded=False)
        self.assertEqual(len(self.get_notices()), 1)
        self.send_notices(self.account)
        self.charge_on(self.account, self.after(13), reminded=False)
        self.assertFees(self.move, [(1, "2026-01-07", "25.00", "charged")])

    def test_the_job_gives_the_reminders_of_a_calendar_the_time_to_announce(self):
        policy = self.env["billing.collection.policy"].create({"name": "Reminders"})
        self.account.collection_policy_id = policy
        self.run_at("2026-01-07 12:00:00", self.account)
        self.assertFalse(self.get_notices(), "a reminder may still announce it")
        self.run_at("2026-01-14 12:00:00", self.account)
        self.assertEqual(len(self.get_notices()), 1, "none has within the days of notice")

    def test_the_job_announces_at_once_where_nobody_reminds(self):
        self.run_at("2026-01-07 12:00:00", self.account)
        self.assertEqual(len(self.get_notices()), 1)

    def test_interest_of_a_debt_that_was_paid_late_gets_a_notice_that_says_so(self):
        self.rule.sudo()._switch(False)
        self.make_rule(
            method="interest_compensation",
            interest_rate=36.5,
            closing=True,
            announce=True,
            notice_days=7,
            bands=[(0, 40)],
        )
        self.pay(self.move, 1000, self.after(10))
        self.charge_on(self.account, self.after(10))
        self.assertFees(self.move, [(1, "2026-01-11", "50.00", "announced")])
        notice = self.get_notices()
        self.assertIn("was paid after its due date", notice.body)
        self.assertNotIn("not received", notice.body)
        self.send_notices(self.account)
        self.charge_on(self.account, self.after(17))
        self.assertFees(self.move, [(1, "2026-01-11", "50.00", "charged")])

    def test_never_more_is_charged_than_was_announced_and_less_where_the_debt_became_smaller(self):
        self.rule.write({"method": "percent", "percent": 10})
        self.announce_on(self.account, self.after(2))
        self.pay(self.move, 400, self.after(4))
        self.charge_on(self.account, self.after(9))
        self.assertFees(self.move, [(1, "2026-01-07", "60.00", "charged")])
        other = self.make_debt(self.account)
        self.announce_on(self.account, self.after(2))
        self.rule.percent = 20
        self.charge_on(self.account, self.after(9))
        self.assertFees(other, [(1, "2026-01-07", "100.00", "charged")])

    # -- what is settled ----------------------------------------------------------------------------------------------

    def test_an_announced_fee_is_dropped_when_the_invoice_is_paid(self):
        self.announce_on(self.account, self.after(2))
        self.pay(self.move, 1000, self.after(8))
        self.charge_on(self.account, self.after(9))
        self.assertFees(self.move, [(1, "2026-01-07", "25.00", "dropped")])
        self.assertIn("settled", self.get_fees(self.move).reason)

    def test_a_payment_that_comes_back_brings_the_fee_back_with_a_new_announcement(self):
        self.announce_on(self.account, self.after(2))
        payment = self.pay(self.move, 1000, self.after(8))
        self.charge_on(self.account, self.after(9))
        payment.action_draft()
        payment.action_cancel()
        self.charge_on(self.account, self.after(15))
        self.assertFees(self.move, [(1, "2026-01-07", "25.00", "announced")])
        fee = self.get_fees(self.move)
        self.assertEqual((fee.announced_on, fee.due_on, fee.reason), (self.after(15), self.after(22), False))

    def test_switching_the_rule_off_drops_what_was_announced(self):
        self.announce_on(self.account, self.after(2))
        self.rule.with_user(self.manager).action_switch_off()
        self.charge_on(self.account, self.after(9))
        self.assertFees(self.move, [(1, "2026-01-07", "25.00", "dropped")])
        self.assertIn("switched off", self.get_fees(self.move).reason)

    # -- stops --------------------------------------------------------------------------------------------------------

    def check_waits(self, release):
        """What was announced neither charges nor is dropped while it is stopped; released, it is charged."""
        for days in (9, 10, 30):
            self.assertFalse(self.charge_on(self.account, self.after(days)))
            self.assertFalse(self.announce_on(self.account, self.after(days))[self.account.id])
        self.assertFees(self.move, [(1, "2026-01-07", "25.00", "announced")])
        release()
        self.charge_on(self.account, self.after(31))
        self.assertFees(self.move, [(1, "2026-01-07", "25.00", "charged")])

    def test_a_disputed_invoice_waits(self):
        self.announce_on(self.account, self.after(2))
        self.move.action_toggle_block_payment()
        self.check_waits(self.move.action_toggle_block_payment)

    def test_a_line_taken_out_of_the_reminders_waits(self):
        self.announce_on(self.account, self.after(2))
        line = self.move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        line.no_followup = True
        self.check_waits(lambda: line.write({"no_followup": False}))

    def test_an_open_promise_to_pay_waits(self):
        self.announce_on(self.account, self.after(2))
        promise = self.env["billing.payment.promise"].create(
            {"account_id": self.account.id, "amount": 1000, "date_made": self.after(3), "date": self.after(40)}
        )
        self.check_waits(promise.action_cancel)

    def test_a_promise_about_another_invoice_stops_nothing(self):
        other = self.make_debt(self.account)
        self.env["billing.payment.promise"].create(
            {
                "account_id": self.account.id,
                "amount": 1000,
                "date_made": self.after(1),
                "date": self.after(40),
                "move_ids": other.ids,
            }
        )
        self.announce_on(self.account, self.after(2))
        self.assertEqual(self.get_fees(self.account).move_id, self.move)

    def test_an_exempt_account_bears_no_fee_and_loses_what_was_announced(self):
        self.announce_on(self.account, self.after(2))
        self.account.write(
            {
                "late_fee_exempt": True,
                "late_fee_exempt_reason": "Agreed",
                "late_fee_exempt_until": self.after(20),
            }
        )
        self.charge_on(self.account, self.after(9))
        self.assertFees(self.move, [(1, "2026-01-07", "25.00", "dropped")])
        self.assertIn("exempt", self.get_fees(self.move).reason)
        self.charge_on(self.account, self.after(21), reminded=False)
        self.assertFees(self.move, [(1, "2026-01-07", "25.00", "dropped")])

    def test_an_exemption_says_why(self):
        with self.assertRaises(ValidationError):
            self.account.late_fee_exempt = True

    def test_a_residual_below_the_tolerance_is_left_alone(self):
        self.rule.tolerance = 10
        self.pay(self.move, 990.01, self.after(3))
        self.charge_on(self.account, self.after(30), reminded=False)
        self.assertFees(self.move, [])

    def test_a_debt_from_before_the_first_due_date_of_the_rule_is_left_alone(self):
        self.rule.apply_from = self.due + timedelta(days=1)
        self.charge_on(self.account, self.after(30), reminded=False)
        self.assertFees(self.move, [])
