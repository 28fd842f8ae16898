from odoo import api, fields, models


class BillingPaymentAttempt(models.Model):
    _inherit = "billing.payment.attempt"

    stripe_dispute_ids = fields.One2many("billing.stripe.dispute", "attempt_id", string="Disputes at Stripe")
    stripe_event_ids = fields.One2many("billing.stripe.event", "attempt_id", string="Events of Stripe")
    stripe_dispute_count = fields.Integer(compute="_compute_stripe_counts", string="Number of Disputes")
    stripe_event_count = fields.Integer(compute="_compute_stripe_counts", string="Number of Events")

    @api.depends("stripe_dispute_ids", "stripe_event_ids")
    def _compute_stripe_counts(self):
        counts = [
            dict(self.env[model]._read_group([("attempt_id", "in", self.ids)], ["attempt_id"], ["__count"]))
            for model in ("billing.stripe.dispute", "billing.stripe.event")
        ]
        for attempt in self:
            attempt.stripe_dispute_count, attempt.stripe_event_count = (found.get(attempt, 0) for found in counts)

    def action_view_stripe_events(self):
        """Show what Stripe has told of an attempt."""
        return self._get_stripe_action("online_billing_stripe.billing_stripe_event_action")

    def action_view_stripe_disputes(self):
        """Show which disputes there are about an attempt."""
        return self._get_stripe_action("online_billing_stripe.billing_stripe_dispute_action")

    def _get_stripe_action(self, name):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(name)
        return dict(action, domain=[("attempt_id", "=", self.id)], context={})
