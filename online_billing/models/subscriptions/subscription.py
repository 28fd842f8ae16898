from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..catalogue.plan import ALIGNMENTS, INTERVAL_UNITS, PRORATION_BASES
from ..shared.guarded import Life, names

# what bills are computed from; an end is set by the dialogue, which has the unused days credited
BILLED_TERMS = names(
    """account_id plan_id start_date trial_days interval_count interval_unit alignment proration_basis term_count"""
)
TERMS = BILLED_TERMS | {"end_date", "credit_unused"}


class BillingSubscription(models.Model):
    """A plan on an account from a day on. Its terms are a snapshot: later changes of the plan do not reach it."""

    _name = "billing.subscription"
    _description = "Billing Subscription"
    _inherit = ["billing.guarded", "billing.read.by.runs", "mail.thread", "mail.activity.mixin"]
    _order = "name desc, id desc"
    _rec_names_search = ["name", "account_id.name", "partner_id.name"]
    _check_company_auto = True
    _follows = frozenset({"next_due_date", "message_main_attachment_id", "activity_ids", "message_ids"})
    _life = Life(
        create=TERMS,
        write={"draft": TERMS},
        delete=names("draft cancelled"),
        sealed={"active": BILLED_TERMS, "ended": BILLED_TERMS, "cancelled": BILLED_TERMS},
        by_event=True,
    )

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default=lambda self: self.env._("New")
    )
    account_id = fields.Many2one(
        "billing.account",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        check_company=True,
        domain=[("state", "!=", "closed")],
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True, precompute=True)
    partner_id = fields.Many2one(related="account_id.partner_id", store=True, index=True, string="Customer")
    currency_id = fields.Many2one(related="account_id.currency_id")
    plan_id = fields.Many2one(
        "billing.plan", required=True, index=True, ondelete="restrict", tracking=True, check_company=True
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Running"), ("ended", "Ended"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
        help=(
            "Draft: not billed. Running: billed by every run. Ended: its last bill is made. Cancelled: never billed."
        ),
    )
    start_date = fields.Date(
        required=True,
        compute="_compute_start_date",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="First day of service. It may lie in the past: the periods since then are billed by the next run.",
    )
    end_date = fields.Date(
        string="Last Day", tracking=True, copy=False, help="Last day of service. Empty: until it is ended."
    )
    trial_days = fields.Integer(
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        help="Days without recurring charges from the start.",
    )
    trial_end_date = fields.Date(
        compute="_compute_trial_end_date", store=True, string="Trial Until", help="Last day of the trial."
    )
    interval_count = fields.Integer(
        compute="_compute_terms", store=True, readonly=False, precompute=True, string="Bill Every"
    )
    interval_unit = fields.Selection(
        INTERVAL_UNITS,
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        help="With the number before it: how often it is billed.",
    )
    alignment = fields.Selection(
        ALIGNMENTS,
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        help="Periods begin on the day of the first one, or with the calendar.",
    )
    proration_basis = fields.Selection(
        PRORATION_BASES,
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        string="Short Periods",
        help="How a period that is not whole is charged.",
    )
    term_count = fields.Integer(
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        string="Term",
        help="Billing periods that the subscriber commits to; 0 for none.",
    )
    credit_unused = fields.Boolean(
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        string="Credit Unused Days",
        help="Days that were billed and are not used any more are given back on the next bill.",
    )
    anchor_date = fields.Date(
        compute="_compute_anchor", store=True, precompute=True, help="All periods are counted from here."
    )
    anchor_day = fields.Integer(compute="_compute_anchor", store=True, precompute=True)
    line_ids = fields.One2many(
        "billing.subscription.line",
        "subscription_id",
        string="Lines",
        copy=True,
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
        help="What is billed, as agreed when the subscription began.",
    )
    charge_ids = fields.One2many("billing.charge", "subscription_id")
    charge_count = fields.Integer(compute="_compute_charge_count", string="Number of Charges")
    next_due_date = fields.Date(
        compute="_compute_next_due_date",
        string="Next Billing",
        help="The next day on which something of this subscription falls due.",
    )
    period_label = fields.Char(compute="_compute_period_label", string="Billed", help="How often, in words.")
    forecast = fields.Html(
        compute="_compute_forecast",
        sanitize=False,
        string="Next Twelve",
        help="The next twelve dates and amounts before tax, if nothing changes.",
    )

    _number_unique_per_company = models.Constraint(
        "UNIQUE (company_id, name)", "Another subscription of this company has the same number."
    )
    _interval_positive = models.Constraint(
        "CHECK (interval_count > 0)",
        "A subscription is billed every 1 or more days, weeks, months or years. Enter a positive number.",
    )
    _trial_not_negative = models.Constraint("CHECK (trial_days >= 0)", "The number of trial days cannot be negative.")
    _dates_ordered = models.Constraint(
        "CHECK (end_date IS NULL OR end_date >= start_date - 1)",
        "The last day of a subscription lies before its first. Correct one of the two dates.",
    )

    @api.depends("name", "plan_id.name")
    def _compute_display_name(self):
        for subscription in self:
            subscription.display_name = (
                f"{subscription.name} {subscription.plan_id.name}" if subscription.plan_id else subscription.name
            )

    @api.depends("plan_id")
    def _compute_terms(self):
        for subscription in self.filtered(lambda s: s.plan_id and s.state == "draft"):
            plan = subscription.plan_id
            for name in (
                "trial_days",
                "interval_count",
                "interval_unit",
                "alignment",
                "proration_basis",
                "term_count",
                "credit_unused",
            ):
                subscription[name] = plan[name]

    @api.depends("plan_id")
    def _compute_line_ids(self):
        for subscription in self.filtered(lambda s: s.plan_id and s.state == "draft"):
            subscription.line_ids = [Command.clear()] + [
                Command.create(line_vals) for line_vals in subscription._prepare_plan_lines_values()
            ]

    @api.depends("account_id")
    def _compute_start_date(self):
        self.env["billing.days"].propose(self, "start_date")

    @api.depends("start_date", "trial_days")
    def _compute_trial_end_date(self):
        for subscription in self:
            subscription.trial_end_date = (
                subscription.start_date + timedelta(days=subscription.trial_days - 1)
                if subscription.trial_days and subscription.start_date
                else False
            )

    @api.depends("start_date", "alignment", "interval_unit", "interval_count", "account_id.billing_day")
    def _compute_anchor(self):
        for subscription in self:
            # what has been billed stays where it is: only a subscription without charges moves its anchor
            if subscription.anchor_date and subscription._origin.charge_ids:
                continue
            if not subscription.start_date or not subscription.interval_unit or subscription.interval_count < 1:
                subscription.anchor_date, subscription.anchor_day = False, 0
                continue
            anchor = self.env["billing.subscription.terms"].get_anchor(subscription)
            subscription.anchor_date, subscription.anchor_day = anchor.day, anchor.day_of_month or 0

    @api.depends("line_ids.next_due_date")
    def _compute_next_due_date(self):
        for subscription in self:
            subscription.next_due_date = min(
                (line.next_due_date for line in subscription.line_ids if line.next_due_date), default=False
            )

    @api.depends("interval_count", "interval_unit")
    def _compute_period_label(self):
        for subscription in self:
            subscription.period_label = self.env["billing.explanation"].get_cadence_label(
                subscription.interval_unit, subscription.interval_count
            )

    @api.depends(
        "line_ids.quantity",
        "line_ids.discount_percent",
        "line_ids.timing",
        "anchor_date",
        "end_date",
        "trial_days",
        "proration_basis",
    )
    def _compute_forecast(self):
        for subscription in self:
            subscription.forecast = self.env["billing.rating"].render_forecast(subscription)

    def _compute_charge_count(self):
        counts = dict(
            self.env["billing.charge"]._read_group(
                [("subscription_id", "in", self.ids)], ["subscription_id"], ["__count"]
            )
        )
        for subscription in self:
            subscription.charge_count = counts.get(subscription, 0)

    @api.model
    def _complete_values(self, vals_list):
        accounts = self.env["billing.account"].browse([vals.get("account_id") for vals in vals_list])
        for vals, account in zip(vals_list, accounts, strict=True):
            if not vals.get("name") or vals["name"] == self.env._("New"):
                vals["name"] = (
                    self.env["ir.sequence"].with_company(account.company_id).next_by_code("billing.subscription")
                )
        return vals_list

    @api.model
    def _get_life_advice(self):
        return self.env._(
            "Use “End” for another last day and “Change Quantity” for another quantity. For other terms end it and"
            " begin a new one, or take it back to draft while nothing has been billed."
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        if billed := self.filtered("charge_ids"):
            raise UserError(
                self.env._(
                    "%(subscriptions)s cannot be deleted, because it has been billed. End it instead.",
                    subscriptions=", ".join(billed.mapped("name")),
                )
            )

    @api.model
    def get_import_templates(self):
        """Offer a file to begin with, wherever subscriptions are imported."""
        return [
            {
                "label": self.env._("Sample File for Subscriptions"),
                "template": "/online_billing/static/import/subscriptions.csv",
            }
        ]

    @api.model
    def load(self, fields, data):
        """Import rows as Odoo does; what the page of its importer shows says the row."""
        self.browse().check_access("create")
        answer = super().load(fields, data)
        if self.env.context.get("import_file"):
            explain = self.env["billing.import.answers"].explain
            answer["messages"] = explain(answer["messages"], fields, data)
        return answer

    def _prepare_plan_lines_values(self):
        """Return the values of the lines that a draft takes over from its plan."""
        self.ensure_one()
        return [
            {
                "code_id": line.code_id.id,
                "name": line.name,
                "quantity": line.quantity,
                "timing": line.timing,
                "prorate": line.prorate,
                "sequence": line.sequence,
            }
            for line in self.plan_id.line_ids
        ]

    # -- life cycle ---------------------------------------------------------------------------------------------------

    def action_activate(self):
        self.env["billing.subscription.lifecycle"].activate(self)

    def action_cancel(self):
        self.env["billing.subscription.lifecycle"].cancel(self)

    def action_reset_to_draft(self):
        self.env["billing.subscription.lifecycle"].reset_to_draft(self)

    def action_undo_end(self):
        self.env["billing.subscription.lifecycle"].set_end(self, False)

    def action_end(self):
        """Open the dialogue that asks for the last day and the credit."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("End Subscription"),
            "res_model": "billing.subscription.end",
            "view_mode": "form",
            "target": "new",
            "context": {"default_subscription_ids": self.ids},
        }

    def action_view_account(self):
        """Open the page of the customer, which has every act."""
        self.ensure_one()
        self.check_access("read")
        return self.account_id._get_page_action()

    def action_view_charges(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_charge_action"),
            domain=[("subscription_id", "=", self.id)],
            context={"search_default_not_void": 1},
        )

    def action_view_invoices(self):
        self.ensure_one()
        moves = self.charge_ids.invoice_id
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.account_move_action_billing"),
            domain=[("id", "in", moves.ids)],
            context={"create": False},
        )

    def _refresh_terms(self):
        """Compute again what falls due next, after terms or quantities have changed."""
        self.line_ids._refresh_next_due_date()
