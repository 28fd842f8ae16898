from datetime import timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...services.installments.terms import PlanTerms

# what a rule proposes: {field here: field of the rule}
OF_THE_RULE = {
    "annual_percent": "interest_rate",
    "interest_code_id": "interest_code_id",
    "fee_code_id": "fee_code_id",
    "charge_timing": "charge_timing",
    "grace_days": "grace_days",
    "missed_limit": "missed_limit",
    "on_break": "on_break",
    "overpayment": "overpayment",
}


class BillingInstallmentWizard(models.TransientModel):
    """Ask how open invoices are to be paid in parts, and show every installment before anything is agreed."""

    _name = "billing.installment.wizard"
    _description = "Installment Plan"

    move_ids = fields.Many2many(
        "account.move", "billing_installment_wizard_move_rel", "wizard_id", "move_id", string="Invoices", required=True
    )
    previous_plan_id = fields.Many2one(
        "billing.installment.plan", string="In Place of", readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", compute="_compute_invoices")
    currency_id = fields.Many2one("res.currency", compute="_compute_invoices")
    total = fields.Monetary(compute="_compute_invoices", string="Open Amount")
    rule_id = fields.Many2one(
        "billing.installment.rule",
        string="Rule",
        compute="_compute_rule_id",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
        ondelete="cascade",
        help="The first rule that fits is proposed. Without one, only a billing manager can agree on a plan.",
    )
    method = fields.Selection(
        [
            ("equal", "Equal installments"),
            ("annuity", "Equal payments with interest"),
            ("parts", "Amounts of your choice"),
        ],
        default="equal",
        required=True,
        string="Divide into",
    )
    count = fields.Integer(default=3, string="Installments")
    first_date = fields.Date(
        required=True, string="First Installment on", default=lambda self: self._get_default_first_date()
    )
    interval_count = fields.Integer(default=1, required=True, string="Every")
    interval_unit = fields.Selection(
        [("day", "Days"), ("week", "Weeks"), ("month", "Months"), ("year", "Years")],
        default="month",
        required=True,
        string="Unit of the Interval",
    )
    remainder = fields.Selection(
        [("last", "The last installments"), ("first", "The first installments")],
        default="last",
        required=True,
        string="Odd Cents to",
    )
    deposit = fields.Monetary(
        compute="_compute_from_rule", store=True, readonly=False, help="Paid first, without interest."
    )
    deposit_date = fields.Date(default=fields.Date.context_today, string="Deposit on")
    annual_percent = fields.Float(
        digits=(7, 4), compute="_compute_from_rule", store=True, readonly=False, string="Interest per Year"
    )
    fee = fields.Monetary(compute="_compute_from_rule", store=True, readonly=False)
    interest_code_id = fields.Many2one(
        "billing.code",
        compute="_compute_from_rule",
        store=True,
        readonly=False,
        string="Billing Code of Interest",
        ondelete="cascade",
    )
    fee_code_id = fields.Many2one(
        "billing.code",
        compute="_compute_from_rule",
        store=True,
        readonly=False,
        string="Billing Code of the Fee",
        ondelete="cascade",
    )
    charge_timing = fields.Selection(
        [("next", "With the next bill"), ("now", "At once")],
        compute="_compute_from_rule",
        store=True,
        readonly=False,
        string="Invoicing of Charges",
    )
    grace_days = fields.Integer(compute="_compute_from_rule", store=True, readonly=False, string="Days of Grace")
    missed_limit = fields.Integer(
        compute="_compute_from_rule",
        store=True,
        readonly=False,
        string="Missed Installments",
        help="So many missed installments at a time break the plan. 0: it is never broken by itself.",
    )
    on_break = fields.Selection(
        [("due", "The rest falls due"), ("decide", "Staff decide")],
        compute="_compute_from_rule",
        store=True,
        readonly=False,
        string="When Broken",
    )
    overpayment = fields.Selection(
        [("next", "Goes to the next installment"), ("shorten", "Shortens the plan from its end")],
        compute="_compute_from_rule",
        store=True,
        readonly=False,
        string="Paying More than Due",
    )
    note = fields.Text(string="Reason", help="Kept with the plan.")
    line_ids = fields.One2many("billing.installment.wizard.line", "wizard_id", string="Amounts")
    preview = fields.Html(compute="_compute_preview", sanitize=False, string="Installments of the Plan")
    is_possible = fields.Boolean(compute="_compute_preview")
    is_request = fields.Boolean(compute="_compute_preview", help="Somebody has to approve the plan before it starts.")

    def _get_default_first_date(self):
        return fields.Date.context_today(self) + relativedelta(months=1)

    @api.depends("move_ids")
    def _compute_invoices(self):
        ledger = self.env["billing.installment.ledger"]
        for wizard in self:
            moves = wizard.move_ids._origin
            wizard.company_id = moves.company_id[:1] or self.env.company
            wizard.currency_id = moves.currency_id[:1] or self.env.company.currency_id
            wizard.total = float(sum(ledger.get_open_amount(move) for move in moves))

    @api.depends("move_ids")
    def _compute_rule_id(self):
        for wizard in self:
            wizard.rule_id = wizard.rule_id
            moves, previous = wizard.move_ids._origin, wizard.previous_plan_id
            try:
                self.env["billing.installment.request"].check_plannable(moves, previous)
                wizard.rule_id = self.env["billing.installment.rules"].find(
                    self.env["billing.installment.request"].get_account(moves),
                    moves,
                    wizard._get_exact_total(),
                    wizard._get_day(),
                    "staff",
                    previous,
                )
            except UserError:
                wizard.rule_id = False  # the preview says why

    def _get_exact_total(self):
        ledger = self.env["billing.installment.ledger"]
        return sum(ledger.get_open_amount(move) for move in self.move_ids._origin)

    @api.depends("rule_id")
    def _compute_from_rule(self):
        for wizard in self:
            rule = wizard.rule_id
            for name, of_rule in OF_THE_RULE.items():
                wizard[name] = (
                    rule[of_rule] if rule else self.env["billing.installment.plan"].default_get([name]).get(name)
                )
            wizard.fee = self._convert(rule, rule.fee_amount, wizard.currency_id)
            deposit = wizard.total * rule.deposit_percent / 100
            wizard.deposit = wizard.currency_id.round(deposit) if rule.deposit_percent else 0.0

    def _convert(self, rule, amount, currency):
        if not rule or rule.currency_id == currency:
            return amount if rule else 0.0
        return rule.currency_id._convert(amount, currency, rule.company_id, fields.Date.context_today(self))

    def _get_day(self):
        return fields.Date.context_today(self)

    def _get_terms(self):
        """Return what was typed as the terms of the service."""
        digits = self.currency_id.decimal_places

        def number(value, places=digits):
            return Decimal(f"{value or 0.0:.{places}f}")

        return PlanTerms(
            first_date=self.first_date or self._get_default_first_date(),
            method=self.method,
            count=self.count,
            interval_unit=self.interval_unit or "month",
            interval_count=self.interval_count,
            parts=tuple(
                (line.kind, number(line.value, 4 if line.kind == "percent" else digits), line.date or None)
                for line in self.line_ids
            ),
            annual_percent=number(self.annual_percent, 4),
            deposit=number(self.deposit),
            deposit_date=self.deposit_date or self._get_day() - timedelta(days=1),
            fee=number(self.fee),
            remainder=self.remainder or "last",
            overpayment=self.overpayment or "next",
            missed_limit=self.missed_limit,
            grace_days=self.grace_days,
            on_break=self.on_break or "due",
            charge_timing=self.charge_timing or "next",
            interest_code_id=self.interest_code_id.id or None,
            fee_code_id=self.fee_code_id.id or None,
        )

    @api.depends(
        "move_ids",
        "rule_id",
        "method",
        "count",
        "first_date",
        "interval_unit",
        "interval_count",
        "remainder",
        "deposit",
        "deposit_date",
        "annual_percent",
        "fee",
        "interest_code_id",
        "fee_code_id",
        "line_ids.kind",
        "line_ids.value",
        "line_ids.date",
    )
    def _compute_preview(self):
        for wizard in self:
            wizard.is_possible, values = wizard._get_preview()
            wizard.is_request = values["needs_approval"]
            wizard.preview = self.env["ir.qweb"]._render("online_billing.installment_preview", values)

    def _get_preview(self):
        """Return whether the plan can be agreed, and what the preview shows."""
        moves = self.move_ids._origin
        try:
            preview = self.env["billing.installment.request"].preview(
                moves, self._get_terms(), self.rule_id, self.previous_plan_id
            )
        except UserError as error:
            return False, {"rows": (), "refusal": str(error), "problems": [], "needs_approval": False, "mode": None}
        may_approve = self.env["billing.installment.rules"].may_approve(self.rule_id)
        currency = self.currency_id
        shown = [
            {
                "number": row.sequence,
                "is_deposit": row.is_deposit,
                "day": format_date(self.env, row.due_date),
                "principal": currency.format(float(row.principal)),
                "interest": currency.format(float(row.interest)) if row.interest else "",
                "fee": currency.format(float(row.fee)) if row.fee else "",
                "payment": currency.format(float(row.payment)),
                "balance": currency.format(float(row.balance)),
                "invoices": ", ".join(
                    preview.moves[place].name for number, place, _amount in preview.pieces if number == row.sequence - 1
                ),
            }
            for row in preview.rows
        ]
        ledger = self.env["billing.installment.ledger"]
        values = {
            "rows": shown,
            "refusal": None,
            "problems": preview.problems,
            "may_approve": may_approve,
            "needs_approval": preview.needs_approval and not may_approve,
            "approver": preview.rule.approver_id.name,
            "rule": preview.rule.name,
            "approval_limit": preview.rule.currency_id.format(preview.rule.approval_limit)
            if preview.rule.approval_limit
            else "",
            "principal": currency.format(float(sum(row.principal for row in preview.rows))),
            "interest": currency.format(float(sum(row.interest for row in preview.rows))),
            "has_interest": any(row.interest for row in preview.rows),
            "has_fee": any(row.fee for row in preview.rows),
            "payment": currency.format(float(sum(row.payment for row in preview.rows))),
            "several": len(moves) > 1,
            "virtual": moves.filtered(lambda move: ledger.get_mode(move) == "virtual").mapped("name"),
        }
        return not preview.problems or may_approve, values

    def action_confirm(self):
        """Request the plan; it starts at once where nobody has to approve it."""
        self.ensure_one()
        self.env["billing.installment.plan"].check_access("write")
        self.move_ids.check_access("read")
        plan = self.env["billing.installment.request"].request(
            self.move_ids, self._get_terms(), self.rule_id, note=self.note, previous=self.previous_plan_id or None
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "billing.installment.plan",
            "res_id": plan.id,
            "view_mode": "form",
        }
