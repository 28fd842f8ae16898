from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.automatic_payment.decline_code import CLASSES
from ...services.automatic_payment.values import DECLINED, SUCCEEDED, Answer


class BillingAttemptVerdict(models.TransientModel):
    """Say what became of a payment of which nobody knows, because somebody has looked at the provider's pages."""

    _name = "billing.attempt.verdict"
    _description = "Say What Happened"

    attempt_id = fields.Many2one(
        "billing.payment.attempt", string="Attempt", required=True, help="The one of which nobody knows."
    )
    state = fields.Selection(related="attempt_id.state")
    asked_amount = fields.Monetary(
        related="attempt_id.amount", string="Asked For", help="Of the provider, for this payment."
    )
    known = fields.Char(related="attempt_id.reason", string="What Is Known")
    amount = fields.Monetary(
        string="Amount Moved",
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        help="This is booked. It is what the provider says, or else what was asked for.",
    )
    currency_id = fields.Many2one(related="attempt_id.currency_id")
    sent_at = fields.Datetime(related="attempt_id.sent_at", string="Sent At")
    provider_id = fields.Many2one(related="attempt_id.provider_id", string="Provider")
    verdict = fields.Selection(
        [("succeeded", "The money moved"), ("declined", "No money moved")],
        string="What Happened",
        help="As the provider's own pages show it.",
    )
    decline_class = fields.Selection(
        CLASSES,
        string="Why Not",
        default="customer",
        help="What follows: try again later follows the days of the retry policy; gone for good takes the method out;"
        " otherwise the next method is tried, or the customer is asked to pay.",
    )
    reference = fields.Char(help="Under which the provider keeps the payment, where it has one.")
    reason = fields.Char(string="How You Know", help="Kept with the attempt, for whoever asks later.")

    @api.depends("attempt_id")
    def _compute_amount(self):
        for verdict in self:
            verdict.amount = verdict.attempt_id.provider_amount or verdict.attempt_id.amount

    def action_settle(self):
        """Settle the attempt by what was found out."""
        self.ensure_one()
        self.attempt_id.check_access("write")
        reason = (self.reason or "").strip()
        if not self.verdict or not reason:
            raise UserError(self.env._("Say what happened, and how you know."))
        reference = (self.reference or "").strip()
        answer = (
            Answer(SUCCEEDED, reference)
            if self.verdict == "succeeded"
            else Answer(DECLINED, reference, text=reason, decline_class=self.decline_class or "customer")
        )
        self.env["billing.attempt.questions"].settle_by_hand(self.attempt_id, answer, reason, self.amount)
        return {"type": "ir.actions.act_window_close"}
