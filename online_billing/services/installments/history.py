"""What took something off the installments of plans: when, how much, and whether it was money."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import api, models

from ...engine import as_exact, round_half_up, spread_payments
from ..shared.numbers import to_decimal
from .terms import get_plan_row

#: a debt that ends so was not paid
WITHOUT_MONEY = frozenset({"credit", "write_off"})


class Taken(NamedTuple):
    """What was taken off a part of a plan."""

    day: date
    amount: Decimal
    kind: str  # as the settlements say: payment, credit, write_off


class BillingInstallmentHistory(models.AbstractModel):
    _name = "billing.installment.history"
    _description = "What Was Paid of Installments, and When"

    @api.private
    def get_taken(self, moves):
        """Return what was taken off each part of invoices, whether or not their journal items carry the dates.

        :param moves: invoices with parts of a plan
        :return: {`billing.installment.part`: [Taken, ...] in order of days}
        """
        moves = moves.sudo()  # sudo: what was paid of a plan that may be read
        ledger, settlements = self.env["billing.installment.ledger"], self._get_settlements(moves)
        found = {}
        for move in moves:
            parts = move.billing_installment_part_ids
            virtual = parts.filtered(lambda part: part.is_virtual and part.installment_id).sorted("date")
            if virtual:
                every = [one for line in ledger.get_terms(move) for one in settlements.get(line.id, ())]
                found.update(self._spread(virtual, sorted(every, key=lambda one: (one.day, one.id))))
                continue
            lines = ledger.get_terms(move).grouped("date_maturity")
            for part in parts.filtered("installment_id"):
                own = [one for line in lines.get(part.date, ()) for one in settlements.get(line.id, ())]
                found[part] = [Taken(one.day, one.amount, one.kind) for one in own if one.amount]
        return found

    def _get_settlements(self, moves):
        matched = moves.line_ids.filtered(
            lambda line: line.display_type == "payment_term" and (line.matched_credit_ids or line.matched_debit_ids)
        )
        return self.env["billing.settlements"].get_settlements(matched.ids)

    def _spread(self, parts, settlements):
        """Spread what was taken off a journal item since the plan began over the parts that it stands for."""
        currency, plan = parts[0].currency_id, parts.installment_id.plan_id[:1]
        left = sum(as_exact(to_decimal(part.amount - part.amount_open, currency)) for part in parts)
        since = []
        for one in reversed(settlements):
            amount = min(as_exact(one.amount), left)
            if amount > 0:
                left -= amount
                since.insert(0, (one, amount))
        lines = self.env["account.move.line"].sudo().browse([one.counterpart_id for one, _amount in since])
        chosen = {line.id: line.payment_id.billing_installment_id.id or None for line in lines}  # sudo: as above
        rows = [get_plan_row(part.installment_id.id, part, part.amount_open) for part in parts]
        spread = spread_payments(
            rows, [(one.day, amount, chosen[one.counterpart_id]) for one, amount in since], plan.overpayment or "next"
        )
        digits = currency.decimal_places
        return {
            part: [
                Taken(since[place][0].day, round_half_up(amount, digits), since[place][0].kind)
                for place, amount in spread.get(part.installment_id.id, ())
            ]
            for part in parts
        }

    @api.private
    def get_lost(self, plan):
        """Return {`billing.installment`: Decimal} of what went without money."""
        lost = defaultdict(Decimal)
        for part, taken in self.get_taken(plan.move_ids.filtered(lambda move: move.state == "posted")).items():
            if part.plan_id == plan:
                lost[part.installment_id] += sum(one.amount for one in taken if one.kind in WITHOUT_MONEY)
        for part in plan.move_ids.filtered(lambda move: move.state == "cancel").billing_installment_part_ids:
            if part.plan_id == plan:
                lost[part.installment_id] += to_decimal(part.amount, part.currency_id)
        return dict(lost)

    @api.private
    def get_open_at(self, plan, days):
        """Return what was open of the invoices of a plan at the end of days, without what was never paid with money.

        What is on no installment, because it was in dispute, is no part of it.

        :return: {day: Decimal}
        """
        moves = plan.move_ids.sudo().filtered(lambda move: move.state == "posted")  # sudo: as in `get_taken`
        ledger = self.env["billing.installment.ledger"]
        now = sum((ledger.get_open_amount(move) for move in moves), Decimal(0))
        beside = moves.billing_installment_part_ids.filtered(lambda part: not part.installment_id)
        now -= to_decimal(sum(beside.mapped("amount_open")), plan.currency_id)
        paid = [one for own in self._get_settlements(moves).values() for one in own if one.kind == "payment"]
        return {day: now + sum((one.amount for one in paid if one.day > day), Decimal(0)) for day in days}
