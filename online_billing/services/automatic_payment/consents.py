"""Consents to automatic payment: given with the words that were shown, paused, resumed and withdrawn."""

import hashlib
import logging
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ...models.automatic_payment.consent import HOLDING
from ..shared.numbers import as_float, to_decimal

_logger = logging.getLogger(__name__)

#: customers are asked for another method when theirs has so long
EXPIRES_SOON = timedelta(days=30)


class Terms(NamedTuple):
    """What a customer agrees to besides the words; amounts are in the currency of the account, 0 for any."""

    day_rule: str = "due"
    day_number: int = 0
    limit_debit: object = 0  # Decimal
    limit_month: object = 0  # Decimal


class BillingPaymentConsents(models.AbstractModel):
    _name = "billing.payment.consents"
    _description = "Giving and Withdrawing Consents"

    @api.private
    def get_text(self, account):
        """Return the words that are shown to a customer who is asked for a consent, in the language of whoever asks."""
        company = account.sudo().company_id  # sudo: a text that customers read
        own = company.with_context(lang=self.env.lang).billing_consent_text
        return own or self.env._(
            "I allow %(company)s to collect what I owe from the payment method that I have chosen, on the days shown,"
            " until I withdraw this. I am told of every debit before it is made, and can stop it until then.",
            company=company.name,
        )

    @api.private
    def get_version(self, text):
        """Return what equal words have in common."""
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @api.private
    def get_holding(self, account):
        """Return the consent of an account that holds or is paused; none where there is none."""
        consents = self.env["billing.payment.consent"]
        return consents.search([("account_id", "=", account.id), ("state", "in", HOLDING)], limit=1)

    @api.private
    def give(
        self,
        account,
        tokens,
        given_by,
        channel,
        text,
        terms=None,
        attachments=None,
        purposes=None,
        takes_up_failed=False,
    ):
        """Note a consent of a customer; an earlier one of the account is withdrawn by it.

        The caller has seen to it that whoever gives it may decide for the account.

        :param tokens: saved methods of the customer, the first to be charged first
        :param given_by: the contact who gives it
        :param channel: portal, page, written or program
        :param text: the words that were shown
        :param terms: :class:`Terms`
        :param attachments: the signed paper, needed where it is given in writing
        :param list purposes: what each method is for, in their order: all, recurring or other; None: all for everything
        :param bool takes_up_failed: what has failed for good before is collected with these methods; else it is not
        :return: the consent
        :raise UserError: no method, or the account is closed
        """
        terms, purposes = terms or Terms(), purposes or ["all"] * len(tokens)
        if not tokens:
            raise UserError(self.env._("Choose a saved payment method."))
        if account.state == "closed":
            raise UserError(self.env._("Account %(account)s is closed.", account=account.name))
        self._check_methods(tokens, channel)
        account.hold()
        earlier = self.get_holding(account.sudo())  # sudo: customers give consents of their accounts
        if earlier:
            self._end(earlier, given_by, self.env._("Replaced by another consent"))
            earlier.flush_recordset()
        # sudo: as above; what was agreed is written by the billing alone
        consent = (
            self.env["billing.payment.consent"]
            .sudo()
            .create(
                {
                    "account_id": account.id,
                    "currency_id": account.currency_id.id,
                    "method_ids": [
                        Command.create(
                            {
                                "token_id": token.id,
                                "sequence": 10 * (place + 1),
                                "expires_on": self._get_expiry(token),
                                "purpose": purpose,
                            }
                        )
                        for place, (token, purpose) in enumerate(zip(tokens, purposes, strict=True))
                    ],
                    "day_rule": terms.day_rule,
                    "day_number": terms.day_number,
                    "limit_debit": as_float(terms.limit_debit or 0),
                    "limit_month": as_float(terms.limit_month or 0),
                    "text": text,
                    "text_version": self.get_version(text),
                    "channel": channel,
                    "given_at": fields.Datetime.now(),
                    "given_by_id": given_by.id,
                    "user_id": self.env.uid,
                    "planned_on": self._get_planned_on(account),
                    "previous_id": earlier.id,
                    "takes_up_failed": takes_up_failed,
                    "attachment_ids": [Command.set((attachments or self.env["ir.attachment"]).ids)],
                }
            )
        )
        self._log(account, self.env._("Automatic payment was agreed to by %(name)s.", name=given_by.name))
        return consent.sudo(False)

    @api.private
    def find_gone(self, tokens):
        """Return a method of these whose provider has said that it is never to be charged again; none where none is.

        Under whichever consent it was said (elevated).
        """
        methods = self.env["billing.payment.consent.method"].sudo()  # sudo: customers give consents
        return methods.search([("token_id", "in", tokens.ids), ("gone_on", "!=", False)], limit=1)

    @api.private
    def get_method_obstacle(self, token, channel):
        """Say why a saved method cannot be charged automatically, to whoever agrees to it; nothing where it can.

        :param token: elevated
        :param channel: portal, page, written or program: customers can switch nothing off
        """
        obstacle = self.env["billing.payment.adapter"].get_capture_obstacle(token)
        if obstacle and channel in ("portal", "page"):
            return self.env._(
                "%(method)s cannot be charged automatically. Choose or save another payment method.",
                method=token.display_name,
            )
        return obstacle

    def _check_methods(self, tokens, channel):
        if gone := self.find_gone(tokens):
            raise UserError(
                self.env._(
                    "%(method)s cannot be charged any more: %(reason)s. Choose or save another payment method.",
                    method=gone.token_id.display_name,
                    reason=gone.gone_reason or "",
                )
            )
        for token in tokens.sudo():  # sudo: providers are for administrators
            if obstacle := self.get_method_obstacle(token, channel):
                raise UserError(obstacle)

    def _get_planned_on(self, account):
        """Return the last day before those whose debits a consent is for: what nobody plans of them is made up for."""
        notice = account.sudo().company_id.billing_debit_notice_days  # sudo: a setting, for customers as well
        return self.env["billing.days"].get_local_day(account) + timedelta(days=notice - 1)

    def _get_expiry(self, token):
        provider = token.sudo().provider_id  # sudo: providers are for administrators
        return self.env["billing.payment.adapter"].get_adapter(provider).get_expiry(token.sudo())  # sudo: as above

    @api.private
    def get_terms(self, consent):
        """Return the Terms of a consent as they are now."""
        currency = consent.currency_id
        limits = (to_decimal(amount, currency) for amount in (consent.limit_debit, consent.limit_month))
        return Terms(consent.day_rule, consent.day_number, *limits)

    @api.private
    def check_narrower(self, before, after):
        """Refuse terms that go beyond those that a customer has agreed to.

        A lower limit and a later day stay within them, and a limit where there was none.

        :param before: :class:`Terms`
        :param after: :class:`Terms` as staff have changed them
        :raise UserError: they are wider
        """
        limits = ((before.limit_debit, after.limit_debit), (before.limit_month, after.limit_month))
        is_lower = all(new == old or (new and (not old or new < old)) for old, new in limits)
        if not is_lower or not self._is_later(before, after):
            raise self.get_refusal_of_wider()

    @api.private
    def get_refusal_of_wider(self):
        """Return what staff are told who would go beyond what a customer has agreed to."""
        return UserError(
            self.env._(
                "This goes beyond what the customer has agreed to. Here limits can be lowered, debits made later, and"
                " methods used for fewer bills or taken away. Anything else is another consent: choose “Note Another"
                " Consent” on the account, and attach what the customer has signed."
            )
        )

    def _is_later(self, before, after):
        """Tell whether nothing is debited earlier than before."""
        if before[:2] == after[:2]:
            return True
        first, second = self._get_days_after_due(before), self._get_days_after_due(after)
        if first is None:
            return False  # on a later day of the month a bill can be debited a month earlier
        # a day of the month never comes before the due day
        return first <= (0 if second is None else second)

    def _get_days_after_due(self, terms):
        """Return how many days after the due day is debited; None on a day of the month."""
        return {"before": -terms.day_number, "due": 0, "after": terms.day_number}.get(terms.day_rule)

    @api.private
    def pause(self, consent, reason, until=None, paused_by=None):
        """Let nothing be debited until the consent is resumed; debits that were planned are taken back.

        What staff or a bank pause stays so, also where the customer has paused it before: they take it up no more.

        :param until: local day on which it is resumed by itself; None: by somebody
        :param paused_by: the contact, where the customer pauses it
        """
        consent.check_access("write")
        consent.account_id.hold()  # nothing is charged beside it by whoever has seen the consent as it was
        if consent.state != "paused":
            self._apply("pause", consent, reason)
        # sudo: as above
        consent.sudo().write({"reason": reason, "paused_until": until, "paused_by_id": paused_by and paused_by.id})
        self._stop_planned(consent, reason)
        if paused_by:
            self._log(consent.account_id, self.env._("Automatic payment: %(reason)s", reason=reason))

    @api.private
    def resume(self, consent):
        """Go on; what is open is planned anew, from now on: a day of the month that has passed is not made up for.

        Where a method is gone meanwhile and no other stands in for it, the customer is told.
        """
        consent.check_access("write")
        self._apply("resume", consent, False)
        consent.sudo().write(  # sudo: kept by the billing
            {
                "looked_on": False,
                "planned_on": self._get_planned_on(consent.account_id),
                "paused_until": False,
                "paused_by_id": False,
            }
        )
        if unserved := self.get_unserved(consent):
            self.env["billing.debit.news"].tell_without_method(consent, unserved)

    @api.private
    def resume_due(self):
        """Resume what was paused until a day that has come, by the calendar of each account; one stops no other.

        What somebody else is changing at this moment is left to the next pass.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT consent.id FROM billing_payment_consent consent
                  JOIN billing_account account ON account.id = consent.account_id
                 WHERE consent.state = 'paused'
                   AND consent.paused_until <= (%s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE account.timezone)::date
                 ORDER BY consent.id
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                fields.Datetime.now(),
            )
        )
        self.env["billing.work.loop"].by_halves(
            {consent_id: None for [consent_id] in rows}, self._resume_some, self._fail_to_resume
        )

    def _resume_some(self, some):
        for consent in self.env["billing.payment.consent"].sudo().browse(some):  # sudo: a job of the billing
            self.resume(consent)
            self._log(consent.account_id, self.env._("Automatic payment goes on: its pause is over."))

    def _fail_to_resume(self, consent_id, _value, error):
        _logger.warning("Consent %s, whose pause is over, could not be resumed: %s", consent_id, type(error).__name__)

    @api.private
    def withdraw(self, consent, withdrawn_by, reason=None):
        """End a consent at once, whoever of the customer or the staff does it; debits that were planned are taken back.

        :raise AccessError: the user is not staff; for a customer the caller has asked for the role, and elevates
        """
        consent.check_access("write")
        self._end(consent, withdrawn_by, reason or self.env._("Withdrawn by %(name)s", name=withdrawn_by.name))

    @api.private
    def end_all(self, accounts, reason):
        """End the consents that hold for some accounts, because what they were given for is no more."""
        for account in accounts.sudo():  # sudo: whoever may change the account need not be allowed to see consents
            if consent := self.get_holding(account):
                self._end(consent.sudo(), self.env.user.partner_id, reason)  # sudo: as above

    def _end(self, consent, ended_by, reason):
        consent.account_id.hold()
        self._apply("withdraw", consent, reason)
        consent.sudo().write(  # sudo: kept by the billing
            {"ended_at": fields.Datetime.now(), "ended_by_id": ended_by.id}
        )
        self._stop_planned(consent, reason)
        self._log(consent.account_id, self.env._("Automatic payment has ended: %(reason)s", reason=reason))

    def _apply(self, event, consent, reason):
        # sudo: whoever may do it was asked before
        self.env["billing.life"].apply_event("payment_consent", consent.sudo(), event)
        consent.sudo().reason = reason  # sudo: as above

    def _stop_planned(self, consent, reason):
        if planned := self.env["billing.debits"].get_planned(consent):
            self.env["billing.debits"].stop(planned, reason, is_final=False)

    def _log(self, account, body):
        account.sudo().message_post(body=body)  # sudo: the record is kept whoever decides

    @api.private
    def follow_archived(self, tokens):
        """Let consents go on without methods that were deleted or archived; tell customers who lack one now."""
        self.note_gone(tokens, self.env._("Deleted by the customer, or switched off with its provider"))
        methods = self._find_methods(tokens)
        for consent in methods.consent_id.filtered(lambda consent: consent.state == "active"):
            if self.get_newly_unserved(consent, methods & consent.method_ids):
                self.env["billing.debit.news"].tell_without_method(consent, self.get_unserved(consent))

    @api.private
    def note_gone(self, tokens, reason):
        """Note on consents that methods are charged no more; of what was noted before the first reason stays."""
        gone = self._find_methods(tokens).filtered(lambda method: not method.gone_on)
        gone.write({"gone_on": fields.Datetime.now(), "gone_reason": reason})

    def _find_methods(self, tokens):
        # sudo: whoever deletes a method need not be allowed to see consents
        return self.env["billing.payment.consent.method"].sudo().search([("token_id", "in", tokens.ids)])

    @api.private
    def get_unserved(self, consent, without=()):
        """Return for which bills a customer has chosen methods of which none can be charged.

        :param without: ids of saved methods that are to be gone
        :return: of ``recurring`` and ``other``
        """
        chosen = {method.purpose for method in consent.sudo().method_ids}  # sudo: methods belong to their customers
        wanted = [purpose for purpose in ("recurring", "other") if {"all", purpose} & chosen]
        return [
            purpose
            for purpose in wanted
            if not self.env["billing.debit.purposes"].find_methods(consent, purpose, without)
        ]

    @api.private
    def get_newly_unserved(self, consent, lost):
        """Return for which of the bills that methods were chosen for none is left: what lacked one before is no news.

        :param lost: `billing.payment.consent.method` of the consent that are gone, or to be gone
        :return: as :meth:`get_unserved`
        """
        purposes = {method.purpose for method in lost}
        unserved = self.get_unserved(consent, lost.token_id.ids)
        return [purpose for purpose in unserved if {"all", purpose} & purposes]

    @api.private
    def tell_expiring(self, day):
        """Ask customers in time for another method, once for each last day of a method.

        One of which nothing can be told stops no other; it is tried again by the next pass.

        :param day: today
        """
        self.env["billing.payment.consent.method"].flush_model()
        self.env["billing.payment.consent"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT method.id FROM billing_payment_consent_method method
                  JOIN billing_payment_consent consent ON consent.id = method.consent_id
                 WHERE method.expires_on BETWEEN %s AND %s AND method.gone_on IS NULL
                   AND method.expiry_told IS DISTINCT FROM method.expires_on AND consent.state = 'active'
                 ORDER BY method.id
                """,
                day,
                day + EXPIRES_SOON,
            )
        )
        self.env["billing.work.loop"].by_halves(
            {method_id: None for [method_id] in rows}, lambda some: self._tell_expiring(some, day), self._fail_to_tell
        )

    def _tell_expiring(self, some, day):
        # sudo: a job of the billing
        for method in self.env["billing.payment.consent.method"].sudo().browse(some):
            method.expires_on = self._get_expiry(method.token_id) or method.expires_on  # it may have been renewed
            if method.expires_on <= day + EXPIRES_SOON:
                self.env["billing.debit.news"].tell_expiring(method)
                method.expiry_told = method.expires_on

    def _fail_to_tell(self, method_id, _value, error):
        _logger.warning("Of method %s, which expires, nobody was told: %s", method_id, type(error).__name__)
