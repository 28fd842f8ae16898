"""Rounding of what a line owes: each amount once, each period as a whole."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from ...engine import round_half_up


class PeriodRounding:
    """Round each amount of a line once, and adjustments so that what was billed of a period is its rounded whole."""

    def __init__(self, billed, digits):
        self._digits = digits
        self._exact = defaultdict(Fraction)
        for one in billed:
            self._exact[one.period_start] += one.amount
        self._rounded = {start: round_half_up(total, digits) for start, total in self._exact.items()}

    def round(self, due):
        """Return the rounded amount of a due item; items of one period come in their order."""
        if due.kind != "adjustment":
            return round_half_up(due.amount, self._digits)
        start = due.period.start
        self._exact[start] += due.amount
        whole = round_half_up(self._exact[start], self._digits)
        difference = whole - self._rounded.get(start, Decimal(0))
        self._rounded[start] = whole
        return difference
