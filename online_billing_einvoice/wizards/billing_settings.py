from odoo import fields, models


class BillingSettings(models.TransientModel):
    _inherit = "billing.settings"

    einvoice_lacks = fields.Text(related="company_id.einvoice_lacks")
