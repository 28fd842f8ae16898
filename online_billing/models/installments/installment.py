from odoo import api, fields, models
from odoo.exceptions import UserError

from ..shared.guarded import Life
from .plan import IN_FORCE


class BillingInstallment(models.Model):
    """One dated part of a plan, as the customer pays it. Only the plan changes it: journal items hang on it."""

    _name = "billing.installment"
    _description = "Installment"
    _inherit = ["billing.guarded"]
    _order = "date, sequence, id"
    _check_company_auto = True
    _life = Life()

    plan_id = fields.Many2one("billing.installment.plan", required=True, index=True, ondelete="cascade")
    account_id = fields.Many2one(related="plan_id.account_id", store=True, index=True)
    partner_id = fields.Many2one(related="plan_id.partner_id", string="Customer", store=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="plan_id.currency_id", store=True)
    plan_state = fields.Selection(related="plan_id.state", store=True, string="State of the Plan")
    sequence = fields.Integer(string="Number", required=True, readonly=True, aggregator=None)
    kind = fields.Selection(
        [("deposit", "Deposit"), ("regular", "Installment"), ("extra", "Paid in Advance"), ("rest", "The Rest")],
        default="regular",
        required=True,
        readonly=True,
        help="The deposit, an installment as agreed, what was paid in advance, or the rest after the plan ended.",
    )
    date = fields.Date(required=True, readonly=True, string="Due on")
    amount = fields.Monetary(required=True, readonly=True, help="What is paid of the invoices.")
    interest = fields.Monetary(readonly=True, help="Charged on its own when the installment falls due, before tax.")
    fee = fields.Monetary(readonly=True, help="Charged on its own, before tax.")
    balance = fields.Monetary(
        readonly=True, string="Left Afterwards", aggregator=None, help="What is left of the plan after it."
    )
    amount_total = fields.Monetary(
        compute="_compute_amount_total",
        store=True,
        string="Payment",
        help="What the customer pays with it, interest included.",
    )
    part_ids = fields.One2many(
        "billing.installment.part", "installment_id", readonly=True, help="Which invoice gets how much of it."
    )
    move_id = fields.Many2one(
        "account.move", compute="_compute_move_id", store=True, string="Invoice", index="btree_not_null"
    )
    amount_open = fields.Monetary(
        compute="_compute_amounts", store=True, string="Open", help="What of it is still to be paid."
    )
    amount_paid = fields.Monetary(
        compute="_compute_amounts", store=True, string="Paid", help="What of it has been paid."
    )
    amount_lost = fields.Monetary(
        readonly=True,
        string="Ended Without Money",
        help="Credited, written off, or on an invoice that was cancelled: not paid, and without interest.",
    )
    amount_frozen = fields.Monetary(readonly=True, help="What was paid when the plan was left.")
    is_left = fields.Boolean(readonly=True, help="The plan was left; nothing more is expected here.")
    missed_on = fields.Date(
        readonly=True,
        index="btree_not_null",
        help="The day on which it counted as missed: the due date and the days of grace had passed.",
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("partial", "Partly Paid"),
            ("paid", "Paid"),
            ("missed", "Missed"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_amounts",
        store=True,
        index=True,
        help="Missed: the days of grace have passed and something of it is open.",
    )

    _soonest_idx = models.Index("(date, sequence, id)")
    _number_unique_per_plan = models.Constraint("UNIQUE (plan_id, sequence)", "This number exists in the plan already.")
    _amount_positive = models.Constraint("CHECK (amount > 0)", "An installment must be positive.")

    @api.depends("sequence", "date", "plan_id.name", "partner_id.name")
    @api.depends_context("lang", "billing_show_customer")
    def _compute_display_name(self):
        _ = self.env._
        for row in self:
            day = row.date and self.env["billing.explanation"].get_dates_label(row.date, row.date)
            name = _("%(plan)s part %(number)s, %(day)s", plan=row.plan_id.name, number=row.sequence, day=day)
            shows_customer = self.env.context.get("billing_show_customer") and row.partner_id
            row.display_name = f"{row.partner_id.name}: {name}" if shows_customer else name

    @api.depends("amount", "interest", "fee")
    def _compute_amount_total(self):
        for row in self:
            row.amount_total = row.amount + row.interest + row.fee

    @api.depends("part_ids.move_id")
    def _compute_move_id(self):
        for row in self:
            row.move_id = row.part_ids.move_id[:1] or row.move_id

    @api.depends(
        "part_ids.amount_open", "part_ids.amount", "part_ids.move_id.state",
        "amount", "amount_lost", "is_left", "amount_frozen", "missed_on", "plan_id.state",
    )  # fmt: skip
    def _compute_amounts(self):
        for row in self:
            currency = row.currency_id
            if row.is_left:
                row.amount_open, row.amount_paid = 0.0, row.amount_frozen
                is_paid = currency.compare_amounts(row.amount_frozen, row.amount) >= 0
                row.state = "paid" if is_paid else "cancelled"
                continue
            if row.plan_id.state in IN_FORCE and row.part_ids:
                row.amount_open = sum(row.part_ids.mapped("amount_open"))
            else:
                row.amount_open = 0.0 if row.plan_id.state in ("cancelled", "rescheduled") else row.amount
            gone = sum(row.part_ids.filtered(lambda part: part.move_id.state == "cancel").mapped("amount"))
            lost = min(max(row.amount_lost, gone), row.amount - row.amount_open)
            row.amount_paid = row.amount - row.amount_open - lost
            if row.plan_id.state in ("cancelled", "rescheduled"):
                row.amount_paid, row.state = 0.0, "cancelled"
            elif currency.is_zero(row.amount_open):
                row.state = "cancelled" if lost and currency.is_zero(row.amount_paid) else "paid"
            elif row.missed_on:
                row.state = "missed"
            else:
                row.state = "open" if currency.is_zero(row.amount_paid) else "partial"

    def _get_interest_key(self):
        self.ensure_one()
        return f"installment_interest:{self.id}"

    def _get_open_lines(self):
        """Return the journal items on which a payment of these installments lands."""
        return self.part_ids._get_lines().filtered(lambda line: not line.reconciled)

    def action_register_payment(self):
        """Open Odoo's payment registration for exactly these installments."""
        self.check_access("read")
        open_rows = self.filtered(lambda row: row.plan_state in IN_FORCE and row.state in ("open", "partial", "missed"))
        lines = open_rows._get_open_lines()
        if not lines:
            raise UserError(
                self.env._("There is nothing to pay: the installment is paid already, or its plan does not run.")
            )
        action = lines.action_register_payment()
        action["context"] = {
            **action["context"],
            "active_model": "account.move.line",
            "active_ids": lines.ids,
            "default_billing_installment_id": open_rows.id if len(open_rows) == 1 else False,
            "default_amount": sum(open_rows.mapped("amount_open")),
            "default_group_payment": True,  # one payment, also for several invoices
        }
        return action

    def action_payment_link(self):
        """Open Odoo's dialogue for a payment link, for this installment."""
        self.ensure_one()
        self.check_access("read")
        move = self._get_open_lines().move_id[:1]
        if not move or self.plan_state not in IN_FORCE:
            raise UserError(
                self.env._("There is nothing to pay: the installment is paid already, or its plan does not run.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payment Link for Installment %(number)s", number=self.display_name),
            "res_model": "payment.link.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "active_model": "account.move",
                "active_id": move.id,
                "default_billing_installment_id": self.id,
            },
        }

    def action_view_plan(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "billing.installment.plan",
            "res_id": self.plan_id.id,
            "view_mode": "form",
        }
