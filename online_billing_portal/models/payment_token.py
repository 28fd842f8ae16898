from odoo import models


class PaymentToken(models.Model):
    _inherit = "payment.token"

    def _get_billing_page(self):
        return "/my/billing/automatic"
