from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...services.installments.terms import get_proposed_first_date, read_dialogue
from ...services.shared.numbers import as_float

# what a rule proposes as it is
OF_THE_RULE = (
    "interest_rate",
    "interest_code_id",
    "fee_code_id",
    "charge_timing",
    "grace_days",
    "missed_limit",
    "on_break",
    "overpayment",
)
# a field that the dialogue fills from the rule
PROPOSED = {"compute": "_compute_from_rule", "store": True, "readonly": False, "required": False, "default": None}


class BillingInstallmentWizard(models.TransientModel):
    """Ask how open invoices are to be paid in parts, and show every installment before anything is agreed."""

    _name = "billing.installment.wizard"
    _inherit = ["billing.installment.agreed.schedule"]
    _description = "Installment Plan"

    move_ids = fields.Many2many(
        "account.move", "billing_installment_wizard_move_rel", "wizard_id", "move_id", string="Invoices", required=True
    )
    previous_plan_id = fields.Many2one(
        "billing.installment.plan",
        string="In Place of",
        readonly=True,
        ondelete="cascade",
        help="The plan that ends when this one begins.",
    )
    company_id = fields.Many2one("res.company", compute="_compute_invoices")
    currency_id = fields.Many2one("res.currency", compute="_compute_invoices")
    total = fields.Monetary(compute="_compute_invoices", string="Open Amount", help="What is open of the invoices.")
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
    count = fields.Integer(
        default=3, string="Installments", help="Into how many parts the amount is divided, without the deposit."
    )
    first_date = fields.Date(required=True, compute="_compute_days", store=True, readonly=False, precompute=True)
    interval_unit = fields.Selection(required=True)
    interval_count = fields.Integer(required=True)
    remainder = fields.Selection(
        [("last", "The last installments"), ("first", "The first installments")],
        default="last",
        required=True,
        string="Odd Cents to",
        help="Which installment gets the cents that cannot be divided.",
    )
    deposit = fields.Monetary(compute="_compute_from_rule", store=True, readonly=False)
    deposit_date = fields.Date(
        compute="_compute_days",
        store=True,
        readonly=False,
        precompute=True,
        string="Deposit on",
        help="The plan begins when the deposit is paid.",
    )
    fee = fields.Monetary(compute="_compute_from_rule", store=True, readonly=False)
    interest_rate = fields.Float(**PROPOSED)
    interest_code_id = fields.Many2one(ondelete="cascade", **PROPOSED)
    fee_code_id = fields.Many2one(ondelete="cascade", **PROPOSED)
    charge_timing = fields.Selection(**PROPOSED)
    grace_days = fields.Integer(**PROPOSED)
    missed_limit = fields.Integer(**PROPOSED)
    on_break = fields.Selection(**PROPOSED)
    overpayment = fields.Selection(**PROPOSED)
    note = fields.Text(string="Reason", help="Kept with the plan.")
    line_ids = fields.One2many(
        "billing.installment.wizard.line",
        "wizard_id",
        string="Amounts",
        help="Days and amounts as agreed; one line may take the rest.",
    )
    preview = fields.Html(
        compute="_compute_preview",
        sanitize=False,
        string="Installments of the Plan",
        help="What the customer pays and when; nothing is agreed before you confirm.",
    )
    is_possible = fields.Boolean(compute="_compute_preview")
    is_request = fields.Boolean(compute="_compute_preview", help="Somebody has to approve the plan before it starts.")

    @api.depends("move_ids")
    def _compute_invoices(self):
        ledger = self.env["billing.installment.ledger"]
        for wizard in self:
            moves = wizard.move_ids._origin
            wizard.company_id = moves.company_id[:1] or self.env.company
            wizard.currency_id = moves.currency_id[:1] or self.env.company.currency_id
            wizard.total = float(sum(ledger.get_plannable_amounts(moves).values()))

    @api.depends("move_ids")
    def _compute_days(self):
        """Propose days from the local day of the account on; what was typed stays."""
        for wizard in self:
            day = wizard._get_day()
            wizard.first_date = wizard.first_date or get_proposed_first_date(day)
            wizard.deposit_date = wizard.deposit_date or day

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
        return sum(ledger.get_plannable_amounts(self.move_ids._origin).values())

    @api.depends("rule_id")
    def _compute_from_rule(self):
        for wizard in self:
            rule = wizard.rule_id
            usual = {} if rule else self.env["billing.installment.plan"].default_get(list(OF_THE_RULE))
            for name in OF_THE_RULE:
                wizard[name] = rule[name] if rule else usual.get(name)
            book, currency = self.env["billing.installment.rules"], wizard.currency_id
            wizard.fee = as_float(book.get_fee(rule, currency, wizard._get_day())) if currency else 0.0
            total = wizard._get_exact_total()
            wizard.deposit = as_float(book.get_deposit(rule, total, currency)) if currency else 0.0

    def _get_day(self):
        """Return the local day of the account of the invoices."""
        moves = self.move_ids._origin
        return moves[0]._get_billing_day() if moves else fields.Date.context_today(self)

    def _get_terms(self):
        """Return what was typed as the terms of the service."""
        return read_dialogue(self, self._get_day())

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
        "interest_rate",
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
