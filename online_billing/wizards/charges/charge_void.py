from odoo import fields, models


class BillingChargeVoid(models.TransientModel):
    """Ask why charges are not to be billed, and void them."""

    _name = "billing.charge.void"
    _description = "Void Charges"

    charge_ids = fields.Many2many("billing.charge", string="Charges", required=True)
    reason = fields.Char(required=True, help="Kept with the charge, for whoever asks later.")

    def action_void(self):
        """Void the charges; only pending ones can be. A late fee is waived with its charge, for the same reason."""
        self.ensure_one()
        self.env["billing.charging"].void(self.charge_ids, self.reason)
        return {"type": "ir.actions.act_window_close"}
