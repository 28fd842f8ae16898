"""Promises to pay: what they cover, and what has come in for them."""

from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..shared.numbers import money, stored_decimal


class PromiseView(NamedTuple):
    """An open promise, with what has come in for it."""

    id: int
    account_id: int
    currency_id: int
    amount: Decimal
    until: object  # the last day
    covered: dict  # {document id: what was open of it when it was promised}
    plans: frozenset  # plans that ran when it was given
    received: Decimal  # what has come in for it since, and no other promise has taken
    taken: dict  # {journal item: what it takes of each payment}


class BillingPromises(models.AbstractModel):
    _name = "billing.promises"
    _description = "What Promises to Pay Cover"

    @api.private
    def get_open(self, account_items):
        """Return the PromiseViews of open promises, those of the nearest days first.

        :param dict account_items: {account id: [OpenItem]}; payments among them that are matched with nothing count
        """
        return self._get_views(list(account_items), "open", account_items)

    @api.private
    def get_broken(self, account_ids):
        """Return the PromiseViews of broken promises; received is what had come in time, whenever it was entered."""
        return self._get_views(account_ids, "broken")

    def _get_views(self, account_ids, state, account_items=None):
        """Share the money of each account and currency among its promises: the nearest day first, each coin once.

        What kept an earlier promise is gone for the others.
        """
        rows = self._fetch_promises(account_ids, state)
        notes = [self._read_baseline(row[6]) for row in rows]
        by_move, money_of = self._fetch_money({move_id for note in notes for move_id in note["documents"]})
        unmatched = defaultdict(dict)
        for account_id, items in (account_items or {}).items():
            for item in items:
                if item.kind == "payment":
                    unmatched[account_id, item.currency_id][item.line_id] = -item.amount
                    money_of[item.line_id] += -item.amount
        for (*_head, found, _baseline, _digits), note in zip(rows, notes, strict=True):
            if found == "kept":
                for line_id, amount in note["used"].items():
                    money_of[line_id] -= amount
        views = []
        for (*head, amount, day, found, baseline, digits), note in zip(rows, notes, strict=True):
            if found != state:
                continue
            until = day if state == "broken" else None
            claims = self._get_claims(note, by_move, unmatched[head[1], head[2]], until)
            taken = self._take(claims, money_of, money(amount, digits))
            plans = frozenset((baseline or {}).get("plans", ()))
            received = sum(taken.values(), Decimal(0))
            views.append(PromiseView(*head, money(amount, digits), day, note["documents"], plans, received, taken))
        return views

    def _fetch_promises(self, account_ids, state):
        """Return promises of a state, and those of the same accounts that were kept."""
        return self.env.execute_query(
            SQL(
                """
                SELECT promise.id, promise.account_id, promise.currency_id, promise.amount, promise.date,
                       promise.state, promise.baseline, currency.decimal_places
                  FROM billing_payment_promise promise JOIN res_currency currency ON currency.id = promise.currency_id
                 WHERE promise.account_id IN (SELECT account_id FROM billing_payment_promise
                                               WHERE account_id = ANY(%s) AND state = %s)
                   AND promise.state IN (%s, 'kept')
                 ORDER BY promise.date, promise.id
                """,
                list(account_ids),
                state,
                state,
            )
        )

    def _fetch_money(self, move_ids):
        """Return ({document: [Settlement]} of payments, {journal item: what of it was matched with them})."""
        by_move, money_of = defaultdict(list), defaultdict(Decimal)
        for own in self.env["billing.settlements"].get_settlements(move_ids=move_ids).values():
            for settlement in own:
                if settlement.kind == "payment":
                    by_move[settlement.move_id].append(settlement)
                    money_of[settlement.counterpart_id] += settlement.amount
        return by_move, money_of

    def _read_baseline(self, baseline):
        baseline = baseline or {}
        return {
            "after": baseline.get("after", 0),
            **{
                name: {int(key): stored_decimal(amount) for key, amount in baseline.get(name, {}).items()}
                for name in ("documents", "payments", "used")
            },
        }

    def _get_claims(self, note, by_move, unmatched, until):
        """Return {journal item: amount} of the money that came in since, without what lay unmatched before.

        :param until: only what had come in by this day
        """
        claims = defaultdict(Decimal, unmatched)
        for move_id in note["documents"]:
            for settlement in by_move.get(move_id, ()):
                if settlement.id > note["after"] and (until is None or settlement.day <= until):
                    claims[settlement.counterpart_id] += settlement.amount
        return {line_id: amount - note["payments"].get(line_id, 0) for line_id, amount in claims.items()}

    def _take(self, claims, money_of, wanted):
        """Take the money for a promise from what is there, at most so much as is promised."""
        taken = {}
        for line_id, claim in sorted(claims.items()):
            amount = min(claim, money_of[line_id], wanted)
            if amount > 0:
                taken[line_id] = amount
                money_of[line_id] -= amount
                wanted -= amount
        return taken
