"""What is open of the parts of a plan that leaves the journal items of an invoice as they are."""

from odoo import api, models

from ...engine import as_exact, pay_rows
from ..shared.numbers import as_float, to_decimal
from .terms import make_row


class BillingInstallmentVirtualParts(models.AbstractModel):
    _name = "billing.installment.virtual.parts"
    _description = "Open Amounts of Virtual Installments"

    @api.private
    def get_open(self, parts):
        """Spread what was paid since the plan began: chosen installments first, then as the plan says.

        :param parts: all virtual parts of one invoice
        :return: {`billing.installment.part`: open amount}
        """
        parts = parts.sorted("date")
        move, currency = parts.move_id, parts[0].currency_id
        terms = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        agreed = [as_exact(to_decimal(part.amount, currency)) for part in parts]
        residual = as_exact(to_decimal(abs(sum(terms.mapped("amount_residual_currency"))), currency))
        paid = max(sum(agreed) - residual, 0)
        chosen = self._get_chosen_amounts(parts, terms)
        rows = []
        for part, amount in zip(parts, agreed, strict=True):
            taken = min(amount, as_exact(to_decimal(chosen.get(part.installment_id, 0.0), currency)), paid)
            paid -= taken
            rows.append(make_row(part, part.date, amount - taken))
        plan = parts.installment_id.plan_id[:1]
        left = pay_rows(rows, paid, plan.overpayment or "next", plan.reviewed_on or move._get_billing_day())
        return {part: as_float(amount) for part, amount in zip(parts, left, strict=True)}

    def _get_chosen_amounts(self, parts, terms):
        """Return {installment: amount} of payments that were made for a certain installment of these parts."""
        result = {}
        for partial in terms.matched_credit_ids:
            chosen = partial.credit_move_id.payment_id.billing_installment_id
            if chosen in parts.installment_id:
                result[chosen] = result.get(chosen, 0.0) + partial.debit_amount_currency
        return result
