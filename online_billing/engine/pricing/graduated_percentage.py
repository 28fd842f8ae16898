"""Graduated percentage: each part of the value at the rate of the tier it falls in."""

from dataclasses import dataclass

from ..money import PERCENT
from .base import PriceModel, Slice
from .tiers import check_tiers, entered


@dataclass(frozen=True, slots=True)
class GraduatedPercentage(PriceModel):
    """The value (sum of the events, or the quantity where there are none) fills the tiers from below.

    :param tiers: see :func:`~.tiers.check_tiers`; bounds are values, ``rate`` is percent, ``flat`` is added on entering
    :param charge_flat_on_zero: add the first tier's flat fee also without usage
    """

    tiers: tuple
    charge_flat_on_zero: bool = True

    name = "graduated_percentage"
    counts_units = False

    def __post_init__(self):
        object.__setattr__(self, "tiers", check_tiers(self.tiers, "unit_price", "block"))

    def _slices(self, usage, ratio):
        for lower, upper, tier, value in entered(self.tiers, sum(usage.values), ratio, self.charge_flat_on_zero):
            share = tier.rate * PERCENT
            yield Slice("tier", value, share, tier.flat, value * share + tier.flat, lower, upper)
