"""What a customer has to be billed, by the definition alone.

Nothing here is taken from the code under test: periods are written down from the anchor, a period costs the sum of its
days, and amounts are rounded once. Slow and plain on purpose.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import floor

DAY = timedelta(days=1)
FAR = timedelta(days=1200)


@dataclass(frozen=True)
class Line:
    """A billing code at a price per unit and period; its quantity changes on some days."""

    code: str
    price: str
    timing: str = "advance"
    quantity: int = 1
    changes: tuple[tuple[date, int], ...] = ()
    once: bool = False

    def quantity_on(self, day: date) -> int:
        return ([self.quantity] + [quantity for since, quantity in self.changes if since <= day])[-1]


@dataclass(frozen=True)
class Agreement:
    """What was agreed with one customer. The last day and the last day of the trial are served."""

    unit: str
    count: int
    alignment: str
    start: date
    lines: tuple[Line, ...]
    billing_day: int = 1
    trial_days: int = 0
    end: date | None = None
    charges: tuple[tuple[date, int], ...] = ()  # (day, cents)

    @property
    def first_paid_day(self) -> date:
        return self.start + self.trial_days * DAY

    def serves(self, day: date) -> bool:
        return day >= self.first_paid_day and (self.end is None or day <= self.end)


def boundary(agreement: Agreement, number: int) -> date:
    """First day of a period, counted from the anchor."""
    start = agreement.start
    if agreement.unit in ("day", "week"):
        first = start - start.weekday() * DAY if agreement.alignment == "calendar" else start
        return first + number * agreement.count * (7 if agreement.unit == "week" else 1) * DAY
    months = agreement.count * (12 if agreement.unit == "year" else 1)
    month, day = start.month, start.day
    if agreement.alignment == "calendar":
        month, day = (1 if agreement.unit == "year" else start.month - (start.month - 1) % months), 1
    elif agreement.alignment == "billing_day":
        day = agreement.billing_day
    year, index = divmod(start.year * 12 + month - 1 + number * months, 12)
    return date(year, index + 1, min(day, calendar.monthrange(year, index + 1)[1]))


def cents(amount: Fraction) -> int:
    """Round half up."""
    return floor(amount * 100 + Fraction(1, 2))


def line_bills(agreement: Agreement, line: Line, until: date):
    """Yield (day of the bill, cents) of one line."""
    if line.once:
        if agreement.serves(agreement.first_paid_day):
            yield agreement.first_paid_day, cents(Fraction(line.price) * line.quantity)
        return
    number = -1  # with a billing day later in the month, the start lies in the period before
    while (first := boundary(agreement, number)) <= until:
        number += 1
        following = boundary(agreement, number)
        days = [first + offset * DAY for offset in range((following - first).days)]
        served = [day for day in days if agreement.serves(day)]
        if not served:
            continue
        amount = sum(Fraction(line.price) * line.quantity_on(day) for day in served) / len(days)
        yield (served[0] if line.timing == "advance" else served[-1] + DAY), cents(amount)


def invoices(agreement: Agreement, until: date) -> list[tuple[date, tuple[tuple[str, int], ...]]]:
    """Return all invoices up to a day: [(date, ((code, cents), ...))].

    A one-time charge goes on the first bill of the agreement on or after its day; after the last bill it is a bill of
    its own.
    """
    bills = defaultdict(list)
    for line in agreement.lines:
        for day, amount in line_bills(agreement, line, until + FAR):
            bills[day].append((line.code, amount))
    regular = sorted(bills)
    for day, amount in agreement.charges:
        bills[next((bill for bill in regular if bill >= day), day)].append(("EXTRA", amount))
    return [(day, tuple(sorted(bills[day]))) for day in sorted(bills) if day <= until]
