"""Consents that customers wish for while they pay: given once the payment has succeeded and its method is saved."""

from odoo import api, models
from odoo.exceptions import ValidationError

#: of a transaction whose money has come, or is reserved
PAID = ("done", "authorized")


class BillingConsentWishes(models.AbstractModel):
    """The wish stands on the transaction with the words that were shown, until the money has come: a payment may be
    finished on another page, by an event or days later.
    """

    _name = "billing.consent.wishes"
    _description = "Consents Wished for on a Pay Page"

    @api.private
    def may_give(self, person, account):
        """Tell whether a person who is logged in may decide for an account.

        Without roles the customer itself and its commercial partner may; addons that know roles extend it.

        :param person: a `res.partner`
        :param account: a `billing.account` (elevated)
        """
        customer = account.sudo().partner_id  # sudo: who belongs to whom; the answer is all that gets out
        return person in (customer, customer.commercial_partner_id)

    @api.private
    def get_offer(self, account, user):
        """Return the words to be shown to somebody who pays, and their version; None where nothing is offered.

        Nothing is offered to who is not logged in or may not decide, nor where automatic payment is in force or was
        paused by staff.

        :return: {"text", "version"} or None
        """
        if user._is_public() or not self.may_give(user.partner_id, account) or account.state == "closed":
            return None
        consents = self.env["billing.payment.consents"].sudo()  # sudo: whoever may decide was asked before
        holding = consents.get_holding(account)
        if holding and (holding.state == "paused" or holding.is_usable):
            return None
        text = consents.get_text(account)
        return {"text": text, "version": consents.get_version(text)}

    @api.private
    def find_unsaved(self, methods, providers):
        """Return those of the methods of a pay page that are not saved, and so begin no automatic payment.

        As Odoo says it of each: PayPal for instance is not saved, whoever takes it; nor is what its provider only
        reserves, or does not let customers save.

        :param methods: the `payment.method` that the page offers
        :param providers: the `payment.provider` (elevated) of the page
        """
        unsaved = methods.browse()
        for method in methods:
            provider = (method.sudo().provider_ids & providers)[:1]  # sudo: as the page itself takes the first
            way = {"provider_id": provider.id, "payment_method_id": method.id, "tokenization_requested": True}
            if not self._can_be_saved(way):
                unsaved |= method
        return unsaved

    @api.private
    def find_text(self, account, version):
        """Return the words of a version, in whichever language they were shown; none where they are others by now."""
        consents = self.env["billing.payment.consents"].sudo()  # sudo: words that customers read
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        for lang in dict.fromkeys([self.env.lang or "en_US", *languages]):
            text = consents.with_context(lang=lang).get_text(account)
            if version == consents.get_version(text):
                return text
        return ""

    @api.private
    def prepare_values(self, account, currency, user, version, way):
        """Return values of a transaction by which a consent is wished for.

        :param version: of the words that were shown, as the page sends it
        :param dict way: how it is paid, as Odoo's payment form says it
        :raise ValidationError: it is not offered, the words are others now, or the method cannot be saved
        """
        text = self.find_text(account, version)
        if not text or not self.get_offer(account, user) or currency != account.currency_id:
            raise ValidationError(self.env._("What you agree to has changed meanwhile. Please reload the page."))
        if not self._can_be_saved(way):
            raise ValidationError(
                self.env._("This payment method cannot be saved. Choose another one, or pay without automatic payment.")
            )
        # sudo: how its provider takes money
        token = self.env["payment.token"].sudo().browse(way.get("token_id") if way.get("flow") == "token" else None)
        if obstacle := self.env["billing.payment.consents"].get_method_obstacle(token, "page"):
            raise ValidationError(obstacle)
        return {"billing_consent_text": text}

    def _can_be_saved(self, way):
        if way.get("flow") == "token":
            return bool(way.get("token_id"))
        # sudo: what a method and its provider can do
        provider = self.env["payment.provider"].sudo().browse(way.get("provider_id"))
        method = self.env["payment.method"].sudo().browse(way.get("payment_method_id"))
        method = method.primary_payment_method_id or method
        if self.env["billing.payment.adapter"].get_adapter(provider).captures_by_hand(provider):
            return False  # no method that it saves could be charged
        return bool(way.get("tokenization_requested") and provider.allow_tokenization and method.support_tokenization)

    @api.private
    def fulfil(self, transactions):
        """Give the consents that were wished for with transactions that are paid and whose method is saved; once each.

        What was paid stays paid whatever becomes of the wish: an account that was closed meanwhile has no consent.
        """
        for transaction in transactions.sudo():  # sudo: events and jobs come here
            account, token = transaction.billing_account_id, transaction.token_id
            if not transaction.billing_consent_text or transaction.state not in PAID or not token.active:
                continue
            if not account or account.state == "closed" or not self.may_give(transaction.partner_id, account):
                continue
            text, transaction.billing_consent_text = transaction.billing_consent_text, False
            consents = self.env["billing.payment.consents"]
            if self._is_outdated(transaction, account) or consents.find_gone(token):
                account.message_post(
                    body=self.env._(
                        "Automatic payment was wished for with payment %(reference)s, and does not begin: something"
                        " else was decided since, or the method cannot be charged any more.",
                        reference=transaction.reference,
                    )
                )
                continue
            if obstacle := self.env["billing.payment.adapter"].get_capture_obstacle(token):
                account.message_post(
                    body=self.env._(
                        "Automatic payment was wished for with payment %(reference)s, and does not begin. %(reason)s",
                        reference=transaction.reference,
                        reason=obstacle,
                    )
                )
                continue
            transaction.billing_consent_id = consents.give(account, token, transaction.partner_id, "page", text)

    def _is_outdated(self, transaction, account):
        """Tell whether something else was decided after a wish: a consent given, paused or ended is newer than it."""
        begun = transaction.create_date.replace(microsecond=0)
        consents = self.env["billing.payment.consent"].sudo()  # sudo: as above
        newer = ["|", "|", ("given_at", ">", begun), ("ended_at", ">", begun), ("state", "=", "paused")]
        return bool(consents.search_count([("account_id", "=", account.id), *newer], limit=1))
