"""What the page needs on which a customer finishes a payment."""

from typing import NamedTuple

from odoo import api, models

from .client import DIALOGUE
from .reading import plain


class OpenIntent(NamedTuple):
    """An intent that waits for the customer.

    :ivar secret: by which the customer's browser finishes this one payment; it is kept nowhere
    """

    secret: str
    method: str
    publishable_key: str
    language: str


class BillingStripeConfirming(models.AbstractModel):
    _name = "billing.stripe.confirming"
    _description = "Finishing a Payment with the Customer"

    @api.private
    def get_intent(self, attempt):
        """Return the intent of an attempt that waits for the customer; None where it waits no more.

        :raise stripe.StripeError: Stripe cannot be reached
        """
        provider, token = attempt.provider_id, attempt.token_id
        if not attempt.provider_reference:
            return None
        client = self.env["billing.stripe.client"].get_client(provider, DIALOGUE)
        found = plain(client.v1.payment_intents.retrieve(attempt.provider_reference))
        if found["status"] not in ("requires_action", "requires_payment_method", "requires_confirmation"):
            return None
        return OpenIntent(
            found["client_secret"],
            found.get("payment_method") or token.stripe_payment_method or "",
            provider._stripe_get_publishable_key() or "",
            (self.env.lang or "en")[:2],
        )
