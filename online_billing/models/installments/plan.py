from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..shared.guarded import ANY, Life, names

# in these states a plan's dates hold on the invoices
IN_FORCE = ("active", "broken", "kept", "settled")
# in these states no other plan may take the invoices
OCCUPIED = ("requested", "approved", "active", "broken")
# in these states somebody has the task to decide; by what it is known again
TASKS = {"requested": "installments.to_approve", "broken": "installments.broken"}


class BillingInstallmentPlan(models.Model):
    """An agreement to pay invoices in dated parts. The invoices stay as they are; their open amount gets the dates."""

    _name = "billing.installment.plan"
    _description = "Installment Plan"
    _inherit = [
        "billing.guarded",
        "billing.held",
        "billing.installment.agreed.schedule",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "name desc, id desc"
    _rec_names_search = ["name", "account_id.name", "partner_id.name"]
    _check_company_auto = True
    _life = Life(write={ANY: names("note")}, delete=names("requested cancelled"), by_event=True)

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default=lambda self: self.env._("New")
    )
    account_id = fields.Many2one("billing.account", required=True, index=True, ondelete="restrict", check_company=True)
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer", store=True, index=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    move_ids = fields.Many2many(
        "account.move",
        "billing_installment_plan_move_rel",
        "plan_id",
        "move_id",
        string="Invoices",
        readonly=True,
        check_company=True,
    )
    rule_id = fields.Many2one(
        "billing.installment.rule",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        readonly=True,
        help="The rule that allowed it.",
    )
    state = fields.Selection(
        [
            ("requested", "To Approve"),
            ("approved", "Approved"),
            ("active", "Running"),
            ("kept", "Kept"),
            ("broken", "Broken"),
            ("settled", "Settled Early"),
            ("rescheduled", "Rescheduled"),
            ("cancelled", "Cancelled"),
        ],
        default="requested",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
        help=(
            "To approve: a manager has to agree. Approved: agreed on, and not begun yet. Running: its dates hold."
            " Broken: more was missed than it allows; what its terms say then "
            "happens."
        ),
    )
    mode = fields.Selection(
        [("split", "Due dates on the invoices"), ("virtual", "Due dates on the plan alone")],
        readonly=True,
        copy=False,
        help=(
            "The invoices get the dates of the plan as their due dates. Where the books do not let an invoice be"
            " changed any more, because its period is locked or its entries are sealed, the plan alone knows the dates."
        ),
    )
    method = fields.Selection(readonly=True)
    terms = fields.Json(readonly=True, copy=False, help="What was agreed, as it was entered.")
    principal = fields.Monetary(readonly=True, string="Planned Amount", help="Open amount of the invoices at first.")
    part_count = fields.Integer(readonly=True, string="Installments", aggregator="avg")
    interest_rate = fields.Float(readonly=True)
    interest_total = fields.Monetary(readonly=True, string="Interest", help="Sum over the plan, before tax.")
    fee = fields.Monetary(readonly=True)
    deposit = fields.Monetary(readonly=True)
    interval_unit = fields.Selection(readonly=True)
    interval_count = fields.Integer(readonly=True)
    first_date = fields.Date(readonly=True)
    last_date = fields.Date(readonly=True, help="Due day of the last installment.")
    interest_code_id = fields.Many2one(readonly=True)
    fee_code_id = fields.Many2one(readonly=True)
    overpayment = fields.Selection(tracking=True)
    missed_limit = fields.Integer(tracking=True)
    grace_days = fields.Integer(tracking=True)
    on_break = fields.Selection(tracking=True)
    note = fields.Text(string="Reason", help="Why the customer pays in installments.")
    requested_by = fields.Selection([("staff", "Staff"), ("customer", "Customer")], default="staff", readonly=True)
    asked_by = fields.Char(
        compute="_compute_asked_by", help="Who asked for the plan: a colleague, or the customer on the pay page."
    )
    approval_reason = fields.Text(
        string="Why Approval Is Needed",
        readonly=True,
        copy=False,
        help="The limit of the rule book that the plan exceeds, as it was when somebody asked for the plan.",
    )
    decision = fields.Html(
        compute="_compute_decision",
        sanitize=False,
        string="What to Know",
        help="Who asks, why approval is needed, the interest, what is open on the account, and how other plans of the"
        " customer ended.",
    )
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False, string="Approved by")
    approved_on = fields.Date(readonly=True, copy=False)
    activated_on = fields.Date(
        readonly=True, copy=False, string="Running since", help="Since this day the dates of the plan hold."
    )
    broken_on = fields.Date(readonly=True, copy=False, help="On this day more was missed than the plan allows.")
    ended_on = fields.Date(readonly=True, copy=False, help="On this day it was kept, settled, replaced or cancelled.")
    paid_on = fields.Date(
        readonly=True, copy=False, help="When everything was paid. A payment that comes back opens the plan again."
    )
    reviewed_on = fields.Date(readonly=True, copy=False, help="The last day for which the plan was judged.")
    previous_plan_id = fields.Many2one(
        "billing.installment.plan",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The plan that this one took the place of.",
    )
    original_terms = fields.Json(readonly=True, copy=False)
    installment_ids = fields.One2many(
        "billing.installment", "plan_id", readonly=True, help="Each with its day, its amount and what is paid."
    )
    charge_ids = fields.One2many("billing.charge", compute="_compute_charge_ids", string="Interest and Fee")
    charge_count = fields.Integer(compute="_compute_charge_ids", string="Number of Charges")
    move_count = fields.Integer(compute="_compute_move_count", string="Number of Invoices")
    amount_open = fields.Monetary(
        compute="_compute_progress", store=True, string="Open", help="What of the plan is still to be paid."
    )
    amount_paid = fields.Monetary(
        compute="_compute_progress", store=True, string="Paid", help="What of the plan has been paid."
    )
    missed_count = fields.Integer(compute="_compute_progress", store=True, string="Missed")
    next_date = fields.Date(
        compute="_compute_progress",
        store=True,
        string="Next Installment",
        help="Due day of the next installment that is not paid.",
    )
    progress = fields.Float(
        compute="_compute_progress_percent", string="Progress", help="How much has been paid, in percent."
    )

    _number_unique_per_company = models.Constraint(
        "UNIQUE (company_id, name)", "Another installment plan of this company has the same number."
    )
    _limits_positive = models.Constraint(
        "CHECK (missed_limit >= 0 AND grace_days >= 0)",
        "Days of grace and the number of missed installments cannot be negative.",
    )
    _running_idx = models.Index("(account_id) WHERE state IN ('active', 'broken', 'kept', 'settled')")

    @api.depends("name", "partner_id.name")
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = f"{plan.name} {plan.partner_id.name}" if plan.partner_id else plan.name

    @api.depends(
        "state",
        "installment_ids.amount_open",
        "installment_ids.amount_paid",
        "installment_ids.state",
        "installment_ids.date",
    )
    def _compute_progress(self):
        for plan in self:
            rows = plan.installment_ids
            running = rows.filtered(lambda row: row.state in ("open", "partial", "missed"))
            plan.amount_open = sum(rows.mapped("amount_open"))
            plan.amount_paid = sum(rows.mapped("amount_paid"))
            plan.missed_count = len(rows.filtered(lambda row: row.state == "missed"))
            # a plan that has ended asks for no installment, whatever is still open of it
            goes_on = plan.state in ("requested", "active")
            plan.next_date = goes_on and min(running.mapped("date"), default=False)

    @api.depends("amount_paid", "principal")
    def _compute_progress_percent(self):
        for plan in self:
            plan.progress = 100 * plan.amount_paid / plan.principal if plan.principal else 0.0

    @api.depends("requested_by", "create_uid")
    def _compute_asked_by(self):
        for plan in self:
            plan.asked_by = self.env["billing.installment.decision"].get_asker(plan)

    @api.depends("state")
    def _compute_decision(self):
        for plan in self:
            waits = plan.state == "requested" and plan._origin
            plan.decision = waits and self.env["billing.installment.decision"].render(plan._origin)

    def _compute_move_count(self):
        for plan in self:
            plan.move_count = len(plan.move_ids)

    def _compute_charge_ids(self):
        charges = self.env["billing.charge"].search([("key", "in", list(self._get_charge_keys()))])
        plans = self._get_charge_keys()
        for plan in self:
            own = charges.filtered(
                lambda charge, plan=plan: plans[charge.key] == plan and charge.company_id == plan.company_id
            )
            plan.charge_ids, plan.charge_count = own, len(own)

    def _get_charge_keys(self):
        """Return {key: plan} of the charges that plans may have."""
        keys = {plan._get_fee_key(): plan for plan in self}
        keys.update({row._get_interest_key(): row.plan_id for row in self.installment_ids})
        return keys

    def _get_fee_key(self):
        self.ensure_one()
        return f"installment_fee:{self.id}"

    @api.model
    def _complete_values(self, vals_list):
        for vals in vals_list:
            company = vals.get("company_id") or self.env.company.id
            vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code("billing.installment.plan")
        return vals_list

    @api.model
    def _get_life_advice(self):
        return self.env._("Cancel the plan and request a new one, or agree on a new plan for what is open.")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if used := self.filtered(lambda plan: plan.state not in ("requested", "cancelled") or plan.activated_on):
            raise UserError(
                self.env._(
                    "%(plans)s cannot be deleted, because a plan that was agreed is kept for the record. Cancel it"
                    " instead.",
                    plans=", ".join(used.mapped("name")),
                )
            )

    def _apply_event(self, event, values=None, is_new=False):
        """Move plans along the table of their states, and close the tasks of what has been decided by it.

        :param dict values: what is written together with the new state
        :param is_new: they were made a moment ago: nobody has a task to decide on them
        """
        decided = {state: self.filtered(lambda plan, state=state: plan.state == state) for state in TASKS}
        self.env["billing.life"].apply_event("installment_plan", self, event, values)
        for state, plans in decided.items():
            if plans and not is_new:
                self.env["billing.tasks"].close(plans.sudo(), TASKS[state])  # sudo: of whoever has to decide

    # -- buttons ------------------------------------------------------------------------------------------------------

    def action_approve(self):
        """Approve requested plans and start them."""
        self.check_access("write")
        self.env["billing.installment.request"].approve(self)

    def action_refuse(self):
        """Refuse requested plans."""
        self.check_access("write")
        self.env["billing.installment.ending"].cancel(self)

    def action_cancel(self):
        """End plans; what is open falls due as it did before."""
        self.check_access("write")
        self.env["billing.installment.ending"].cancel(self)

    def action_settle_early(self):
        """Let everything that is open fall due today; interest of later installments is not charged."""
        self.check_access("write")
        for plan in self:
            self.env["billing.installment.ending"].settle_early(plan)

    def action_resume(self):
        """Let broken plans go on."""
        self.check_access("write")
        self.env["billing.installment.ending"].resume(self)

    def action_make_due(self):
        """Let the rest of broken plans fall due."""
        self.check_access("write")
        self.env["billing.installment.ending"].make_rest_due(self)

    def action_review(self):
        """Judge the plans now, as the daily collection does."""
        self.check_access("write")
        self.env["billing.installment.review"].review_now(self)

    def action_reschedule(self):
        """Open the dialogue that agrees on a new plan for what is open."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Plan for What Is Open"),
            "res_model": "billing.installment.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_previous_plan_id": self.id, "default_move_ids": self.move_ids.ids},
        }

    def action_view_invoices(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.account_move_action_billing"),
            domain=[("id", "in", self.move_ids.ids)],
            context={"create": False},
        )

    def action_view_charges(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_charge_action"),
            domain=[("id", "in", self.charge_ids.ids)],
            context={"create": False, "search_default_not_void": 1},
        )

    @api.model
    def _get_to_review_domain(self):
        """Return the domain of plans that a day may change: what runs, and what was paid and is open again."""
        reopened = Domain("state", "in", ("kept", "settled")) & Domain("paid_on", "!=", False)
        return Domain("state", "in", ("active", "broken")) | reopened & Domain("amount_open", ">", 0)

    @api.model
    def _get_occupying_domain(self, moves):
        return Domain("move_ids", "in", moves.ids) & Domain("state", "in", OCCUPIED)
