"""Graduated: each unit at the price of the tier it falls in."""

from dataclasses import dataclass

from .base import PriceModel
from .tiers import check_tiers, entered


@dataclass(frozen=True, slots=True)
class Graduated(PriceModel):
    """Units fill the tiers from below; the flat fee of a tier is added once when the tier is entered.

    :param tiers: see :func:`~.tiers.check_tiers`
    :param charge_flat_on_zero: add the first tier's flat fee also without usage
    """

    tiers: tuple
    charge_flat_on_zero: bool = True

    name = "graduated"

    def __post_init__(self):
        object.__setattr__(self, "tiers", check_tiers(self.tiers, "rate"))

    def _slices(self, usage, ratio):
        for lower, upper, tier, units in entered(self.tiers, usage.quantity, ratio, self.charge_flat_on_zero):
            yield tier.slice_of(units, lower, upper)
