from odoo import fields, models
from odoo.exceptions import UserError


class BillingChargeVoid(models.TransientModel):
    """Ask why charges are not to be billed, and void them."""

    _name = "billing.charge.void"
    _description = "Void Charges"

    charge_ids = fields.Many2many("billing.charge", string="Charges", required=True)
    reason = fields.Char(required=True, help="Kept with the charge, for whoever asks later.")

    def action_void(self):
        """Void the charges; only pending ones can be. A late fee is waived with its charge, for the same reason."""
        self.ensure_one()
        charges = self.charge_ids
        reason = self.reason.strip()
        if not reason:
            raise UserError(self.env._("A charge is voided with a reason. Write down why."))
        if settled := charges.filtered(lambda charge: charge.state != "pending"):
            raise UserError(
                self.env._(
                    "“%(charge)s” is not pending any more, so it cannot be voided. If it has been invoiced, give the"
                    " money back with a credit note.",
                    charge=settled[0].name,
                )
            )
        if charges.try_lock_for_update(allow_referencing=True) != charges:
            raise UserError(
                self.env._("These charges are being billed by a run at this moment. Reload the page and look at them.")
            )
        fees = self.env["billing.late.fee"].search([("charge_id", "in", charges.ids), ("state", "=", "charged")])
        if fees:
            self.env["billing.late.fee.waiver"].waive(fees, reason)
        others = charges - fees.charge_id
        others.check_access("write")
        self.env["billing.charge.book"].void(others, reason)
        self.env["billing.rating"].refresh_next_billing_date(charges.account_id)
        return {"type": "ir.actions.act_window_close"}
