"""Say in advance what the next bill will correct when a quantity or an end changes; nothing is written."""

from dataclasses import replace

from odoo import api, models
from odoo.tools import SQL

from ...engine import due
from ..billing.rounding import PeriodRounding
from ..shared.numbers import exact, get_roundings
from ..shared.values import day_after, inclusive


class BillingRating(models.AbstractModel):
    _inherit = "billing.rating"

    @api.private
    def get_quantity_corrections(self, line, day, quantity):
        """Return what the next bill corrects if a line has another quantity from a day on.

        :return: list of {"name", "first", "last", "amount"}; amounts before tax, credits negative
        :raise EngineError: the line cannot be rated
        """

        def change(terms):
            kept = [known for known in terms.quantities if known[0] != day or day == terms.start]
            return replace(terms, quantities=tuple(sorted([*kept, (day, exact(quantity))], key=lambda known: known[0])))

        return self._get_corrections(line, day, change)

    @api.private
    def get_end_corrections(self, subscription, last_day, credit_unused):
        """Return what the next bill corrects if a subscription ends on a day."""
        end = day_after(last_day)
        return self._get_corrections(
            subscription.line_ids, end, lambda terms: replace(terms, end=end, credit_unused=credit_unused)
        )

    def _get_corrections(self, lines, day, change):
        self.env.flush_all()
        rows = []
        for row in self.env["billing.subscription.terms"].fetch_line_rows(SQL("line.id = ANY(%s)", lines.ids)):
            if row.billed_until and day < row.billed_until:
                start = self.env["billing.subscription.terms"].get_period(row, day).start
                rows.append(row._replace(recheck_from=min(filter(None, (row.recheck_from, start)))))
        if not rows:
            return []
        horizon = max(row.billed_until for row in rows)
        terms, billed = (
            self.env["billing.subscription.terms"].prepare_terms(rows, horizon),
            self.env["billing.subscription.terms"].get_billed(rows),
        )
        digits = get_roundings(self.env, {row.currency_id for row in rows})
        corrections = []
        for row in rows:
            was = billed.get(row.id, ())
            rounding = PeriodRounding(was, digits[row.currency_id])
            owed = due(change(terms[row.id]), horizon, row.billed_until, was, row.recheck_from, digits[row.currency_id])
            for one in owed:
                amount = rounding.round(one)
                if one.kind == "adjustment" and amount:
                    item = self.env["billing.source.subscriptions"].get_item(row, one, amount)
                    first, last = inclusive(one.period)
                    corrections.append(
                        {"name": row.name, "first": max(first, day), "last": last, "amount": item.amount}
                    )
        return corrections
