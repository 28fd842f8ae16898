"""A price version: a price model and what is done around it, in a fixed order.

Included units are taken off first, then the model prices the rest, then the discount, then minimum and maximum.
Last, a tax within the price is taken off where the customer does not owe it.
"""

from dataclasses import dataclass
from fractions import Fraction

from ..errors import EngineError
from ..money import ONE, PERCENT, ZERO, as_exact
from .base import NO_USAGE, Priced, PriceModel, Slice, Usage, coerce, coerce_amounts
from .percentage import check_bounds


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What is done around a price model.

    :param included: units of a full period that cost nothing
    :param minimum: least amount of a full period, also without usage
    :param maximum: highest amount of a full period
    :param discount_percent: 0 to 100
    :param net_share: the part of the amount that is left where a tax within the price is not owed: 5/6 of a price with
        20 % of tax in it; 1 leaves the price as it is
    :raise EngineError: ``pricing.allowance_negative``, ``pricing.bound_negative``, ``pricing.minimum_above_maximum``,
        ``pricing.discount_percent``, ``pricing.net_share`` when it is not positive
    """

    included: Fraction = ZERO
    minimum: "Fraction | None" = None
    maximum: "Fraction | None" = None
    discount_percent: Fraction = ZERO
    net_share: Fraction = ONE

    def __post_init__(self):
        coerce(self, "included", "discount_percent", "net_share")
        coerce_amounts(self, "minimum", "maximum")
        if self.included < 0:
            raise EngineError("pricing.allowance_negative", allowance=str(self.included))
        check_bounds(self.minimum, self.maximum)
        if not 0 <= self.discount_percent <= 100:
            raise EngineError("pricing.discount_percent", percent=str(self.discount_percent))
        if self.net_share <= 0:
            raise EngineError("pricing.net_share", share=str(self.net_share))

    @property
    def are_neutral(self):
        """Whether they change nothing."""
        is_bounded = self.minimum is not None or self.maximum is not None
        return not (self.included or self.discount_percent or is_bounded) and self.net_share == 1


NO_ADJUSTMENTS = Adjustments()


@dataclass(frozen=True, slots=True)
class PriceVersion:
    """One version of a price, as a subscription line snapshots it.

    :param model: a :class:`~.base.PriceModel`
    :param adjustments: :class:`Adjustments`
    :param scale_bounds: whether tier bounds, free units and included units shrink or grow with the period ratio
        (utilities do, online services do not)
    :param identifier: the caller's own name of the version, handed back untouched
    :raise EngineError: ``pricing.included_without_units`` when units are included in a price that counts none
    """

    model: PriceModel
    adjustments: Adjustments = NO_ADJUSTMENTS
    scale_bounds: bool = False
    identifier: object = None

    def __post_init__(self):
        if self.adjustments.included and not self.model.counts_units:
            raise EngineError("pricing.included_without_units", model=self.model.name)

    def price(self, usage=NO_USAGE, ratio=ONE):
        """Return the exact price of the usage of one period.

        :param usage: :class:`~.base.Usage` of the period
        :param ratio: length of the period / length of the full one; it prorates minimum and maximum always, and
            bounds and allowances when the version scales them; it never multiplies the price
        :return: :class:`~.base.Priced`
        """
        if ratio is not ONE:
            ratio = as_exact(ratio)
        scale = ratio if self.scale_bounds else ONE
        if self.adjustments.are_neutral:
            return self.model.price(usage, scale)
        return Priced.of(self._adjusted_slices(usage, ratio, scale))

    def _adjusted_slices(self, usage, ratio, scale):
        adjustments = self.adjustments
        slices = []
        included = min(max(usage.quantity, ZERO), adjustments.included * scale)
        if included:
            slices.append(Slice("included", included))
            usage = Usage(usage.quantity - included, usage.events, usage.amount)
        priced = self.model.price(usage, scale)
        slices += priced.slices
        amount = priced.amount
        if adjustments.discount_percent and amount:
            discount = -amount * adjustments.discount_percent * PERCENT
            slices.append(Slice("discount", amount=discount))
            amount += discount
        if adjustments.minimum is not None and amount < adjustments.minimum * ratio:
            slices.append(Slice("minimum", amount=adjustments.minimum * ratio - amount))
            amount = adjustments.minimum * ratio
        elif adjustments.maximum is not None and amount > adjustments.maximum * ratio:
            slices.append(Slice("maximum", amount=adjustments.maximum * ratio - amount))
            amount = adjustments.maximum * ratio
        if adjustments.net_share != 1 and amount:
            slices.append(Slice("tax_within", amount=amount * (adjustments.net_share - 1)))
        return slices
