from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        lines = partials.debit_move_id | partials.credit_move_id
        moves = lines.move_id
        if any(move.billing_account_id for move in moves):
            moves.origin_payment_id._queue_billing_receipts()
            self.env["billing.money.book"].note(lines)
        return partials
