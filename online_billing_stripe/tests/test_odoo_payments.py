"""Payments of Odoo's own pages: one customer, a mark, a key for each request, and settled by events too."""

from unittest.mock import patch

from odoo.tests import tagged

from .stripe_common import StripeCase


@tagged("post_install", "-at_install")
class TestOdooPayments(StripeCase):
    def make_transaction(self, reference, operation="online_direct", **vals):
        return self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.card.id,
                "reference": reference,
                "amount": 100,
                "currency_id": self.company.currency_id.id,
                "partner_id": self.account.partner_id.id,
                "operation": operation,
                **vals,
            }
        )

    def test_a_payment_on_a_page_is_marked_and_of_the_one_customer(self):
        first = self.make_transaction("page 1")._stripe_prepare_payment_intent_payload()
        second = self.make_transaction("page 2")._stripe_prepare_payment_intent_payload()
        self.assertEqual(first["customer"], second["customer"])
        self.assertEqual(len(self.simulator.objects("customer")), 1)
        self.assertEqual(first["metadata[billing_transaction]"], "page 1")
        self.assertEqual(first["metadata[billing_database]"], self.env["billing.stripe.client"].get_database())

    def test_c11_odoos_own_requests_have_a_key_that_a_second_try_has_too(self):
        source = self.make_transaction("source", provider_reference="pi_1")
        keys = []

        def send(_provider, _method, endpoint, **given):
            keys.append((endpoint, given.get("idempotency_key")))
            return {"id": "re_1", "status": "pending", "amount": 10000, "currency": "usd"}

        with patch.object(type(self.provider), "_send_api_request", send):
            refund = source._create_child_transaction(100, is_refund=True)
            for _time in range(2):
                refund._send_api_request("POST", "refunds", data={})
            for act in ("capture", "cancel"):
                source._send_api_request("POST", f"payment_intents/pi_1/{act}")
            source._send_api_request("GET", "payment_intents/pi_1")
        self.assertEqual(keys[0], keys[1])
        self.assertEqual(len({key for _endpoint, key in keys[:4]}), 3)
        self.assertTrue(all(key for _endpoint, key in keys[:4]))
        self.assertEqual(keys[4], ("payment_intents/pi_1", None))

    def test_a_payment_whose_customer_never_came_back_is_settled_by_its_event(self):
        self.set_webhook()
        transaction = self.make_transaction("page 3", tokenize=True)
        payload = transaction._stripe_prepare_payment_intent_payload()
        database = payload["metadata[billing_database]"]
        intent = self.client.v1.payment_intents.create(
            {
                "amount": 10000, "currency": "usd", "customer": payload["customer"], "confirm": True,
                "payment_method": "pm_card_visa", "allowed_payment_method_types": ["card"],
                "setup_future_usage": "off_session", "description": "page 3",
                "metadata": {"billing_transaction": "page 3", "billing_database": database},
            }
        )  # fmt: skip
        self.bring_events(lambda messages: [*messages, *messages])
        self.assertEqual((transaction.state, transaction.provider_reference), ("done", intent.id))
        self.assertEqual((transaction.payment_id.amount, transaction.payment_id.state), (100, "in_process"))
        token = transaction.token_id
        self.assertEqual((token.provider_ref, token.payment_details), (payload["customer"], "4242"))
        self.assertTrue(token.stripe_expires_on)
