"""Rates that others set: which rate holds on which day, and on which days it changes.

Laws name the day whose rate counts. ``daily``: every change counts from its own day. ``half_year_eve``: the rate in
force on 30 June or 31 December holds for the half year after it (UK: SI 2002/1675, article 4). ``half_year_first``: the
rate in force on 1 January or 1 July holds for the half year that begins with it (EU: directive 2011/7, article 3.3).
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from .errors import EngineError
from .money import as_exact
from .period import ONE_DAY, check_day


class Fixing(str, Enum):
    """The day whose rate counts."""

    daily = "daily"
    half_year_eve = "half_year_eve"
    half_year_first = "half_year_first"


@dataclass(frozen=True, slots=True)
class RateTable:
    """A reference rate over time.

    :param points: ((first day, percent a year), ...), ascending; each holds until the next
    :param known_until: the last day of which it is known that no later rate holds; None: the last rate holds for ever
    :raise EngineError: ``late_fee.not_in_order``
    """

    points: tuple
    known_until: "date | None" = None

    def __post_init__(self):
        points = tuple((check_day(day), as_exact(percent)) for day, percent in self.points)
        days = [day for day, _percent in points]
        if days != sorted(set(days)):
            raise EngineError("late_fee.not_in_order", days=[str(day) for day in days])
        object.__setattr__(self, "points", points)

    def on(self, day):
        """Return the percent a year in force on a day.

        A rate that nobody has entered is never guessed.

        :raise EngineError: ``late_fee.rate_missing`` before the first point and after the day up to which it is known
        """
        if self.known_until is not None and day > self.known_until:
            raise EngineError("late_fee.rate_missing", day=day)
        found = None
        for first, percent in self.points:
            if first <= day:
                found = percent
        if found is None:
            raise EngineError("late_fee.rate_missing", day=day)
        return found

    def fixed_on(self, day, fixing):
        """Return the percent that counts for a day by a way of fixing it."""
        return self.on(fixing_day(day, fixing))

    def changes(self, fixing, after, until):
        """Return the days in ``(after, until]`` on which the rate may differ from the day before."""
        if fixing is Fixing.daily:
            return [day for day, _percent in self.points if after < day <= until]
        starts = [date(year, month, 1) for year in range(after.year, until.year + 1) for month in (1, 7)]
        return [day for day in starts if after < day <= until]


def fixing_day(day, fixing):
    """Return the day whose rate counts for a day."""
    if fixing is Fixing.daily:
        return day
    start = date(day.year, 1 if day.month < 7 else 7, 1)
    return start - ONE_DAY if fixing is Fixing.half_year_eve else start
