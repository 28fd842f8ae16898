from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ..shared.guarded import Life
from .decline_code import CLASSES

#: nothing else may be tried with what such an attempt is for
UNDER_WAY = ("sent", "unknown", "waiting")
OPEN = ("planned", *UNDER_WAY)
#: money has moved by them, or still may
COUNTED = (*OPEN, "succeeded")
#: days, where the company has no policy of its own
WAIT_FOR_CUSTOMER = 3


class BillingPaymentAttempt(models.Model):
    """One try to take an amount from a payment method, or to give one back. The row is there before anybody is asked.

    What the provider answers is recorded first (``answer``) and worked off afterwards, whichever way it came: as the
    answer, by an event or by a question. The key is random and goes with every request, so that the provider knows it.
    """

    _name = "billing.payment.attempt"
    _description = "Payment Attempt"
    _inherit = ["billing.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _allow_sudo_commands = False
    _life = Life(by_event=True)

    key = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        groups="online_billing.group_billing_manager",
        help="By it the provider knows the request again.",
    )
    kind = fields.Selection([("debit", "Debit"), ("refund", "Refund")], required=True, readonly=True, default="debit")
    origin = fields.Selection(
        [
            ("automatic", "Automatic payment"),
            ("retry", "Tried again"),
            ("staff", "By hand"),
            ("page", "On a pay page"),
            ("provider", "On the provider's page"),
            ("twice", "Paid twice"),
        ],
        string="Begun",
        required=True,
        readonly=True,
        default="automatic",
        help="By the plan of the day, as another try, by somebody of the staff, or by the customer. What"
        " was paid twice goes back by itself.",
    )
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("sent", "Under Way"),
            ("unknown", "Unknown"),
            ("waiting", "Waits for the Customer"),
            ("succeeded", "Succeeded"),
            ("failed", "Failed"),
            ("given_up", "Not Made"),
        ],
        required=True,
        readonly=True,
        default="planned",
        copy=False,
        index=True,
        help="Unknown: nobody knows whether money moves. The provider is asked; nothing else is tried meanwhile.",
    )
    account_id = fields.Many2one(
        "billing.account", required=True, readonly=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True, precompute=True)
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True, aggregator=None)
    provider_amount = fields.Monetary(
        string="Amount at the Provider",
        readonly=True,
        copy=False,
        aggregator=None,
        help="What the provider says has moved, where that is not what was asked for.",
    )
    counted_amount = fields.Monetary(
        string="Counted",
        compute="_compute_counted_amount",
        store=True,
        precompute=True,
        help="What it brings, or is to bring: nothing where it failed or was not made, and less than nothing where"
        " money is given back. Sums are made of this.",
    )
    line_ids = fields.One2many(
        "billing.payment.attempt.line",
        "attempt_id",
        string="Pays",
        readonly=True,
        help="The due lines that it was made for; they stand in no other open attempt.",
    )
    consent_id = fields.Many2one("billing.payment.consent", readonly=True, index="btree_not_null", ondelete="restrict")
    token_id = fields.Many2one(
        "payment.token",
        string="Payment Method",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="online_billing.group_billing_user",
    )
    method_name = fields.Char(string="Method", readonly=True, help="As it was called when it was charged.")
    # staff see its name, and may read nothing of it: an export would be refused
    provider_id = fields.Many2one("payment.provider", readonly=True, ondelete="restrict", exportable=False)
    transaction_id = fields.Many2one(
        "payment.transaction",
        string="Transaction",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    payment_id = fields.Many2one(
        "account.payment", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    refunds_id = fields.Many2one(
        "account.payment", string="Refund Of", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    credit_note_id = fields.Many2one(
        "account.move", readonly=True, index="btree_not_null", ondelete="restrict", help="What the refund settles."
    )
    place = fields.Integer(
        readonly=True,
        copy=False,
        help="How many refunds of the same payment were there before: one comes next, not two.",
    )
    intended_reason = fields.Char(
        string="Why It Was Given Back", readonly=True, copy=False, help="As whoever gave it back has written it."
    )
    previous_id = fields.Many2one(
        "billing.payment.attempt", string="Try Before", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    number = fields.Integer(
        string="Try", readonly=True, default=1, help="Of the same debt, by whichever method of the consent."
    )
    day = fields.Date(string="Planned For", readonly=True, help="By the calendar of the account.")
    next_time = fields.Datetime(
        string="Next", readonly=True, copy=False, help="When it is sent, or when the provider is asked again."
    )
    sent_at = fields.Datetime(readonly=True, copy=False)
    awaits_call = fields.Boolean(
        string="Not Asked For Yet",
        readonly=True,
        copy=False,
        help="It is noted as sent, and its provider has not been asked for it yet: that is done once.",
    )
    ended_at = fields.Datetime(readonly=True, copy=False)
    asked = fields.Integer(string="Times Asked", readonly=True, copy=False)
    task_given_at = fields.Datetime(
        readonly=True, copy=False, help="When somebody was asked why its provider does not decide; that is done once."
    )
    answer = fields.Json(
        readonly=True,
        copy=False,
        groups="online_billing.group_billing_manager",
        help="What the provider said and is not worked off yet.",
    )
    provider_reference = fields.Char(
        readonly=True, copy=False, index="btree_not_null", help="Under which the provider keeps the payment."
    )
    decline_class = fields.Selection(
        CLASSES,
        string="Kind of Decline",
        readonly=True,
        copy=False,
        help="What the decline means, and so what follows it; see the list of declines.",
    )
    decline_code = fields.Char(readonly=True, copy=False, help="As the provider writes it.")
    reason = fields.Char(readonly=True, copy=False, help="Why it failed, waits or was not made.")
    is_final = fields.Boolean(
        string="Not Tried Again",
        readonly=True,
        copy=False,
        help="It failed and nothing more is tried: reminders go on.",
    )
    made_way = fields.Boolean(
        readonly=True,
        copy=False,
        help="It was not made because what it is for was being paid in another way, or rested. What is open of that"
        " again is debited on the day of this one, or as soon after it as the customer has been told.",
    )
    action_url = fields.Char(
        string="Link to Confirm", readonly=True, copy=False, help="Where the customer confirms the payment."
    )
    returned_amount = fields.Monetary(
        related="payment_id.billing_returned_amount",
        string="Taken Back",
        help="Of its payment: by a charge-back or a returned debit.",
    )
    returned_on = fields.Date(compute="_compute_returned_on")
    is_booked = fields.Boolean(
        string="In the Books", readonly=True, copy=False, help="Its payment is made and matched with what it pays."
    )
    booking_error = fields.Char(readonly=True, copy=False, help="Why the payment is not in the books yet.")

    _key_unique = models.Constraint("UNIQUE (key)", "This attempt has been made already.")
    _amount_positive = models.Constraint(
        "CHECK (amount > 0 AND amount < 1000000000000000)", "An attempt is about an amount above zero."
    )
    _sent_has_transaction = models.Constraint(
        "CHECK (state NOT IN ('sent', 'unknown', 'waiting', 'succeeded', 'failed') OR transaction_id IS NOT NULL)",
        "What is sent has a transaction.",
    )
    _one_of_transaction = models.UniqueIndex("(transaction_id) WHERE transaction_id IS NOT NULL")
    _one_refund_of_place = models.UniqueIndex(
        "(refunds_id, place) WHERE kind = 'refund'",
        "Something of this payment has been given back meanwhile. Open the dialogue again.",
    )
    _send_idx = models.Index("(next_time, id) WHERE state = 'planned'")
    _ask_idx = models.Index("(next_time, id) WHERE state IN ('sent', 'unknown', 'waiting')")
    _answered_idx = models.Index("(id) WHERE answer IS NOT NULL")
    _unbooked_idx = models.Index("(id) WHERE state = 'succeeded' AND is_booked IS NOT TRUE")
    _planned_idx = models.Index("(consent_id) WHERE state = 'planned'")
    _account_idx = models.Index("(account_id, id DESC)")
    _written_idx = models.Index("USING brin (write_date) WITH (autosummarize = on)")

    @api.depends("amount", "day", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for attempt in self:
            amount = attempt.currency_id.format(attempt.amount) if attempt.currency_id else ""
            day = format_date(self.env, attempt.day) if attempt.day else ""
            attempt.display_name = (
                self.env._("Refund of %(amount)s, %(day)s", amount=amount, day=day)
                if attempt.kind == "refund"
                else self.env._("Debit of %(amount)s, %(day)s", amount=amount, day=day)
            )

    @api.depends("amount", "kind", "state")
    def _compute_counted_amount(self):
        for attempt in self:
            sign = -1 if attempt.kind == "refund" else 1
            attempt.counted_amount = sign * attempt.amount if attempt.state in COUNTED else 0

    @api.depends("returned_amount")
    def _compute_returned_on(self):
        for attempt in self:
            entries = attempt.payment_id.billing_return_ids.filtered(lambda entry: entry.state == "posted")
            attempt.returned_on = attempt.returned_amount and max(entries.mapped("date"), default=False)

    @api.model
    def _get_life_advice(self):
        return self.env._("An attempt is made and ended by the billing alone, so that nothing is charged twice.")

    def _get_waiting_end(self):
        """Return until when the customer has time to confirm a payment."""
        policy = self.company_id.billing_retry_policy_id
        return fields.Datetime.add(self.sent_at, days=policy.wait_for_customer or WAIT_FOR_CUSTOMER)

    def _is_waiting_over(self, now):
        """Tell whether the customer has had the time that the policy gives to confirm a payment."""
        return now >= self._get_waiting_end()

    # -- buttons ------------------------------------------------------------------------------------------------------

    def action_stop(self):
        """Stop debits that have not been sent."""
        self.env["billing.debits"].stop(self, self.env._("Stopped by %(user)s", user=self.env.user.name))

    def action_ask_provider(self):
        """Ask the provider now what became of attempts."""
        return self.env["billing.attempt.questions"].ask_now(self)

    def action_send_link(self):
        """Mail the customer once more the link by which a payment is confirmed."""
        self.check_access("read")
        waiting = self.filtered(lambda attempt: attempt.state == "waiting")
        if not waiting:
            raise UserError(self.env._("None of this waits for the customer: there is nothing to confirm."))
        self.env["billing.debit.news"].tell_to_confirm(waiting, again=True)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": self.env._("The link is on its way to the customer."), "type": "success"},
        }

    def action_view_transaction(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "payment.transaction",
            "res_id": self.transaction_id.id,
            "view_mode": "form",
        }

    def action_view_invoices(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice_type"),
            domain=[("id", "in", self.line_ids.move_id.ids)],
            context={"create": False},
        )

    # -- jobs ---------------------------------------------------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Work off what was answered, then send what is planned for now."""
        self.env["billing.attempt.settling"].work()
        self.env["billing.debit.sending"].work()

    @api.model
    def _cron_ask(self):
        """Ask providers what became of what nobody knows."""
        self.env["billing.attempt.questions"].work()
