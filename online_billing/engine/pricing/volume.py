"""Volume: the tier of the total decides the price of all units."""

from dataclasses import dataclass

from .base import PriceModel
from .tiers import check_tiers, the_one


@dataclass(frozen=True, slots=True)
class Volume(PriceModel):
    """All units at the price of one tier, plus that tier's flat fee.

    Re-rated by nature: entering a tier changes the price of the units before it.

    :param tiers: see :func:`~.tiers.check_tiers`
    :param charge_flat_on_zero: add the first tier's flat fee also without usage
    """

    tiers: tuple
    charge_flat_on_zero: bool = True

    name = "volume"

    def __post_init__(self):
        object.__setattr__(self, "tiers", check_tiers(self.tiers, "rate"))

    def _slices(self, usage, ratio):
        reached = the_one(self.tiers, usage.quantity, ratio, self.charge_flat_on_zero)
        if reached:
            lower, upper, tier, _units = reached
            yield tier.slice_of(usage.quantity, lower, upper)
