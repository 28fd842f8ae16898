"""What a payment on Odoo's pages has reserved: taken, or set free, as somebody of the staff chooses on it."""

import stripe
from odoo import api, models
from odoo.addons.payment import utils as payment_utils
from odoo.exceptions import ValidationError

from .client import ASK, CHARGE
from .reading import plain

#: Stripe has read the request, and refuses: nothing has moved
REFUSED = (stripe.InvalidRequestError, stripe.CardError, stripe.AuthenticationError, stripe.PermissionError)
WANTED = ["latest_charge", "payment_method"]


class BillingStripeReserved(models.AbstractModel):
    """An intent is taken or given up once, whatever was answered: where no answer came, or another one than was asked
    for, the intent itself says what it is now.
    """

    _name = "billing.stripe.reserved"
    _description = "Amounts That Are Reserved at Stripe"

    @api.private
    def take(self, transaction):
        """Let Stripe take what was reserved.

        :param transaction: the `payment.transaction` that Odoo has made for it, whose source has reserved the amount
        :raise ValidationError: it is reserved still, with the reason
        """
        self._end(transaction, "capture")

    @api.private
    def set_free(self, transaction):
        """Let Stripe give up what was reserved; as above."""
        self._end(transaction, "cancel")

    def _end(self, transaction, act):
        """Ask Stripe, and let what it says come to the transaction that was made for it first."""
        reference = transaction.source_transaction_id.provider_reference
        key = payment_utils.generate_idempotency_key(transaction, scope=f"payment_intents/{reference}/{act}")
        client = self.env["billing.stripe.client"].get_client(transaction.provider_id, CHARGE)
        # what is asked for stands there whatever happens meanwhile, and no row is held while Stripe answers
        self.env.cr.commit()  # pylint: disable=invalid-commit
        try:
            ask = getattr(client.v1.payment_intents, act)
            intent = plain(ask(reference, {"expand": WANTED}, {"idempotency_key": key}))
        except stripe.StripeError as error:
            intent = self._get_intent(transaction, reference)
            if intent and intent["status"] == "requires_capture" or not intent and isinstance(error, REFUSED):
                raise ValidationError(self._say(error)) from error
        if intent:
            first = self._find_first(transaction, reference)
            data = self.env["billing.stripe.payments"].prepare_payment_data(first, intent)
            first._process("stripe", data)
            if first != transaction:
                transaction._set_error(self.env._("This was asked for before: see %(first)s.", first=first.reference))
            return
        # its event comes to this transaction by that, whatever has become of it
        transaction.provider_reference = reference
        transaction._set_pending(
            state_message=self.env._(
                "Stripe has not answered: nobody knows yet whether it was done. It stands here as soon as Stripe tells."
            )
        )

    def _find_first(self, transaction, reference):
        """Return the transaction by which the same was asked for before, without an answer; else this one."""
        asked = transaction.source_transaction_id.child_transaction_ids.filtered(
            lambda one: one.state == "pending" and one.provider_reference == reference
        )
        return asked.sorted("id")[:1] or transaction

    def _get_intent(self, transaction, reference):
        """Return what an intent is now; nothing where Stripe cannot be asked."""
        client = self.env["billing.stripe.client"].get_client(transaction.provider_id, ASK)
        try:
            return plain(client.v1.payment_intents.retrieve(reference, {"expand": WANTED}))
        except stripe.StripeError:
            return None

    def _say(self, error):
        if isinstance(error, REFUSED):
            return error.user_message or self.env._("Stripe refuses (%(error)s).", error=error.code or "")
        return self.env._("Stripe has not done it (%(error)s). Choose it again.", error=type(error).__name__)
