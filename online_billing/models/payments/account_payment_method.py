from odoo import api, models

CHEQUE = "billing_cheque"


class AccountPaymentMethod(models.Model):
    _inherit = "account.payment.method"

    @api.model
    def _get_payment_method_information(self):
        """Let cheques of customers be registered on every bank journal."""
        return {**super()._get_payment_method_information(), CHEQUE: {"mode": "multi", "type": ("bank",)}}
