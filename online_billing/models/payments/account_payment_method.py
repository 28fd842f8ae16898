from odoo import api, models

CHEQUE = "billing_cheque"


class AccountPaymentMethod(models.Model):
    _inherit = "account.payment.method"

    @api.model
    def _get_payment_method_information(self):
        """Let cheques of customers be registered where they come in; Odoo has no method for that."""
        return {**super()._get_payment_method_information(), CHEQUE: {"mode": "multi", "type": ("bank", "cash")}}

    def _auto_link_payment_methods(self, payment_methods, methods_info):
        """Leave it to whoever keeps a journal whether cheques come in there."""
        others = payment_methods.filtered(lambda method: method.code != CHEQUE)
        super()._auto_link_payment_methods(others, methods_info)
        return payment_methods
