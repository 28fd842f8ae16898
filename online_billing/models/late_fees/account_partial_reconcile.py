from odoo import fields, models


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
