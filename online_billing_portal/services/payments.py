"""What a customer has paid: the list of payments, by year and number."""

import re

from odoo import api, models
from odoo.addons.online_billing.models.payments.account_payment import CONFIRMED_STATES
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
        groups = accounts.env["account.payment"]._read_group(own, ["date:year"])
        return sorted({day.year for [day] in groups}, reverse=True)

    @api.private
    def get_domain(self, accounts, year=None, search=""):
        """Return the domain of what a list shows.

        :param accounts: `billing.account` (elevated) that the visitor sees
        :param int year: in which it was paid, or None
        :param str search: the beginning of the number of the payment or of a document that it has settled
        """
        domain = Domain("billing_account_id", "in", accounts.ids) & Domain("state", "in", CONFIRMED_STATES)
        if year:
            domain &= Domain("date", ">=", f"{year:04}-01-01") & Domain("date", "<=", f"{year:04}-12-31")
        if search:
            beginning = re.sub(r"([\\%_])", r"\\\1", search)
            named = Domain("name", "=ilike", f"{beginning}%")
            own = named & Domain("billing_account_id", "in", accounts.ids) & Domain("state", "=", "posted")
            moves = accounts.env["account.move"].search(own, limit=MOST_FOUND)
            settled = Domain("move_id.line_ids.matched_debit_ids.debit_move_id.move_id", "in", moves.ids)
            domain &= named | settled | Domain("invoice_ids", "in", moves.ids)
        return domain

    @api.private
    def get_rows(self, payments, accounts):
        """Return the rows of a list, with few statements however many payments.

        :param payments: `account.payment` (elevated)
        :param accounts: `billing.account` that the visitor sees: documents of others are not named
        :return: [{"payment", "amount": less than nothing where it was given back, "way": in words, "moves",
            "has_receipt"}]
        """
        return [
            {
                "payment": payment,
                "amount": -payment.amount if payment.payment_type == "outbound" else payment.amount,
                "way": payment._get_billing_method_label(),
                "moves": (payment.reconciled_invoice_ids | payment.invoice_ids).filtered(
                    lambda move: move.state == "posted" and move.billing_account_id in accounts
                ),
                "has_receipt": payment._can_have_receipt(),
            }
            for payment in payments
        ]
