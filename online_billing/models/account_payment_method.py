from odoo import api, models

CHEQUE = "billing_cheque"


class AccountPaymentMethod(models.Model):
    _inherit = "account.payment.method"

    @api.model
    def _get_payment_method_information(self):
        """Let cheques of customers be registered on every bank journal."""
        return {**super()._get_payment_method_information(), CHEQUE: {"mode": "multi", "type": ("bank",)}}


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def _default_inbound_payment_methods(self):
        methods = super()._default_inbound_payment_methods()
        cheque = self.env.ref("online_billing.account_payment_method_cheque", raise_if_not_found=False)
        return methods | cheque if cheque and self.type == "bank" else methods
