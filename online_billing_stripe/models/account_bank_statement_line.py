from odoo import fields, models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    billing_stripe_ref = fields.Char(
        string="Balance Transaction",
        readonly=True,
        copy=False,
        help="By which Stripe knows the movement of its balance, and which part of it the line is.",
    )
    billing_stripe_kind = fields.Char(
        string="Kind at Stripe", readonly=True, copy=False, help="What moved the balance: payment, refund, payout, fee."
    )
    billing_stripe_source = fields.Char(
        string="Source at Stripe", readonly=True, copy=False, help="The payment, refund, dispute or payout behind it."
    )

    _billing_stripe_once = models.UniqueIndex(
        "(billing_stripe_ref) WHERE billing_stripe_ref IS NOT NULL",
        "This balance transaction of Stripe is in a statement already.",
    )
    _billing_stripe_open_idx = models.Index(
        "(journal_id, id) WHERE billing_stripe_ref IS NOT NULL AND is_reconciled IS NOT TRUE"
    )
