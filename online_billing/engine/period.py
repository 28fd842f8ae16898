"""Half-open periods of local days: the start belongs to the period, the end does not."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .errors import EngineError

ONE_DAY = timedelta(days=1)


def check_day(value):
    """Return the value if it is a plain date.

    A datetime is refused, because the local day of an instant depends on a time zone that the engine does not know.

    :raise EngineError: ``period.not_a_date``
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise EngineError("period.not_a_date", value=repr(value))


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``start`` up to, but without, ``end``.

    :param start: first day
    :param end: day after the last one; equal to the start for a period without days
    :raise EngineError: ``period.reversed`` when the end lies before the start
    """

    start: date
    end: date

    def __post_init__(self):
        check_day(self.start)
        check_day(self.end)
        if self.end < self.start:
            raise EngineError("period.reversed", start=str(self.start), end=str(self.end))

    @property
    def days(self):
        """Number of days."""
        return (self.end - self.start).days

    @property
    def last_day(self):
        """The last day that belongs to the period, as people are shown it.

        :raise EngineError: ``period.empty`` when no day belongs to it
        """
        if self.start == self.end:
            raise EngineError("period.empty", start=str(self.start))
        return self.end - ONE_DAY

    def contains(self, day):
        """Tell whether the day belongs to the period."""
        return self.start <= day < self.end

    def covers(self, other):
        """Tell whether every day of the other period belongs to this one."""
        return self.start <= other.start and other.end <= self.end

    def intersect(self, other):
        """Return the common days as a period, or None when there is none."""
        start = max(self.start, other.start)
        end = min(self.end, other.end)
        return Period(start, end) if start < end else None
