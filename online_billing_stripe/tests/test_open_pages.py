"""A card form of Stripe that is open beside a debit: its intent is given up there before the debit goes out."""

from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .stripe_common import StripeCase
from .test_charges import ADAPTER_LOG


@tagged("post_install", "-at_install")
class TestOpenPages(StripeCase):
    def setUp(self):
        super().setUp()
        self.invoice = self.owe(self.account, "2026-11-02", 100)
        self.token = self.save_card(self.account.partner_id)
        self.consent(self.account, self.token)
        self.transaction, self.intent = self.begin()

    def begin(self, reference="page 1", invoice=None):
        """Let the customer begin to pay by a card form, half an hour ago; return the transaction and its intent."""
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.card.id,
                "reference": reference,
                "amount": 119,
                "currency_id": self.account.currency_id.id,
                "partner_id": self.account.partner_id.id,
                "operation": "online_direct",
                "invoice_ids": [(6, 0, (invoice or self.invoice).ids)],
            }
        )
        marks = {"billing_transaction": reference, "billing_database": self.env["billing.stripe.client"].get_database()}
        customer = self.env["billing.stripe.customers"].get_reference(self.provider, self.account.partner_id)
        intent = self.client.v1.payment_intents.create(
            {
                "amount": 11900, "currency": "usd", "customer": customer, "description": reference,
                "allowed_payment_method_types": ["card"], "metadata": marks,
            }
        )  # fmt: skip
        with patch.object(type(self.provider), "_send_api_request", lambda *_args, **_more: intent.to_dict()):
            transaction._get_specific_processing_values({})
        self.assertEqual(transaction.provider_reference, intent.id)
        self.env.flush_all()
        self.env.cr.execute("UPDATE payment_transaction SET create_date = create_date - interval '30 minutes'")
        self.env.invalidate_all()
        return transaction, intent.id

    def confirm(self):
        """Let the customer end what was begun, in their browser."""
        self.client.v1.payment_intents.confirm(self.intent, {"payment_method": "pm_card_visa"})

    def offer(self, transaction, intent, **more):
        """Come back from Stripe's page to that of Odoo with an intent for a transaction, as the address names them."""
        found = self.client.v1.payment_intents.retrieve(intent, {"expand": ["payment_method"]}).to_dict()
        data = {"payment_intent": found, "payment_method": found["payment_method"], "reference": transaction.reference}
        transaction._process("stripe", {**more, **data})

    def test_what_has_paid_one_bill_pays_no_other_of_the_same_amount(self):
        self.confirm()
        other, own_intent = self.begin("page 2", self.owe(self.account, "2026-12-02", 100))
        debit = self.begin("page 3", self.owe(self.account, "2027-01-02", 100))[0]
        debit.provider_reference = False  # its answer was lost
        for transaction in (other, debit):
            reference = transaction.provider_reference
            # whoever opens the page writes into its address what they like
            for more in ({}, {"refund": "1"}, {"setup_intent": own_intent}):
                with self.assertLogs("odoo.addons.online_billing_stripe.models.payment_transaction", "WARNING"):
                    self.offer(transaction, self.intent, **more)
                self.assertEqual((transaction.state, transaction.provider_reference), ("draft", reference), more)
        self.offer(self.transaction, self.intent)
        self.assertEqual(self.transaction.state, "done")
        self.client.v1.payment_intents.confirm(own_intent, {"payment_method": "pm_card_visa"})
        self.offer(other, own_intent)
        self.assertEqual(other.state, "done")

    def charge_now(self):
        with self.worker() as env:
            env["billing.charging.now"].charge(self.account.with_env(env))
        return self.get_attempts(self.account)

    def get_taken(self):
        return [charge["amount"] for charge in self.simulator.objects("charge", status="succeeded")]

    def test_c13_its_intent_is_given_up_and_cannot_be_paid_any_more(self):
        attempt = self.charge_now()
        self.assertEqual((attempt.state, self.transaction.state), ("succeeded", "cancel"))
        with self.assertRaisesRegex(Exception, "cancel"):
            self.confirm()
        self.assertEqual((self.get_taken(), self.invoice.payment_state), ([11900], "paid"))

    def test_c13_what_was_paid_and_nobody_here_has_heard_of_is_not_debited(self):
        self.confirm()
        attempt = self.charge_now()
        self.assertEqual((attempt.state, self.transaction.state), ("given_up", "done"))
        self.assertEqual(self.get_taken(), [11900])

    def test_c13_where_stripe_does_not_answer_the_debit_waits(self):
        self.simulator.fail("payment_intents.cancel", "error_before", count=None)
        with mute_logger(ADAPTER_LOG):
            attempt = self.charge_now()
        self.assertEqual((attempt.state, self.transaction.state, self.get_taken()), ("planned", "draft", []))
        self.confirm()
        self.simulator.clear_faults()
        attempt.sudo().next_time = fields.Datetime.now()
        with self.worker() as env:
            env["billing.payment.attempt"]._cron_send()
        self.assertEqual((attempt.state, self.transaction.state, self.get_taken()), ("given_up", "done", [11900]))

    def test_c13_an_answer_that_is_lost_when_it_is_given_up_is_asked_for_with_the_same_key(self):
        self.simulator.fail("payment_intents.cancel", "reset_after")
        attempt = self.charge_now()
        self.assertEqual((attempt.state, self.transaction.state, self.get_taken()), ("succeeded", "cancel", [11900]))
        keys = [request.key for request in self.simulator.requests("payment_intents.cancel")]
        self.assertEqual((len(keys), len(set(keys))), (2, 1))

    def test_c13_databases_with_one_account_that_number_alike_do_not_keep_each_other_from_it(self):
        """The other database is played by the same transaction, whose intent was another one there."""
        adapter = self.env["billing.payment.adapter"].get_adapter(self.provider)
        ours, theirs = self.intent, self.client.v1.payment_intents.create({"amount": 11900, "currency": "usd"}).id
        for intent in (theirs, ours):
            self.transaction.provider_reference = intent
            adapter._send_page_close(adapter._prepare_page(self.transaction))
        given_up = self.simulator.objects("payment_intent", status="canceled")
        self.assertEqual({intent["id"] for intent in given_up}, {ours, theirs})

    def test_c13_an_intent_that_stripe_knows_no_more_is_left_to_time(self):
        self.transaction.provider_reference = "pi_of_another_account"
        attempt = self.charge_now()
        self.assertEqual((attempt.state, self.transaction.state, self.get_taken()), ("planned", "draft", []))
        self.env.cr.execute("UPDATE payment_transaction SET create_date = create_date - interval '1 day'")
        attempt.sudo().next_time = fields.Datetime.now()
        self.env.flush_all()
        with self.worker() as env:
            env["billing.payment.attempt"]._cron_send()
        self.env.invalidate_all()
        self.assertEqual((attempt.state, self.get_taken()), ("succeeded", [11900]))
