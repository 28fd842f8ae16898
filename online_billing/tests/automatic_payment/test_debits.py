"""Debits from plan to booked payment, with the demo provider."""

from contextlib import ExitStack
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from ...services.automatic_payment.booking import BillingDebitBooking
from ...services.automatic_payment.consents import Terms
from ...services.automatic_payment.sending import BillingDebitSending
from ...services.automatic_payment.values import DECLINED, Answer
from .debit_common import DebitCase


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestDebits(DebitCase):
    def bill_with_discount(self):
        """Return an invoice of 119.00 of which 2 % may be kept for ten days."""
        term = self.env["account.payment.term"].create(
            {
                "name": "2/10 net 30",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "included",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        return self.make_invoice(
            self.account, delivery="sent", invoice_date="2026-10-20", invoice_payment_term_id=term.id
        )

    def test_a_bill_is_announced_debited_on_its_day_and_booked_on_its_due_line(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account)
        self.run_jobs("2026-10-29 10:00:00")
        self.assertAttempts(self.account, [])
        self.run_jobs("2026-10-30 10:00:00")
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "planned")])
        message = self.get_messages(self.account)
        self.assertEqual((message.kind, message.amount, message.move_ids), ("debit", 119, invoice))
        self.assertIn("11/02/2026", message.body)
        self.run_jobs("2026-11-01 23:00:00")
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "planned")])
        self.run_jobs("2026-11-02 10:00:00")
        attempt = self.get_attempts(self.account)
        self.assertEqual((attempt.state, attempt.is_booked), ("succeeded", True))
        self.assertEqual(invoice.payment_state, "paid")
        payment = attempt.payment_id
        self.assertEqual((payment.amount, payment.billing_account_id), (119, self.account))
        self.assertEqual(payment.payment_transaction_id, attempt.transaction_id)
        self.assertEqual(attempt.transaction_id.state, "done")
        self.assertEqual(payment.billing_delivery_state, "pending", "a receipt is sent")
        self.run_jobs("2026-11-03 10:00:00")
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "succeeded")])

    def test_the_notice_says_of_each_bill_what_is_taken_not_what_it_was_once(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        self.pay(invoice, 19)
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        self.assertAttempts(self.account, [("2026-11-02", "100.00", "planned")])
        body = self.get_messages(self.account).body
        self.assertIn(invoice.name, body)
        self.assertEqual(body.count("100.00"), 2, "what is taken, and of which bill")
        self.assertNotIn("119.00", body)

    def test_without_a_consent_nothing_is_debited(self):
        self.save_method(self.account.partner_id)
        self.owe(self.account, "2026-11-02", 100)
        self.run_jobs("2026-11-02 10:00:00")
        self.assertAttempts(self.account, [])
        with self.assertRaisesRegex(UserError, "has not agreed"):
            self.env["billing.charging.now"].charge(self.account)

    def test_what_was_paid_meanwhile_is_not_debited(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        self.pay(invoice, 100)
        self.run_jobs("2026-11-02 10:00:00")
        self.assertAttempts(self.account, [("2026-11-02", "19.00", "succeeded")])
        self.assertEqual(invoice.payment_state, "paid")
        other = self.owe(self.account, "2026-12-01", 100)
        self.run_jobs("2026-11-28 10:00:00")
        self.pay(other, 119)
        self.run_jobs("2026-12-01 10:00:00")
        self.assertAttempts(self.account, [("2026-11-02", "19.00", "succeeded"), ("2026-12-01", "119.00", "given_up")])

    def test_a_decline_is_tried_again_by_the_policy_and_then_the_reminders_go_on(self):
        self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account, self.save_method(self.account.partner_id, "error"))
        self.run_jobs("2026-10-30 10:00:00")
        days = ["2026-11-02", "2026-11-03", "2026-11-06", "2026-11-11", "2026-11-18"]
        for number, day in enumerate(days, 1):
            self.run_jobs(f"{day} 10:30:00")
            failed = self.get_attempts(self.account)[:number]
            self.assertEqual(set(failed.mapped("state")), {"failed"}, day)
        attempts = self.get_attempts(self.account)
        self.assertEqual([str(one.day) for one in attempts], days)
        self.assertEqual(attempts.mapped("is_final"), [False] * 4 + [True])
        self.assertEqual(attempts.mapped("number"), [1, 2, 3, 4, 5])
        self.assertEqual(len(set(attempts.mapped("key"))), 5)
        kinds = self.get_messages(self.account).mapped("subject")
        self.assertEqual(sum("tried again" in subject for subject in kinds), 4)
        self.assertEqual(sum("please pay" in subject for subject in kinds), 1)
        self.run_jobs("2026-12-18 10:30:00")
        self.assertEqual(self.get_attempts(self.account), attempts, "what has failed for good is not planned anew")

    def test_limits_of_the_consent_hold(self):
        self.owe(self.account, "2026-11-02", 100)
        self.owe(self.account, "2026-11-02", 200)
        self.consent(self.account, terms=Terms(limit_debit=200, limit_month=300))
        self.run_jobs("2026-10-30 10:00:00")
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "planned")])
        self.assertEqual(
            [m.subject for m in self.get_messages(self.account) if "above your limit" in m.subject],
            ["A bill of $\xa0238.00 is above your limit: please pay it yourself"],
        )

    def test_bills_that_are_each_under_the_limit_are_debited_by_themselves(self):
        invoices = [self.owe(self.account, "2026-11-02", price) for price in (100, 150, 50, 200)]
        self.consent(self.account, terms=Terms(limit_debit=200))
        self.run_jobs("2026-10-30 10:00:00")
        # 119.00 and 59.50 together, 178.50 by itself; 238.00 is above the limit by itself
        self.assertAttempts(self.account, [("2026-11-02", "178.50", "planned"), ("2026-11-02", "178.50", "planned")])
        first, second = self.get_attempts(self.account)
        self.assertEqual((first.line_ids.move_id, second.line_ids.move_id), (invoices[0] | invoices[2], invoices[1]))
        self.assertEqual(
            [m.move_ids for m in self.get_messages(self.account) if "above your limit" in m.subject], [invoices[3]]
        )
        self.run_jobs("2026-11-02 10:00:00")
        paid = [invoice.payment_state for invoice in invoices]
        self.assertEqual(paid, ["paid", "paid", "paid", "not_paid"])

    def test_a_day_of_the_month_that_no_job_has_seen_is_made_up_for_once(self):
        self.owe(self.account, "2026-10-25", 100)
        self.consent(self.account, terms=Terms("day_of_month", 5))
        self.run_jobs("2026-10-31 10:00:00")
        self.assertAttempts(self.account, [])
        # on the second of November it would have been announced for the fifth
        self.run_jobs("2026-11-04 10:00:00")
        self.assertAttempts(self.account, [("2026-11-07", "119.00", "planned")])
        self.run_jobs("2026-11-05 10:00:00")
        self.assertAttempts(self.account, [("2026-11-07", "119.00", "planned")])
        self.run_jobs("2026-11-07 10:00:00")
        self.owe(self.account, "2026-11-06", 50)
        self.run_jobs("2026-11-08 10:00:00")
        self.assertAttempts(self.account, [("2026-11-07", "119.00", "succeeded")])
        self.run_jobs("2026-12-02 10:00:00")
        self.assertAttempts(self.account, [("2026-11-07", "119.00", "succeeded"), ("2026-12-05", "59.50", "planned")])

    def test_a_day_of_the_month_on_which_planning_failed_is_made_up_for(self):
        self.owe(self.account, "2026-10-25", 100)
        consent = self.consent(self.account, terms=Terms("day_of_month", 5))
        self.run_jobs("2026-11-01 10:00:00")
        planning = self.env.registry["billing.debit.planning"]
        with patch.object(planning, "_plan", side_effect=UserError("A table is locked.")):
            self.run_jobs("2026-11-02 10:00:00")
        self.assertEqual((str(consent.looked_on), str(consent.planned_on)), ("2026-11-02", "2026-11-04"))
        self.run_jobs("2026-11-03 10:00:00")
        self.assertAttempts(self.account, [("2026-11-06", "119.00", "planned")])

    def test_a_day_that_passed_while_automatic_payment_was_paused_is_not_made_up_for(self):
        self.owe(self.account, "2026-10-25", 100)
        consent = self.consent(self.account, terms=Terms("day_of_month", 5))
        self.run_jobs("2026-10-31 10:00:00")
        consent.action_pause()
        self.run_jobs("2026-11-03 10:00:00")
        with freeze_time("2026-11-04 10:00:00"):
            consent.action_resume()
        self.run_jobs("2026-11-04 11:00:00")
        self.assertAttempts(self.account, [])
        self.run_jobs("2026-12-02 10:00:00")
        self.assertAttempts(self.account, [("2026-12-05", "119.00", "planned")])

    def test_a_day_of_the_month_that_a_longer_notice_skips_is_made_up_for(self):
        self.owe(self.account, "2026-10-25", 100)
        self.consent(self.account, terms=Terms("day_of_month", 5))
        self.run_jobs("2026-11-01 10:00:00")
        self.assertAttempts(self.account, [])  # that day ends with the fourth
        self.company.billing_debit_notice_days = 5
        self.run_jobs("2026-11-02 10:00:00")
        self.assertAttempts(self.account, [("2026-11-07", "119.00", "planned")])

    def test_a_debit_of_a_day_of_the_month_stays_in_its_month_where_terms_or_methods_change_before_it(self):
        self.owe(self.account, "2026-10-25", 100)
        for change in ("limit", "consent"):
            consent = self.consent(self.account, terms=Terms("day_of_month", 5))
            self.run_jobs("2026-11-02 10:00:00")
            [planned] = self.get_attempts(self.account).filtered(lambda one: one.state == "planned")
            self.assertEqual(str(planned.day), "2026-11-05", "as agreed")
            with self.subTest(change=change):
                with freeze_time("2026-11-04 10:00:00"):
                    if change == "limit":
                        consent.limit_debit = 500
                    else:
                        self.consent(self.account, terms=Terms("day_of_month", 5))
                self.run_jobs("2026-11-04 11:00:00")
                anew = self.get_attempts(self.account).filtered(lambda one: one.state == "planned")
                self.assertEqual([str(one.day) for one in anew], ["2026-11-07"], "once it can be announced")
            with freeze_time("2026-11-01 10:00:00"):
                self.consents.withdraw(self.consents.get_holding(self.account), self.account.partner_id)

    def test_a_debit_that_was_taken_back_is_made_on_the_day_that_was_chosen_since(self):
        self.owe(self.account, "2026-10-25", 100)
        consent = self.consent(self.account, terms=Terms("day_of_month", 5))
        self.run_jobs("2026-11-02 10:00:00")
        with freeze_time("2026-11-04 10:00:00"):
            consent.day_number = 20
        self.run_jobs("2026-11-16 11:00:00")
        self.assertAttempts(self.account, [("2026-11-05", "119.00", "given_up")])
        self.run_jobs("2026-11-17 11:00:00")
        self.assertAttempts(self.account, [("2026-11-05", "119.00", "given_up"), ("2026-11-20", "119.00", "planned")])

    def begin_on_page(self, invoice, moment, operation, token=None):
        """Let a customer pay a bill on a page at a moment, UTC, so that it is under way; return the transaction."""
        with freeze_time(moment), self.worker() as env:
            transaction = env["payment.transaction"].create(
                {
                    "provider_id": self.provider.id,
                    "payment_method_id": self.method.id,
                    "reference": f"page {invoice.name} {moment}",
                    "amount": invoice.amount_residual,
                    "currency_id": invoice.currency_id.id,
                    "partner_id": invoice.partner_id.id,
                    "operation": operation,
                    "token_id": token and token.id,
                    "invoice_ids": [(6, 0, invoice.ids)],
                }
            )
            env.cr.execute("UPDATE payment_transaction SET create_date = %s WHERE id = %s", [moment, transaction.id])
            if token:
                transaction._charge_with_token()
            else:
                transaction._set_pending()
        self.env.invalidate_all()
        self.assertEqual(transaction.with_env(self.env).state, "pending")
        return transaction.with_env(self.env)

    def end_on_page(self, transaction, moment, state):
        with freeze_time(moment), self.worker() as env:
            if attempt := transaction.with_env(env)._get_billing_attempt():
                env["billing.attempt.answers"].note(attempt, Answer(DECLINED, code="declined"))
                env["billing.attempt.settling"].work()
            else:
                getattr(transaction.with_env(env), state)(state_message="On the page.")
        self.env.invalidate_all()

    def test_a_payment_on_a_page_that_fails_is_debited_some_days_later_and_not_a_month_later(self):
        """A debit that was planned made way for it, or could not be planned meanwhile: the fifth is made up for."""
        for begun, operation in (
            ("2026-11-01 09:00:00", "online_direct"),
            ("2026-11-04 09:00:00", "online_direct"),
            ("2026-11-04 09:00:00", "online_token"),
        ):
            with self.subTest(begun=begun, operation=operation):
                account = self.make_account(f"{begun} {operation}")
                invoice = self.owe(account, "2026-10-25", 100)
                self.consent(account, terms=Terms("day_of_month", 5))
                token = self.save_method(account.partner_id, "pending") if operation == "online_token" else None
                self.run_jobs("2026-10-31 10:00:00")
                if begun < "2026-11-02":
                    transaction = self.begin_on_page(invoice, begun, operation, token)
                self.run_jobs("2026-11-02 10:00:00")
                if begun > "2026-11-02":
                    transaction = self.begin_on_page(invoice, begun, operation, token)
                for moment in ("2026-11-04 10:00:00", "2026-11-05 10:00:00", "2026-11-09 10:00:00"):
                    self.run_jobs(moment)
                debits = self.get_debits(account)
                self.assertEqual(set(debits.mapped("state")), {"given_up"} if begun > "2026-11-02" else set())
                self.end_on_page(transaction, "2026-11-09 11:00:00", "_set_error")
                for moment in ("2026-11-09 12:00:00", "2026-11-10 10:00:00"):
                    self.run_jobs(moment)
                    [planned] = self.get_debits(account).filtered(lambda one: one.state == "planned")
                    self.assertEqual((str(planned.day), planned.amount), ("2026-11-12", 119), "it is announced first")
                self.run_jobs("2026-11-12 10:00:00")
                self.assertEqual((planned.state, invoice.payment_state), ("succeeded", "paid"))

    def get_debits(self, account):
        return self.get_attempts(account).filtered(lambda one: one.origin != "page")

    def test_a_try_that_made_way_for_a_page_is_made_up_for_and_a_page_that_succeeds_leaves_nothing(self):
        invoice = self.owe(self.account, "2026-10-25", 100)
        self.consent(self.account, self.save_method(self.account.partner_id, "error"), terms=Terms("day_of_month", 5))
        for moment in ("2026-11-02 10:00:00", "2026-11-05 10:00:00"):
            self.run_jobs(moment)
        again = self.get_debits(self.account)[-1]
        self.assertEqual((again.origin, again.state), ("retry", "planned"))
        transaction = self.begin_on_page(invoice, "2026-11-05 11:00:00", "online_direct")
        self.run_jobs(f"{again.day} 23:00:00")
        self.assertEqual(again.state, "given_up")
        self.end_on_page(transaction, "2026-11-20 11:00:00", "_set_canceled")
        self.run_jobs("2026-11-20 12:00:00")
        planned = self.get_debits(self.account)[-1]
        self.assertEqual((planned.state, str(planned.day)), ("planned", "2026-11-23"))
        second = self.begin_on_page(invoice, "2026-11-21 11:00:00", "online_direct")
        self.end_on_page(second, "2026-11-21 12:00:00", "_set_done")
        with self.worker() as env:
            second.with_env(env)._post_process()
        self.env.invalidate_all()
        self.run_jobs("2026-11-23 10:00:00")
        self.assertEqual((planned.state, invoice.payment_state), ("given_up", "paid"))
        self.assertEqual(planned.line_ids.move_id, invoice, "it still says for what nothing was debited")

    def test_a_try_that_made_way_comes_on_its_own_day_and_as_the_try_that_it_was(self):
        for rule in (Terms("day_of_month", 5), Terms("due", 0)):
            with self.subTest(rule=rule.day_rule):
                account = self.make_account(f"tried by {rule.day_rule}")
                invoice = self.owe(account, "2026-11-05", 100)
                self.consent(account, self.save_method(account.partner_id, "error"), terms=rule)
                for moment in (
                    "2026-11-02 10:00:00",
                    "2026-11-05 10:00:00",
                    "2026-11-06 23:00:00",
                    "2026-11-09 23:30:00",
                ):
                    self.run_jobs(moment)
                again = self.get_debits(account)[-1]
                self.assertEqual(
                    (again.state, again.origin, again.number, str(again.day)), ("planned", "retry", 4, "2026-11-14")
                )
                pending = self.save_method(account.partner_id, "pending")
                transaction = self.begin_on_page(invoice, "2026-11-09 23:40:00", "online_token", pending)
                self.end_on_page(transaction, "2026-11-09 23:50:00", "_set_error")
                self.assertEqual(again.state, "given_up")
                for moment in ("2026-11-09 23:55:00", "2026-11-10 10:00:00"):
                    self.run_jobs(moment)
                self.assertEqual(self.get_debits(account)[-1], again, "its day is too far for the notice")
                self.run_jobs("2026-11-11 10:00:00")
                later = self.get_debits(account)[-1]
                self.assertEqual((later.state, str(later.day)), ("planned", "2026-11-14"))
                self.assertEqual(
                    (later.origin, later.number, later.previous_id), ("retry", again.number, again.previous_id)
                )

    def test_a_bill_that_is_paid_on_a_page_takes_its_debit_out_of_another_one_and_is_debited_on_its_day(self):
        first, second = self.owe(self.account, "2026-10-25", 100), self.owe(self.account, "2026-10-26", 50)
        self.consent(self.account, terms=Terms("day_of_month", 5))
        self.run_jobs("2026-11-02 10:00:00")
        [debit] = self.get_debits(self.account)
        self.assertEqual((debit.amount, debit.line_ids.move_id), (178.5, first | second))
        pending = self.save_method(self.account.partner_id, "pending")
        transaction = self.begin_on_page(first, "2026-11-02 11:00:00", "online_token", pending)
        self.assertEqual((debit.state, debit.amount, debit.line_ids.move_id), ("planned", 59.5, second))
        self.run_jobs("2026-11-05 10:00:00")
        self.end_on_page(transaction, "2026-11-12 09:00:00", "_set_error")
        self.run_jobs("2026-11-12 10:00:00")
        planned = self.get_debits(self.account)[-1]
        self.assertEqual((planned.state, planned.amount, str(planned.day)), ("planned", 119, "2026-11-15"))
        self.assertEqual((debit.state, second.payment_state), ("succeeded", "paid"))

    def test_a_debit_that_made_way_does_not_come_on_a_day_that_was_given_up_meanwhile(self):
        invoice = self.owe(self.account, "2026-10-25", 100)
        consent = self.consent(self.account, terms=Terms("day_of_month", 5))
        self.run_jobs("2026-11-02 10:00:00")
        self.run_jobs("2026-11-04 10:00:00")
        for operation in ("online_direct", "online_token"):
            token = self.save_method(self.account.partner_id, "pending") if operation == "online_token" else None
            minute = 30 if token else 20
            transaction = self.begin_on_page(invoice, f"2026-11-04 10:{minute}:00", operation, token)
            self.end_on_page(transaction, "2026-11-04 11:00:00", "_set_error")
        with freeze_time("2026-11-04 12:00:00"):
            consent.day_number = 28
            self.env["billing.debit.planning"].plan_anew(consent)
        for moment in ("2026-11-04 13:00:00", "2026-11-05 10:00:00", "2026-11-12 10:00:00"):
            self.run_jobs(moment)
        self.assertEqual(set(self.get_debits(self.account).mapped("state")), {"given_up"})
        self.run_jobs("2026-11-25 10:00:00")
        planned = self.get_debits(self.account)[-1]
        self.assertEqual((planned.state, str(planned.day)), ("planned", "2026-11-28"))

    def test_a_page_that_failed_makes_up_for_no_day_that_is_chosen_later(self):
        invoice = self.owe(self.account, "2026-11-01", 100)
        consent = self.consent(self.account, terms=Terms("day_of_month", 28))
        self.run_jobs("2026-11-02 10:00:00")
        transaction = self.begin_on_page(invoice, "2026-11-04 09:00:00", "online_direct")
        self.end_on_page(transaction, "2026-11-06 09:00:00", "_set_error")
        for moment in ("2026-11-06 10:00:00", "2026-11-07 10:00:00"):
            self.run_jobs(moment)
        self.assertAttempts(self.account, [])
        with freeze_time("2026-11-08 10:00:00"):
            consent.day_number = 5
        self.run_jobs("2026-11-08 11:00:00")
        self.assertAttempts(self.account, [])
        self.run_jobs("2026-12-02 10:00:00")
        self.assertAttempts(self.account, [("2026-12-05", "119.00", "planned")])

    def test_what_is_planned_rests_for_reminders_and_can_still_be_paid(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        [item] = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual([(rest.reason, rest.amount) for rest in item.rests], [("debit_planned", 119)])
        paying = self.env["billing.paying"]
        self.assertEqual(paying.check_amount(119.0, invoice, invoice.currency_id), 119)

    def test_a_debit_is_stopped_until_it_is_sent(self):
        self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        attempt = self.get_attempts(self.account)
        attempt.with_user(self.clerk).action_stop()
        self.assertEqual(attempt.state, "given_up")
        self.run_jobs("2026-11-02 10:00:00")
        self.assertEqual(self.get_attempts(self.account), attempt, "nothing else is planned for it")
        with self.assertRaisesRegex(UserError, "cannot be stopped"):
            attempt.action_stop()

    def test_other_terms_leave_tries_and_what_was_stopped_as_they_are(self):
        for day, price in (("2026-11-02", 100), ("2026-11-05", 200), ("2026-11-06", 300)):
            self.owe(self.account, day, price)
        consent = self.consent(self.account, self.save_method(self.account.partner_id, "error"))
        for moment in ("2026-10-30 10:00:00", "2026-11-02 10:30:00", "2026-11-03 09:00:00"):
            self.run_jobs(moment)
        _first, stopped, again, automatic = self.get_attempts(self.account)
        self.assertEqual((again.origin, str(again.day)), ("retry", "2026-11-03"))
        stopped.with_user(self.clerk).action_stop()
        with freeze_time("2026-11-03 09:30:00"), self.worker() as env:
            consent.with_env(env).write({"day_rule": "after", "day_number": 2, "limit_debit": 400})
        self.assertEqual((again.state, str(again.day), again.number), ("planned", "2026-11-03", 2))
        self.assertEqual((stopped.state, stopped.is_final), ("given_up", True))
        self.assertEqual((automatic.state, automatic.is_final), ("given_up", False))
        self.run_jobs("2026-11-05 10:30:00")
        anew = self.get_attempts(self.account).filtered(
            lambda one: one.origin == "automatic" and one.state == "planned"
        )
        self.assertEqual((str(anew.day), anew.amount), ("2026-11-08", 357))

    def test_a_try_that_new_limits_do_not_cover_is_not_made_and_that_is_said(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        consent = self.consent(self.account, self.save_method(self.account.partner_id, "error"))
        self.run_jobs("2026-10-30 10:00:00")
        self.run_jobs("2026-11-02 10:30:00")
        with freeze_time("2026-11-02 12:00:00"), self.worker() as env:
            consent.with_env(env).limit_debit = 50
        self.run_jobs("2026-11-03 10:45:00")
        again = self.get_attempts(self.account)[1:]
        self.assertEqual((again.state, again.is_final), ("given_up", False))
        self.run_jobs("2026-11-04 10:30:00")
        self.assertEqual(len(self.get_attempts(self.account)), 2)
        told = self.get_messages(self.account).filtered(lambda message: "above your limit" in message.subject)
        self.assertEqual(told.move_ids, invoice)

    def test_many_are_sent_and_booked_together(self):
        accounts = self.account.concat(*(self.make_account(f"Customer {number}") for number in range(4)))
        invoices = self.env["account.move"]
        for account in accounts:
            invoices |= self.owe(account, "2026-11-02", 100)
            self.consent(account)
        self.run_jobs("2026-10-30 10:00:00")
        sent, booked = [], []
        services = {"_send": BillingDebitSending, "_book_debits": BillingDebitBooking}
        with ExitStack() as stack:
            for (name, service), noted in zip(services.items(), (sent, booked), strict=True):
                original = getattr(service, name)

                def count(own, attempts, original=original, noted=noted):
                    noted.append(len(attempts))
                    return original(own, attempts)

                stack.enter_context(patch.object(service, name, count))
            self.run_jobs("2026-11-02 10:00:00")
        self.assertEqual((sent, booked), ([5], [5]), "all at once, and none by halves")
        self.assertEqual(invoices.mapped("payment_state"), ["paid"] * 5)

    def test_who_is_debited_early_keeps_the_discount(self):
        invoice = self.bill_with_discount()
        self.consent(self.account, terms=Terms("before", 25))
        self.run_jobs("2026-10-22 10:00:00")
        attempt = self.get_attempts(self.account)
        self.assertEqual((str(attempt.day), attempt.amount, attempt.line_ids.discount), ("2026-10-25", 116.62, 2.38))
        [item] = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual([rest.amount for rest in item.rests], [Decimal("119.00")], "nothing of it is asked for")
        self.run_jobs("2026-10-25 10:00:00")
        self.assertEqual((attempt.state, attempt.is_booked, invoice.payment_state), ("succeeded", True, "paid"))
        self.assertEqual(attempt.payment_id.amount, 116.62)
        self.assertEqual(self.env["billing.open.items"].get_items(self.account.ids)[self.account.id], [])
        attempt.payment_id.action_draft()
        attempt.payment_id.move_id.line_ids.remove_move_reconcile()
        [item] = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual([rest.amount for rest in item.rests], [Decimal("119.00")], "as long as it is a draft")
        attempt.payment_id.date = "2026-10-24"
        attempt.payment_id.action_post()
        self.assertEqual(invoice.payment_state, "paid")

    def debit_early(self):
        """Return a bill of 119.00 of which 116.62 was debited early, and the payment."""
        invoice = self.bill_with_discount()
        self.consent(self.account, terms=Terms("before", 25))
        self.run_jobs("2026-10-22 10:00:00")
        self.run_jobs("2026-10-25 10:00:00")
        self.assertKept(invoice, 0, 2.38)
        return invoice, self.get_attempts(self.account).payment_id

    def return_debit(self, payment, amount, reference):
        with self.worker() as env:
            own, day = env["account.payment"].browse(payment.id), self.day("2026-10-28")
            entry = env["billing.payment.returns"].take_back(own, Decimal(amount), day, "Returned", reference)
            entry_id = entry.id
        self.env.invalidate_all()
        return self.env["account.move"].browse(entry_id)

    def give_debit_back(self, payment, taken, reference):
        with self.worker() as env:
            own, entry = env["account.payment"].browse(payment.id), env["account.move"].browse(taken.id)
            env["billing.payment.returns"].give_back(own, entry, self.day("2026-10-30"), "Won", reference)
        self.env.invalidate_all()

    def assertKept(self, invoice, residual, kept):
        """Compare what is open of the account of a bill, and what the books hold of what is kept: amount, base, tax."""
        self.env.invalidate_all()
        lines = self.env["account.move.line"].search(
            [("partner_id", "=", invoice.partner_id.id), ("parent_state", "=", "posted")]
        )
        tax = lines.filtered(lambda line: line.tax_repartition_line_id and line.move_id != invoice)
        base = lines.filtered(lambda line: line.tax_ids and line.move_id != invoice)
        tags = {
            tag: round(sum(line.balance for line in tax + base if tag in line.tax_tag_ids), 2)
            for tag in (tax + base).tax_tag_ids
        }
        self.assertAlmostEqual(sum((base + tax).mapped("balance")), kept)
        self.assertAlmostEqual(sum(tax.mapped("balance")), 0.38 if kept else 0)
        self.assertTrue(kept or not any(tags.values()), tags)
        open_items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual(sum(item.amount for item in open_items), Decimal(str(residual)))

    def test_a_debit_that_the_bank_takes_back_whole_takes_its_discount_back(self):
        invoice, payment = self.debit_early()
        taken = self.return_debit(payment, "116.62", "r1")
        self.assertKept(invoice, 119, 0)
        self.assertEqual(invoice.amount_residual, 119)
        self.give_debit_back(payment, taken, "w1")
        self.assertKept(invoice, 0, 2.38)
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(self.env["billing.payment.refunds"].get_left(payment), Decimal("116.62"))

    def test_a_discount_is_taken_back_with_the_last_part_and_kept_with_the_first_that_comes_again(self):
        invoice, payment = self.debit_early()
        first = self.return_debit(payment, "16.62", "r1")
        self.assertKept(invoice, 16.62, 2.38)
        second = self.return_debit(payment, "100", "r2")
        self.assertKept(invoice, 119, 0)
        self.give_debit_back(payment, first, "w1")
        self.assertKept(invoice, 100, 2.38)
        self.return_debit(payment, "16.62", "r3")
        self.assertKept(invoice, 119, 0)
        self.give_debit_back(payment, second, "w2")
        self.assertKept(invoice, 16.62, 2.38)

    def test_a_discount_that_is_over_when_it_is_sent_is_not_kept(self):
        self.bill_with_discount()
        self.consent(self.account)
        self.run_jobs("2026-11-16 10:00:00")
        attempt = self.get_attempts(self.account)
        self.assertEqual((str(attempt.day), attempt.amount, attempt.line_ids.discount), ("2026-11-19", 119, 0))

    def test_what_is_planned_for_a_day_that_has_passed_is_not_taken_again(self):
        self.owe(self.account, "2026-11-02", 100)
        consent = self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        with freeze_time("2026-11-05 10:00:00"):
            self.assertEqual(self.env["billing.charging.now"].get_lines(self.account), [])
            self.env["billing.debit.planning"].plan_now(consent)
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "planned")])

    def test_no_document_is_not_all_of_them(self):
        self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account)
        charging = self.env["billing.charging.now"]
        self.assertEqual(len(charging.get_lines(self.account)), 1)
        self.assertEqual(charging.get_lines(self.account, self.env["account.move"]), [])
        with self.assertRaisesRegex(UserError, "Nothing is open"):
            charging.charge(self.account, self.env["account.move"])
