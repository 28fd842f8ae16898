from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    billing_retention_years = fields.Integer(related="company_id.billing_retention_years", readonly=False)
    billing_export_days = fields.Integer(related="company_id.billing_export_days", readonly=False)
