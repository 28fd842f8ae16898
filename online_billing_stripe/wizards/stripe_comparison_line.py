from odoo import fields, models

KINDS = [
    ("left_out", "Left out of the statement by hand"),
    ("missing", "Not in the statement yet"),
    ("unmatched", "In the statement, without its payment"),
    ("stranger", "In the ledger, and not of Stripe"),
    ("unpaid", "In the books, and not seen at Stripe"),
]


class BillingStripeComparisonLine(models.TransientModel):
    _name = "billing.stripe.comparison.line"
    _description = "What Differs Between Stripe and the Ledger"

    comparison_id = fields.Many2one("billing.stripe.comparison", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="comparison_id.currency_id")
    kind = fields.Selection(KINDS, string="What", required=True)
    date = fields.Date()
    name = fields.Char(string="Movement")
    amount = fields.Monetary()
