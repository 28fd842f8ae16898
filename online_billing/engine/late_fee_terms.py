"""What a late fee is worked out from and what comes of it: plain values, checked once."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from .cadence import Cadence, _enum
from .errors import EngineError
from .money import ZERO, as_exact
from .period import check_day
from .reference_rate import Fixing


class YearDays(str, Enum):
    """How many days the year of a yearly rate has."""

    fixed_365 = "365"
    actual = "actual"


class Rounding(str, Enum):
    """What is rounded: the fee, or the interest of one day (which is then multiplied)."""

    total = "total"
    day = "day"


@dataclass(frozen=True, slots=True)
class Band:
    """A fixed compensation for debts of ``lower`` and more, up to the next band."""

    lower: Fraction
    amount: Fraction

    def __post_init__(self):
        object.__setattr__(self, "lower", as_exact(self.lower))
        object.__setattr__(self, "amount", as_exact(self.amount))


def is_open(amount, tolerance):
    """Tell whether so much overdue counts: a residual below the tolerance is left alone."""
    return amount > 0 and amount >= tolerance


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """The terms of a late fee.

    :param digits: what the currency is rounded to: its decimals, or its smallest amount as a Decimal
    :param grace_days: days after the due date on which nothing arises
    :param fixed: amount of every occurrence
    :param percent: percent of what is overdue, every occurrence
    :param yearly_rate: percent a year of daily interest, a margin where a table of rates comes with it; None: none
    :param bands: compensation by the size of the debt, with the first occurrence alone
    :param minimum: least amount of an occurrence
    :param cap: most of an occurrence; None: no limit
    :param total_cap: most of all occurrences of a debt together; None: no limit
    :param most: occurrences of a debt at most; None: no limit
    :param repeat: :class:`~.cadence.Cadence` in days or months between triggers; None: once
    :param compound: fees that are still open count as part of what is overdue
    :param year_days: :class:`YearDays` or its text
    :param rounding: :class:`Rounding` or its text
    :param tolerance: a residual below it is left alone
    :param fixing: :class:`~.reference_rate.Fixing` or its text
    :param locked: the rate of the first day of interest holds throughout
    :param closing: what has arisen stays owed when the debt is paid, and interest up to that day is charged then
    :raise EngineError: ``late_fee.negative``, ``late_fee.minimum_above_cap``, ``late_fee.option_unknown``
    """

    digits: "int | Decimal"
    grace_days: int = 0
    fixed: Fraction = ZERO
    percent: Fraction = ZERO
    yearly_rate: "Fraction | None" = None
    bands: tuple = ()
    minimum: Fraction = ZERO
    cap: "Fraction | None" = None
    total_cap: "Fraction | None" = None
    most: "int | None" = None
    repeat: "Cadence | None" = None
    compound: bool = False
    year_days: YearDays = YearDays.fixed_365
    rounding: Rounding = Rounding.total
    tolerance: Fraction = ZERO
    fixing: Fixing = Fixing.daily
    locked: bool = False
    closing: bool = False

    def __post_init__(self):
        for name in ("fixed", "percent", "yearly_rate", "minimum", "cap", "total_cap", "tolerance"):
            value = getattr(self, name)
            if value is not None:
                value = as_exact(value)
                if value < 0:
                    raise EngineError("late_fee.negative", name=name)
                object.__setattr__(self, name, value)
        for name, kind in (("year_days", YearDays), ("rounding", Rounding), ("fixing", Fixing)):
            object.__setattr__(self, name, _enum(kind, getattr(self, name), "late_fee.option_unknown"))
        if self.grace_days < 0:
            raise EngineError("late_fee.negative", name="grace_days")
        if any(band.lower < 0 or band.amount < 0 for band in self.bands):
            raise EngineError("late_fee.negative", name="bands")
        if self.cap is not None and self.minimum > self.cap:
            raise EngineError("late_fee.minimum_above_cap")

    @property
    def only_closing(self):
        """Interest that is charged once: when the debt is paid, for all its days."""
        return self.closing and self.yearly_rate is not None and self.repeat is None


@dataclass(frozen=True, slots=True)
class EarlierFee:
    """A fee of the same rule on the same debt that exists already; its day tells it from others.

    :param day: the day on which it arose
    :param amount: counts towards the total cap
    :param open_amount: what of it is still owed; counts as overdue where the terms compound
    """

    day: date
    amount: Fraction = ZERO
    open_amount: Fraction = ZERO

    def __post_init__(self):
        check_day(self.day)
        object.__setattr__(self, "amount", as_exact(self.amount))
        object.__setattr__(self, "open_amount", as_exact(self.open_amount))


@dataclass(frozen=True, slots=True)
class OverdueDebt:
    """What is overdue, over time.

    :param due: the due date
    :param steps: ((day, overdue at the end of that day), ...), ascending, each day once; the first at the due date or
        later, so that a day before it owes nothing
    :param earlier: :class:`EarlierFee` of the same rule
    :param settled_until: the last trigger that another rule has charged; only what comes after it is left
    :param spared: :class:`~.period.Period` of days that bear nothing, now or later: an exemption, a dispute, a promise
    :raise EngineError: ``late_fee.not_in_order`` for steps out of order or before the due date
    """

    due: date
    steps: tuple
    earlier: tuple = ()
    settled_until: "date | None" = None
    spared: tuple = ()

    def __post_init__(self):
        check_day(self.due)
        steps = tuple((check_day(day), max(ZERO, as_exact(amount))) for day, amount in self.steps)
        days = [day for day, _amount in steps]
        if days != sorted(set(days)) or (days and days[0] < self.due):
            raise EngineError("late_fee.not_in_order", days=[str(day) for day in days])
        object.__setattr__(self, "steps", steps)

    def open_at_end_of(self, day):
        """Return what is overdue once everything of that day is counted."""
        found = ZERO
        for step_day, amount in self.steps:
            if step_day <= day:
                found = amount
        return found

    def is_spared(self, day):
        """Tell whether a day bears nothing."""
        return any(period.start <= day < period.end for period in self.spared)

    def paid_on(self, until, tolerance):
        """Return the day on which the debt came to rest below the tolerance, or None while it is open.

        :param until: what happened later is not known yet
        """
        paid = None
        for day, amount in self.steps:
            if day <= until:
                if not is_open(amount, tolerance):
                    paid = paid or day
                else:
                    paid = None
        return paid


@dataclass(frozen=True, slots=True)
class InterestSegment:
    """Days of one debt and one rate.

    :param first: the first and :param last: the last day that bear interest
    :param days: how many they are
    :param rate: percent a year
    :param base: what was overdue, with earlier fees where they count
    :param amount: exact interest of these days
    :param daily: interest of one day, rounded where the terms say so
    """

    first: date
    last: date
    days: int
    rate: Fraction
    base: Fraction
    amount: Fraction
    daily: Fraction


@dataclass(frozen=True, slots=True)
class FeePart:
    """One reason of an occurrence besides interest.

    :param code: ``fixed``, ``percent``, ``compensation``; of a limit ``minimum``, ``cap``, ``total_cap``
    :param base: what it was taken of; of a limit, the limit
    :param rate: percent, where it is one
    :param amount: exact; of a limit, what the whole fee became by it
    """

    code: str
    base: Fraction
    rate: Fraction
    amount: Fraction


@dataclass(frozen=True, slots=True)
class FeeOccurrence:
    """A fee that has arisen.

    :param number: 1 for the first trigger, and so on
    :param day: its trigger, or the day of the payment that closed the debt
    :param base: what was overdue
    :param parts: :class:`FeePart`, in order
    :param segments: :class:`InterestSegment`, in order
    :param exact: Fraction before rounding
    :param amount: Decimal at the digits of the currency
    :param added: earlier fees that are open and count as overdue; part of the base
    """

    number: int
    day: date
    base: Fraction
    parts: tuple
    segments: tuple
    exact: Fraction
    amount: Decimal
    added: Fraction = ZERO
