"""Saved methods that change at Stripe: renewed by the card's network, detached, mandates that end."""

import logging

import stripe
from odoo import api, fields, models
from odoo.exceptions import UserError

from .client import ASK
from .event_values import DONE, FAILED, IGNORED, Outcome
from .reading import plain

#: in one pass of the job
MOST_AT_ONCE = 50

_logger = logging.getLogger(__name__)


class BillingStripeMethods(models.AbstractModel):
    _name = "billing.stripe.methods"
    _description = "Saved Methods That Change at Stripe"

    @api.private
    def work_off(self, event, body):
        """Bring saved methods to what Stripe says of them now.

        :return: :class:`Outcome`
        """
        about = body["data"]["object"]
        kind = about.get("object")
        if kind == "customer":
            return self._end_customer(event.provider_id, about["id"])
        if kind == "mandate":
            return self._follow_mandate(event.provider_id, about["id"])
        return self._follow_method(event.provider_id, about["id"])

    def _find_tokens(self, provider, *domain):
        tokens = self.env["payment.token"].sudo()  # sudo: events come by jobs
        return tokens.search([("provider_id", "=", provider.id), *domain])

    def _ask(self, provider, ask):
        client = self.env["billing.stripe.client"].get_client(provider, ASK)
        # nothing is open while Stripe is asked
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return plain(ask(client.v1))

    def _follow_method(self, provider, reference):
        tokens = self._find_tokens(provider, ("stripe_payment_method", "=", reference))
        if not tokens:
            return Outcome(IGNORED, self.env._("No saved method is known by it."))
        try:
            method = self._ask(provider, lambda v1: v1.payment_methods.retrieve(reference))
        except stripe.InvalidRequestError as error:
            if error.code != "resource_missing":
                return Outcome(FAILED, error.user_message or "")
            method = {"customer": None}
        if not method.get("customer"):
            tokens.active = False  # the next method stands in, and the customer is told where there is none
            return Outcome(DONE)
        self.take_over(tokens, method)
        return Outcome(DONE)

    @api.private
    def take_over(self, tokens, method):
        """Keep what a card shows and until when it holds; one that was renewed can be charged again.

        :param tokens: `payment.token`, elevated
        :param dict method: of Stripe
        """
        details = method.get(method.get("type")) or {}
        expires = tokens._get_stripe_expiry(method)
        renewed = tokens.filtered(
            lambda token: expires and token.stripe_expires_on and expires > token.stripe_expires_on
        )
        vals = {"stripe_expires_on": expires}
        if details.get("last4"):
            vals["payment_details"] = details["last4"]
        tokens.write(vals)
        methods = self.env["billing.payment.consent.method"].sudo()  # sudo: as above
        known = methods.search([("token_id", "in", tokens.ids)])
        known.write({"expires_on": expires})
        known.filtered(lambda one: one.token_id in renewed and one.gone_on).write(
            {"gone_on": False, "gone_reason": False}
        )

    @api.private
    def look_at_new(self):
        """Ask Stripe about saved methods that it was never asked about: those from before know no expiry."""
        tokens = self.env["payment.token"].sudo()  # sudo: a job
        unseen = [
            ("provider_code", "=", "stripe"),
            ("stripe_payment_method", "!=", False),
            ("stripe_seen_on", "=", False),
        ]
        for [provider] in tokens._read_group(unseen, ["provider_id"]):
            for token in tokens.search([*unseen, ("provider_id", "=", provider.id)], limit=MOST_AT_ONCE):
                if not self._look_at(token):
                    break  # a key that fails is asked again by the next pass; the others are asked now

    def _look_at(self, token):
        """Keep what Stripe says of a saved method, and commit it; tell whether Stripe can be asked about others."""
        ask = token.stripe_payment_method
        try:
            self._keep_what_is_said(token, ask)
            token.stripe_seen_on = fields.Date.today()
            # each by itself
            self.env.cr.commit()  # pylint: disable=invalid-commit
        except Exception as error:
            self.env.cr.rollback()
            self.env.invalidate_all()
            if isinstance(error, stripe.StripeError | UserError):
                return False
            _logger.exception("Saved method %s: what Stripe says of it cannot be kept", token.id)
        return True

    def _keep_what_is_said(self, token, reference):
        try:
            self.take_over(token, self._ask(token.provider_id, lambda v1: v1.payment_methods.retrieve(reference)))
        except stripe.InvalidRequestError:
            _logger.info("Saved method %s: Stripe knows of none like it", token.id)

    def _follow_mandate(self, provider, reference):
        tokens = self._find_tokens(provider, ("stripe_mandate", "=", reference))
        if not tokens:
            return Outcome(IGNORED, self.env._("No saved method is known by it."))
        mandate = self._ask(provider, lambda v1: v1.mandates.retrieve(reference))
        if mandate["status"] == "inactive":
            tokens.active = False
        return Outcome(DONE)

    def _end_customer(self, provider, reference):
        removals = self.env["billing.stripe.removals"]
        waiting = removals.find(provider, reference)
        removals.note_deleted(waiting)
        tokens = self._find_tokens(provider, ("provider_ref", "=", reference))
        tokens.active = False
        return Outcome(DONE if tokens or waiting else IGNORED)
