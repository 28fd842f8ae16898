from odoo import api, fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    billing_receipt_state = fields.Selection([("pending", "To Send"), ("sent", "Sent"), ("failed", "Failed")], string="Receipt", readonly=True, copy=False, index="btree_not_null")
    billing_receipt_error = fields.Char(readonly=True, copy=False, string="Receipt Error")
    billing_account_id = fields.Many2one("billing.account", compute="_compute_billing_account_id", string="Billing Account", compute_sudo=True)

    @api.depends("reconciled_invoice_ids.billing_account_id", "invoice_ids.billing_account_id")
    def _compute_billing_account_id(self):
        for payment in self:
            payment.billing_account_id = (payment.reconciled_invoice_ids | payment.invoice_ids).billing_account_id[:1]

    def action_send_receipt(self):
        """Mail the receipt, for the first time or again."""
        self.env["billing.delivery"]._send_receipts(self)

    @api.model
    def _cron_send_receipts(self):
        self.env["billing.delivery"]._work_receipts()
