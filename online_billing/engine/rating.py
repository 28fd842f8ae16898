"""The one rating function. Estimate, live total, bill and preview call it and nothing else."""

from .money import ONE
from .pricing.base import NO_USAGE


def rate(version, before=NO_USAGE, added=NO_USAGE, ratio=ONE):
    """Return what an addition to a period's usage costs: price(before + added) - price(before).

    So the amounts of any sequence of additions sum to price(total) - price(nothing), for every model. Price(nothing)
    is what a period costs without usage (a flat fee on zero, a minimum); it is charged at period close.

    Re-rated by nature are volume and stair step: an addition that enters a tier carries the change of all units
    before it, as slices of the old tier with negative amounts.

    :param version: :class:`~.pricing.adjustments.PriceVersion`
    :param before: :class:`~.pricing.base.Usage` of the period so far
    :param added: the addition; a correction may be negative as long as the total is not
    :param ratio: length of the period / length of the full one
    :return: :class:`~.pricing.base.Priced` of the addition alone, slices likewise
    """
    return version.price(before + added, ratio) - version.price(before, ratio)
