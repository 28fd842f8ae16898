"""What is known about one billed line, and the items that fall due from it: plain values.

The functions that go from the one to the other are in :mod:`.schedule` and :mod:`.correction`.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from itertools import pairwise

from .cadence import Anchor, Cadence, _enum
from .errors import EngineError
from .money import ZERO, as_exact
from .period import Period, check_day
from .pricing.adjustments import PriceVersion
from .pricing.base import Priced
from .proration import Basis


class Timing(str, Enum):
    """When a period is billed: at its start or after its end."""

    advance = "advance"
    arrears = "arrears"


KINDS = frozenset({"period", "adjustment", "once"})


@dataclass(frozen=True, slots=True)
class LineTerms:
    """The terms of one line of a subscription.

    :param start: first day of the line
    :param end: day after the last one (the day of termination still belongs to the line), None while open
    :param anchor: :class:`~.cadence.Anchor` of the periods
    :param cadence: :class:`~.cadence.Cadence` of the periods
    :param timing: :class:`Timing` or its text
    :param basis: :class:`~.proration.Basis` or its text
    :param prorate: False: a started period costs its full price, at the quantity of its first day
    :param trial_end: first day that costs anything, None without a trial
    :param quantities: ``(day, quantity)`` by ascending day, each valid from its day on; on one day the last one wins
    :param prices: ``(day, PriceVersion)`` by ascending day, each for the periods that start on or after its day
    :param once: one item instead of periods
    :param credit_unused: whether paid days that will not be used are credited
    :param arrears_same_day: in arrears, fall due on the last day instead of the day after it
    :param month_days: length of a month on the 360 bases
    :raise EngineError: ``schedule.timing_unknown``, ``proration.basis_unknown``, ``schedule.not_in_order``,
        ``period.not_a_date``
    """

    start: date
    end: "date | None"
    anchor: Anchor
    cadence: Cadence
    timing: Timing = Timing.advance
    basis: Basis = Basis.actual
    prorate: bool = True
    trial_end: "date | None" = None
    quantities: "tuple[tuple[date, Fraction], ...]" = ()
    prices: "tuple[tuple[date, PriceVersion], ...]" = ()
    once: bool = False
    credit_unused: bool = True
    arrears_same_day: bool = False
    month_days: int = 30

    def __post_init__(self):
        if type(self.timing) is not Timing:
            object.__setattr__(self, "timing", _enum(Timing, self.timing, "schedule.timing_unknown"))
        if type(self.basis) is not Basis:
            object.__setattr__(self, "basis", _enum(Basis, self.basis, "proration.basis_unknown"))
        for day in (self.start, self.end, self.trial_end):
            if day is not None:
                check_day(day)
        quantities = tuple((day, as_exact(quantity)) for day, quantity in self.quantities)
        object.__setattr__(self, "quantities", quantities)
        object.__setattr__(self, "prices", tuple(self.prices))
        _check_ascending(quantities)
        _check_ascending(self.prices)

    @property
    def first_charged_day(self):
        """The first day that costs anything: the start, or the end of a later trial."""
        if self.trial_end is not None and self.trial_end > self.start:
            return self.trial_end
        return self.start

    @property
    def is_prorated(self):
        """Whether days matter at all."""
        return self.prorate and self.basis is not Basis.none

    def quantity_on(self, day):
        """Return the quantity in force on a day.

        :raise EngineError: ``schedule.quantity_missing`` when none is in force yet
        """
        return _in_force(self.quantities, day, "schedule.quantity_missing")

    def price_on(self, day):
        """Return the price version in force on a day.

        :raise EngineError: ``schedule.price_missing`` when none is in force yet
        """
        return _in_force(self.prices, day, "schedule.price_missing")


def _check_ascending(dated):
    for earlier, later in pairwise(dated):
        if later[0] < earlier[0]:
            raise EngineError("schedule.not_in_order", earlier=str(earlier[0]), later=str(later[0]))


def _in_force(dated, day, code):
    for since, value in reversed(dated):
        if since <= day:
            return value
    raise EngineError(code, day=day)


@dataclass(frozen=True, slots=True)
class Segment:
    """Days of one quantity within a served part.

    :param service: the days
    :param quantity: the quantity on each of them
    :param ratio: share of the full period
    :param priced: price of a full period at that quantity
    """

    service: Period
    quantity: Fraction
    ratio: Fraction
    priced: Priced

    @property
    def amount(self):
        """Exact amount of the segment: the full price times the share."""
        return self.priced.amount if self.ratio == 1 else self.priced.amount * self.ratio


@dataclass(frozen=True, slots=True)
class Due:
    """An item that falls due; it becomes one charge under its key.

    :param kind: period, adjustment or once
    :param period: the full anchored period
    :param service: the days of it that are charged
    :param due_date: the day on which the item may be billed first
    :param quantity: quantity on the last day of the service
    :param ratio: share of the full period that the service stands for
    :param amount: exact; of an adjustment the difference, negative for a credit
    :param version_identifier: the price version's own name
    :param segments: tuple of :class:`Segment`; of an adjustment what the whole period should cost
    :param sequence: 0; 1, 2, ... for the adjustments of one period
    :param basis: :class:`~.proration.Basis` of the ratios
    :param identified_by: the day in the key. The start of the period, except for the bridge that a moved anchor leaves:
        its first day, because the period that contains it may start on a day that was billed before
    :param affected: of an adjustment the days from the change to the end of the period, where one change made it
    """

    kind: str
    period: Period
    service: Period
    due_date: date
    quantity: Fraction
    ratio: Fraction
    amount: Fraction
    version_identifier: object
    segments: "tuple[Segment, ...]"
    sequence: int
    basis: Basis
    identified_by: date
    affected: "Period | None" = None

    @property
    def key(self):
        """The item's identity within its line: ``period:2026-08-01``, ``adjustment:2026-08-01:1``."""
        day = self.identified_by.isoformat()
        if self.kind == "adjustment":
            return f"adjustment:{day}:{self.sequence}"
        return f"{self.kind}:{day}"


@dataclass(frozen=True, slots=True)
class Billed:
    """An item that was billed.

    :param period_start: the day in its key (:attr:`Due.identified_by`)
    :param kind: period, adjustment or once
    :param sequence: 0, or the number of the adjustment
    :param amount: the exact amount, as it was due
    :param given_up: how much of it stands no longer: it was voided, or given back by hand
    :raise EngineError: ``schedule.kind_unknown``
    """

    period_start: date
    kind: str
    sequence: int
    amount: Fraction = ZERO
    given_up: Fraction = ZERO

    def __post_init__(self):
        if self.kind not in KINDS:
            raise EngineError("schedule.kind_unknown", kind=repr(self.kind))
        object.__setattr__(self, "amount", as_exact(self.amount))
        object.__setattr__(self, "given_up", as_exact(self.given_up))
