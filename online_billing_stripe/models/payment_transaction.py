import logging

from odoo import models
from odoo.addons.payment import utils as payment_utils

from ..services.client import DATABASE_MARK, TRANSACTION_MARK

_logger = logging.getLogger(__name__)

PAYMENT, REFUND = "payment_intents", "refunds"


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    _stripe_reference_idx = models.Index("(provider_reference) WHERE provider_reference IS NOT NULL")

    def _stripe_create_customer(self):
        """Use the one customer that a paying partner has at Stripe, instead of a new one for each payment."""
        return {"id": self.env["billing.stripe.customers"].get_reference(self.provider_id, self.partner_id)}

    def _stripe_create_intent(self):
        """Make a set-up as everything else of Stripe is asked, in one version.

        Of a payment that is begun on a page keep by what Stripe knows it: it may have to be given up there.
        """
        if self.operation == "validation":
            return self.env["billing.stripe.set.ups"].make(self)
        intent = super()._stripe_create_intent()
        if intent and self.operation == "online_direct" and not self.provider_reference:
            self.provider_reference = intent["id"]
        return intent

    def _stripe_prepare_payment_intent_payload(self):
        """Mark the payment as one of this database, so that its events find their way."""
        return {**super()._stripe_prepare_payment_intent_payload(), **self._get_stripe_marks()}

    def _stripe_prepare_setup_intent_payload(self):
        return {**super()._stripe_prepare_setup_intent_payload(), **self._get_stripe_marks()}

    def _get_stripe_marks(self):
        database = self.env["billing.stripe.client"].get_database()
        return {f"metadata[{DATABASE_MARK}]": database, f"metadata[{TRANSACTION_MARK}]": self.reference}

    def _process(self, provider_code, payment_data):
        """Believe an intent of the transaction that it was made for alone: whoever opens Odoo's page may name another.

        Odoo compares amount and currency, and another bill of the same amount is not paid by that.
        """
        if provider_code == "stripe":
            transaction = self or self._search_by_reference(provider_code, payment_data)
            if transaction and not self.env["billing.stripe.owners"].is_answer_of(transaction, payment_data):
                _logger.warning("An intent of Stripe was offered to transaction %s, whose it is not.", transaction.id)
                return transaction
        return super()._process(provider_code, payment_data)

    def _send_api_request(self, method, endpoint, **kwargs):
        """Give each request that moves money a key, so that Odoo's own second try of it moves nothing.

        A transaction that is begun anew has the same reference, and so the same key.
        """
        if self.provider_code == "stripe" and method == "POST" and not kwargs.get("idempotency_key"):
            kwargs["idempotency_key"] = payment_utils.generate_idempotency_key(self, scope=endpoint)
        return super()._send_api_request(method, endpoint, **kwargs)

    def _send_capture_request(self):
        """Take what was reserved as everything else of Stripe is asked: in one version, known again by its key."""
        if self.provider_code != "stripe":
            return super()._send_capture_request()
        return self.env["billing.stripe.reserved"].take(self)

    def _send_void_request(self):
        """Set free what was reserved, as above."""
        if self.provider_code != "stripe":
            return super()._send_void_request()
        return self.env["billing.stripe.reserved"].set_free(self)

    def _extract_token_values(self, payment_data):
        """Keep until when a card can be charged."""
        values = super()._extract_token_values(payment_data)
        method = payment_data.get("payment_method")
        if self.provider_code == "stripe" and values and isinstance(method, dict):
            values["stripe_expires_on"] = self.env["payment.token"]._get_stripe_expiry(method)
        return values
