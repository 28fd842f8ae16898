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
    received: Decimal  # matched with what it covers since


class BillingPromises(models.AbstractModel):
    _name = "billing.promises"
    _description = "What Promises to Pay Cover"

    @api.private
    def get_open(self, account_ids):
        """Return the PromiseViews of open promises, those of the nearest days first."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT promise.id, promise.account_id, promise.currency_id, promise.amount, promise.date,
                       promise.baseline, currency.decimal_places
                  FROM billing_payment_promise promise JOIN res_currency currency ON currency.id = promise.currency_id
                 WHERE promise.account_id = ANY(%s) AND promise.state = 'open' ORDER BY promise.date, promise.id
                """,
                list(account_ids),
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
                *head, money(amount, digits), day, covered, known, self._sum_received(by_move, covered, known, after)
            )
            for (*head, amount, day, _json, digits), (covered, known, after) in zip(rows, baselines, strict=True)
        ]

    def _read_baseline(self, baseline):
        baseline = baseline or {}
        return (
            {int(move_id): Decimal(amount) for move_id, amount in baseline.get("documents", {}).items()},
            {int(line_id): Decimal(amount) for line_id, amount in baseline.get("payments", {}).items()},
            baseline.get("after", 0),
        )

    def _sum_received(self, by_move, covered, known, after):
        """Return the money that was matched since, without what had come in and lay unmatched before."""
        known, received = dict(known), Decimal(0)
        for move_id in covered:
            for settlement in by_move.get(move_id, ()):
                if settlement.kind != "payment" or settlement.id <= after:
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

    @api.private
    def judge(self, account_items, days):
        """Decide the open promises of accounts whose amount has come in, whose day has passed, or whose debt is gone.

        A debt that vanishes without money (credited, cancelled, put on a plan) makes no kept promise: the promise ends,
        with the reason. An invoice that is a draft is being edited; its promise waits until its day.

        :param dict account_items: {account id: [OpenItem] in due order}
        :param dict days: {account id: local day}
        """
        for view in self.get_open(list(account_items)):
            own = [item for item in account_items[view.account_id] if item.currency_id == view.currency_id]
            event, reason = self._judge_one(view, own, days[view.account_id])
            if event:
                # sudo: the collection judges the promises of all its accounts
                self.env["billing.payment.promise"].sudo().browse(view.id)._end(event, reason)

    def _judge_one(self, view, items, day):
        """Return (event or None, why a promise ends without being kept or broken)."""
        received = view.received + self.get_unmatched(view, items)
        if received >= view.amount:
            return "keep", None
        standing = [item for item, _amount in self.env["billing.open.items"].net(items) if item.move_id in view.covered]
        if standing and all(item.plan_id for item in standing):
            return "lapse", self.env._("An installment plan has taken the place of this promise.")
        if standing or not view.covered:
            return ("break", None) if day > view.until else (None, None)
        # sudo: as above
        documents = self.env["account.move"].sudo().browse(view.covered).exists()
        if any(document.state == "draft" for document in documents) and day <= view.until:
            return None, None
        if received:
            return "keep", None
        return "lapse", self.env._("What was promised is no longer owed, though nothing was paid for it.")

    @api.private
    def note(self, promises):
        """Note on promises what is open when they are given; a promise that names no document is about all of it."""
        service = self.env["billing.open.items"]
        items = service.get_items(promises.account_id.ids)
        after = self.env.execute_query(SQL("SELECT COALESCE(max(id), 0) FROM account_partial_reconcile"))[0][0]
        for promise in promises.sudo():  # sudo: kept by the billing itself
            own = [item for item in items[promise.account_id.id] if item.currency_id == promise.currency_id.id]
            wanted, covered = set(promise.move_ids.ids), defaultdict(Decimal)
            for item, amount in service.net([item for item in own if not item.is_blocked]):
                if not wanted or item.move_id in wanted:
                    covered[str(item.move_id)] += amount
            payments = defaultdict(Decimal)
            for item in own:
                if item.kind == "payment":
                    payments[str(item.line_id)] -= item.amount
            promise.baseline = {
                "documents": {move_id: str(amount) for move_id, amount in covered.items()},
                "payments": {line_id: str(amount) for line_id, amount in payments.items()},
                "after": after,
            }
