from odoo import api, fields, models

from ...engine import PlanRow, as_exact, pay_rows
from ..shared.guarded import Life


def _text(record, amount):
    return f"{amount:.{record.currency_id.decimal_places}f}"


class BillingInstallmentPart(models.Model):
    """A dated part of one invoice's receivable: what makes the due dates of a planned invoice.

    Parts of an invoice in split mode sum to its total: one for each journal item, those that were paid before the plan
    among them. Those of an invoice in virtual mode sum to what was open when the plan began.
    """

    _name = "billing.installment.part"
    _description = "Part of an Invoice in an Installment Plan"
    _inherit = ["billing.guarded"]
    _order = "date, id"
    _check_company_auto = True
    _life = Life()

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
