"""What follows from an attempt: another try, the next method, or the reminders; and what a decline means."""

from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models

from ...engine import DECLINE_CLASSES, may_try, next_try
from ..shared.numbers import to_decimal

NOT_LISTED = "later"


class Decline(NamedTuple):
    """What a decline means, and in which words."""

    decline_class: str
    text: str


class BillingDebitFollowing(models.AbstractModel):
    _name = "billing.debit.following"
    _description = "What Follows from a Debit"

    @api.private
    def get_decline(self, attempt, answer):
        """Return what a decline means: as the provider says itself, else by the list of codes.

        A code that is in no list is tried again later, and is put on the list for somebody to describe.

        :return: :class:`Decline`
        """
        codes = self.env["billing.decline.code"].sudo()  # sudo: a list of words, kept by the billing
        found = codes.browse()
        if answer.code:
            provider = attempt.provider_id.code
            found = codes.search([("provider_code", "=", provider), ("code", "=", answer.code)], limit=1)
            if not found:
                given = answer.decline_class or NOT_LISTED
                found = codes.create({"provider_code": provider, "code": answer.code, "decline_class": given})
        given = answer.decline_class if answer.decline_class in DECLINE_CLASSES else found.decline_class or NOT_LISTED
        lang = attempt.partner_id.lang or self.env.lang
        return Decline(given, found.with_context(lang=lang).text or answer.text or answer.code)

    @api.private
    def follow_failure(self, attempt):
        """Plan what is tried next, or say that nothing is: then the reminders go on."""
        if attempt.kind == "refund":
            self._follow_failed_refund(attempt)
            return
        if attempt.decline_class == "gone":
            self._give_method_up(attempt)
        if attempt.origin == "page":  # who pays reads it there, and chooses what follows
            self.env["billing.debit.planning"].look_again(attempt.account_id)  # a debit may have made way for it
            self.env["billing.collection.wake"].note(attempt.line_ids.line_id)
            return
        consent = attempt.consent_id
        following = self._plan_next(attempt) if consent.state == "active" else None
        if following:
            self.env["billing.debit.news"].tell_tried_again(attempt, following)
            return
        self.end(attempt)

    @api.private
    def end(self, attempt):
        """Say of a failed debit that nothing more is tried: then the reminders go on."""
        attempt.is_final = True
        if self._is_owed(attempt):
            self.env["billing.debit.news"].tell_failed(attempt)
        self.env["billing.collection.wake"].note(attempt.line_ids.line_id)

    def _is_owed(self, attempt):
        """Tell whether something of what an attempt was for is open: what was paid since is asked of nobody.

        What a plan has divided meanwhile is debited by its installments.
        """
        [lines] = self.env["billing.due.lines"].get_lines(attempt.account_id, planned=True).values()
        open_now = {line.place for line in lines}
        return any((line.line_id.id, line.installment_id.id or 0) in open_now for line in attempt.line_ids)

    def _follow_failed_refund(self, attempt):
        """Give somebody the task to give the money back in another way."""
        attempt.is_final = True
        if attempt.origin == "twice":
            self.env["billing.double.tasks"].tell_not_given_back(attempt)
            return
        self.env["billing.tasks"].give(
            attempt,
            "refunds.declined",
            "online_billing.activity_type_payment_differs",
            note=self.env._(
                "The refund was declined: %(reason)s. Give the money back in another way.", reason=attempt.reason or ""
            ),
            user_id=self.env["billing.work.loop"].get_responsible(attempt.account_id).id,
        )

    def _give_method_up(self, attempt):
        # whichever consent it stands in: a network has said that it is never to be tried again
        methods = self.env["billing.payment.consent.method"].sudo()  # sudo: rows of the billing
        methods = methods.search([("token_id", "=", attempt.token_id.id), ("gone_on", "=", False)])
        methods.write({"gone_on": fields.Datetime.now(), "gone_reason": attempt.reason})

    def _plan_next(self, attempt):
        """Plan the next try of what is still open: of the same method by the policy, else of the next one at once."""
        lines, consent = self._get_open_lines(attempt), attempt.consent_id
        if not lines:
            return None
        moment = self._get_next_moment(attempt)
        methods = self.env["billing.debit.purposes"].get_methods(consent, attempt.line_ids.move_id)
        method = methods.filtered(lambda one: one.token_id == attempt.token_id)[:1]
        if not moment or not method:
            method, moment = self.find_next_method(attempt), fields.Datetime.now()
        if not method:
            return None
        moment = max(moment, fields.Datetime.now())
        day = self.env["billing.days"].get_local_day(attempt.account_id, moment)
        amount = sum((line.amount for line in lines), Decimal(0))
        if self.env["billing.debit.planning"].get_uncovered_reason(consent, amount, day):
            return None  # the customer's limits hold for every try
        return self.env["billing.debits"].plan(
            consent,
            method,
            lines,
            day,
            origin="retry",
            previous_id=attempt.id,
            number=attempt.number + 1,
            next_time=moment,
        )

    @api.private
    def find_next_method(self, attempt):
        """Return the next method of the consent with which the debt of an attempt may be tried at this moment, or none.

        None with which it was tried before: what its declines mean has been followed.
        """
        history, now = self.env["billing.debit.history"], fields.Datetime.now()
        tried = set(self._get_chain(attempt).token_id.ids)
        methods = self.env["billing.debit.purposes"].get_methods(attempt.consent_id, attempt.line_ids.move_id, tried)
        return methods.filtered(lambda one: may_try(now, history.get_tries_seen(attempt, one.token_id)))[:1]

    def _get_next_moment(self, attempt):
        """Return when the same method is tried again, by the policy of the company; None where it is not."""
        rules = attempt.company_id.billing_retry_policy_id.rule_ids
        rule = rules.filtered(lambda rule: rule.decline_class == attempt.decline_class)
        waits = rule._get_waits()
        if not waits:
            return None
        own = self._get_chain(attempt).filtered(lambda one: one.token_id == attempt.token_id)
        failures = len(own.filtered(lambda one: one.decline_class == attempt.decline_class))
        tries = self.env["billing.debit.history"].get_tries_seen(attempt, attempt.token_id)
        return next_try(attempt.ended_at, failures, waits, tries)

    def _get_chain(self, attempt):
        """Return all tries of the same debt, this one included."""
        chain, one = attempt, attempt
        while one.previous_id:
            one = one.previous_id
            chain |= one
        return chain

    def _get_open_lines(self, attempt):
        """Return what is still open of the lines of an attempt."""
        [lines] = self.env["billing.due.lines"].get_lines(attempt.account_id).values()
        open_now = {line.place: line for line in lines}
        found = []
        for line in attempt.line_ids:
            now = open_now.get((line.line_id.id, line.installment_id.id or 0))
            amount = min(now.amount, to_decimal(line.amount, attempt.currency_id)) if now else Decimal(0)
            if amount > 0:
                found.append(now._replace(amount=amount))
        return found
