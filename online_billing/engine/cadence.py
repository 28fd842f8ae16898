"""Billing periods from an anchor: boundary k = anchor + k x interval, never from the previous date.

Counting from the anchor is what keeps a subscription of the 31st on the 31st: 31 January, 28 February, 31 March.
Every function here is a closed form; nothing walks from period to period.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from .errors import EngineError
from .period import Period, check_day


class Unit(str, Enum):
    """Unit of a billing interval."""

    day = "day"
    week = "week"
    month = "month"
    year = "year"


class Alignment(str, Enum):
    """Where the periods of a subscription begin."""

    anniversary = "anniversary"
    calendar = "calendar"
    billing_day = "billing_day"


_DAYS_OF_UNIT = {Unit.day: 1, Unit.week: 7}
_MONTHS_OF_UNIT = {Unit.month: 1, Unit.year: 12}
# Intervals that divide the year start with January, so that everybody's quarter is the same quarter.
_MONTHS_FROM_JANUARY = frozenset({2, 3, 4, 6, 12})
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Cadence:
    """An interval: every ``count`` units.

    :param unit: :class:`Unit` or its text
    :param count: positive integer
    :raise EngineError: ``cadence.unit_unknown``, ``cadence.count_not_positive``
    """

    unit: Unit
    count: int = 1

    def __post_init__(self):
        if type(self.unit) is not Unit:
            object.__setattr__(self, "unit", _enum(Unit, self.unit, "cadence.unit_unknown"))
        if type(self.count) is not int or self.count < 1:
            raise EngineError("cadence.count_not_positive", count=repr(self.count))

    @property
    def months(self):
        """Months of the interval, 0 for days and weeks."""
        return _MONTHS_OF_UNIT.get(self.unit, 0) * self.count

    @property
    def days(self):
        """Days of the interval, 0 for months and years."""
        return _DAYS_OF_UNIT.get(self.unit, 0) * self.count


@dataclass(frozen=True, slots=True)
class Anchor:
    """The day from which every boundary is counted.

    :param day: boundary number 0
    :param day_of_month: 1 to 31; for months and years it wins over the day of ``day``, clipped to each month's length
    :raise EngineError: ``cadence.day_of_month``
    """

    day: date
    day_of_month: "int | None" = None

    def __post_init__(self):
        check_day(self.day)
        if self.day_of_month is not None and (type(self.day_of_month) is not int or not 1 <= self.day_of_month <= 31):
            raise EngineError("cadence.day_of_month", day_of_month=repr(self.day_of_month))


def _enum(kind, value, code):
    try:
        return kind(value)
    except ValueError:
        raise EngineError(code, value=repr(value)) from None


def month_length(year, month):
    """Number of days of a month."""
    if month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 29
    return _MONTH_DAYS[month - 1]


def month_number(day):
    """Months since year 0, so that months can be added as integers."""
    return day.year * 12 + day.month - 1


def _day_in_month(number, day_of_month):
    year, month = divmod(number, 12)
    if not date.min.year <= year <= date.max.year:
        raise EngineError("cadence.out_of_range", year=year)
    return date(year, month + 1, min(day_of_month, month_length(year, month + 1)))


def boundary(anchor, cadence, k):
    """Return the first day of period ``k``; k may be negative.

    :param anchor: :class:`Anchor`
    :param cadence: :class:`Cadence`
    :param k: integer number of the period
    :raise EngineError: ``cadence.out_of_range`` outside the years 1 to 9999
    """
    months = cadence.months
    if months:
        return _day_in_month(month_number(anchor.day) + k * months, anchor.day_of_month or anchor.day.day)
    try:
        return anchor.day + timedelta(days=k * cadence.days)
    except OverflowError:
        raise EngineError("cadence.out_of_range", k=k) from None


def index_of(anchor, cadence, day):
    """Return the number of the period that contains the day."""
    months = cadence.months
    if not months:
        return (day - anchor.day).days // cadence.days
    number = month_number(day)
    k = (number - month_number(anchor.day)) // months
    # Boundary k lies in the day's month or before, boundary k + 1 after it: only k itself can come too late.
    return k if boundary(anchor, cadence, k) <= day else k - 1


def period_at(anchor, cadence, k):
    """Return period number ``k``."""
    return Period(boundary(anchor, cadence, k), boundary(anchor, cadence, k + 1))


def period_of(anchor, cadence, day):
    """Return the full period that contains the day."""
    return period_at(anchor, cadence, index_of(anchor, cadence, check_day(day)))


def periods_between(anchor, cadence, start, end):
    """Yield, in order, every full period with at least one day in ``[start, end)``."""
    if start >= end:
        return
    k = index_of(anchor, cadence, start)
    first = boundary(anchor, cadence, k)
    while first < end:
        k += 1
        following = boundary(anchor, cadence, k)
        yield Period(first, following)
        first = following


def anchor_for(alignment, start, cadence, billing_day=None):
    """Return the anchor of a subscription.

    - ``anniversary``: the start itself; every period is full.
    - ``calendar``: first of the month, quarter, half-year or year, or Monday, at or before the start. Intervals of 1,
      2, 3, 4, 6 and 12 months count from January, others from the month of the start. Days have no calendar: the start.
    - ``billing_day``: the account's day, in the month of the start (1 to 31, clipped to short months) or, for weeks,
      in the week of the start (1 Monday to 7 Sunday). Days have no billing day: the start.

    :param alignment: :class:`Alignment` or its text
    :param start: first day of the subscription
    :param cadence: :class:`Cadence`
    :param billing_day: needed by ``billing_day`` alone
    :raise EngineError: ``cadence.alignment_unknown``, ``cadence.billing_day_missing``, ``cadence.day_of_month``,
        ``cadence.day_of_week``
    """
    alignment = _enum(Alignment, alignment, "cadence.alignment_unknown")
    check_day(start)
    if alignment is Alignment.anniversary or cadence.unit is Unit.day:
        return Anchor(start)
    if alignment is Alignment.calendar:
        return _calendar_anchor(start, cadence)
    if billing_day is None:
        raise EngineError("cadence.billing_day_missing")
    if cadence.unit is Unit.week:
        if type(billing_day) is not int or not 1 <= billing_day <= 7:
            raise EngineError("cadence.day_of_week", day_of_week=repr(billing_day))
        return Anchor(start - timedelta(days=(start.isoweekday() - billing_day) % 7))
    return Anchor(start.replace(day=1), billing_day)


def _calendar_anchor(start, cadence):
    if cadence.unit is Unit.week:
        return Anchor(start - timedelta(days=start.weekday()))
    if cadence.unit is Unit.year:
        return Anchor(date(start.year, 1, 1))
    month = start.month
    if cadence.count in _MONTHS_FROM_JANUARY:
        month -= (month - 1) % cadence.count
    return Anchor(date(start.year, month, 1))
