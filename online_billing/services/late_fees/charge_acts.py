"""What becomes of late fees when their charges are voided or billed again."""

from odoo import models
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
        """Have a late fee show the charge that stands under the key of its first one; a waived one stays waived."""
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
        standing = self.env["billing.charge.book"].find({(fee.company_id.id, fee.charge_id.key) for fee in fees})
        for fee in fees:
            fee.charge_id = standing[fee.company_id.id, fee.charge_id.key]
