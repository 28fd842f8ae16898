from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..shared.guarded import ANY, Life, names

INTERVAL_UNITS = [("day", "Days"), ("week", "Weeks"), ("month", "Months"), ("year", "Years")]
ALIGNMENTS = [
    ("anniversary", "Anniversary: periods begin on the start day"),
    ("calendar", "Calendar: months, quarters, years or weeks"),
    ("billing_day", "Billing day of the account"),
]
FREE = names(
    "name sequence active alignment proration_basis trial_days term_count credit_unused description"
)  # running subscriptions keep what they agreed on
# the prices of a plan are prices of its period; running subscriptions take later ones
PERIOD = names("company_id interval_count interval_unit")
PRORATION_BASES = [
    ("actual", "Actual days of the period"),
    ("actual_360", "Actual days of a 30-day month"),
    ("thirty_360", "Strict 30/360"),
    ("months_then_days", "Whole months, then days"),
    ("none", "None: always a full period"),
]


class BillingPlan(models.Model):
    """A tariff: what a subscriber gets, how often it is billed and what happens in short periods."""

    _name = "billing.plan"
    _description = "Billing Plan"
    _inherit = ["mail.thread", "mail.activity.mixin", "billing.used", "billing.configuration"]
    _order = "sequence, name, id"
    _check_company_auto = True
    _is_done_with_when_archived = True  # it is not sold any more; subscriptions go on with their own lines
    _check_company_domain = models.check_company_domain_parent_of
    _life = Life(
        create=FREE | PERIOD,
        write={ANY: FREE, "unused": PERIOD},
        delete=names("unused used"),  # whether anything refers to it is asked for itself
        sealed={"used": PERIOD},
    )

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    interval_count = fields.Integer(string="Bill Every", default=1, required=True, tracking=True)
    interval_unit = fields.Selection(
        INTERVAL_UNITS,
        default="month",
        required=True,
        tracking=True,
        help="With the number before it: how often it is billed.",
    )
    alignment = fields.Selection(
        ALIGNMENTS,
        default="anniversary",
        required=True,
        tracking=True,
        help="With calendar and billing day, the first and the last period can be short.",
    )
    proration_basis = fields.Selection(
        PRORATION_BASES,
        string="Short Periods",
        default="actual",
        required=True,
        help="How the price of a shortened period is computed.",
    )
    trial_days = fields.Integer(help="Days without recurring charges from the start.")
    term_count = fields.Integer(
        string="Term",
        help=(
            "Billing periods that the subscriber commits to. 0: runs until it is ended. At the end of a term the prices"
            " of the day apply to the next one."
        ),
    )
    credit_unused = fields.Boolean(
        string="Credit Unused Days",
        default=True,
        help="When a subscription ends inside a period that was billed in advance, the unused days are credited.",
    )
    line_ids = fields.One2many(
        "billing.plan.line",
        "plan_id",
        string="Lines",
        copy=True,
        help="What is billed, how many, and whether before or after the period.",
    )
    price_ids = fields.One2many(
        "billing.price",
        "plan_id",
        string="Prices of this Plan",
        help="Prices that hold for this plan alone; others are the general ones.",
    )
    description = fields.Html(translate=True, help="Shown to customers who choose a plan.")
    subscription_ids = fields.One2many("billing.subscription", "plan_id")
    subscription_count = fields.Integer(
        compute="_compute_subscription_count", string="Subscriptions", help="Running subscriptions."
    )
    is_used = fields.Boolean(
        compute="_compute_is_used", help="There are subscriptions to it: its period does not change any more."
    )
    period_label = fields.Char(compute="_compute_period_label", string="Billed", help="How often, in words.")

    _interval_positive = models.Constraint(
        "CHECK (interval_count > 0)",
        "A plan is billed every 1 or more days, weeks, months or years. Enter a positive number.",
    )
    _trial_not_negative = models.Constraint("CHECK (trial_days >= 0)", "The number of trial days cannot be negative.")
    _term_not_negative = models.Constraint(
        "CHECK (term_count >= 0)", "The term cannot be negative; 0 means without a fixed term."
    )

    @api.depends("interval_count", "interval_unit")
    def _compute_period_label(self):
        for plan in self:
            plan.period_label = self.env["billing.explanation"].get_cadence_label(
                plan.interval_unit, plan.interval_count
            )

    def _compute_subscription_count(self):
        counts = dict(
            self.env["billing.subscription"]._read_group(
                [("plan_id", "in", self.ids), ("state", "=", "active")], ["plan_id"], ["__count"]
            )
        )
        for plan in self:
            plan.subscription_count = counts.get(plan, 0)

    def _find_used(self):
        """Return those to which there are subscriptions, drafts among them."""
        subscriptions = self.env["billing.subscription"].sudo()  # sudo: whoever has it
        found = subscriptions._read_group([("plan_id", "in", self.ids)], ["plan_id"])
        return self.browse({plan.id for [plan] in found})

    @api.model
    def _get_life_advice(self):
        return self.env._(
            "The prices of a plan are prices of its period, and subscriptions count on them: duplicate the plan, and"
            " change the period of the new one."
        )

    @api.constrains("alignment", "interval_unit")
    def _check_alignment(self):
        for plan in self:
            if plan.alignment != "anniversary" and plan.interval_unit == "day":
                raise ValidationError(
                    self.env._(
                        "“%(plan)s” is billed by days; days have no calendar to align with. Choose anniversary.",
                        plan=plan.name,
                    )
                )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        return [
            dict(vals, name=self.env._("%(name)s (copy)", name=plan.name)) if "name" not in (default or {}) else vals
            for plan, vals in zip(self, vals_list, strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_subscribed(self):
        if subscribed := self.filtered("subscription_ids"):
            raise UserError(
                self.env._(
                    "%(plans)s cannot be deleted, because there are subscriptions to it. Archive it instead.",
                    plans=", ".join(subscribed.mapped("name")),
                )
            )

    def action_view_subscriptions(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_subscription_action"),
            domain=[("plan_id", "=", self.id)],
            context={"default_plan_id": self.id},
        )

    @api.model
    def estimate(self, plan_id, currency=None, start=None, count=12, quantities=None):
        """Return what a subscription to a plan would be billed, without saving anything.

        :param int plan_id: id of the plan
        :param str currency: code of the currency, that of the company if left out
        :param str start: first day of service, ISO date, today if left out
        :param int count: how many dates to return, at most 60
        :param dict quantities: quantity by billing code, 1 if left out
        :return: {"currency": "EUR", "dates": [{"date", "amount", "items": [{"code", "name", "from", "to", "quantity",
            "amount"}]}]}; amounts before tax
        :raise UserError: no price, or an argument out of range
        """
        self.check_access("read")
        plan = self.env["billing.reader"].read_record(self._name, plan_id, "plan_id")
        return self.env["billing.rating"].estimate(
            plan, currency=currency, start=start, count=count, quantities=quantities
        )
