"""Source of bill items: what subscriptions owe, every missed period up to the target day."""

from odoo import api, models
from odoo.tools import SQL

from ...engine import EngineError, due, next_due_date
from ..shared.numbers import as_decimal, get_roundings
from ..shared.values import BillItem, FoundItem, LineAdvance
from .rounding import PeriodRounding


class BillingSourceSubscriptions(models.AbstractModel):
    _name = "billing.source.subscriptions"
    _description = "Bill Items of Subscriptions"

    @api.private
    def collect(self, prepared, targets, _found):
        """Return what subscriptions owe, and note in `prepared` how far each line comes.

        An account that cannot be rated is set aside with its reason. See `billing.sources`.
        """
        horizon = max(targets.values())
        rows = self.env["billing.subscription.terms"].fetch_line_rows(
            SQL(
                "subscription.account_id = ANY(%s) AND subscription.state = 'active' AND line.next_due_date <= %s",
                list(targets),
                horizon,
            )
        )
        failed = {}
        terms = self.env["billing.subscription.terms"].prepare_terms(rows, horizon, failed)
        billed = self.env["billing.subscription.terms"].get_billed(rows)
        roundings = get_roundings(self.env, {row.currency_id for row in rows})
        items, rated = [], {}
        for row in rows:
            if row.account_id in failed:
                continue
            own_terms, target, was = terms[row.id], targets[row.account_id], billed.get(row.id)
            # lines with the same terms that have come equally far owe the same
            key = (id(own_terms), target, row.billed_until, row.recheck_from, row.id if was else None)
            try:
                if key not in rated:
                    rated[key] = self._rate_line(own_terms, row, target, was or (), roundings[row.currency_id])
            except EngineError as error:
                failed[row.account_id] = error
                continue
            owed, billed_until, next_due = rated[key]
            for one, amount in owed:
                items.append(FoundItem(row.account_id, one.due_date, self.get_item(row, one, amount), "own"))
            prepared.advances[row.id] = LineAdvance(row.id, row.account_id, billed_until, next_due)
        prepared.set_aside(
            {
                account_id: self.env["billing.engine.messages"].get_sentence(error)
                for account_id, error in failed.items()
            }
        )
        return [one for one in items if one.account_id not in failed]

    def _rate_line(self, terms, row, target, was, digits):
        """Return what a line owes up to a day, how far it is billed then, and when it is due next.

        :return: ([(Due, rounded amount)], day, day)
        """
        owed, billed_until, rounding = [], row.billed_until, PeriodRounding(was, digits)
        for one in due(terms, target, row.billed_until, was, row.recheck_from, digits):
            if one.kind != "adjustment":
                billed_until = max(filter(None, (billed_until, one.period.end)))
            amount = rounding.round(one)
            if amount or one.kind != "adjustment":
                owed.append((one, amount))
        return owed, billed_until, next_due_date(terms, billed_until)

    @api.private
    def get_item(self, row, one, amount):
        """Return what a line owes as an item of a bill."""
        sign = -1 if row.kind == "credit" else 1
        return BillItem(
            code_id=row.code_id,
            product_id=row.product_id,
            name=row.name,
            quantity=as_decimal(one.quantity),
            amount=amount * sign,
            line=row,
            due=one,
        )
