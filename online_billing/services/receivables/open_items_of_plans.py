"""Tell the collection which open items belong to an installment plan."""

from collections import defaultdict
from decimal import Decimal

from odoo import models
from odoo.tools import SQL


class BillingOpenItems(models.AbstractModel):
    _inherit = "billing.open.items"

    def _get_installments(self, items):
        """Name plan and installment of every item that has them; a virtual plan gives an item for each installment.

        The plan is named while it runs; a broken one protects from nothing any more.
        """
        found = dict(super()._get_installments(items))
        own = {item.line_id: item for item in items if item.amount > 0}
        parts = defaultdict(list)
        for part in self._fetch_parts({item.move_id for item in own.values()}) if own else ():
            parts[part[0]].append(part[1:])
        for line_id, item in own.items():
            if planned := parts.get(item.move_id):
                found[line_id] = self._get_planned_items(item, planned)
        return found

    def _get_planned_items(self, item, planned):
        virtual = [entry for entry in planned if entry[2]]
        if virtual:
            return [
                item._replace(
                    due_date=day,
                    amount=Decimal(f"{amount:.{item.digits}f}"),
                    fee_amount=item.fee_amount if not place else Decimal(0),
                    plan_id=plan_id,
                    installment_id=row_id,
                )
                for place, (day, amount, _virtual, row_id, plan_id) in enumerate(virtual)
                if round(amount, item.digits)
            ]
        for day, _amount, _virtual, row_id, plan_id in planned:
            if day == item.due_date:
                return [item._replace(plan_id=plan_id, installment_id=row_id)]
        return [item]

    def _fetch_parts(self, move_ids):
        """Return (move, day, open amount, is virtual, installment, running plan or None) in order of days."""
        return self.env.execute_query(
            SQL(
                """
                SELECT part.move_id, part.date, part.amount_open, part.is_virtual, row.id,
                       CASE WHEN plan.state = 'active' THEN plan.id END
                  FROM billing_installment_part part
                  JOIN billing_installment row ON row.id = part.installment_id
                  JOIN billing_installment_plan plan ON plan.id = row.plan_id
                 WHERE part.move_id = ANY(%s) AND row.is_left IS NOT TRUE
                   AND plan.state IN ('active', 'broken', 'kept', 'settled')
                 ORDER BY part.date, part.id
                """,
                list(move_ids),
            )
        )
