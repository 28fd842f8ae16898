from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    billing_attempt_ids = fields.One2many(
        "billing.payment.attempt", "payment_id", string="Payment Attempts", groups="online_billing.group_billing_user"
    )
    billing_refund_ids = fields.One2many(
        "billing.payment.attempt", "refunds_id", string="Refunds", groups="online_billing.group_billing_user"
    )
