from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def write(self, vals):
        """Look again at the case of an item that is taken out of the reminders, or put back."""
        written = super().write(vals)
        if "no_followup" in vals:
            self.env["billing.collection.wake"].note(self)
        return written
