from odoo import fields, models

from ..shared.guarded import Life


class BillingPaymentAttemptLine(models.Model):
    """A due line that an attempt is for. It stands in one open attempt at most: the database sees to it."""

    _name = "billing.payment.attempt.line"
    _description = "What a Payment Attempt Pays"
    _inherit = ["billing.guarded"]
    _order = "attempt_id desc, due_date, id"
    _allow_sudo_commands = False
    _life = Life()

    attempt_id = fields.Many2one(
        "billing.payment.attempt", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="attempt_id.company_id")
    currency_id = fields.Many2one(related="attempt_id.currency_id")
    move_id = fields.Many2one(
        "account.move", string="Invoice", required=True, readonly=True, index=True, ondelete="restrict"
    )
    # dates may be moved to other lines meanwhile, and the money still lands on the invoice
    line_id = fields.Many2one(
        "account.move.line", string="Journal Item", readonly=True, index="btree_not_null", ondelete="set null"
    )
    installment_id = fields.Many2one("billing.installment", readonly=True, index="btree_not_null", ondelete="set null")
    due_date = fields.Date(string="Due", readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    discount = fields.Monetary(readonly=True, help="What the customer keeps of it, because it is paid early.")
    is_open = fields.Boolean(readonly=True, help="Its attempt may still take money, or book it.")

    _amount_positive = models.Constraint("CHECK (amount > 0 AND amount < 1000000000000000)")
    _one_open = models.UniqueIndex(
        "(line_id, COALESCE(installment_id, 0)) WHERE is_open",
        "This is being paid by another attempt. Wait until that one has ended.",
    )
    _open_of_move = models.Index("(move_id) WHERE is_open")
