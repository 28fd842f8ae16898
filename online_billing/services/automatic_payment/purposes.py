"""What bills are for, and so which methods of a customer can be charged for them."""

from odoo import api, models
from odoo.tools import SQL


class BillingDebitPurposes(models.AbstractModel):
    _name = "billing.debit.purposes"
    _description = "What Bills Are For"

    @api.private
    def get_purposes(self, move_ids):
        """Return {document id: recurring where a subscription is billed on it, else other}."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT invoice_id FROM billing_charge"
                " WHERE invoice_id = ANY(%s) AND subscription_line_id IS NOT NULL",
                list(move_ids),
            )
        )
        recurring = {move_id for [move_id] in rows}
        return {move_id: "recurring" if move_id in recurring else "other" for move_id in move_ids}

    @api.private
    def is_method_usable(self, attempt):
        """Tell whether the method of a debit is one of its consent for such bills and can be charged."""
        purposes = set(self.get_purposes(attempt.line_ids.move_id.ids).values())
        return all(attempt.token_id in self.find_methods(attempt.consent_id, purpose).token_id for purpose in purposes)

    @api.private
    def get_methods(self, consent, moves, without=()):
        """Return the methods that can be charged for some documents together, in the order of the customer.

        :param without: ids of saved methods that were tried already
        """
        purposes = set(self.get_purposes(moves.ids).values())
        purpose = purposes.pop() if len(purposes) == 1 else "all"
        return self.find_methods(consent, purpose, without)

    @api.private
    def find_methods(self, consent, purpose, without=()):
        """Return the methods that can be charged for a purpose, in the order of the customer.

        :param purpose: recurring or other; "all": for both
        :param without: ids of saved methods that were tried already
        """
        return consent.sudo().method_ids.filtered(  # sudo: methods belong to their customers
            lambda method: method.is_usable and method.purpose in ("all", purpose) and method.token_id.id not in without
        )
