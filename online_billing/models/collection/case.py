from odoo import api, fields, models

from ..shared.guarded import Life
from .item import RESTING


class BillingCollectionCase(models.Model):
    """Where an account stands in one currency: what is open, which step it has had, what comes next."""

    _name = "billing.collection.case"
    _description = "Collection Case"
    _inherit = ["billing.guarded", "billing.late.fee.not.owed", "mail.thread", "mail.activity.mixin"]
    _order = "days_overdue desc, amount_overdue desc, id desc"
    _rec_names_search = ["account_id.name", "partner_id.name"]
    _check_company_auto = True
    _life = Life(by_event=True)

    account_id = fields.Many2one(
        "billing.account", required=True, readonly=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True, index=True)
    policy_id = fields.Many2one(
        "billing.collection.policy",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The calendar of steps that the account follows.",
    )
    state = fields.Selection(
        [("open", "Open"), ("paused", "Paused"), ("handed_over", "Handed Over"), ("closed", "Closed")],
        required=True,
        readonly=True,
        default="open",
        index=True,
        help=(
            "Open: steps are taken. Paused: everything overdue is promised, in dispute, on a plan or "
            "being paid. Handed over: somebody else collects. Closed: nothing is open."
        ),
    )
    pause_reason = fields.Selection(
        RESTING, readonly=True, string="On Hold Because", help="Why nothing that is overdue is collected for now."
    )
    reached_step_id = fields.Many2one(
        "billing.collection.step", string="Furthest Step", readonly=True, index="btree_not_null", ondelete="restrict",
        group_expand="_expand_steps", help="The furthest step that anything open has had; a notice of a new bill does"
        " not take the customer back.",
    )  # fmt: skip
    step_id = fields.Many2one(
        "billing.collection.step",
        string="Last Step",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The step that was taken last, of whichever invoice.",
    )
    step_date = fields.Date(string="Last Step On", readonly=True)
    message_date = fields.Date(
        string="Last Message On", readonly=True, help="The last reminder or notice was made on this day."
    )
    deadline = fields.Date(readonly=True, help="The day that the last message has granted.")
    not_before = fields.Date(
        string="Postponed Until", readonly=True, help="Somebody has let the next step wait until this day."
    )
    next_step_id = fields.Many2one(
        "billing.collection.step",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="What the daily collection does next, on the day beside it.",
    )
    next_step_summary = fields.Char(
        related="next_step_id.summary", string="What It Does", help="What the customer is told, and what else happens."
    )
    next_date = fields.Date(
        string="Next Step On", readonly=True, index="btree_not_null", help="If nothing is paid and nothing new is due."
    )
    amount_open = fields.Monetary(readonly=True, string="Open", help="Credits and payments taken off.")
    amount_overdue = fields.Monetary(
        readonly=True,
        string="Overdue to Collect",
        help="What is overdue and asked for: without what is disputed, promised, on a plan or being paid.",
    )
    oldest_due_date = fields.Date(readonly=True)
    days_overdue = fields.Integer(readonly=True, aggregator="max", help="Of the oldest invoice that is asked for.")
    has_suspended = fields.Boolean(
        string="Service Suspended",
        readonly=True,
        help="The account is suspended because of this case, and comes back when it is paid.",
    )
    wants_write_off = fields.Boolean(string="Write-off Proposed", readonly=True)
    held_reason = fields.Char(
        string="Why the Next Step Waits", readonly=True, help="The customer cannot be told, or has not been told yet."
    )
    failure = fields.Char(
        readonly=True, help="Why the daily collection could not work on this account. It is tried again tomorrow."
    )
    collector_id = fields.Many2one(
        related="account_id.collector_id",
        readonly=False,
        string="Looked After By",
        help="Answers to reminders reach this person.",
    )
    item_ids = fields.One2many(
        "billing.collection.item",
        "case_id",
        string="Open Items",
        domain=[("amount", "!=", 0)],
        help="What is open, how far each has come, and why it is on hold.",
    )
    entry_ids = fields.One2many(
        "billing.collection.entry",
        "case_id",
        string="Log",
        help="What was done, skipped, postponed or failed, when, by whom and why.",
    )
    outgoing_ids = fields.One2many(
        "billing.collection.message", compute="_compute_outgoing_ids", string="Reminders and Notices"
    )
    message_count_sent = fields.Integer(compute="_compute_outgoing_ids", string="Reminders")
    can_undo = fields.Boolean(compute="_compute_can_undo")
    has_handed_over = fields.Boolean(compute="_compute_has_handed_over")
    forecast = fields.Html(
        compute="_compute_forecast",
        sanitize=False,
        string="What Comes Next",
        help="The next steps, if nothing is paid and nothing new falls due.",
    )

    _one_per_account = models.Constraint(
        "UNIQUE (account_id, currency_id)", "This account has a case in this currency already."
    )
    # both are true of few cases, and looked for on the first page
    _worst_idx = models.Index("(days_overdue DESC, amount_overdue DESC, id DESC)")
    _write_off_idx = models.Index("(company_id) WHERE wants_write_off")
    _failure_idx = models.Index("(company_id) WHERE failure IS NOT NULL")

    @api.depends("account_id", "currency_id")
    def _compute_display_name(self):
        for case in self:
            case.display_name = f"{case.account_id.display_name} ({case.currency_id.name})"

    def _compute_outgoing_ids(self):
        messages = self.env["billing.collection.message"].search(
            [("account_id", "in", self.account_id.ids), ("currency_id", "in", self.currency_id.ids)]
        )
        by_case = messages.grouped(lambda message: (message.account_id, message.currency_id))
        for case in self:
            case.outgoing_ids = by_case.get((case.account_id, case.currency_id), messages.browse())
            case.message_count_sent = len(case.outgoing_ids)

    @api.depends("entry_ids.state")
    def _compute_can_undo(self):
        for case in self:
            case.can_undo = case.entry_ids.sorted("id")[-1:].state in ("skipped", "postponed")

    @api.depends("item_ids.is_handed_over")
    def _compute_has_handed_over(self):
        for case in self:
            case.has_handed_over = any(case.item_ids.mapped("is_handed_over"))

    def _compute_forecast(self):
        for case in self:
            case.forecast = self.env["billing.collection.acts"].get_forecast_html(case)

    @api.model
    def _expand_steps(self, steps, domain):
        """Show every step of the active policies as a column, also those at which nobody is."""
        return steps.search([("policy_id.active", "=", True)])

    def _get_reminder(self):
        """Return what a text says of this case; see `billing.collector._get_reminder_values`."""
        self.ensure_one()
        prepared = self.env.context.get("billing_reminders", {}).get(self.id)
        return prepared or self.env["billing.reminder.texts"].get_reminder_preview(self)

    # -- late fees ----------------------------------------------------------------------------------------------------

    def _get_fee_account(self):
        return self.account_id

    def _filter_own_fees(self, fees):
        """Show the fees of the currency of the case."""
        return super()._filter_own_fees(fees).filtered(lambda fee: fee.currency_id == self.currency_id)

    def action_give_late_fees_back(self):
        """Give the late fees back that turned out not to be owed."""
        self._give_late_fees_back()

    # -- by hand ------------------------------------------------------------------------------------------------------

    def action_do_now(self):
        """Take the next step at once, whatever day and hour it is."""
        self._check_hand()
        return self.env["billing.collection.acts"].do_now(self)

    def action_preview_now(self):
        """Show what the next step does, then take it at once."""
        return self._get_act_dialogue("do_now")

    def action_preview_again(self):
        """Show the last message, then send it once more."""
        self.ensure_one()
        return self._get_act_dialogue("send_again")

    def action_skip(self):
        """Ask for the reason, then leave the next step out."""
        return self._get_act_dialogue("skip")

    def action_postpone(self):
        """Ask for day and reason, then let the next step wait."""
        return self._get_act_dialogue("postpone")

    def action_hand_over(self):
        return self._get_act_dialogue("hand_over")

    def action_take_back(self):
        """Take a case back from the collector; the steps go on where they were."""
        self._check_hand()
        self.env["billing.collection.acts"].take_back(self)

    def action_undo(self):
        """Take the last skip or postponement back."""
        self._check_hand()
        self.env["billing.collection.acts"].undo(self)

    def action_promise(self):
        """Note a promise of the customer: over what is overdue, or over all that is open where nothing is."""
        self._check_hand()
        amount, moves = self.env["billing.collection.acts"].get_promisable(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise to Pay"),
            "res_model": "billing.payment.promise",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_account_id": self.account_id.id,
                "default_currency_id": self.currency_id.id,
                "default_amount": amount,
                # a promise of what is overdue does not let rest what falls due later
                "default_move_ids": moves.ids,
            },
        }

    def action_preview_write_off(self):
        """Show what would be written off, invoice by invoice, before it is."""
        self.env["billing.write.off"].check_allowed(self)
        return self._get_act_dialogue("write_off")

    def action_write_off(self):
        """Write the open amount off, as a manager decides."""
        self.env["billing.write.off"].write_off(self)

    def action_view_messages(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_collection_message_action"),
            domain=[("account_id", "=", self.account_id.id), ("currency_id", "=", self.currency_id.id)],
            context={},
        )

    def action_view_account(self):
        self.ensure_one()
        self.check_access("read")
        return self.account_id._get_page_action()

    def _get_view_action(self):
        """Return the action that shows these cases: the form of one, the list of several or none."""
        action = dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_collection_case_action"),
            domain=[("id", "in", self.ids)],
            context={},
        )
        if len(self) == 1:
            action.update(views=[(False, "form")], res_id=self.id)
        return action

    def action_refresh(self):
        """Look at what is open now, without taking a step."""
        self._check_hand()
        self.env["billing.collection.acts"].refresh(self)

    def _check_hand(self):
        self.check_access("write")

    def _get_act_dialogue(self, act):
        self._check_hand()
        return {
            "type": "ir.actions.act_window",
            "name": dict(self.env["billing.collection.act"]._fields["act"]._description_selection(self.env))[act],
            "res_model": "billing.collection.act",
            "view_mode": "form",
            "target": "new",
            "context": {"default_act": act, "default_case_ids": self.ids},
        }

    @api.model
    def _cron_collect(self):
        self.env["billing.collection.day"].run_day(fields.Datetime.now())
