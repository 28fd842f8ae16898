"""Refunds that Stripe tells of: made here, made on Stripe's own pages, and those that come back."""

from odoo import api, fields, models
from odoo.addons.online_billing.services.automatic_payment.values import DECLINED, UNKNOWN
from odoo.addons.online_billing.services.shared.numbers import as_float

from .adapter import PAGE
from .amounts import from_units
from .client import ASK
from .event_values import DONE, IGNORED, ORPHAN, Outcome
from .reading import plain

TO_LOOK_AT = "online_billing.activity_type_payment_differs"


class BillingStripeRefunds(models.AbstractModel):
    """Each refund is known by its own id: what one event tells of several, or several of one, is booked once."""

    _name = "billing.stripe.refunds"
    _description = "Refunds That Stripe Tells Of"

    @api.private
    def work_off(self, event, body):
        """Bring every refund of the payment that an event is about to the state that Stripe says now.

        :return: :class:`Outcome`
        """
        reference = body["data"]["object"].get("payment_intent")
        if not reference:
            return Outcome(IGNORED, self.env._("It belongs to no payment intent."))
        client = self.env["billing.stripe.client"].get_client(event.provider_id, ASK)
        # nothing is open while Stripe is asked
        self.env.cr.commit()  # pylint: disable=invalid-commit
        pages = client.v1.refunds.list({"payment_intent": reference, "limit": PAGE}).auto_paging_iter()
        refunds = sorted(map(plain, pages), key=lambda refund: (refund["created"], refund["id"]))
        provider = self.env["billing.stripe.owners"].get_provider(event.provider_id, {"id": reference})
        outcome = Outcome(IGNORED, self.env._("Neither the refund nor its payment was made by this database."))
        for refund in refunds:
            found = self._bring_up(provider, refund)
            if found.state != IGNORED:
                outcome = found
        return outcome

    def _bring_up(self, provider, refund):
        owners = self.env["billing.stripe.owners"]
        attempt = owners.find_attempt(provider, refund)
        if not attempt:
            transaction = owners.find_transaction(provider, refund)
            if transaction and not transaction._get_billing_attempt():
                return self._bring_up_transaction(transaction, refund)
            payment = owners.find_payment(provider, refund["payment_intent"])
            if not payment:
                return self._get_unknown(provider, refund)
            if refund["status"] in ("failed", "canceled"):
                return Outcome(DONE)  # nothing was given back, and nothing was booked
            if not payment.billing_account_id:
                return self._take_up_transaction(payment, refund)
            attempt = self._take_up(payment, refund)
        return self._bring_up_attempt(attempt, refund)

    def _get_unknown(self, provider, refund):
        transactions = self.env["payment.transaction"].sudo()  # sudo: events come by jobs
        own = [("provider_id", "=", provider.id), ("provider_reference", "=", refund["payment_intent"])]
        if transactions.search_count(own, limit=1):
            return Outcome(ORPHAN, self.env._("The payment that it gives back is not in the books yet."))
        return Outcome(IGNORED, self.env._("Neither the refund nor its payment was made by this database."))

    def _take_up(self, payment, refund):
        """Make the row of a refund that was made on Stripe's own pages."""
        payment.billing_account_id.hold()
        attempts = self.env["billing.payment.attempt"].sudo()  # sudo: as above
        attempts.invalidate_model(["provider_reference"])
        known = attempts.search([("provider_reference", "=", refund["id"])], limit=1)
        return known or self.env["billing.payment.refunds"].take_up(
            payment,
            from_units(refund["amount"], payment.currency_id.name),
            refund.get("reason") or self.env._("Made on Stripe's page"),
            refund["id"],
        )

    def _bring_up_attempt(self, attempt, refund):
        attempt = attempt.sudo()  # sudo: as above
        attempt.account_id.hold()
        attempt.invalidate_recordset()
        answer = self.env["billing.payment.adapter.stripe"].get_reader(attempt).read_refund(refund)
        if attempt.state == "succeeded" and answer.kind == DECLINED:
            self._come_back(attempt, answer)
            return Outcome(DONE, attempt_id=attempt.id)
        if answer.kind != UNKNOWN:
            self.env["billing.attempt.answers"].note(attempt, answer)
            self.env["billing.attempt.settling"].settle(attempt)
        return Outcome(DONE, attempt_id=attempt.id)

    def _come_back(self, attempt, answer):
        """Book that a refund came back after it had succeeded: the customer has the money still to get."""
        if attempt.returned_amount:
            return
        decline = self.env["billing.debit.following"].get_decline(attempt, answer)
        day = fields.Date.context_today(attempt.with_context(tz=attempt.account_id.timezone))
        self.env["billing.payment.returns"].take_refund_back(
            attempt, day, decline.text, reference=f"{attempt.provider_reference}-came-back"
        )
        self.env["billing.tasks"].give(
            attempt,
            "refunds.came_back",
            TO_LOOK_AT,
            note=self.env._(
                "The refund came back: %(reason)s The customer has not got the money. Give it back in another way.",
                reason=decline.text,
            ),
            user_id=self.env["billing.work.loop"].get_responsible(attempt.account_id).id,
        )

    # -- refunds of payments that are not of a billing account --------------------------------------------------------

    def _take_up_transaction(self, payment, refund):
        source = payment.payment_transaction_id
        amount = from_units(refund["amount"], source.currency_id.name)
        return self._bring_up_transaction(source._create_child_transaction(as_float(amount), is_refund=True), refund)

    def _bring_up_transaction(self, transaction, refund):
        transaction.with_company(transaction.company_id)._process(
            "stripe", {"reference": transaction.reference, "refund": refund}
        )
        return Outcome(DONE)
