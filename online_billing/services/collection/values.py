"""Plain values of the daily collection: one row per account and per case, so that a large batch costs few queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ...engine import Decision, Rules, Situation
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
    """A policy as the engine sees it, per currency, with the records of its steps by level."""

    policy: object
    steps: tuple  # records of billing.collection.step in order; level n is steps[n - 1]
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
    amount: Decimal
    level: int
    since: date | None


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
    step_id: int | None = None
    step_date: date | None = None
    has_suspended: bool = False
    wants_write_off: bool = False
    open_items: list[OpenItem] = field(default_factory=list)
    resting: dict = field(default_factory=dict)  # key of an item -> why it rests
    stored: dict = field(default_factory=dict)  # key of an item -> StoredItem
    situation: Situation | None = None
    decision: Decision | None = None
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

    def get_step(self, level):
        """Return the record of a level."""
        return self.view.steps[level - 1] if self.view and 0 < level <= len(self.view.steps) else None
