"""Dynamic: the price comes with the events."""

from dataclasses import dataclass

from .base import PriceModel, Slice


@dataclass(frozen=True, slots=True)
class Dynamic(PriceModel):
    """The sum of the amounts that came with the events."""

    name = "dynamic"
    counts_units = False

    def _slices(self, usage, ratio):
        if usage.quantity or usage.amount:
            yield Slice("dynamic", usage.quantity, amount=usage.amount)
