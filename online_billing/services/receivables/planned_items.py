"""Which open items are part of an installment plan, and of which installment."""

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..shared.numbers import money


class PlannedPart(NamedTuple):
    """A part of a document that has a date of its own.

    :param amount: what is open of it, as the database has it
    :param is_virtual: the journal items do not carry the date
    :param installment_id: none where the part only keeps the date that it had before a plan
    :param plan_id: the plan while it runs
    :param is_shielded: its plan protects it
    """

    move_id: int
    day: date
    amount: float
    is_virtual: bool
    installment_id: int | None
    plan_id: int | None
    is_shielded: bool | None


class BillingPlannedItems(models.AbstractModel):
    _name = "billing.planned.items"
    _description = "Open Items of Installment Plans"

    @api.private
    def divide(self, items):
        """Name plan and installment of every item that has them; a virtual plan gives an item for each installment.

        The plan is named while it runs; a broken one protects from nothing any more.

        :param dict items: {account id: [OpenItem, ...]}
        :return: (items, ids of the installments that their plan shields)
        """
        moves = {item.move_id for own in items.values() for item in own if item.amount > 0}
        parts, shielded = defaultdict(list), set()
        for part in self._fetch_parts(moves) if moves else ():
            parts[part.move_id].append(part)
            if part.is_shielded:
                shielded.add(part.installment_id)
        if not parts:
            return items, shielded
        seen = set()
        divided = {
            account_id: [
                part
                for item in own
                for part in (
                    self._get_planned_items(item, parts[item.move_id], seen)
                    if item.amount > 0 and item.move_id in parts
                    else (item,)
                )
            ]
            for account_id, own in items.items()
        }
        return divided, shielded

    def _get_planned_items(self, item, planned, seen):
        """Return the parts of an item.

        :param seen: ids of documents of which all parts have been given: virtual ones stand for all their journal items
        """
        virtual = [part for part in planned if part.is_virtual]
        if virtual:
            if item.move_id in seen:
                return []
            seen.add(item.move_id)
            return [
                self._get_part(
                    item,
                    due_date=part.day,
                    amount=money(part.amount, item.digits),
                    plan_id=part.plan_id,
                    installment_id=part.installment_id,
                )
                for part in virtual
                if money(part.amount, item.digits)
            ]
        for part in planned:
            if part.day == item.due_date:
                return [self._get_part(item, plan_id=part.plan_id, installment_id=part.installment_id)]
        return [item]

    def _get_part(self, item, **vals):
        """Return an item of a plan: who pays in installments does not pay early, and a dispute holds every part."""
        part = item._replace(**vals, discount=None)
        return part._replace(rests=tuple(rest._replace(amount=part.amount) for rest in item.rests))

    def _fetch_parts(self, move_ids):
        """Return [PlannedPart] of documents by days.

        A part that was judged as missed has lost the shield of its plan. A part of no plan has the date that it had
        before, where the journal item could not be given it back.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT part.move_id, part.date, part.amount_open, part.is_virtual, row.id,
                       CASE WHEN plan.state = 'active' THEN plan.id END,
                       plan.state = 'active' AND row.missed_on IS NULL
                  FROM billing_installment_part part
                  LEFT JOIN billing_installment row ON row.id = part.installment_id
                  LEFT JOIN billing_installment_plan plan ON plan.id = row.plan_id
                 WHERE part.move_id = ANY(%s) AND row.is_left IS NOT TRUE
                   AND (plan.state IN ('active', 'broken', 'kept', 'settled') OR (row.id IS NULL AND part.is_virtual))
                 ORDER BY part.date, part.id
                """,
                list(move_ids),
            )
        )
        return [PlannedPart(*row) for row in rows]
