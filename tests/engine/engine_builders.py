"""Short words for the values that the engine's tests talk about."""

from datetime import date
from fractions import Fraction

import pytest

from online_billing.engine import (
    Anchor,
    Billed,
    Cadence,
    EngineError,
    LineTerms,
    Period,
    PerUnit,
    PriceVersion,
    anchor_for,
    round_half_up,
)

MONTHLY = Cadence("month")


def day(text):
    return date.fromisoformat(text)


def period(first, end):
    return Period(day(first), day(end))


def exact(text):
    return Fraction(text)


def line(start="2026-01-01", end=None, price="31", quantity=1, **more):
    """A monthly calendar line of one unit at 31.00, in advance, unless told otherwise."""
    start = day(start)
    values = {
        "cadence": MONTHLY,
        "anchor": anchor_for("calendar", start, MONTHLY),
        "quantities": ((start, quantity),),
        "prices": ((date(2000, 1, 1), PriceVersion(PerUnit(price), identifier="v1")),),
    }
    values.update(more)
    return LineTerms(start=start, end=day(end) if end else None, **values)


def anchored(text, day_of_month=None):
    return Anchor(day(text), day_of_month)


def shown(items):
    """What a reader of an invoice would see of due items."""
    return [(item.key, item.due_date.isoformat(), str(round_half_up(item.amount, 2))) for item in items]


def as_billed(items):
    return [Billed(item.identified_by, item.kind, item.sequence, item.amount) for item in items]


class refused:  # noqa: N801 (reads as a word: with refused(...))
    """``with refused("money.is_float"):`` the block is refused with that code."""

    def __init__(self, code):
        self.code = code
        self._raises = pytest.raises(EngineError)

    def __enter__(self):
        return self._raises.__enter__()

    def __exit__(self, *error):
        swallowed = self._raises.__exit__(*error)
        assert error[1].code == self.code
        return swallowed
