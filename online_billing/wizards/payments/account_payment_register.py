from odoo import api, fields, models

from ...models.payments.account_payment_method import CHEQUE


class AccountPaymentRegister(models.TransientModel):
    _name = "account.payment.register"
    _inherit = ["account.payment.register", "billing.installment.choice"]

    billing_is_cheque = fields.Boolean(compute="_compute_billing_is_cheque", string="By Cheque")
    billing_cheque_number = fields.Char(string="Cheque Number", help="As it is printed on the cheque.")
    billing_cheque_bank = fields.Char(string="Cheque of Bank", help="The bank on which the cheque is drawn.")

    @api.depends("payment_method_line_id")
    def _compute_billing_is_cheque(self):
        for register in self:
            register.billing_is_cheque = register.payment_method_line_id.code == CHEQUE

    def _compute_suitable_payment_token_ids(self):
        """Offer no saved method for documents of the billing: it is charged by "Charge Now" alone."""
        result = super()._compute_suitable_payment_token_ids()
        for register in self.filtered(lambda register: register.line_ids.move_id.billing_account_id):
            register.suitable_payment_token_ids = False
        return result

    def _get_installment_depends(self):
        return ("line_ids",)

    def _get_installment_moves(self):
        return self.line_ids.move_id

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
        if self.billing_is_cheque:
            vals.update(billing_cheque_number=self.billing_cheque_number, billing_cheque_bank=self.billing_cheque_bank)
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
