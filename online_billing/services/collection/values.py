"""Plain values of the daily collection: one row per account and per case, so that a large batch costs few queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ...engine import Decision, Rules, Situation, get_furthest
from ..receivables.values import OpenItem


class DebtorRow(NamedTuple):
    """What the collection needs to know of an account; one row of one query."""

    id: int
    name: str
    company_id: int
    partner_id: int
    currency_id: int
    timezone: str
    state: str
    is_exempt: bool
    policy_id: int | None
    delivery_channel: str
    lang: str | None


class PolicyView(NamedTuple):
    """A policy as the engine sees it, per currency, with the records of its steps by id: the key of engine steps."""

    policy: object
    steps: dict  # id -> record of billing.collection.step
    hour: int
    rules: dict  # currency id -> Rules

    def rules_for(self, currency_id) -> Rules:
        return self.rules.get(currency_id, self.rules[None])


class StoredItem(NamedTuple):
    """What is known of an item since somebody last looked."""

    id: int
    case_id: int
    line_id: int
    installment: int
    move_id: int
    amount: Decimal
    had: frozenset  # ids of the steps it has had
    since: date | None
    counted_from: date | None
    is_handed_over: bool


@dataclass(slots=True)
class CaseFile:
    """A case while it is worked on."""

    debtor: DebtorRow
    currency_id: int
    digits: int
    day: date
    view: PolicyView | None
    id: int | None = None
    state: str = "open"
    pause_reason: str | None = None
    policy_id: int | None = None  # as it was when somebody last looked
    step_id: int | None = None
    step_date: date | None = None
    has_suspended: bool = False
    wants_write_off: bool = False
    held_reason: str | None = None  # why the step that is due waits
    open_items: list[OpenItem] = field(default_factory=list)
    resting: dict = field(default_factory=dict)  # key of an item -> why it rests
    handed_over: set = field(default_factory=set)  # keys of the items that somebody else collects
    stored: dict = field(default_factory=dict)  # key of an item -> StoredItem
    remembered: dict = field(default_factory=dict)  # key of an item -> StoredItem of its document, of another time
    followed: dict = field(default_factory=dict)  # key of an item -> keys of the items on which it is a late fee
    situation: Situation | None = None
    decision: Decision | None = None
    channel: str | None = None  # how the message of the day's step goes
    wished_channel: str | None = None  # how somebody wants a written message of it to go
    next_step_id: int | None = None
    next_date: date | None = None

    @property
    def rules(self) -> Rules:
        return self.view.rules_for(self.currency_id)

    @property
    def overdue(self):
        """Return the items that are late and that nothing holds back."""
        return [
            item
            for item in self.situation.items
            if item.due_date < self.day and item.amount > 0 and not item.is_resting
        ]

    @property
    def reached(self):
        """Return the record of the furthest step that anything open has had; None before the first."""
        if self.view is None:
            return None
        had = frozenset().union(*(item.had for item in self.situation.items))
        furthest = get_furthest(self.rules.steps, had)
        return self.get_step(furthest) if furthest else None

    def get_rest(self, key):
        """Return why an item rests; None if it does not."""
        return "handed_over" if key in self.handed_over else self.resting.get(key)

    def get_step(self, step):
        """Return the record of a step of the engine."""
        return self.view.steps[step.key]
