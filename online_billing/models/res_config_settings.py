from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    billing_zero_invoice = fields.Selection(related="company_id.billing_zero_invoice", readonly=False)
    billing_list_instant_charges = fields.Boolean(related="company_id.billing_list_instant_charges", readonly=False)
    billing_send_receipts = fields.Boolean(related="company_id.billing_send_receipts", readonly=False)
