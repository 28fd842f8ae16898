"""Per unit: quantity x unit price."""

from dataclasses import dataclass
from fractions import Fraction

from .base import PriceModel, Slice, coerce_amounts


@dataclass(frozen=True, slots=True)
class PerUnit(PriceModel):
    """Every unit costs the same; the unit price is never rounded.

    :param unit_price: money for one unit, with as many decimals as it needs
    """

    unit_price: Fraction

    name = "per_unit"

    def __post_init__(self):
        coerce_amounts(self, "unit_price")

    def _slices(self, usage, ratio):
        if usage.quantity:
            yield Slice("unit", usage.quantity, self.unit_price, amount=usage.quantity * self.unit_price)
