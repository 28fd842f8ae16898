"""Refunds: from here, from Stripe's own pages, in any order with their events, and those that come back."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from .stripe_common import StripeCase
from .test_charges import ADAPTER_LOG


@tagged("post_install", "-at_install")
class TestRefunds(StripeCase):
    def setUp(self):
        super().setUp()
        self.set_webhook()

    def get_refunds(self):
        return self.env["billing.payment.attempt"].search(
            [("account_id", "=", self.account.id), ("kind", "=", "refund")], order="id"
        )

    def get_at_stripe(self):
        return {one["id"] for one in self.simulator.objects("refund") if one["status"] == "succeeded"}

    def assertSameRefunds(self):
        """Compare the refunds here with Stripe's list, each once, and what is booked with what was given back."""
        booked = self.get_refunds().filtered(lambda one: one.state == "succeeded" and not one.returned_amount)
        self.assertEqual(sorted(booked.mapped("provider_reference")), sorted(self.get_at_stripe()))
        self.assertTrue(all(booked.mapped("is_booked")))

    def test_a_refund_goes_back_by_the_way_it_came(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        refund = self.refund(attempt, 19)
        self.assertEqual((refund.state, refund.is_booked, refund.payment_id.amount), ("succeeded", True, 19))
        self.assertEqual(attempt.line_ids.move_id.amount_residual, 19)
        [request] = self.simulator.requests("refunds.create")
        self.assertEqual((request.key, request.parameters["amount"]), (refund.key, "1900"))

    def test_what_was_paid_by_a_card_that_is_deleted_since_can_be_given_back(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        attempt.token_id.active = False
        self.assertEqual(self.refund(attempt, 19).state, "succeeded")

    def test_what_is_finer_than_stripe_gives_back_is_declined_at_once(self):
        krona = self.env.ref("base.ISK")  # in hundredths that are always 00 at Stripe
        krona.write({"active": True, "rounding": 0.01})
        self.account = self.make_account("Margret Hjaltadottir", currency_id=krona.id)
        attempt = self.charge(self.save_card(self.account.partner_id))
        refund = self.refund(attempt, 1.5)
        self.assertEqual((refund.state, refund.decline_code), ("failed", "amount_not_chargeable"))
        self.assertFalse(self.simulator.requests("refunds.create"))
        self.assertEqual(self.refund(attempt, 2).state, "succeeded")

    def test_w08_the_event_of_a_refund_from_here_books_nothing_more_in_any_order(self):
        for order in (None, lambda messages: messages[::-1]):
            with self.subTest(order=order):
                account = self.make_account("Customer in order" if order is None else "Customer reversed")
                attempt = self.charge(self.save_card(account.partner_id), account=account)
                refund = self.refund(attempt, 19)
                self.bring_events(order)
                rows = self.env["billing.payment.attempt"].search([("refunds_id", "=", attempt.payment_id.id)])
                self.assertEqual(rows, refund)
                payments = self.env["account.payment"].search(
                    [("billing_account_id", "=", account.id), ("payment_type", "=", "outbound")]
                )
                self.assertEqual(len(payments), 1)

    def test_w08_refunds_made_on_stripes_page_are_booked_once_each(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.simulator.refund_in_dashboard(attempt.provider_reference, amount=1000)
        self.simulator.refund_in_dashboard(attempt.provider_reference, amount=900)
        self.bring_events(lambda messages: [*messages[::-1], *messages])
        self.assertEqual(sorted(self.get_refunds().mapped("amount")), [9, 10])
        self.assertEqual(set(self.get_refunds().mapped("origin")), {"provider"})
        self.assertSameRefunds()
        self.assertEqual(attempt.line_ids.move_id.amount_residual, 19)
        self.assertEqual(self.env["billing.payment.refunds"].get_left(attempt.payment_id), 100)

    def test_w08_a_refund_that_comes_back_later_is_owed_to_the_customer_again(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        invoice = attempt.line_ids.move_id
        refund = self.refund(attempt, 19)
        self.assertEqual(invoice.amount_residual, 19)
        self.simulator.settle(refund.provider_reference, outcome="failed", failure="lost_or_stolen_card")
        self.bring_events()
        self.assertEqual(refund.returned_amount, 19)
        self.assertEqual(invoice.amount_residual, 0)
        self.assertIn("came back", refund.activity_ids.note)
        self.assertEqual(self.env["billing.payment.refunds"].get_left(attempt.payment_id), 119)
        self.work_again()
        self.assertEqual(len(refund.activity_ids), 1)

    def test_w08_a_refund_that_pends_is_booked_when_it_has_succeeded(self):
        self.make_euro()
        attempt = self.charge(self.save_debit(self.account.partner_id))
        self.simulator.settle(attempt.provider_reference)
        self.bring_events()
        refund = self.refund(attempt, 19)
        self.assertEqual((refund.state, refund.is_booked), ("sent", False))
        self.simulator.settle(refund.provider_reference)
        self.bring_events()
        self.assertEqual((refund.state, refund.is_booked), ("succeeded", True))
        self.assertSameRefunds()

    @mute_logger(ADAPTER_LOG)
    def test_c11_a_refund_that_is_not_answered_is_given_once(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        for kind in ("error_after", "reset_after", "reset_before"):
            with self.subTest(kind=kind):
                before = len(self.simulator.objects("refund"))
                self.lose("refunds.create", kind)
                refund = self.refund(attempt, 5)
                self.assertEqual(refund.state, "unknown")
                self.simulator.clear_faults()
                self.ask(refund)
                self.assertEqual((refund.state, refund.is_booked), ("succeeded", True))
                self.assertEqual(len(self.simulator.objects("refund")), before + 1)
        self.assertSameRefunds()

    def test_a_refund_that_stripe_refuses_is_a_task_for_somebody(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.simulator.dispute(attempt.provider_reference)
        refund = self.refund(attempt, 19)
        self.assertEqual((refund.state, refund.decline_code, refund.is_final), ("failed", "charge_disputed", True))
        self.assertTrue(refund.activity_ids)

    def work_again(self):
        events = self.events.search([("connection_id", "=", self.connection.id)])
        with self.worker() as env:
            env["billing.stripe.event.work"].work_now(events.with_env(env))

    def test_w08_refunds_and_a_dispute_of_all_are_booked_in_whatever_order_they_are_told(self):
        for number, order in enumerate((None, lambda messages: messages[::-1])):
            with self.subTest(order=number):
                self.account = self.make_account(f"Customer {number}")
                attempt = self.charge(self.save_card(self.account.partner_id))
                self.bring_events()
                self.simulator.refund_in_dashboard(attempt.provider_reference, amount=1000)
                self.simulator.refund_in_dashboard(attempt.provider_reference, amount=2000)
                self.simulator.dispute(attempt.provider_reference, amount=11900)
                self.bring_events(order)
                refunds = self.get_refunds()
                self.assertEqual(sorted((one.amount, one.is_booked) for one in refunds), [(10, True), (20, True)])
                # 119 came, and 149 has gone: all of that is owed
                items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
                self.assertEqual(sum(item.amount for item in items), 149)
                told = attempt.payment_id.activity_ids.mapped("note")
                self.assertTrue(told)
                self.assertFalse([note for note in told if "-" in note.split("only")[-1]])
