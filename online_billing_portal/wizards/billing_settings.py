from odoo import fields, models


class BillingSettings(models.TransientModel):
    """How long what is personal stays, for billing managers to decide."""

    _inherit = "billing.settings"

    billing_retention_years = fields.Integer(related="company_id.billing_retention_years", readonly=False)
    billing_export_days = fields.Integer(related="company_id.billing_export_days", readonly=False)
