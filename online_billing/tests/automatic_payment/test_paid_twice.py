"""C-13: a page and another payment of the same bill have both come: the later one goes back, and a manager is told."""

from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.tests import tagged

from ...services.automatic_payment.values import DECLINED, SUCCEEDED, Answer
from .page_common import OpenPagesCase


@tagged("post_install", "-at_install")
class TestPaidTwice(OpenPagesCase):
    def pay_twice(self, between=None):
        """Let a debit and a page that cannot be given up both take the bill; return the attempt and the later payment.

        The page is a day old, and its customer has it open still.
        """
        attempt = self.plan_own()
        processing = self.begin(25 * 60)
        with self.no_page_given_up():
            self.send()
        self.assertEqual(attempt.state, "succeeded")
        if between:
            between()
        self.finish_payment(processing)
        payment = self.get_transaction(processing).payment_id
        self.assertEqual((payment.amount, self.invoice.payment_state), (119, "paid"))
        return attempt, payment

    def ask_provider(self):
        with self.worker() as env:
            env["billing.payment.attempt"]._cron_ask()
        self.env.invalidate_all()

    def get_open(self):
        [items] = self.env["billing.open.items"].get_items(self.account.ids).values()
        return [float(item.amount) for item in items]

    def test_c13_where_both_have_come_the_later_one_is_given_back_and_a_manager_is_told(self):
        attempt, payment = self.pay_twice()
        refund = payment.billing_refund_ids
        self.assertEqual((refund.origin, refund.amount, refund.state), ("twice", 119, "sent"))
        self.assertEqual(refund.create_uid.id, SUPERUSER_ID, "it is no act of the customer")
        self.assertEqual(payment.activity_ids.mapped("billing_key"), ["payments.paid_twice"])
        self.ask_provider()
        self.assertEqual((refund.state, refund.payment_id.payment_type), ("succeeded", "outbound"))
        self.assertEqual((self.get_open(), self.invoice.payment_state), ([], "paid"))
        self.assertFalse(attempt.payment_id.billing_refund_ids, "the first stands")
        self.ask_provider()
        self.assertEqual(self.get_payments(), [119] * 3)

    def test_c13_where_the_provider_gives_nothing_back_a_person_is_asked_to(self):
        providers = self.env.registry["payment.provider"]
        compute = providers._compute_feature_support_fields

        def none(own):
            compute(own)
            own.support_refund = "none"

        with patch.object(providers, "_compute_feature_support_fields", none):
            self.env.invalidate_all()
            _attempt, payment = self.pay_twice()
        self.assertFalse(payment.billing_refund_ids)
        self.assertEqual(payment.activity_ids.mapped("billing_key"), ["payments.paid_twice"])
        self.assertIn("stands as a credit", str(payment.activity_ids.note))
        self.assertEqual(self.get_open(), [-119])

    def test_c13_where_the_debit_is_the_later_one_it_is_given_back(self):
        attempt = self.plan_own()
        attempt.token_id.demo_simulated_state = "pending"
        processing = self.begin(25 * 60)
        with self.no_page_given_up():
            self.send()
        self.assertEqual(attempt.state, "sent")
        self.finish_payment(processing)
        self.assertEqual((self.invoice.payment_state, self.get_payments()), ("paid", [119]))
        with self.worker() as env:
            own = env["billing.payment.attempt"].browse(attempt.id)
            env["billing.attempt.answers"].note(own, Answer(SUCCEEDED))
            env["billing.payment.attempt"]._cron_send()
        self.env.invalidate_all()
        self.assertEqual(attempt.payment_id.billing_refund_ids.origin, "twice")
        self.ask_provider()
        self.assertEqual((self.get_open(), sorted(self.get_payments())), ([], [119] * 3))

    def test_c13_where_something_else_is_open_the_credit_stays_for_that(self):
        _attempt, payment = self.pay_twice(lambda: self.owe(self.account, fields.Date.today(), 300))
        self.assertFalse(payment.billing_refund_ids or payment.activity_ids)
        self.assertEqual(sum(self.get_open()), 357 - 119)

    def spend(self, payment, other):
        """Match what is free of a payment with another bill, as a clerk may."""
        lines = (payment.move_id | other).line_ids.filtered(
            lambda line: line.account_id == payment.destination_account_id and not line.reconciled
        )
        lines.reconcile()

    def test_c13_a_credit_that_has_paid_something_else_meanwhile_is_not_given_back(self):
        _attempt, payment = self.pay_twice()
        other = self.owe(self.account, fields.Date.today(), 100)
        self.spend(payment, other)
        self.assertEqual(other.payment_state, "paid")
        self.ask_provider()
        refund = payment.billing_refund_ids
        self.assertEqual((refund.state, other.payment_state), ("failed", "paid"))
        self.assertIn("paid something else", refund.reason)
        self.assertFalse(refund.activity_ids, "nobody is to give it back in another way")
        self.assertIn("Nothing is to be given back", payment.activity_ids.note)

    def test_c13_what_is_on_its_way_back_pays_nothing_else(self):
        _attempt, payment = self.pay_twice()
        self.assertEqual(payment.billing_refund_ids.state, "sent")
        other = self.owe(self.account, fields.Date.today(), 100)
        with self.worker() as env:
            env["billing.open.items"].apply_credits(self.account.with_env(env), other.with_env(env))
        self.env.invalidate_all()
        [items] = self.env["billing.open.items"].get_items(self.account.ids).values()
        asked = self.env["billing.open.items"].sum_up(items, fields.Date.today())["all"]
        self.assertEqual((other.amount_residual, float(asked)), (119, 119))
        self.ask_provider()
        self.assertEqual(
            (payment.billing_refund_ids.state, other.amount_residual, self.get_open()), ("succeeded", 119, [119])
        )

    def test_c13_of_what_came_twice_the_rest_goes_back_where_less_is_open(self):
        _attempt, payment = self.pay_twice(lambda: self.owe(self.account, fields.Date.today(), 50))
        self.assertEqual(payment.billing_refund_ids.amount, 59.5)
        self.ask_provider()
        self.assertEqual((payment.billing_refund_ids.state, sum(self.get_open())), ("succeeded", 0))

    def test_c13_what_the_provider_refuses_to_give_back_is_a_task(self):
        _attempt, payment = self.pay_twice()
        demo = self.env.registry["billing.payment.adapter.demo"]
        with patch.object(demo, "_send_refund", return_value=Answer(DECLINED, text="Too old")):
            self.ask_provider()
        self.assertEqual(payment.billing_refund_ids.state, "failed")
        self.assertIn("could not be given back (Too old)", payment.activity_ids.note)

    def test_c13_a_company_may_keep_it_as_a_credit_and_is_told(self):
        self.company.billing_give_back_double = False
        _attempt, payment = self.pay_twice()
        self.assertFalse(payment.billing_refund_ids)
        self.assertIn("stands as a credit", payment.activity_ids.note)
        self.assertEqual(self.get_open(), [-119])
