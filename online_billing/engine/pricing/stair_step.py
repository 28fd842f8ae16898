"""Stair step: one amount for everything up to the bound of the tier."""

from dataclasses import dataclass

from .base import PriceModel, Slice
from .tiers import check_tiers, the_one


@dataclass(frozen=True, slots=True)
class StairStep(PriceModel):
    """The flat amount of the one tier that holds the quantity. Re-rated by nature, as volume is.

    :param tiers: see :func:`~.tiers.check_tiers`; only ``flat`` is used
    :param charge_flat_on_zero: charge the first step also without usage
    """

    tiers: tuple
    charge_flat_on_zero: bool = True

    name = "stair_step"

    def __post_init__(self):
        object.__setattr__(self, "tiers", check_tiers(self.tiers, "unit_price", "rate", "block"))

    def _slices(self, usage, ratio):
        reached = the_one(self.tiers, usage.quantity, ratio, self.charge_flat_on_zero)
        if reached:
            lower, upper, tier, _units = reached
            yield Slice("tier", usage.quantity, flat=tier.flat, amount=tier.flat, lower=lower, upper=upper)
