"""The share of a full anchored period that a part of it stands for.

The denominator is always the full anchored period that contains the days, for charges and for credits alike, so a
credit for unused days and a charge for the same days cancel to zero.
"""

from enum import Enum
from fractions import Fraction

from .cadence import Anchor, Cadence, Unit, _enum, boundary, index_of, month_length, month_number
from .errors import EngineError
from .money import ONE, ZERO

_MONTHLY = Cadence(Unit.month)


class Basis(str, Enum):
    """How days are counted.

    - ``actual``: days of the part / days of the period (default).
    - ``actual_360``: days of the part / 30 for each month of the period; a February of 29 days gives 29/30.
    - ``thirty_360``: both ends are counted in months of 30 days, where day 31 counts as day 30 (30E/360). A period
      whose ends lie on different days of their months, such as 31 January to 28 February, has 28 or 29 days in this
      calendar and not 30; the used and the unused days of it still sum to it.
    - ``months_then_days``: whole months first, then days over the length of the month they lie in.
    - ``none``: no proration, one day costs the full price.

    A period that is not made of whole months (weeks, days) is prorated by actual days on every basis but ``none``.
    """

    actual = "actual"
    actual_360 = "actual_360"
    thirty_360 = "thirty_360"
    months_then_days = "months_then_days"
    none = "none"


def ratio(part, whole, basis=Basis.actual, month_days=30):
    """Return the share of the full period that a part of it stands for.

    Additive: the ratios of the pieces of a part sum to the ratio of the part. The whole gives exactly 1, except on
    ``actual_360``, where 31 days of one month are 31/30 (a schedule never prorates a full period).

    Sources: actual, actual/360 and strict 30/360 as published by Zuora; fixed month lengths other than 30 as published
    by Kill Bill.

    :param part: :class:`~.period.Period` within the whole; without days it gives 0
    :param whole: the full anchored period
    :param basis: :class:`Basis` or its text
    :param month_days: 28 to 31, days of a month on the two 360 bases
    :raise EngineError: ``proration.outside``, ``proration.basis_unknown``, ``proration.month_days``
    """
    if type(basis) is not Basis:
        basis = _enum(Basis, basis, "proration.basis_unknown")
    if type(month_days) is not int or not 28 <= month_days <= 31:
        raise EngineError("proration.month_days", month_days=repr(month_days))
    if not whole.covers(part):
        raise EngineError("proration.outside", start=str(part.start), end=str(part.end))
    if part.start == part.end:
        return ZERO
    if basis is Basis.none:
        return ONE
    months = 0 if basis is Basis.actual else _whole_months(whole)
    if not months:
        return Fraction(part.days, whole.days)
    if basis is Basis.actual_360:
        return Fraction(part.days, months * month_days)
    if basis is Basis.thirty_360:
        return Fraction(_fixed_days(part, month_days), _fixed_days(whole, month_days))
    anchor = Anchor(whole.start, _day_of_month(whole))
    return (_months_until(part.end, anchor) - _months_until(part.start, anchor)) * Fraction(1, months)


def _day_of_month(whole):
    """The anchored day: the later of both ends, because only a short month makes one of them earlier."""
    return max(whole.start.day, whole.end.day)


def _whole_months(whole):
    """Number of months that the period is made of, 0 when it is not made of months."""
    day = _day_of_month(whole)
    is_made_of_months = all(end.day == min(day, month_length(end.year, end.month)) for end in (whole.start, whole.end))
    return month_number(whole.end) - month_number(whole.start) if is_made_of_months else 0


def _fixed_days(period, month_days):
    """Days of a period in a calendar whose months all have ``month_days`` days."""
    return _fixed_day_number(period.end, month_days) - _fixed_day_number(period.start, month_days)


def _fixed_day_number(day, month_days):
    return month_number(day) * month_days + min(day.day, month_days)


def _months_until(day, anchor):
    """Months from the anchor to the day, the last one as the share of its days."""
    k = index_of(anchor, _MONTHLY, day)
    first = boundary(anchor, _MONTHLY, k)
    length = (boundary(anchor, _MONTHLY, k + 1) - first).days
    return k + Fraction((day - first).days, length)
