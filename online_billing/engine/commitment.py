"""Minimum commitment and maximum spend over a period: each is a line of its own beside the gross charges.

Rule: round each component to the currency, then subtract. 9,150.68 - 915.07 = 8,235.61, although the exact difference
rounds to 8,235.62; the line then agrees with the lines that the customer sees (source: published commitment scenarios
of Lago).
"""

from .errors import EngineError
from .money import ONE, as_exact, round_half_up


def true_up(minimum, charged, ratio=ONE, digits=2):
    """Return what is missing to the minimum commitment of the period.

    :param minimum: commitment for a full period, not negative
    :param charged: what the period was charged, before this line
    :param ratio: share of the full period that was served
    :param digits: decimals of the currency
    :return: Decimal, never negative
    """
    return _excess(_prorated(minimum, ratio, digits), round_half_up(charged, digits))


def cap_discount(charged, maximum, ratio=ONE, digits=2):
    """Return the part of the charges above the maximum spend of the period, to be shown as a discount.

    :param charged: gross charges of the period, over all its invoices
    :param maximum: cap for a full period, not negative
    :param ratio: share of the full period that was served
    :param digits: decimals of the currency
    :return: Decimal, never negative
    """
    return _excess(round_half_up(charged, digits), _prorated(maximum, ratio, digits))


def _prorated(bound, ratio, digits):
    bound = as_exact(bound)
    if bound < 0:
        raise EngineError("pricing.bound_negative", bound=str(bound))
    return round_half_up(bound * as_exact(ratio), digits)


def _excess(amount, limit):
    return round_half_up(max(as_exact(amount) - as_exact(limit), 0), -limit.as_tuple().exponent)
