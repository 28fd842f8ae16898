from odoo import models


class BillingStop(models.Model):
    """A verdict on a dispute settles the question of the customer."""

    _inherit = "billing.stop"

    def write(self, vals):
        written = super().write(vals)
        if vals.get("verdict"):
            self.env["billing.questions"].follow_verdict(self)
        return written
