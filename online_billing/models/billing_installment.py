from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..engine import PlanRow, as_exact, pay_rows
from .billing_installment_plan import IN_FORCE


class BillingInstallment(models.Model):
    """One dated part of a plan, as the customer pays it. Only the plan changes it: journal items hang on it."""

    _name = "billing.installment"
    _description = "Installment"
    _order = "date, plan_id, sequence"
    _check_company_auto = True

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
    )
    date = fields.Date(required=True, readonly=True, string="Due on", index=True)
    amount = fields.Monetary(required=True, readonly=True, help="What is paid of the invoices.")
    interest = fields.Monetary(readonly=True, help="Charged on its own when the installment falls due, before tax.")
    fee = fields.Monetary(readonly=True, help="Charged on its own, before tax.")
    balance = fields.Monetary(readonly=True, string="Left Afterwards", aggregator=None)
    amount_total = fields.Monetary(compute="_compute_amount_total", store=True, string="Payment")
    part_ids = fields.One2many("billing.installment.part", "installment_id", readonly=True)
    move_id = fields.Many2one(
        "account.move", compute="_compute_move_id", store=True, string="Invoice", index="btree_not_null"
    )
    amount_open = fields.Monetary(compute="_compute_amounts", store=True, string="Open")
    amount_paid = fields.Monetary(compute="_compute_amounts", store=True, string="Paid")
    amount_frozen = fields.Monetary(readonly=True, help="What was paid when the plan was left.")
    is_left = fields.Boolean(readonly=True, help="The plan was left; nothing more is expected here.")
    missed_on = fields.Date(readonly=True, index="btree_not_null")
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
    )

    _number_unique_per_plan = models.Constraint("UNIQUE (plan_id, sequence)", "This number exists in the plan already.")
    _amount_positive = models.Constraint("CHECK (amount > 0)", "An installment must be positive.")

    @api.depends("sequence", "date", "plan_id.name", "partner_id.name")
    @api.depends_context("lang", "billing_show_customer")
    def _compute_display_name(self):
        _ = self.env._
        for row in self:
            day = row.date and format_date(self.env, row.date, date_format="d MMM y")
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

    @api.depends("part_ids.amount_open", "amount", "is_left", "amount_frozen", "missed_on", "plan_id.state")
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
            row.amount_paid = row.amount - row.amount_open
            if row.plan_id.state in ("cancelled", "rescheduled"):
                row.amount_paid, row.state = 0.0, "cancelled"
            elif currency.is_zero(row.amount_open):
                row.state = "paid"
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


class BillingInstallmentPart(models.Model):
    """A dated part of one invoice's receivable: what makes the due dates of a planned invoice.

    Parts of an invoice in split mode sum to its total: one for each journal item, those that were paid before the plan
    among them. Those of an invoice in virtual mode sum to what was open when the plan began.
    """

    _name = "billing.installment.part"
    _description = "Part of an Invoice in an Installment Plan"
    _order = "date, id"
    _check_company_auto = True

    move_id = fields.Many2one("account.move", required=True, index=True, ondelete="cascade", check_company=True)
    installment_id = fields.Many2one(
        "billing.installment", index="btree_not_null", ondelete="cascade", check_company=True
    )
    plan_id = fields.Many2one(related="installment_id.plan_id", string="Plan")
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the Company")
    date = fields.Date(required=True)
    amount = fields.Monetary(required=True, help="In the currency of the invoice.")
    company_amount = fields.Monetary(currency_field="company_currency_id", help="In the currency of the company.")
    is_virtual = fields.Boolean(help="The journal item of the invoice does not have this date.")
    amount_open = fields.Monetary(compute="_compute_amount_open", store=True, string="Open")
    state = fields.Selection(related="installment_id.state", string="State of the Installment")

    _date_unique_per_move = models.Constraint("UNIQUE (move_id, date, is_virtual)", "An invoice has one part a day.")

    @api.depends(
        "date",
        "amount",
        "is_virtual",
        "move_id.state",
        "move_id.line_ids.amount_residual_currency",
        "move_id.line_ids.date_maturity",
        "installment_id.plan_id.overpayment",
        "installment_id.plan_id.reviewed_on",
    )
    def _compute_amount_open(self):
        for (move, is_virtual), parts in self.grouped(lambda part: (part.move_id, part.is_virtual)).items():
            if move.state == "cancel":
                parts.amount_open = 0.0
            elif is_virtual:
                parts._set_virtual_open(move)
            else:
                # sudo: journal items of an invoice whose plan may be read
                terms = move.sudo().line_ids.filtered(lambda line: line.display_type == "payment_term")
                for part in parts:
                    own = terms.filtered(lambda line, part=part: line.date_maturity == part.date)
                    part.amount_open = abs(sum(own.mapped("amount_residual_currency")))

    def _set_virtual_open(self, move):
        """Spread what was paid since the plan began: chosen installments first, then as the plan says."""
        # sudo: the parts of one invoice belong together
        every = move.sudo().billing_installment_part_ids.filtered("is_virtual").sorted("date")
        terms = move.sudo().line_ids.filtered(lambda line: line.display_type == "payment_term")
        agreed = [as_exact(_text(part, part.amount)) for part in every]
        residual = as_exact(_text(every[0], abs(sum(terms.mapped("amount_residual_currency")))))
        paid = max(sum(agreed) - residual, 0)
        chosen = every._get_chosen_amounts(terms)
        taken = []
        for part, amount in zip(every, agreed, strict=True):
            taken.append(min(amount, as_exact(_text(part, chosen.get(part.installment_id, 0.0))), paid))
            paid -= taken[-1]
        rows = [
            PlanRow(part, part.date, amount - already, amount - already)
            for part, amount, already in zip(every, agreed, taken, strict=True)
        ]
        plan = every.installment_id.plan_id[:1]
        day = plan.reviewed_on or fields.Date.context_today(self)
        left = pay_rows(rows, paid, plan.overpayment or "next", day)
        for part, amount in zip(every, left, strict=True):
            if part in self:
                part.amount_open = float(amount)

    def _get_chosen_amounts(self, terms):
        """Return {installment: amount} of payments that were made for a certain installment of these parts."""
        result = {}
        for partial in terms.matched_credit_ids:
            chosen = partial.credit_move_id.payment_id.billing_installment_id
            if chosen in self.installment_id:
                result[chosen] = result.get(chosen, 0.0) + partial.debit_amount_currency
        return result

    def _get_lines(self):
        """Return the journal items that carry these parts; of a virtual plan, the due lines of the invoice."""
        lines = self.env["account.move.line"]
        for part in self:
            terms = part.move_id.line_ids.filtered(lambda line: line.display_type == "payment_term")
            lines |= (
                terms if part.is_virtual else terms.filtered(lambda line, part=part: line.date_maturity == part.date)
            )
        return lines


def _text(record, amount):
    return f"{amount:.{record.currency_id.decimal_places}f}"
