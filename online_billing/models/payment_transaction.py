from odoo import fields, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    billing_account_id = fields.Many2one(
        "billing.account",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        groups="online_billing.group_billing_user",
        help="Everything open of this account is paid at once.",
    )

    def _create_payment(self, **extra_create_values):
        """Queue the receipt, and settle the rest with credits that the page took off the amount."""
        payment = super()._create_payment(**extra_create_values)
        payment._queue_billing_receipts()
        if self.billing_account_id:
            self.env["billing.receivables"]._apply_credits(self.billing_account_id, self.invoice_ids)
        return payment
