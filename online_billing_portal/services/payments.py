"""What a customer has paid: the list of payments, by year and number."""

import re

from odoo import api, models
from odoo.fields import Domain

#: documents that a search by their number finds at most
MOST_FOUND = 200


class BillingPortalPayments(models.AbstractModel):
    _name = "billing.portal.payments"
    _description = "Payments of a Customer"

    @api.private
    def get_years(self, accounts):
        """Return the years in which something was paid on accounts (elevated), the latest first."""
        own = self.get_domain(accounts)
        groups = accounts.env["billing.money"]._read_group(own, ["date:year"])
        return sorted({day.year for [day] in groups}, reverse=True)

    @api.private
    def get_domain(self, accounts, year=None, search=""):
        """Return the domain of what a list shows.

        :param accounts: `billing.account` (elevated) that the visitor sees
        :param int year: in which it was paid, or None
        :param str search: the beginning of the number of the payment or of a document that it has settled
        """
        confirmed = self.env["billing.money.book"].get_confirmed_domain()
        domain = Domain("billing_account_id", "in", accounts.ids) & confirmed
        if year:
            domain &= Domain("date", ">=", f"{year:04}-01-01") & Domain("date", "<=", f"{year:04}-12-31")
        if search:
            beginning = re.sub(r"([\\%_])", r"\\\1", search)
            named = Domain("name", "=ilike", f"{beginning}%")
            own = named & Domain("billing_account_id", "in", accounts.ids) & Domain("state", "=", "posted")
            moves = accounts.env["account.move"].search(own, limit=MOST_FOUND)
            paid = Domain("move_id.line_ids.matched_debit_ids.debit_move_id.move_id", "in", moves.ids)
            paid |= Domain("invoice_ids", "in", moves.ids)
            transferred = Domain("matched_debit_ids.debit_move_id.move_id", "in", moves.ids)
            domain &= named | Domain("payment_id", "any", paid) | Domain("line_id", "any", transferred)
        return domain

    @api.private
    def get_rows(self, payments, accounts):
        """Return the rows of a list, with few statements however many payments.

        :param payments: `billing.money` (elevated)
        :param accounts: `billing.account` that the visitor sees: documents of others are not named
        :return: [{"payment", "amount": less than nothing where it was given back, "way": in words, "moves",
            "has_receipt"}]
        """
        return [
            {
                "payment": payment,
                "amount": payment.amount,
                "way": payment.way,
                "moves": payment._get_documents().filtered(
                    lambda move: move.state == "posted" and move.billing_account_id in accounts
                ),
                # the bank's own statement tells of a transfer that was matched straight from it
                "has_receipt": bool(payment.payment_id) and payment.payment_id._can_have_receipt(),
            }
            for payment in payments
        ]
