"""Debits whose day changes between plan and debit: tried again past midnight, sent late, due later than it was."""

from datetime import date
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tests.common import freeze_time

from ...services.automatic_payment.consents import Terms
from ...services.automatic_payment.values import DECLINED, SUCCEEDED, Answer
from .debit_common import DebitCase

PROVIDER_TROUBLE = Answer(DECLINED, code="down", decline_class="provider")
LATER = Answer(DECLINED, code="poor", decline_class="later")
TAKEN = Answer(SUCCEEDED, "taken")


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestDaysOfDebits(DebitCase):
    def answering(self, *answers):
        """Let the provider answer so, one debit after the other."""
        given = list(answers)
        adapter = self.env.registry["billing.payment.adapter.demo"]
        return patch.object(adapter, "_send_charge", lambda adapter, request: given.pop(0))

    def put_off(self, invoice, day):
        """Let somebody give the customer more time."""
        due_line = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        with self.worker() as env:
            env["account.move.line"].browse(due_line.id).date_maturity = day
        self.env.invalidate_all()

    # -- tried again past midnight ------------------------------------------------------------------------------------

    def test_a_try_some_hours_later_is_announced_and_counted_on_the_day_on_which_it_is_made(self):
        self.owe(self.account, "2026-10-31", 100)
        self.consent(self.account, terms=Terms(limit_month=119))
        self.run_jobs("2026-10-30 10:00:00")
        with self.answering(PROVIDER_TROUBLE, TAKEN):
            self.run_jobs("2026-11-02 23:30:00")  # waits an hour
            self.assertAttempts(self.account, [("2026-11-02", "119.00", "failed"), ("2026-11-03", "119.00", "planned")])
            message = self.get_messages(self.account).filtered(lambda one: "tried again" in one.subject)
            self.assertIn("11/03/2026", message.body)
            self.assertNotIn("11/02/2026", message.body)
            self.run_jobs("2026-11-03 00:40:00")
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "failed"), ("2026-11-03", "119.00", "succeeded")])

    def test_the_day_of_a_try_is_that_of_the_customer(self):
        account = self.make_account("Far away", timezone="Pacific/Auckland")
        self.owe(account, "2026-11-02", 100)
        self.consent(account)
        self.run_jobs("2026-10-30 10:00:00")
        with self.answering(PROVIDER_TROUBLE):
            self.run_jobs("2026-11-02 10:15:00")  # 23:15 there
        self.assertAttempts(account, [("2026-11-02", "119.00", "failed"), ("2026-11-03", "119.00", "planned")])

    # -- sent later than on its day -----------------------------------------------------------------------------------

    def test_a_debit_that_is_sent_in_another_month_counts_there(self):
        self.owe(self.account, "2026-10-31", 100)
        self.consent(self.account, terms=Terms(limit_month=119))
        self.run_jobs("2026-10-28 10:00:00")
        self.run_jobs("2026-11-02 10:00:00")  # no job has worked on the day
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "succeeded")])
        other = self.owe(self.account, "2026-11-10", 100)
        self.run_jobs("2026-11-10 10:00:00")
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "succeeded")])
        self.assertEqual(
            [one.move_ids for one in self.get_messages(self.account) if "above your limit" in one.subject], [other]
        )

    def test_a_debit_that_is_late_is_not_made_where_its_month_has_no_room(self):
        late = self.owe(self.account, "2026-10-31", 100)
        self.consent(self.account, terms=Terms(limit_month=119))
        self.run_jobs("2026-10-28 10:00:00")
        self.owe(self.account, "2026-11-02", 100)
        self.run_jobs("2026-10-30 10:00:00")
        self.run_jobs("2026-11-02 10:00:00")
        self.assertAttempts(self.account, [("2026-10-31", "119.00", "given_up"), ("2026-11-02", "119.00", "succeeded")])
        self.assertEqual(late.payment_state, "not_paid")

    def test_debits_that_are_late_together_count_together(self):
        for price in (50, 60):
            self.owe(self.account, "2026-10-31", price)
        self.owe(self.account, "2026-11-01", 30)
        self.consent(self.account, terms=Terms(limit_debit=80, limit_month=140))
        self.run_jobs("2026-10-28 10:00:00")
        self.run_jobs("2026-10-29 10:00:00")
        planned = [("2026-10-31", "59.50"), ("2026-10-31", "71.40"), ("2026-11-01", "35.70")]
        self.assertAttempts(self.account, [(*one, "planned") for one in planned])
        self.run_jobs("2026-11-02 10:00:00")
        taken = self.get_attempts(self.account).filtered(lambda one: one.state == "succeeded")
        self.assertEqual(set(taken.mapped("day")), {date(2026, 11, 2)})
        self.assertLessEqual(sum(taken.mapped("amount")), 140)
        self.assertGreater(len(taken), 1)

    # -- due later than it was ----------------------------------------------------------------------------------------

    def test_a_bill_whose_due_day_was_moved_is_debited_on_that_day_and_announced_anew(self):
        moved, stays = self.owe(self.account, "2026-11-02", 100), self.owe(self.account, "2026-11-02", 50)
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        self.assertAttempts(self.account, [("2026-11-02", "178.50", "planned")])
        self.put_off(moved, "2026-12-15")
        self.run_jobs("2026-11-02 10:00:00")
        self.assertEqual((moved.payment_state, stays.payment_state), ("not_paid", "paid"))
        self.run_jobs("2026-12-11 10:00:00")
        self.assertEqual(moved.payment_state, "not_paid")
        self.run_jobs("2026-12-12 10:00:00")
        coming = self.get_attempts(self.account)[-1]
        self.assertEqual((str(coming.day), coming.state, coming.line_ids.move_id), ("2026-12-15", "planned", moved))
        self.assertIn("12/15/2026", self.get_messages(self.account)[-1].body)
        self.run_jobs("2026-12-15 10:00:00")
        self.assertEqual(moved.payment_state, "paid")

    def test_another_try_waits_for_a_due_day_that_was_moved(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        with self.answering(LATER):
            self.run_jobs("2026-11-02 10:00:00")
        self.put_off(invoice, "2026-11-20")
        self.run_jobs("2026-11-03 10:30:00")
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "failed"), ("2026-11-03", "119.00", "given_up")])
        self.run_jobs("2026-11-17 10:00:00")
        self.run_jobs("2026-11-20 10:00:00")
        self.assertEqual(self.get_attempts(self.account).mapped("state"), ["failed", "given_up", "succeeded"])
        self.assertEqual(str(self.get_attempts(self.account)[-1].day), "2026-11-20")

    def test_what_was_never_received_is_not_asked_for_again_before_the_due_day_that_holds_now(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        adapter = self.env.registry["billing.payment.adapter.demo"]
        lost, unknown_there = TimeoutError(), Answer("not_found")
        with (
            patch.object(adapter, "_send_charge", side_effect=lost) as asked_for,
            patch.object(adapter, "_send_question", return_value=unknown_there),
        ):
            with freeze_time("2026-11-02 10:00:00"), self.worker() as env:
                env["billing.payment.attempt"]._cron_send()
            self.put_off(invoice, "2026-11-20")
            self.run_jobs("2026-11-02 10:06:00")
            self.assertEqual(asked_for.call_count, 1)
        self.assertEqual(self.get_attempts(self.account).state, "unknown")

    def test_a_day_of_the_month_that_comes_after_the_moved_due_day_stays(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account, terms=Terms("day_of_month", 5))
        self.run_jobs("2026-11-02 10:00:00")
        self.put_off(invoice, "2026-11-04")
        self.run_jobs("2026-11-05 10:00:00")
        self.assertAttempts(self.account, [("2026-11-05", "119.00", "succeeded")])

    def test_staff_who_charge_at_once_charge_before_the_due_day(self):
        invoice = self.owe(self.account, "2026-12-15", 100)
        self.consent(self.account)
        with freeze_time("2026-11-02 10:00:00"), self.worker() as env:
            env["billing.charging.now"].charge(self.account.with_env(env))
        self.env.invalidate_all()
        self.assertEqual(invoice.payment_state, "paid")
