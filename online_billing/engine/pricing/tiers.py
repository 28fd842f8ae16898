"""Tiers by inclusive upper bounds alone, so that gaps and overlaps cannot be written down.

A quantity between two bounds belongs to the higher tier: with bounds 100 and 200, a quantity of 100.5 is in the second.
"""

from dataclasses import dataclass
from fractions import Fraction

from ..errors import EngineError
from ..money import ONE, ZERO
from .base import Slice, coerce, coerce_amounts


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier of a price.

    :param up_to: inclusive upper bound in units, None for the last tier
    :param unit_price: money for one unit in the tier
    :param flat: money added once when the tier is entered
    :param rate: percent of the value in the tier (2.99 for 2.99 %), for percentage tiers alone
    :param block: units in a block, each started block of the tier costs ``unit_price`` as a whole; None without blocks
    """

    up_to: "Fraction | None" = None
    unit_price: Fraction = ZERO
    flat: Fraction = ZERO
    rate: Fraction = ZERO
    block: "Fraction | None" = None

    def __post_init__(self):
        coerce(self, "up_to", "rate", "block")
        coerce_amounts(self, "unit_price", "flat")
        if self.block is not None and self.block <= 0:
            raise EngineError("pricing.package_size", size=str(self.block))

    def slice_of(self, units, lower, upper):
        """Return the slice of the units that this tier prices."""
        if self.block is None:
            code, count = "tier", units
        else:
            code, count = "block", Fraction(-(-units // self.block))
        return Slice(code, count, self.unit_price, self.flat, count * self.unit_price + self.flat, lower, upper)


def check_tiers(tiers, *unused):
    """Return the tiers as a tuple.

    :param tiers: :class:`Tier` or mappings of its fields, by ascending bound, the last one open
    :param unused: names of tier fields that the model has no use for and that must be zero
    :raise EngineError: ``pricing.tiers_missing``, ``pricing.tiers_not_ascending``, ``pricing.last_tier_not_open``,
        ``pricing.tier_not_for_model``
    """
    tiers = tuple(tier if isinstance(tier, Tier) else Tier(**tier) for tier in tiers)
    if not tiers:
        raise EngineError("pricing.tiers_missing")
    if tiers[-1].up_to is not None:
        raise EngineError("pricing.last_tier_not_open", up_to=str(tiers[-1].up_to))
    lower = ZERO
    for tier in tiers[:-1]:
        if tier.up_to is None or tier.up_to <= lower:
            raise EngineError("pricing.tiers_not_ascending", up_to=str(tier.up_to), lower=str(lower))
        lower = tier.up_to
    for tier in tiers:
        for field in unused:
            if getattr(tier, field):
                raise EngineError("pricing.tier_not_for_model", field=field)
    return tiers


def spans(tiers, ratio):
    """Yield ``(lower, upper, tier)`` with the bounds multiplied by the ratio; the last upper bound is None."""
    lower = ZERO
    for tier in tiers:
        upper = tier.up_to if tier.up_to is None or ratio is ONE else tier.up_to * ratio
        yield lower, upper, tier
        lower = upper


def entered(tiers, quantity, ratio, charge_flat_on_zero):
    """Yield ``(lower, upper, tier, units)`` of every tier that the quantity reaches, lowest first.

    Without any quantity the first tier counts as entered when ``charge_flat_on_zero`` is on.
    """
    if not quantity and not charge_flat_on_zero:
        return
    for lower, upper, tier in spans(tiers, ratio):
        if upper is None or quantity <= upper:
            yield lower, upper, tier, quantity - lower
            return
        yield lower, upper, tier, upper - lower


def the_one(tiers, quantity, ratio, charge_flat_on_zero):
    """Return ``(lower, upper, tier, units)`` of the tier that holds the whole quantity, None when none is entered."""
    reached = tuple(entered(tiers, quantity, ratio, charge_flat_on_zero))
    return reached[-1] if reached else None
