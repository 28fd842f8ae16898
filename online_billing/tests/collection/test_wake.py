"""What is paid, credited or disputed shows on the case at once, and the service comes back."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from .collection_common import CollectionCase


@tagged("post_install", "-at_install")
@freeze_time("2024-11-10 12:00:00")
class TestWake(CollectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(("overdue", 7, {"suspends": True}), ("overdue", 21))
        cls.account = cls.make_account()
        cls.invoice = cls.owe(cls.account, "2024-11-01")
        cls.collect("2024-11-10", cls.account)
        cls.case = cls.get_case(cls.account)

    def finish(self):
        """Do what is done before a transaction ends."""
        self.env.cr.flush()

    def get_state(self):
        self.finish()
        return self.account.state, self.case.state, self.case.amount_open

    def test_case_D1_who_pays_everything_has_the_service_back_and_the_case_closed_at_once(self):
        self.assertEqual(self.get_state(), ("suspended", "open", 119.0))
        self.pay_invoice(self.invoice)
        self.assertEqual(self.get_state(), ("active", "closed", 0.0))
        self.assertFalse(self.case.next_date)

    def test_case_D1_a_part_is_seen_and_gives_nothing_back(self):
        self.pay_invoice(self.invoice, 100)
        self.assertEqual(self.get_state(), ("suspended", "open", 19.0))
        self.assertEqual(len(self.get_messages(self.account)), 1)

    def test_case_D1_a_credit_note_gives_the_service_back(self):
        self.owe(self.account, "2024-11-10", move_type="out_refund")
        self.assertEqual(self.get_state(), ("active", "closed", 0.0))

    def test_case_D1_a_payment_without_an_invoice_is_seen(self):
        payment = self.env["account.payment"].create(
            {"partner_id": self.account.partner_id.id, "amount": 119, "payment_type": "inbound"}
        )
        payment.action_post()
        self.assertEqual(self.get_state(), ("active", "closed", 0.0))

    def test_case_D1_a_dispute_is_seen_and_so_is_its_end(self):
        self.invoice.action_toggle_block_payment()
        self.finish()
        self.assertEqual((self.case.state, self.case.pause_reason), ("paused", "dispute"))
        self.invoice.action_toggle_block_payment()
        self.finish()
        self.assertEqual((self.case.state, self.case.amount_overdue), ("open", 119.0))

    def test_case_D1_a_payment_that_bounces_opens_the_case_again_without_a_step(self):
        payment = self.pay_invoice(self.invoice)
        self.finish()
        payment.move_id.button_draft()
        payment.move_id.button_cancel()
        self.assertEqual(self.get_state(), ("active", "open", 119.0))
        self.assertEqual(len(self.get_messages(self.account)), 1)
        self.assertEqual(self.case.next_step_id, self.policy.step_ids[1])

    def break_promise(self):
        promise = self.env["billing.payment.promise"].create(
            {"account_id": self.account.id, "amount": 119, "date_made": "2024-11-08", "date": "2024-11-12"}
        )
        self.collect("2024-11-13", self.account)
        self.assertEqual((promise.state, promise.is_kept_in_time), ("broken", False))
        return promise

    def pay_on(self, day, amount=119):
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.invoice.ids
        )
        register.create({"payment_date": day, "amount": amount})._create_payments()
        self.finish()

    def test_case_C16_a_promise_paid_in_time_and_entered_later_is_shown_and_corrected(self):
        promise = self.break_promise()
        self.pay_on("2024-11-12")
        self.assertEqual((promise.state, promise.is_kept_in_time), ("broken", True))
        promise.with_user(self.clerk).action_keep_after_all()
        self.assertEqual((promise.state, promise.is_kept_in_time), ("kept", False))
        self.assertIn("Kept after all", promise.message_ids[0].body)

    def test_case_C16_a_promise_paid_in_time_in_a_period_that_is_locked_is_corrected_too(self):
        promise = self.break_promise()
        self.company.fiscalyear_lock_date = "2024-11-30"
        self.pay_on("2024-11-12")
        self.assertEqual((promise.state, promise.is_kept_in_time), ("broken", True))

    def test_case_C16_a_promise_paid_late_stays_broken(self):
        promise = self.break_promise()
        self.pay_on("2024-11-13")
        self.assertEqual((promise.state, promise.is_kept_in_time), ("broken", False))
        with self.assertRaises(UserError):
            promise.with_user(self.clerk).action_keep_after_all()

    def test_case_C16_a_part_in_time_is_not_enough_and_the_rest_is(self):
        promise = self.break_promise()
        self.pay_on("2024-11-12", 100)
        self.assertFalse(promise.is_kept_in_time)
        self.pay_on("2024-11-11", 19)
        self.assertTrue(promise.is_kept_in_time)

    def test_case_C16_a_payment_that_is_taken_back_takes_the_correction_back(self):
        promise = self.break_promise()
        self.pay_on("2024-11-12")
        self.invoice.line_ids.remove_move_reconcile()
        self.finish()
        self.assertFalse(promise.is_kept_in_time)
        with self.assertRaises(UserError):
            promise.with_user(self.clerk).action_keep_after_all()

    def test_case_D1_many_payments_cost_one_look(self):
        others = [self.make_account(f"Other {number}") for number in range(3)]
        invoices = self.invoice
        for account in others:
            invoices |= self.owe(account, "2024-11-01")
        self.collect("2024-11-10")
        counts = []
        for group in (invoices[:1], invoices[1:]):
            for invoice in group:
                self.pay_invoice(invoice)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.finish()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1], 2.2 * counts[0], counts)

    def test_case_D1_a_look_that_fails_does_not_stop_the_payment(self):
        broken = type(self.env["billing.open.items"])
        self.patch(broken, "get_items", lambda *_args: 1 / 0)
        self.pay_invoice(self.invoice)
        with self.assertLogs("odoo.addons.online_billing.services.collection.wake", "ERROR"):
            self.finish()
        self.assertEqual(self.invoice.payment_state, self.env["account.move"]._get_invoice_in_payment_state())

    def test_case_D1_the_customer_of_another_account_is_left_alone(self):
        other = self.make_account("Alan Turing")
        self.owe(other, "2024-11-01")
        self.collect("2024-11-10", other)
        self.policy.step_ids = [Command.update(self.policy.step_ids[0].id, {"name": "Renamed"})]
        day = other.collection_day
        self.pay_invoice(self.invoice)
        self.finish()
        self.assertEqual((other.state, other.collection_day), ("suspended", day))
