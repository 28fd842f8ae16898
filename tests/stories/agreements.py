"""Forty agreements that have everything: all cadences, alignments and timings, month ends, trials, ends, changes."""

from __future__ import annotations

from datetime import date, timedelta

from tests.stories.closed_form import DAY, Agreement, Line

PRICES = {"A": "29.90", "B": "7.77", "C": "100.00", "SETUP": "49.00"}
CADENCES = [
    ("month", 1), ("week", 2), ("month", 1), ("month", 3), ("month", 1), ("day", 10), ("month", 2), ("year", 1),
    ("month", 1), ("month", 6), ("week", 1), ("month", 1), ("week", 4),
]  # fmt: skip
ALIGNMENTS = ["anniversary", "calendar", "billing_day"]
BILLING_DAYS = [31, 1, 15, 30, 29]
START_DAYS = {1, 2, 15, 28, 29, 30, 31}
COUNT = 40


def forty(first: date) -> list[Agreement]:
    """Return the agreements around the first day of a simulation: some began before it, some begin later."""
    around = [first + timedelta(days=offset) for offset in range(-25, 48)]
    starts = [day for day in around if day.day in START_DAYS]
    step = next(step for step in (5, 3, 7, 11) if len(starts) % step)  # every day of them gets its turn
    return [_agreement(number, starts[number * step % len(starts)]) for number in range(COUNT)]


def _agreement(number: int, start: date) -> Agreement:
    unit, count = CADENCES[number % len(CADENCES)]
    alignment = ALIGNMENTS[number % len(ALIGNMENTS)] if unit in ("month", "year") else ALIGNMENTS[number % 2]
    if unit == "day":
        alignment = "anniversary"
    trial_days = {3: 7, 8: 14, 11: 30}.get(number % 12, 0)
    end = start + (20 + 3 * number % 61) * DAY if number % 6 == 5 else None
    changes = ((start + (9 + number) * DAY, 5), (start + (16 + 2 * number) * DAY, 2)) if number % 4 == 1 else ()
    lines = [Line("A", PRICES["A"], "advance" if number % 3 else "arrears", 1 + number % 3, changes)]
    if number % 2:
        lines.append(Line("B", PRICES["B"], "arrears" if number % 5 else "advance", 2))
    if number % 7 == 0:
        lines.append(Line("SETUP", PRICES["SETUP"], once=True))
    charges = ((start + 3 * DAY, 1234), (start + (30 + number) * DAY, 99)) if number % 5 == 2 else ()
    if end:
        charges += ((end + 2 * DAY, 500),)  # after the last bill, so that it becomes a bill of its own
    return Agreement(
        unit,
        count,
        alignment,
        start,
        tuple(lines),
        billing_day=BILLING_DAYS[number % len(BILLING_DAYS)],
        trial_days=trial_days,
        end=end,
        charges=charges,
    )
