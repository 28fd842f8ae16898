from odoo import fields, models


class BillingPaymentAttempt(models.Model):
    _inherit = "billing.payment.attempt"

    stripe_dispute_ids = fields.One2many("billing.stripe.dispute", "attempt_id", string="Disputes at Stripe")
    stripe_event_ids = fields.One2many("billing.stripe.event", "attempt_id", string="Events of Stripe")
