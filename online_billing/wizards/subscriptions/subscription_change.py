from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class BillingSubscriptionChange(models.TransientModel):
    """Ask for the new quantity of a subscription line and its first day, and say what the next bill corrects."""

    _name = "billing.subscription.change"
    _description = "Change the Quantity of a Subscription Line"

    line_id = fields.Many2one("billing.subscription.line", string="Line", required=True, ondelete="cascade")
    subscription_id = fields.Many2one(related="line_id.subscription_id")
    current_quantity = fields.Float(
        related="line_id.current_quantity", string="Quantity Today", help="How many there are today."
    )
    account_id = fields.Many2one(related="subscription_id.account_id")
    date_from = fields.Date(
        string="From",
        required=True,
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
        help="First day of the new quantity.",
    )
    quantity = fields.Float(
        string="New Quantity", digits=(16, 6), required=True, help="0 stops the charge from that day on."
    )
    reason = fields.Char(help="Kept with the change.")
    effect = fields.Html(
        compute="_compute_effect", sanitize=False, string="What Happens", help="What the change costs or gives back."
    )

    @api.depends("line_id")
    def _compute_date_from(self):
        self.env["billing.days"].propose(self, "date_from")

    @api.depends("line_id", "date_from", "quantity")
    def _compute_effect(self):
        for wizard in self:
            sentences, corrections = wizard._get_effect()
            wizard.effect = self.env["ir.qweb"]._render(
                "online_billing.change_effect", {"sentences": sentences, "corrections": corrections}
            )

    def _get_effect(self):
        """Return sentences and corrections: [{"name", "dates", "amount", "currency"}]."""
        line, day, _ = self.line_id, self.date_from, self.env._
        if not line or not day or line.kind == "one_time" or self.quantity < 0:
            return [], []
        first_day = line.start_date or self.subscription_id.start_date
        if day < first_day or (self.subscription_id.end_date and day > self.subscription_id.end_date):
            return [_("This day lies outside the subscription. Choose a day between its first and its last.")], []
        rating = self.env["billing.rating"]
        corrections = self.env["billing.explanation"].label_corrections(
            rating.get_quantity_corrections(line, day, self.quantity), line.currency_id
        )
        shown_day = format_date(self.env, day)
        if corrections:
            return [
                _(
                    "Days from %(day)s on have been billed already. The next bill corrects them, before tax:",
                    day=shown_day,
                )
            ], corrections
        if line.billed_until and day < line.billed_until:
            return [
                _("Days from %(day)s on have been billed already, but the amount stays the same.", day=shown_day)
            ], []
        return [
            _("Nothing from %(day)s on has been billed. The bills from then on use the new quantity.", day=shown_day)
        ], []

    def action_apply(self):
        """Change the quantity."""
        self.ensure_one()
        if self.subscription_id.state != "active":
            raise UserError(
                self.env._(
                    "Subscription %(name)s is not running. Activate it before you change quantities over time.",
                    name=self.subscription_id.name,
                )
            )
        if self.quantity < 0:
            raise UserError(self.env._("The quantity cannot be negative; 0 stops the charge."))
        self.line_id.check_access("write")
        self.env["billing.subscription.lifecycle"].change_quantity(
            self.line_id, self.date_from, self.quantity, self.reason
        )
        return {"type": "ir.actions.act_window_close"}
