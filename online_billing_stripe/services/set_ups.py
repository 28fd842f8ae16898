"""Set-ups: a customer saves a method on a page of Odoo, for payments that come later."""

import re

import stripe
from odoo import api, models
from odoo.addons.payment import utils as payment_utils
from odoo.exceptions import ValidationError

from .client import DIALOGUE
from .reading import plain

#: what newer versions of Stripe's interface call otherwise than the one that Odoo was written for
RENAMED = {"payment_method_types": "allowed_payment_method_types"}


class BillingStripeSetUps(models.AbstractModel):
    _name = "billing.stripe.set.ups"
    _description = "Set-Ups of Methods at Stripe"

    @api.private
    def make(self, transaction):
        """Make the intent by which a customer saves a method, with what Odoo says of it.

        :param transaction: a `payment.transaction` whose operation is validation
        :return: the set-up intent as a dict; None where there is none: the transaction says why
        """
        client = self.env["billing.stripe.client"].get_client(transaction.provider_id, DIALOGUE)
        key = payment_utils.generate_idempotency_key(transaction, scope="setup_intents")
        try:
            params = self._prepare_params(transaction)  # it asks for the customer
            return plain(client.v1.setup_intents.create(params, {"idempotency_key": key}))
        except ValidationError as error:
            reason = str(error)
        except stripe.StripeError as error:
            reason = self.env._("Stripe could not be asked (%(error)s). Try again.", error=type(error).__name__)
            if isinstance(error, stripe.InvalidRequestError):
                reason = error.user_message or reason
        transaction._set_error(reason)
        return None

    def _prepare_params(self, transaction):
        params = nest(transaction._stripe_prepare_setup_intent_payload())
        return {RENAMED.get(name, name): value for name, value in params.items()}


def nest(form):
    """Return the fields of a form as dicts and lists: ``a[b]`` is a field of ``a``, ``a[]`` the only one of a list."""
    nested = {}
    for name, value in form.items():
        if value is None:
            continue
        *path, last = re.findall(r"[^\[\]]+", name)
        place = nested
        for part in path:
            place = place.setdefault(part, {})
        place[last] = [value] if name.endswith("[]") else value
    return nested
