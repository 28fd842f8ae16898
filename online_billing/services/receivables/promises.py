"""Promises to pay: what they cover, and what has come in for them."""

from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..shared.numbers import money


class PromiseView(NamedTuple):
    """An open promise, with what has come in for it."""

    id: int
    account_id: int
    currency_id: int
    amount: Decimal
    until: object  # the last day
    covered: dict  # {document id: what was open of it when it was promised}
    known: dict  # {journal item: what was left of a payment that had come in before}
    plans: frozenset  # plans that ran when it was given
    received: Decimal  # matched with what it covers since


class BillingPromises(models.AbstractModel):
    _name = "billing.promises"
    _description = "What Promises to Pay Cover"

    @api.private
    def get_open(self, account_ids):
        """Return the PromiseViews of open promises, those of the nearest days first."""
        return self._get_views(account_ids, "open")

    @api.private
    def get_broken(self, account_ids):
        """Return the PromiseViews of broken promises; received is what had come in time, whenever it was entered."""
        return self._get_views(account_ids, "broken")

    def _get_views(self, account_ids, state):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT promise.id, promise.account_id, promise.currency_id, promise.amount, promise.date,
                       promise.baseline, currency.decimal_places
                  FROM billing_payment_promise promise JOIN res_currency currency ON currency.id = promise.currency_id
                 WHERE promise.account_id = ANY(%s) AND promise.state = %s ORDER BY promise.date, promise.id
                """,
                list(account_ids),
                state,
            )
        )
        if not rows:
            return []
        baselines = [self._read_baseline(row[5]) for row in rows]
        settlements = self.env["billing.settlements"].get_settlements(
            move_ids={move_id for covered, _known, _after in baselines for move_id in covered}
        )
        by_move = defaultdict(list)
        for own in settlements.values():
            for settlement in own:
                by_move[settlement.move_id].append(settlement)
        return [
            PromiseView(
                *head,
                money(amount, digits),
                day,
                covered,
                known,
                frozenset((baseline or {}).get("plans", ())),
                self._sum_received(by_move, covered, known, after, until=day if state == "broken" else None),
            )
            for (*head, amount, day, baseline, digits), (covered, known, after) in zip(rows, baselines, strict=True)
        ]

    def _read_baseline(self, baseline):
        baseline = baseline or {}
        return (
            {int(move_id): Decimal(amount) for move_id, amount in baseline.get("documents", {}).items()},
            {int(line_id): Decimal(amount) for line_id, amount in baseline.get("payments", {}).items()},
            baseline.get("after", 0),
        )

    def _sum_received(self, by_move, covered, known, after, until=None):
        """Return the money that was matched since, without what had come in and lay unmatched before.

        :param until: only what had come in by this day
        """
        known, received = dict(known), Decimal(0)
        for move_id in covered:
            for settlement in by_move.get(move_id, ()):
                if settlement.kind != "payment" or settlement.id <= after or (until and settlement.day > until):
                    continue
                old = min(known.get(settlement.counterpart_id, Decimal(0)), settlement.amount)
                if old:
                    known[settlement.counterpart_id] -= old
                received += settlement.amount - old
        return received

    @api.private
    def get_unmatched(self, promise, items):
        """Return the payments that came in since and are matched with nothing yet."""
        return sum(
            (
                max(-item.amount - promise.known.get(item.line_id, Decimal(0)), Decimal(0))
                for item in items
                if item.kind == "payment" and item.currency_id == promise.currency_id
            ),
            Decimal(0),
        )
