"""What becomes of late fees when their charges are voided or billed again."""

from odoo import api, models
from odoo.exceptions import UserError


class BillingCharging(models.AbstractModel):
    _inherit = "billing.charging"

    def _void(self, charges, reason):
        """Waive a late fee with its charge, for the same reason, by whoever may waive it."""
        fees = self.env["billing.late.fee"].search([("charge_id", "in", charges.ids), ("state", "=", "charged")])
        if fees:
            self.env["billing.late.fee.waiver"].waive(fees, reason)
        return super()._void(charges - fees.charge_id, reason)

    def _follow_billed_again(self, charges):  # pylint: disable=missing-return
        """Have a late fee show the charge that is billed in place of its first one; a waived one stays waived."""
        super()._follow_billed_again(charges)
        # sudo: the rows of fees are kept by the billing
        fees = self.env["billing.late.fee"].sudo().search([("charge_id", "in", charges.ids)])
        if waived := fees.filtered(lambda fee: fee.state == "waived"):
            raise UserError(
                self.env._(
                    "“%(charge)s” was waived, so it is not billed again. If it is to be paid after all, record a new"
                    " charge.",
                    charge=waived[0].charge_id.name,
                )
            )
        for fee in fees:
            fee.charge_id = fee.charge_id.replaced_by_ids[:1]


class BillingChargeDocuments(models.AbstractModel):
    _inherit = "billing.charge.documents"

    @api.private
    def get_billable_again(self, moves):
        """Leave out the charges of waived fees."""
        charges = super().get_billable_again(moves)
        # sudo: as above
        waived = (
            self.env["billing.late.fee"].sudo().search([("charge_id", "in", charges.ids), ("state", "=", "waived")])
        )
        return charges - waived.charge_id
