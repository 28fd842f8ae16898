from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # Odoo's own index of what is not matched holds every line of accounts that nothing is matched on; this one holds
    # what is open alone, with all that `billing.overdue` reads of it
    _billing_open_idx = models.Index(
        "(account_id, partner_id) INCLUDE (move_id, currency_id, amount_residual_currency, no_followup, date_maturity)"
        " WHERE reconciled IS NOT TRUE AND amount_residual_currency <> 0"
    )

    def write(self, vals):
        """Note since when an invoice is out of the reminders, and until when."""
        written = super().write(vals)
        if "no_followup" in vals:
            self.env["billing.stops"].note_disputes(self.move_id)
        return written
