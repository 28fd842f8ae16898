from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class BillingSubscriptionEnd(models.TransientModel):
    """Ask for the last day of subscriptions and say what is credited."""

    _name = "billing.subscription.end"
    _description = "End Subscriptions"

    subscription_ids = fields.Many2many("billing.subscription", string="Subscriptions", required=True)
    when = fields.Selection(
        [("now", "Today"), ("period_end", "At the end of the running period"), ("day", "On a day of your choice")],
        string="Ends",
        required=True,
        default="period_end",
        help="The last day of service.",
    )
    last_day = fields.Date(string="Last Day", help="Last day of service. It may lie in the past or in the future.")
    credit_unused = fields.Boolean(
        string="Credit Unused Days",
        compute="_compute_credit_unused",
        store=True,
        readonly=False,
        help="Days after the last that were billed in advance are credited on the next bill.",
    )
    effect = fields.Html(
        compute="_compute_effect", sanitize=False, string="What Happens", help="What is billed or given back."
    )

    @api.depends("subscription_ids")
    def _compute_credit_unused(self):
        for wizard in self:
            wizard.credit_unused = all(wizard.subscription_ids.mapped("credit_unused"))

    @api.depends("subscription_ids", "when", "last_day", "credit_unused")
    def _compute_effect(self):
        for wizard in self:
            sentences, corrections = wizard._get_effect()
            wizard.effect = self.env["ir.qweb"]._render(
                "online_billing.change_effect", {"sentences": sentences, "corrections": corrections}
            )

    def _get_last_day(self, subscription):
        """Return the last day that the choices mean for one subscription, or False while it is not chosen."""
        today = self.env["billing.days"].get_local_day(subscription.account_id)
        if self.when == "period_end":
            return self.env["billing.subscription.lifecycle"].get_period_end(
                subscription, max(today, subscription.start_date)
            )
        return today if self.when == "now" else self.last_day

    def _get_effect(self):
        """Return sentences and corrections: [{"name", "dates", "amount", "currency"}]."""
        sentences, corrections, _ = [], [], self.env._
        rating, explanation = self.env["billing.rating"], self.env["billing.explanation"]
        for subscription in self.subscription_ids._origin:
            day = self._get_last_day(subscription)
            if not day:
                continue
            if day < subscription.start_date:
                sentences.append(
                    _(
                        "%(name)s begins on %(start)s and cannot end before.",
                        name=subscription.display_name,
                        start=format_date(self.env, subscription.start_date),
                    )
                )
                continue
            sentences.append(
                _("%(name)s: last day %(day)s.", name=subscription.display_name, day=format_date(self.env, day))
            )
            corrections += explanation.label_corrections(
                rating.get_end_corrections(subscription, day, self.credit_unused), subscription.currency_id
            )
        if corrections:
            sentences.append(_("The next bill credits what was billed for later days, before tax:"))
        elif sentences:
            sentences.append(_("Nothing is credited."))
        return sentences, corrections

    def action_end(self):
        """Set the last day of each subscription."""
        self.ensure_one()
        if self.when == "day" and not self.last_day:
            raise UserError(self.env._("Choose the last day of the subscription."))
        self.subscription_ids.check_access("write")
        for subscription in self.subscription_ids:
            self.env["billing.subscription.lifecycle"].set_end(
                subscription, self._get_last_day(subscription), credit_unused=self.credit_unused
            )
        return {"type": "ir.actions.act_window_close"}
