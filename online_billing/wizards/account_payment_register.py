from odoo import api, fields, models


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    billing_installment_ids = fields.Many2many(
        "billing.installment",
        compute="_compute_billing_installment_ids",
        string="Open Installments",
        groups="online_billing.group_billing_user",
    )
    billing_installment_id = fields.Many2one(
        "billing.installment",
        string="Installment",
        domain="[('id', 'in', billing_installment_ids)]",
        groups="online_billing.group_billing_user",
        help="The payment settles this installment, even where an earlier one is open. Empty: the earliest first.",
    )

    @api.depends("line_ids")
    def _compute_billing_installment_ids(self):
        for wizard in self:
            rows = wizard.line_ids.move_id.billing_installment_part_ids.installment_id
            wizard.billing_installment_ids = rows.filtered(lambda row: row.state in ("open", "partial", "missed"))

    @api.onchange("billing_installment_id")
    def _onchange_billing_installment_id(self):
        if self.billing_installment_id and self.billing_installment_id.currency_id == self.currency_id:
            self.amount = self.custom_user_amount = self.billing_installment_id.amount_open
            self.custom_user_currency_id = self.currency_id

    def _get_billing_target(self):
        # sudo: accountants who register payments need not be allowed to see plans
        return self.sudo().billing_installment_id

    def _create_payment_vals_from_wizard(self, batch_result):
        vals = super()._create_payment_vals_from_wizard(batch_result)
        if target := self._get_billing_target():
            vals["billing_installment_id"] = target.id
        return vals

    def _reconcile_payments(self, to_process, edit_mode=False):
        target = self._get_billing_target()
        if target and to_process:
            target_ids = target._get_open_lines().ids
            for process in to_process:
                process["to_reconcile"] = process["to_reconcile"].with_context(billing_target_line_ids=target_ids)
                process["payment"] = process["payment"].with_context(billing_target_line_ids=target_ids)
        return super()._reconcile_payments(to_process, edit_mode=edit_mode)

    def _create_payments(self):
        payments = super()._create_payments()
        payments._queue_billing_receipts()  # also payments without a journal entry, which reconcile nothing
        return payments
