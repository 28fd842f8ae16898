from odoo import api, fields, models
from odoo.exceptions import ValidationError

MOST_DAYS, MOST_YEARS = 90, 30


class ResCompany(models.Model):
    """How long what is personal stays."""

    _inherit = "res.company"

    billing_retention_years = fields.Integer(
        string="Years That Documents Are Kept",
        default=10,
        required=True,
        groups="base.group_user",
        help="For so many years the law of your country wants invoices, payments and business letters kept, from the"
        " end of the year on. What is kept is not erased before.",
    )
    billing_export_days = fields.Integer(
        string="Days That an Export Is Kept",
        default=7,
        required=True,
        groups="base.group_user",
        help="For so many days a customer can download the file with all their data; then it is deleted.",
    )

    @api.constrains("billing_retention_years", "billing_export_days")
    def _check_billing_privacy(self):
        for company in self:
            if not 0 <= company.billing_retention_years <= MOST_YEARS:
                raise ValidationError(
                    self.env._("Documents are kept from 0 to %(most)s years. Enter such a number.", most=MOST_YEARS)
                )
            if not 1 <= company.billing_export_days <= MOST_DAYS:
                raise ValidationError(
                    self.env._("An export is kept from 1 to %(most)s days. Enter such a number.", most=MOST_DAYS)
                )
