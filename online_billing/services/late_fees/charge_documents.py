"""Which late fees may be billed again."""

from odoo import api, models


class BillingChargeDocuments(models.AbstractModel):
    _inherit = "billing.charge.documents"

    @api.private
    def get_billable_again(self, moves):
        """Leave out the charges of waived fees."""
        charges = super().get_billable_again(moves)
        # sudo: the rows of fees are kept by the billing
        waived = (
            self.env["billing.late.fee"].sudo().search([("charge_id", "in", charges.ids), ("state", "=", "waived")])
        )
        return charges - waived.charge_id
