from odoo import models


class BillingCharging(models.AbstractModel):
    _inherit = "billing.charging"

    def _follow_billed_again(self, charges):
        """Have a late fee show the charge that is billed in place of its first one."""
        super()._follow_billed_again(charges)
        # sudo: the rows of fees are kept by the billing
        for fee in self.env["billing.late.fee"].sudo().search([("charge_id", "in", charges.ids)]):
            fee.charge_id = fee.charge_id.replaced_by_ids[:1]
