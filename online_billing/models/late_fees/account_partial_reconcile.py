from odoo import api, fields, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    billing_late_fee_looked = fields.Boolean(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        string="Late Fees Looked After",
        help="What a payment that came late brings with it has been charged, whenever it was entered.",
    )

    _billing_late_fee_idx = models.Index("(debit_move_id) WHERE billing_late_fee_looked IS NOT TRUE")

    @api.model_create_multi
    def create(self, vals_list):
        """Look again at fees of what was paid: the money may have come in time, and be entered now."""
        partials = super().create(vals_list)
        self.env["billing.late.fee.review"].note(partials.debit_move_id.move_id)
        return partials

    def unlink(self):
        moves = self.debit_move_id.move_id
        deleted = super().unlink()
        self.env["billing.late.fee.review"].note(moves.exists())
        return deleted
