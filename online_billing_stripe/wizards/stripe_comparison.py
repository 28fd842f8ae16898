from odoo import fields, models


class BillingStripeComparison(models.TransientModel):
    """Stripe's balance and the ledger side by side, at this moment."""

    _name = "billing.stripe.comparison"
    _description = "Stripe's Balance and the Ledger"
    _rec_name = "connection_id"

    connection_id = fields.Many2one("billing.stripe.connection", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    available = fields.Monetary(readonly=True, help="What Stripe can pay out now.")
    pending = fields.Monetary(readonly=True, help="What Stripe has taken and cannot pay out yet.")
    at_stripe = fields.Monetary(readonly=True, string="At Stripe")
    in_ledger = fields.Monetary(readonly=True, string="In the Ledger", help="The balance of the journal's account.")
    difference = fields.Monetary(readonly=True, help="What Stripe has more than the ledger.")
    unexplained = fields.Monetary(readonly=True, help="What of the difference no line below explains.")
    line_ids = fields.One2many("billing.stripe.comparison.line", "comparison_id", string="What Differs", readonly=True)
