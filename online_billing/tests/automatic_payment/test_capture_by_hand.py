"""Providers that only reserve what is charged until somebody captures it: they collect nothing automatically."""

from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from ...services.receivables.values import PAYMENT_UNDER_WAY
from .debit_common import DebitCase

WAY_OUT = "another provider, or have “Capture Amount Manually”"


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestCaptureByHand(DebitCase):
    def setUp(self):
        super().setUp()
        # Odoo's demo provider as one that has no adapter of its own: it is charged by Odoo's code alone
        self.base = self.registry["billing.payment.adapter"]
        self.startPatcher(
            patch.object(self.base, "get_adapter", lambda adapter, provider: adapter.env[self.base._name])
        )
        self.method.support_manual_capture = "partial"
        self.token = self.save_method(self.account.partner_id)

    def test_no_consent_is_given_for_it(self):
        self.provider.capture_manually = True
        with self.assertRaisesRegex(UserError, "cannot be charged automatically. Choose or save another"):
            self.consent(self.account, self.token)
        with self.assertRaisesRegex(UserError, WAY_OUT):
            self.consent(self.account, self.token, channel="written", attachments=self.env["ir.attachment"])

    def test_it_is_not_wished_for_on_a_page_and_a_wish_that_stands_is_not_fulfilled(self):
        wishes, user = self.env["billing.consent.wishes"], self.env.user
        self.account.partner_id = user.partner_id
        token, text = self.save_method(user.partner_id), self.consents.get_text(self.account)
        paying = (self.account, self.account.currency_id, user, self.consents.get_version(text))
        way = {"flow": "token", "token_id": token.id}
        self.assertTrue(wishes.prepare_values(*paying, way))
        self.provider.capture_manually = True
        with self.assertRaisesRegex(ValidationError, "cannot be charged automatically. Choose or save another"):
            wishes.prepare_values(*paying, way)
        form = {"flow": "direct", "provider_id": self.provider.id, "payment_method_id": self.method.id}
        with self.assertRaisesRegex(ValidationError, "cannot be saved"):
            wishes.prepare_values(*paying, {**form, "tokenization_requested": True})
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "token_id": token.id,
                "reference": "wished",
                "amount": 10,
                "currency_id": self.account.currency_id.id,
                "partner_id": user.partner_id.id,
                "billing_account_id": self.account.id,
                "billing_consent_text": text,
                "state": "authorized",
            }
        )
        wishes.fulfil(transaction)
        self.assertFalse(self.consents.get_holding(self.account))
        self.assertIn("Capture Amount Manually", self.account.message_ids[:1].body)

    def test_a_debit_is_given_up_where_it_was_switched_on_after_the_consent(self):
        self.owe(self.account, "2026-11-02", 100)
        agreed = self.consent(self.account, self.token)
        self.run_jobs("2026-10-30 10:00:00")
        self.assertTrue(agreed.is_usable)
        self.provider.capture_manually = True
        self.assertFalse(agreed.is_usable)
        self.run_jobs("2026-11-02 10:00:00")
        attempt = self.get_attempts(self.account)
        self.assertEqual((attempt.state, attempt.transaction_id.ids), ("given_up", []))
        self.assertRegex(attempt.reason, WAY_OUT)

    def reserve(self):
        """Return a bill, and a debit of it that is only reserved: sent before anybody asked how it is captured."""
        invoice = self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account, self.token)
        self.run_jobs("2026-10-30 10:00:00")
        self.provider.capture_manually = True
        with patch.object(self.base, "captures_by_hand", lambda adapter, provider: False):
            self.run_jobs("2026-11-02 10:00:00")
        attempt = self.get_attempts(self.account)
        self.assertEqual((attempt.state, attempt.transaction_id.state), ("sent", "authorized"))
        return invoice, attempt

    def capture(self, attempt, *amounts):
        """Press *Capture* as Odoo has it, for amounts one after the other; what is left is voided."""
        with freeze_time("2026-11-03 10:00:00"), self.worker() as env:
            transaction = env["payment.transaction"].browse(attempt.transaction_id.id)
            for amount in amounts:
                transaction._capture(amount_to_capture=amount)
            if sum(amounts) < transaction.amount:
                transaction._void(amount_to_void=transaction.amount - sum(amounts))
            env["billing.payment.attempt"]._cron_send()
        self.env.invalidate_all()

    def get_payments(self):
        payments = self.env["account.payment"].search([("billing_account_id", "=", self.account.id)])
        return sorted(payments.mapped("amount"))

    def test_what_was_captured_in_parts_is_booked_once(self):
        invoice, attempt = self.reserve()
        self.capture(attempt, 60, 59)
        self.assertEqual((attempt.state, attempt.is_booked), ("succeeded", True))
        self.assertEqual((self.get_payments(), invoice.payment_state), ([59, 60], "paid"))
        self.assertIn(attempt.payment_id.amount, (59, 60))

    def test_what_was_voided_is_not_booked_and_stays_open(self):
        invoice, attempt = self.reserve()
        self.capture(attempt, 60)
        self.assertEqual((attempt.state, attempt.is_booked), ("succeeded", True))
        self.assertEqual((self.get_payments(), invoice.amount_residual), ([60], 59))

    def test_what_is_captured_of_a_page_is_for_what_was_begun_there(self):
        """The discount is kept, the chosen bill is paid, and the payment that is corrected pays the same again."""
        self.provider.capture_manually = True
        term = self.env["account.payment.term"].create(
            {
                "name": "2/20 net 30",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 20,
                "early_pay_discount_computation": "included",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        invoice = self.make_invoice(
            self.account, delivery="sent", invoice_date="2026-10-20", invoice_payment_term_id=term.id
        )
        line = invoice.line_ids.filtered(lambda one: one.display_type == "payment_term")
        page = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "reference": "page",
                "amount": 116.62,
                "currency_id": invoice.currency_id.id,
                "partner_id": self.account.partner_id.id,
                "operation": "online_direct",
                "invoice_ids": [Command.set(invoice.ids)],
                "billing_discounts": {str(line.id): 2.38},
            }
        )
        page._set_authorized()
        with self.worker() as env:
            captured = page.with_env(env)._capture()
            captured._set_done()
            [item] = env["billing.open.items"].get_items(self.account.ids)[self.account.id]
            self.assertEqual(item.get_resting(date(2026, 10, 20), {PAYMENT_UNDER_WAY}), item.amount)
            captured._post_process()
        self.env.invalidate_all()
        payment = page.child_transaction_ids.payment_id
        self.assertEqual((payment.amount, payment.invoice_ids, invoice.payment_state), (116.62, invoice, "paid"))
        payment.action_draft()
        payment.move_id.line_ids.remove_move_reconcile()
        [item] = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertGreater(item.get_resting(date(2026, 10, 20), {PAYMENT_UNDER_WAY}), 116)
        payment.action_post()
        self.assertEqual(invoice.payment_state, "paid")
