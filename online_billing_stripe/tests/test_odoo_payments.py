"""Payments of Odoo's own pages: one customer, a mark, a key for each request, and settled by events too."""

from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
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

    def pay_by_card_on_page(self, invoice, reference, card):
        """Charge a saved card for an invoice as Odoo's pages do; return the transaction."""
        with self.worker() as env:
            transaction = self.make_transaction(
                reference, "online_token", token_id=card.id, amount=119, invoice_ids=[(6, 0, invoice.ids)]
            )
            self.env.flush_all()
            transaction.with_env(env).sudo()._charge_with_token()
        self.env.invalidate_all()
        return transaction

    def test_a_saved_card_that_is_charged_on_a_page_is_never_charged_twice(self):
        """What Odoo itself takes for an error is unknown: the answer was lost, and the money was taken."""
        invoice = self.owe(self.account, "2026-11-02", 100)
        card = self.save_card(self.account.partner_id)
        self.lose("payment_intents.create", "reset_after")
        transaction = self.pay_by_card_on_page(invoice, "page 4", card)
        attempt = transaction._get_billing_attempt()
        self.assertEqual((attempt.state, attempt.origin, transaction.state), ("unknown", "page", "draft"))
        [intent] = self.simulator.objects("payment_intent")
        self.assertEqual(intent["metadata"]["billing_attempt"], attempt.sudo().key)
        with self.assertRaisesRegex(ValidationError, "is being paid"):
            self.pay_by_card_on_page(invoice, "page 5", card)
        self.ask(attempt)
        self.env.invalidate_all()
        self.assertEqual((attempt.state, transaction.state, invoice.amount_residual), ("succeeded", "done", 0))
        self.assertEqual(len(self.simulator.objects("payment_intent")), 1)

    def test_a_card_that_wants_the_customer_waits_with_a_link(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        card = self.save_card(self.account.partner_id, "pm_card_authenticationRequired")
        transaction = self.pay_by_card_on_page(invoice, "page 6", card)
        attempt = transaction._get_billing_attempt()
        self.assertEqual((attempt.state, transaction.state), ("waiting", "pending"))
        self.assertIn("/online_billing/stripe/confirm/", attempt.action_url)

    def test_another_database_with_the_same_number_is_not_believed(self):
        """Two databases share an account of Stripe, one marks nothing, and their invoices are numbered alike."""
        self.set_webhook()
        own = self.env["billing.stripe.customers"].get_reference(self.provider, self.account.partner_id)
        foreign = self.client.v1.customers.create({"email": "somebody@example.com"}).id
        for customer, reference, expected in ((foreign, "INV/1", "draft"), (own, "INV/2", "done")):
            transaction = self.make_transaction(reference)
            self.client.v1.payment_intents.create(
                {
                    "amount": 10000, "currency": "usd", "customer": customer, "confirm": True, "description": reference,
                    "payment_method": "pm_card_visa", "allowed_payment_method_types": ["card"],
                }
            )  # fmt: skip
            self.bring_events(may_fail=True)
            self.env.invalidate_all()
            self.assertEqual(transaction.state, expected, reference)

    def test_odoos_own_refund_leads_to_ours(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        with self.assertRaisesRegex(UserError, "Give Back"):
            attempt.transaction_id.action_refund(amount_to_refund=10)

    def test_a_debit_of_a_page_that_the_bank_returns_late_is_owed_again(self):
        """Nothing was saved, so there is no attempt; Odoo itself takes no failure of what has succeeded."""
        self.make_euro()
        self.set_webhook()
        invoice = self.owe(self.account, "2026-11-02", 100)
        transaction = self.make_transaction(
            "page 7", amount=119, currency_id=invoice.currency_id.id, invoice_ids=[(6, 0, invoice.ids)],
            payment_method_id=self.sepa.id, partner_id=self.account.partner_id.id,
        )  # fmt: skip
        token = self.save_debit(self.account.partner_id)
        intent = self.client.v1.payment_intents.create(
            {
                "amount": 11900, "currency": "eur", "customer": token.provider_ref, "confirm": True,
                "payment_method": token.stripe_payment_method, "mandate": token.stripe_mandate, "off_session": True,
                "allowed_payment_method_types": ["sepa_debit"], "description": "page 7",
                "metadata": {"billing_transaction": "page 7",
                             "billing_database": self.env["billing.stripe.client"].get_database()},
            }
        )  # fmt: skip
        self.simulator.settle(intent.id)
        self.bring_events()
        self.env.invalidate_all()
        self.assertEqual((transaction.state, invoice.amount_residual), ("done", 0))
        self.simulator.settle(intent.id, outcome="failed", failure="insufficient_funds")
        self.bring_events(lambda messages: [*messages, *messages])
        self.env.invalidate_all()
        self.assertEqual((invoice.amount_residual, transaction.payment_id.billing_returned_amount), (119, 119))
