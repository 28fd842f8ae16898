"""Debits at Stripe: charged with the key of their row, declined, waiting, unknown, refunded."""

from odoo.tests import tagged

from .stripe_common import StripeCase


@tagged("post_install", "-at_install")
class TestCharges(StripeCase):
    def test_a_card_is_charged_once_and_the_payment_is_booked(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.assertEqual((attempt.state, attempt.is_booked), ("succeeded", True))
        [intent] = self.simulator.objects("payment_intent")
        self.assertEqual(intent["id"], attempt.provider_reference)
        self.assertEqual(intent["id"], attempt.transaction_id.provider_reference)
        self.assertEqual((intent["amount"], intent["currency"]), (11900, "usd"))
        self.assertEqual(intent["metadata"]["billing_attempt"], attempt.key)
        [request] = self.simulator.requests("payment_intents.create")
        self.assertEqual(request.key, attempt.key)
        self.assertEqual(attempt.line_ids.move_id.payment_state, "paid")
