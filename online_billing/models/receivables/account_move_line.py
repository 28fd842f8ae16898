from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def write(self, vals):
        """Note since when an invoice is out of the reminders, and until when."""
        written = super().write(vals)
        if "no_followup" in vals:
            self.env["billing.stops"].note_disputes(self.move_id)
        return written
