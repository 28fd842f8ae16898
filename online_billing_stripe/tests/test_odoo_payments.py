"""Payments of Odoo's own pages: one customer, a mark, a key for each request, and settled by events too."""

from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..services.client import API_VERSION
from ..services.set_ups import nest
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

    def test_a_method_is_set_up_in_our_version_and_with_a_key(self):
        transaction = self.make_transaction("V-1", "validation", amount=0)
        values = transaction._get_specific_processing_values({})
        [made] = self.simulator.objects("setup_intent")
        self.assertEqual(values["client_secret"], made["client_secret"])
        self.assertEqual((made["payment_method_types"], made["description"]), (["card"], "V-1"))
        self.assertEqual(made["metadata"]["billing_transaction"], "V-1")
        options = made["payment_method_options"]["card"]["mandate_options"]
        self.assertEqual((options["reference"], options["supported_types"]), ("V-1", ["india"]))
        [asked] = self.simulator.requests("setup_intents.create")
        self.assertEqual(asked.headers["Stripe-Version"], API_VERSION)
        self.assertTrue(asked.key)

    def test_a_set_up_that_stripe_refuses_or_does_not_answer_says_why(self):
        for kind, words in (("refused", "No such customer"), ("lost", "could not be asked")):
            with self.subTest(kind=kind):
                transaction = self.make_transaction(kind, "validation", amount=0)
                if kind == "lost":
                    self.simulator.fail("setup_intents.create", "reset_before")
                    intent = transaction._stripe_create_intent()
                else:
                    with patch.object(type(transaction), "_stripe_create_customer", lambda _own: {"id": "cus_none"}):
                        intent = transaction._stripe_create_intent()
                self.assertEqual((intent, transaction.state), (None, "error"))
                self.assertIn(words, transaction.state_message)

    def test_fields_of_a_form_are_nested(self):
        form = {"a[b][c]": 1, "a[b][of][]": "india", "types[]": "card", "left out": None, "plain": "x"}
        self.assertEqual(nest(form), {"a": {"b": {"c": 1, "of": ["india"]}}, "types": ["card"], "plain": "x"})

    def reserve(self, reference):
        """Return a payment on a page whose amount is reserved."""
        transaction = self.make_transaction(reference)
        intent = self.client.v1.payment_intents.create(
            {
                "amount": 10000, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa",
                "allowed_payment_method_types": ["card"], "capture_method": "manual", "description": reference,
                "customer": self.env["billing.stripe.customers"].get_reference(
                    self.provider, self.account.partner_id
                ),
            }
        )  # fmt: skip
        self.set_webhook()
        transaction.provider_reference = intent.id
        found = self.client.v1.payment_intents.retrieve(intent.id).to_dict()
        self.env["billing.stripe.payments"].bring_up(self.provider, found)
        self.assertEqual(transaction.state, "authorized")
        return transaction

    def end(self, transaction, act):
        """Take or set free what is reserved as staff do; return what Odoo has made for it."""
        with self.worker() as env:
            getattr(transaction.with_env(env).sudo(), act)()
        self.env.invalidate_all()
        return transaction.child_transaction_ids[:1]

    def test_what_is_reserved_is_taken_or_set_free_in_our_version_and_with_a_key(self):
        for act, request, state in (("_capture", "capture", "done"), ("_void", "cancel", "cancel")):
            with self.subTest(act=act):
                transaction = self.reserve(act)
                child = self.end(transaction, act)
                self.assertEqual((child.state, transaction.state), (state, state))
                [asked] = self.simulator.requests(f"payment_intents.{request}")
                self.assertEqual(asked.headers["Stripe-Version"], API_VERSION)
                self.assertTrue(asked.key)

    def test_a_lost_answer_is_found_on_the_intent(self):
        transaction = self.reserve("lost")
        self.lose("payment_intents.capture", "reset_after")
        self.assertEqual((self.end(transaction, "_capture").state, transaction.state), ("done", "done"))

    def test_what_nobody_knows_of_is_settled_by_its_event(self):
        transaction = self.reserve("unknown")
        self.lose("payment_intents.capture", "reset_after")
        self.simulator.fail("payment_intents.retrieve", "error_before", count=None)
        child = self.end(transaction, "_capture")
        self.assertEqual((child.state, transaction.state), ("pending", "authorized"))
        self.simulator.clear_faults()
        self.bring_events()
        self.env.invalidate_all()
        self.assertEqual((child.state, transaction.state, child.payment_id.amount), ("done", "done", 100))

    def test_what_is_asked_for_once_more_comes_to_who_asked_first(self):
        transaction = self.reserve("twice")
        self.lose("payment_intents.capture", "reset_after")
        self.simulator.fail("payment_intents.retrieve", "error_before", count=None)
        first = self.end(transaction, "_capture")
        self.simulator.clear_faults()
        self.assertEqual((first.state, transaction.state), ("pending", "authorized"))
        second = self.end(transaction, "_capture")
        self.assertEqual((first.state, second.state, transaction.state), ("done", "error", "done"))
        self.assertIn(first.reference, second.state_message)

    def test_what_stripe_refuses_says_why_and_stays_reserved(self):
        transaction = self.reserve("refused")
        self.simulator.set(forbidden=["payment_intents.capture"])
        self.provider.stripe_secret_key = self.simulator.restricted_key
        child = self.end(transaction, "_capture")
        self.assertEqual((child.state, transaction.state), ("error", "authorized"))
        self.assertIn("required permissions", child.state_message)
        self.lose("payment_intents.cancel", "reset_before")
        child = self.end(transaction, "_void")
        self.assertEqual((child.state, transaction.state), ("error", "authorized"))
        self.assertIn("Choose it again", child.state_message)

    def test_what_was_given_up_on_stripes_page_is_not_taken_and_known_then(self):
        transaction = self.reserve("given up")
        self.client.v1.payment_intents.cancel(transaction.provider_reference)
        child = self.end(transaction, "_capture")
        self.assertEqual((child.state, transaction.state), ("cancel", "cancel"))

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
