from odoo import models


class BillingAccount(models.Model):
    _inherit = "billing.account"

    def _get_unfinished(self):
        reasons = super()._get_unfinished()
        # sudo: whether any exists
        fees = self.env["billing.late.fee"].sudo()
        if fees.search_count([("account_id", "=", self.id), ("state", "=", "announced")], limit=1):
            reasons.append(
                self.env._("a late fee was announced and is not charged yet. Waive it first, or wait for its day.")
            )
        return reasons
