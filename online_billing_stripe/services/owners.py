"""Whose an object of Stripe is: the attempt, the transaction or the payment behind it."""

from odoo import api, models

from .client import ATTEMPT_MARK, DATABASE_MARK, TRANSACTION_MARK


class BillingStripeOwners(models.AbstractModel):
    _name = "billing.stripe.owners"
    _description = "Whose an Object of Stripe Is"

    @api.private
    def find_attempt(self, provider, found):
        """Return the attempt that an intent or a refund was made for; none where it was made otherwise.

        :param dict found: of Stripe
        """
        attempts = self.env["billing.payment.attempt"].sudo()  # sudo: events come by jobs
        marks = found.get("metadata") or {}
        own = [("provider_id", "=", provider.id)]
        if marks.get(ATTEMPT_MARK) and marks.get(DATABASE_MARK) == self.env["billing.stripe.client"].get_database():
            return attempts.search([*own, ("key", "=", marks[ATTEMPT_MARK])], limit=1)
        return attempts.search([*own, ("provider_reference", "=", found.get("id") or "-")], limit=1)

    @api.private
    def find_transaction(self, provider, found):
        """Return the transaction of Odoo that an intent or a refund belongs to; none where there is none."""
        transactions = self.env["payment.transaction"].sudo()  # sudo: as above
        own = [("provider_id", "=", provider.id)]
        known = transactions.search([*own, ("provider_reference", "=", found.get("id") or "-")], limit=1)
        marks = found.get("metadata") or {}
        if known or self.is_of_database(found) is False:
            return known
        if marks.get(TRANSACTION_MARK):
            return transactions.search([*own, ("reference", "=", marks[TRANSACTION_MARK])], limit=1)
        return self._find_by_description(transactions, provider, found)

    def _find_by_description(self, transactions, provider, found):
        """Return the transaction whose reference an unmarked object bears, if it is the same customer's.

        Several databases may share an account of Stripe, and number their invoices alike.
        """
        if not found.get("description"):
            return transactions.browse()
        own = [
            ("provider_id", "=", provider.id),
            ("reference", "=", found["description"]),
            ("provider_reference", "in", (False, "")),
        ]
        transaction = transactions.search(own, limit=1)
        is_customer = transaction and found.get("customer") in self._get_customers(transaction)
        return transaction if is_customer else transactions.browse()

    def _get_customers(self, transaction):
        """Return as whom Stripe knows who pays a transaction."""
        partner = transaction.partner_id.commercial_partner_id
        tokens = self.env["payment.token"].sudo().with_context(active_test=False)  # sudo: as above
        customers = self.env["billing.stripe.customer"].sudo()  # sudo: as above
        of_provider = [("provider_id", "=", transaction.provider_id.id)]
        of_partner = [("partner_id.commercial_partner_id", "=", partner.id)]
        return {
            *tokens.search([*of_provider, *of_partner]).mapped("provider_ref"),
            *customers.search([*of_provider, *of_partner]).mapped("reference"),
        } - {False}

    @api.private
    def is_answer_of(self, transaction, payment_data):
        """Tell whether what Odoo is to believe of a transaction is about an intent that was made for it.

        :param transaction: a `payment.transaction`; one that captures a part goes by the intent of its source
        :param dict payment_data: of Odoo, with the ``payment_intent`` or ``setup_intent`` of Stripe, or its ``refund``,
            which was found by its own number; what else is there may come from the address of a page, as text
        """
        kinds = {"refund": "refund", "validation": "setup_intent"}
        found = payment_data.get(kinds.get(transaction.operation, "payment_intent"))
        if transaction.operation == "refund" or not isinstance(found, dict):
            return isinstance(found, dict)
        transaction = transaction.sudo()  # sudo: as above
        provider = transaction.provider_id
        owners = self.find_transaction(provider, found) | self.find_attempt(provider, found).transaction_id
        return bool(owners & (transaction | transaction.source_transaction_id))

    @api.private
    def is_of_database(self, found):
        """Tell whether an object was made by this database; None where it does not say."""
        mark = (found.get("metadata") or {}).get(DATABASE_MARK)
        return None if not mark else mark == self.env["billing.stripe.client"].get_database()

    @api.private
    def find_other_provider(self, provider, found):
        """Return through which other provider an intent or a refund was made; none where there is none.

        Two companies, or cards and debits, may share an account of Stripe: each is told of all that happens in it.

        :param provider: the one that was told of it
        :param dict found: of Stripe
        """
        providers = self.env["payment.provider"].sudo()  # sudo: as above
        others = providers.search([("code", "=", "stripe"), ("id", "!=", provider.id)])
        return others.filtered(lambda other: self.find_attempt(other, found) or self.find_transaction(other, found))[:1]

    @api.private
    def get_provider(self, provider, found):
        """Return by which provider what was told to one is worked off: the one that made it, where nobody tells that.

        One that is not in use any more is not told by itself, and what it took may come back for months.

        :param provider: the one that was told of it
        :param dict found: of Stripe
        """
        if self.find_attempt(provider, found) or self.find_transaction(provider, found):
            return provider
        other = self.find_other_provider(provider, found)
        return other if other and not self.env["billing.stripe.connections"].is_in_use(other) else provider

    @api.private
    def find_payment(self, provider, intent_ref):
        """Return the payment that came in by an intent.

        :param str intent_ref: of the payment intent
        :return: `account.payment`, elevated; none where nothing is booked
        """
        if not intent_ref:
            return self.env["account.payment"].sudo()  # sudo: as above
        transactions = self.env["payment.transaction"].sudo()  # sudo: as above
        found = transactions.search(
            [
                ("provider_id", "=", provider.id),
                ("provider_reference", "=", intent_ref),
                ("operation", "not in", ("refund", "validation")),
            ],
            limit=1,
        )
        return found.payment_id

    @api.private
    def is_customer_known(self, provider, reference):
        """Tell whether somebody here is a customer of Stripe."""
        if not reference:
            return False
        tokens = self.env["payment.token"].sudo().with_context(active_test=False)  # sudo: as above
        customers = self.env["billing.stripe.customer"].sudo()  # sudo: as above
        return bool(
            tokens.search_count([("provider_id", "=", provider.id), ("provider_ref", "=", reference)], limit=1)
            or customers.search_count([("provider_id", "=", provider.id), ("reference", "=", reference)], limit=1)
        )

    @api.private
    def is_of_billing(self, provider, found):
        """Tell whether an event is about something that the billing works off itself.

        :param dict found: the object of the event
        """
        if self.find_attempt(provider, found) or found.get("object") == "dispute":
            return True
        intent = found["id"] if found.get("object") == "payment_intent" else found.get("payment_intent")
        if not intent:
            return False
        transactions = self.env["payment.transaction"].sudo()  # sudo: as above
        transaction = transactions.search(
            [("provider_id", "=", provider.id), ("provider_reference", "=", intent)], limit=1
        )
        return bool(transaction._get_billing_attempt() if transaction else transaction) or bool(
            transaction.payment_id.billing_account_id
        )
