from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_billing_design_values(self):
        """Return what the design of the account adds to Odoo's report: {"above", "below", "facts": [(label, text)]}."""
        self.ensure_one()
        return self.env["billing.document.drawing"].get_design_values(self)
