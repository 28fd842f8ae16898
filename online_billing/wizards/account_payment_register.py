from odoo import models


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        payments = super()._create_payments()
        payments._queue_billing_receipts()  # also payments without a journal entry, which reconcile nothing
        return payments
