"""Debits beside reminders and late fees: who pays automatically is asked for nothing before the day that was agreed."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from ...engine import retry
from ...services.automatic_payment.consents import Terms
from ...services.receivables.values import HOLDS_FEES
from .debit_common import DebitCase


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestDebitsAndReminders(DebitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(("before", 3), ("overdue", 7), ("overdue", 21))

    def pass_days(self, first, last):
        """Let debits and the collection work on each day; what a day says leaves before the next one."""
        day = datetime.fromisoformat(first)
        while day <= datetime.fromisoformat(last):
            self.run_jobs(f"{day.date()} 10:00:00")
            with freeze_time(day + timedelta(hours=12)):
                self.collect_days(str(day.date()), str(day.date()))
            day += timedelta(days=1)

    def test_nobody_is_reminded_before_the_day_of_the_month_that_was_agreed(self):
        invoice = self.owe(self.account, "2026-11-03", 100)
        self.consent(self.account, terms=Terms("day_of_month", 28))
        self.pass_days("2026-10-30", "2026-11-28")
        self.assertEqual(self.get_log(self.account), [])
        self.assertEqual(set(self.get_messages(self.account).mapped("kind")), {"debit"})
        self.assertEqual(invoice.payment_state, "paid")

    def test_nobody_is_reminded_so_many_days_after_the_due_day_as_were_agreed(self):
        self.owe(self.account, "2026-11-03", 100)
        self.consent(self.account, terms=Terms("after", 30))
        self.pass_days("2026-10-31", "2026-11-24")
        self.assertEqual((self.get_log(self.account), self.get_messages(self.account).ids), ([], []))
        [item] = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual(
            [(rest.reason, rest.amount, str(rest.until)) for rest in item.rests],
            [("debit_planned", 119, "2026-12-03")],
        )

    def test_who_is_told_of_debits_on_the_day_itself_gets_no_request_to_pay_before(self):
        self.company.billing_debit_notice_days = 0
        invoice = self.owe(self.account, "2026-11-03", 100)
        self.consent(self.account)
        self.pass_days("2026-10-31", "2026-11-03")
        self.assertEqual(set(self.get_messages(self.account).mapped("kind")), {"debit"})
        self.assertEqual(invoice.payment_state, "paid")

    def test_what_no_debit_will_take_is_reminded_of(self):
        for terms, event in (
            (Terms("after", 30, 100), None),
            (Terms("after", 30), "withdraw"),
            (Terms("after", 30), "pause"),
            (Terms("after", 30), "archive"),
        ):
            account = self.make_account()
            self.owe(account, "2026-11-03", 100)
            method = self.save_method(account.partner_id)
            consent = self.consent(account, method, terms=terms)
            if event == "withdraw":
                self.consents.withdraw(consent, account.partner_id)
            if event == "pause":
                self.consents.pause(consent, "They have asked us to")
            if event == "archive":
                method.active = False
            self.collect("2026-11-10")
            self.assertTrue(self.get_log(account), (terms, event))

    def test_the_limit_of_the_month_leaves_the_later_bill_to_be_asked_for(self):
        first, second = (self.owe(self.account, day, 100) for day in ("2026-11-03", "2026-11-04"))
        self.consent(self.account, terms=Terms("day_of_month", 28, 0, 150))
        items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        resting = {item.move_id: [rest.reason for rest in item.rests] for item in items}
        self.assertEqual(resting, {first.id: ["debit_planned"], second.id: []})

    def test_what_credits_take_off_counts_for_no_limit_and_for_no_debit(self):
        bill = self.owe(self.account, "2026-11-03", 100)
        self.consent(self.account, terms=Terms("after", 30, 100))
        self.make_invoice(self.account, 40, delivery="sent", move_type="out_refund")
        items = self.env["billing.open.items"].get_items(self.account.ids, coming=False)
        coming = self.env["billing.debit.calendar"].find_coming(items)
        self.assertEqual(list(coming.values()), [(date(2026, 12, 3), Decimal("71.40"))], "119.00 less 47.60")
        self.pass_days("2026-11-20", "2026-12-03")
        self.assertAttempts(self.account, [("2026-12-03", "71.40", "succeeded")])
        self.assertEqual((self.get_log(self.account), bill.payment_state), ([], "paid"))
        covered = self.make_account()
        self.owe(covered, "2026-11-03", 100)
        self.make_invoice(covered, 100, delivery="sent", move_type="out_refund")
        self.consent(covered)
        items = self.env["billing.open.items"].get_items(covered.ids)[covered.id]
        self.assertFalse([rest for item in items for rest in item.rests], "nothing will be debited")

    def test_a_debit_holds_the_due_line_that_it_was_made_for_and_no_older_one(self):
        shares = [
            Command.create({"value": "percent", "value_amount": share, "nb_days": days})
            for share, days in ((75, 0), (25, 20))
        ]
        term = self.env["account.payment.term"].create({"name": "In two parts", "line_ids": shares})
        self.make_invoice(self.account, delivery="sent", invoice_date="2026-10-20", invoice_payment_term_id=term.id)
        self.consent(self.account, terms=Terms("due", 0, 50))
        self.run_jobs("2026-11-06 10:00:00")
        self.assertAttempts(self.account, [("2026-11-09", "29.75", "planned")])
        items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        resting = {str(item.due_date): [(rest.reason, rest.amount) for rest in item.rests] for item in items}
        self.assertEqual(resting, {"2026-10-20": [], "2026-11-09": [("debit_planned", Decimal("29.75"))]})

    def test_what_is_new_since_the_plan_has_looked_is_debited_as_the_plan_of_tomorrow_will_say(self):
        self.consent(self.account)
        self.run_jobs("2026-10-29 10:00:00")
        self.owe(self.account, "2026-10-29", 100)
        with freeze_time("2026-10-29 12:00:00"):
            items = self.env["billing.open.items"].get_items(self.account.ids, coming=False)
            coming = self.env["billing.debit.calendar"].find_coming(items)
        self.assertEqual([str(day) for day, _amount in coming.values()], ["2026-11-02"])
        self.run_jobs("2026-10-30 10:00:00")
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "planned")])

    def test_no_late_fee_arises_until_the_day_that_was_agreed(self):
        self.owe(self.account, "2026-11-03", 100)
        self.consent(self.account, terms=Terms("after", 10))
        [item] = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        for day, resting in ((13, 119), (14, 0)):
            self.assertEqual(item.get_resting(date(2026, 11, day), HOLDS_FEES), resting)

    def decide(self, invoice, act):
        """Let a clerk press a button of an invoice."""
        with self.worker() as env:
            getattr(invoice.with_env(env(user=self.clerk.id)), act)()
        self.env.invalidate_all()

    def test_a_bill_that_is_left_out_is_asked_for_like_any_other_until_it_is_taken_in_again(self):
        first, second = (self.owe(self.account, "2026-11-03", price) for price in (100, 50))
        self.consent(self.account)
        self.run_jobs("2026-10-31 10:00:00")
        self.assertAttempts(self.account, [("2026-11-03", "178.50", "planned")])
        self.assertTrue(first.billing_can_be_left_out)
        self.decide(first, "action_leave_out_of_billing_debits")
        self.assertAttempts(self.account, [("2026-11-03", "59.50", "planned"), ("2026-11-03", "119.00", "given_up")])
        self.assertEqual((first.billing_without_debit, first.billing_can_be_left_out), (True, False))
        items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        day = date(2026, 11, 2)
        self.assertEqual(
            {one.move_id: one.get_resting(day, HOLDS_FEES) for one in items}, {first.id: 0, second.id: 59.5}
        )
        self.pass_days("2026-11-01", "2026-11-10")
        self.assertEqual((first.payment_state, second.payment_state), ("not_paid", "paid"))
        self.assertIn(("2026-11-10", 2), self.get_log(self.account))
        self.assertFalse(first.billing_can_charge_now)
        self.assertEqual(self.env["billing.charging.now"].get_lines(self.account, first), [])
        with freeze_time("2026-11-10 13:00:00"):
            self.decide(first, "action_take_into_billing_debits")
        self.run_jobs("2026-11-10 14:00:00")
        self.assertAttempts(
            self.account,
            [
                ("2026-11-03", "59.50", "succeeded"),
                ("2026-11-03", "119.00", "given_up"),
                ("2026-11-13", "119.00", "planned"),
            ],
        )
        self.run_jobs("2026-11-13 10:00:00")
        self.assertEqual(first.payment_state, "paid")

    def test_a_bill_is_left_out_before_anything_is_planned_for_it(self):
        invoice = self.owe(self.account, "2026-11-20", 100)
        self.consent(self.account)
        self.decide(invoice, "action_leave_out_of_billing_debits")
        [item] = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual(item.rests, ())
        for day in ("2026-11-17", "2026-11-20"):
            self.run_jobs(f"{day} 10:00:00")
        self.assertEqual(self.get_attempts(self.account).ids, [])
        self.collect("2026-11-17")
        self.assertEqual(self.get_log(self.account), [("2026-11-17", 1)])

    def test_what_is_being_debited_cannot_be_left_out_any_more(self):
        invoice = self.owe(self.account, "2026-11-03", 100)
        self.consent(self.account, self.save_method(self.account.partner_id, "pending"))
        for day in ("2026-10-31", "2026-11-03"):
            self.run_jobs(f"{day} 10:00:00")
        self.assertFalse(invoice.billing_can_be_left_out)
        with self.assertRaisesRegex(UserError, "cannot be stopped any more"):
            self.decide(invoice, "action_leave_out_of_billing_debits")
        self.env.invalidate_all()
        self.assertFalse(invoice.billing_without_debit)
        with self.assertRaisesRegex(UserError, "posted invoices"):
            self.env["billing.debit.leaving.out"].leave_out(self.make_invoice(self.account, post=False), self.env.user)

    def test_debit_then_check_then_fee_then_reminder_on_one_day(self):
        """SEMANTICS 9.4: what is debited in the morning is neither charged a fee for nor reminded of; what fails is."""
        paid = self.owe(self.account, "2026-11-03", 100)
        other = self.make_account("Bob")
        self.owe(other, "2026-11-03", 100)
        self.company.billing_retry_policy_id = False
        self.consent(self.account, terms=Terms("after", 7))
        self.consent(other, self.save_method(other.partner_id, "error"), terms=Terms("after", 7))
        self.pass_days("2026-11-06", "2026-11-10")
        self.assertEqual((paid.payment_state, self.get_log(self.account)), ("paid", []))
        self.assertEqual(self.get_log(other), [("2026-11-10", 2)])


@tagged("post_install", "-at_install")
@freeze_time("2026-11-02 08:00:00")
class TestTriedTooOften(DebitCase):
    def setUp(self):
        super().setUp()
        self.invoice = self.owe(self.account, "2026-11-02", 100)
        self.company.billing_retry_policy_id = False

    def charge(self):
        with self.worker() as env:
            env["billing.charging.now"].charge(env["billing.account"].browse(self.account.id))
        self.env.invalidate_all()

    def test_networks_allow_fifteen_tries_in_thirty_days_whoever_tries(self):
        self.consent(self.account, self.save_method(self.account.partner_id, "error"))
        for _number in range(15):
            self.charge()
        with self.assertRaisesRegex(UserError, f"{self.invoice.name}: tried as often as card networks allow"):
            self.charge()
        self.consent(self.account, self.save_method(self.account.partner_id), takes_up_failed=True)
        self.run_jobs("2026-11-03 10:00:00")
        self.assertEqual(len(self.get_attempts(self.account)), 15)
        with freeze_time("2026-12-03 08:00:00"):
            self.charge()
        self.assertEqual(self.invoice.payment_state, "paid")

    def fail_at_three_sites(self, *more):
        """Let a bill of one amount fail on each of three accounts with one card; return it.

        :param more: further methods of the customer
        """
        self.company.billing_retry_policy_id = self.env.ref("online_billing.retry_policy_standard")
        partner = self.account.partner_id
        token = self.save_method(partner, "error")
        accounts = self.account | self.make_account("Second site") | self.make_account("Third site")
        accounts.partner_id = partner
        for account in accounts:
            if account != self.account:
                self.owe(account, "2026-11-02", 100)
            self.consent(account, token, *more)
        self.run_jobs_until("2026-11-05")
        failed = self.get_attempts_with(token, "failed")
        self.assertEqual(len(failed), 3)
        return token

    def get_attempts_with(self, token, state):
        return self.env["billing.payment.attempt"].search([("token_id", "=", token.id), ("state", "=", state)])

    def run_jobs_until(self, day):
        for one in range(2, date.fromisoformat(day).day + 1):
            for hour in (10, 12):
                self.run_jobs(f"2026-11-{one:02d} {hour}:00:00")

    def test_networks_tell_no_bills_of_one_amount_on_one_card(self):
        with patch.object(retry, "MOST_TRIES", 4):
            token = self.fail_at_three_sites()
            self.assertEqual(len(self.get_attempts_with(token, "planned")), 3, "all three are to be tried again")
            self.run_jobs_until("2026-11-29")
        failed, given_up = (self.get_attempts_with(token, state) for state in ("failed", "given_up"))
        self.assertEqual(
            (len(failed), len(given_up)), (4, 2), "what was planned before the fourth has failed is not made"
        )
        self.assertIn("15 times in 30 days", given_up[0].reason)
        self.assertFalse(self.get_attempts_with(token, "planned"))
        self.assertEqual(len(failed.filtered("is_final").account_id), 3, "nothing more is tried: reminders go on")
        told = self.env["billing.collection.message"].search([("subject", "like", "has failed: please pay")])
        self.assertEqual(told.account_id, failed.account_id)

    def test_tries_of_one_amount_wait_for_those_under_way_and_are_made_where_these_succeed(self):
        with patch.object(retry, "MOST_TRIES", 4):
            token = self.fail_at_three_sites()
            day = self.get_attempts_with(token, "planned")[0].day
            token.demo_simulated_state = "done"
            self.run_jobs(f"{day} 10:30:00")
            waiting = self.get_attempts_with(token, "planned")
            self.assertEqual((len(self.get_attempts_with(token, "succeeded")), len(waiting)), (1, 2))
            self.assertIn("waits for others of the same amount", waiting[0].reason)
            for moment in ("11:45", "12:50"):
                self.run_jobs(f"{day} {moment}:00")
        self.assertEqual(len(self.get_attempts_with(token, "succeeded")), 3)

    def test_another_method_stands_in_for_one_that_failed_too_often_since_it_was_planned(self):
        works = self.save_method(self.account.partner_id, name="5678")
        with patch.object(retry, "MOST_TRIES", 4):
            token = self.fail_at_three_sites(works)
            self.run_jobs_until("2026-11-29")
        self.assertEqual(len(self.get_attempts_with(token, "failed")), 4)
        paid = self.get_attempts_with(works, "succeeded")
        self.assertEqual(len(paid.account_id), 3)
        self.assertFalse(self.get_attempts_with(token, "given_up"))

    def test_a_try_that_was_planned_before_is_given_up_where_others_were_made_since(self):
        self.company.billing_retry_policy_id = self.env.ref("online_billing.retry_policy_standard")
        self.consent(self.account, self.save_method(self.account.partner_id, "error"))
        self.charge()
        planned = self.get_attempts(self.account)[1:]
        self.assertEqual((planned.state, planned.origin), ("planned", "retry"))
        history = self.env.registry["billing.debit.history"]
        # of attempts that are none: the planned one may have any number in a young database
        many = dict.fromkeys(range(-15, 0), datetime.fromisoformat("2026-11-02"))
        with patch.object(history, "get_tries", lambda _own, ids: dict.fromkeys(ids, many)):
            self.run_jobs("2026-11-04 10:00:00")
        self.assertEqual(planned.state, "given_up")
        self.assertIn("15 times in 30 days", planned.reason)

    def test_another_consent_takes_up_what_failed_where_the_customer_wants_it(self):
        self.consent(self.account, self.save_method(self.account.partner_id, "error"))
        self.charge()
        self.assertTrue(self.get_attempts(self.account).is_final)
        [failed] = self.env["billing.charging.now"].get_failed(self.account)
        self.assertEqual((failed.move_id, failed.amount), (self.invoice.id, 119))
        works = self.save_method(self.account.partner_id)
        self.consent(self.account, works)
        self.run_jobs("2026-11-10 10:00:00")
        self.assertEqual(len(self.get_attempts(self.account)), 1, "they were told that it is not tried again")
        self.consent(self.account, works, takes_up_failed=True)
        for day in ("2026-11-10", "2026-11-13"):
            self.run_jobs(f"{day} 10:00:00")
        self.assertEqual((len(self.get_attempts(self.account)), self.invoice.payment_state), (2, "paid"))
