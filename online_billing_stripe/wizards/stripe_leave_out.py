from odoo import fields, models

from ..models.stripe_held_movement import WAYS


class BillingStripeLeaveOut(models.TransientModel):
    """Ask why movements of Stripe's balance are left out of the statement, and leave them out."""

    _name = "billing.stripe.leave.out"
    _description = "Leave Out of the Statement"

    held_ids = fields.Many2many("billing.stripe.held.movement", string="Movements", required=True)
    way = fields.Selection(
        WAYS,
        string="They Are",
        required=True,
        default="by_hand",
        help="By hand: somebody has made the entries on the journal's account. Either way the comparison with the"
        " ledger names them, and what was entered, so that the difference stays explained.",
    )
    reason = fields.Char(required=True, help="Kept with the movements and in the record of the connection.")

    def action_leave_out(self):
        """Leave the movements out."""
        self.ensure_one()
        self.held_ids.check_access("write")
        return self.env["billing.stripe.holding"].leave_out(self.held_ids, self.way, self.reason)
