"""Flat: one amount for the period, whatever the quantity."""

from dataclasses import dataclass
from fractions import Fraction

from .base import PriceModel, Slice, coerce_amounts


@dataclass(frozen=True, slots=True)
class Flat(PriceModel):
    """One amount as soon as there is any quantity; quantity 0 costs nothing.

    :param amount: money for a full period
    """

    amount: Fraction

    name = "flat"

    def __post_init__(self):
        coerce_amounts(self, "amount")

    def _slices(self, usage, ratio):
        if usage.quantity:
            yield Slice("flat", usage.quantity, flat=self.amount, amount=self.amount)
