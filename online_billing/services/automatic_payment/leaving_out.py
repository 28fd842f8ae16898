"""One bill that is not paid automatically: it is asked for like any other, until somebody takes that back."""

from odoo import api, models
from odoo.exceptions import UserError


class BillingDebitLeavingOut(models.AbstractModel):
    """Whether a debit of it is planned already makes no difference; what has been sent goes its way."""

    _name = "billing.debit.leaving.out"
    _description = "Bills That Are Not Paid Automatically"

    @api.private
    def leave_out(self, moves, person):
        """Let bills be paid in another way; what is planned for them is not made, and others in the same debit are.

        :param moves: posted invoices of billing accounts
        :param person: who wants it, a `res.partner`
        :raise UserError: one of them is being debited already, or is no such invoice
        """
        self._hold(moves)
        reason = self.env._("Left out of automatic payment by %(person)s", person=person.name)
        self.env["billing.debits"].take_out(moves, reason)
        self._note(moves, True, reason)

    @api.private
    def take_in(self, moves, person):
        """Let automatic payment have bills again, as soon as the customer has been told.

        :param moves: invoices that were left out
        :param person: who wants it, a `res.partner`
        """
        self._hold(moves)
        self._note(moves, False, self.env._("Paid automatically again, says %(person)s", person=person.name))
        # sudo: whoever of the customer or the staff it is
        consents = self.env["billing.payment.consent"].sudo()
        holding = [("account_id", "in", moves.billing_account_id.ids), ("state", "=", "active")]
        consents.search(holding).looked_on = False  # the next pass plans it

    def _hold(self, moves):
        """Hold the accounts of bills, so that nothing of them is sent meanwhile."""
        if any(
            move.move_type != "out_invoice" or move.state != "posted" or not move.billing_account_id for move in moves
        ):
            raise UserError(self.env._("Choose posted invoices of a billing account."))
        moves.billing_account_id.hold()

    def _note(self, moves, is_left_out, text):
        # sudo: customers decide on their bills, and clerks need not be allowed to change invoices
        for move in moves.sudo().filtered(lambda one: one.billing_without_debit != is_left_out):
            move.billing_without_debit = is_left_out
            move.message_post(body=text)
