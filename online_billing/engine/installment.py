"""Installment schedules: how an open amount is cut into dated parts, with interest, deposit and fee.

Only the principal is cut: its parts sum to the open amount to the last unit of the currency. Interest and fee stand
beside it, because they are charged on their own and never change what was invoiced.

Dates come from the agreed first date (boundary k = first date + k x interval, see :mod:`.cadence`), never from the day
on which an earlier part was paid.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from .cadence import Anchor, Cadence, Unit, boundary
from .errors import EngineError
from .money import ONE, PERCENT, ZERO, as_exact, check_amount, round_half_up, smallest_amount
from .period import check_day

#: More parts than this are a mistake, not a plan: thirty years of months.
MOST_PARTS = 360

_PERIODS_PER_YEAR = {Unit.day: 365, Unit.week: 52, Unit.month: 12, Unit.year: 1}


class Method(str, Enum):
    """How the principal is cut."""

    equal = "equal"
    annuity = "annuity"
    parts = "parts"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was agreed on its own.

    :param kind: ``amount`` (of money), ``percent`` (of the principal) or ``rest`` (what the others leave)
    :param value: the amount or the percentage; nothing for the rest
    :param days: days from the start of the terms; None for the next date of the cadence
    """

    kind: str
    value: Fraction = ZERO
    days: "int | None" = None


@dataclass(frozen=True, slots=True)
class InstallmentTerms:
    """What was agreed.

    :param total: open amount to be cut, positive, with at most ``digits`` decimals
    :param digits: what the currency is rounded to: its decimals, or its smallest amount as a Decimal
    :param first_date: date of the first part (after the deposit, where there is one)
    :param cadence: interval between the parts
    :param method: :class:`Method` or its text
    :param count: number of parts without the deposit; not for ``parts``
    :param parts: tuple of :class:`Part`; for ``parts`` alone
    :param annual_percent: nominal interest for a year, 0 for none
    :param deposit: amount that is paid first, part of the total, without interest
    :param deposit_date: its date, before the first date
    :param fee: amount charged once beside the principal, shown with the first row
    :param remainder: which parts bear what does not divide: ``last`` or ``first``
    :param start: day from which ``Part.days`` count; the first date where it is not told
    """

    total: Fraction
    digits: "int | Decimal"
    first_date: date
    cadence: Cadence
    method: Method = Method.equal
    count: int = 1
    parts: tuple = ()
    annual_percent: Fraction = ZERO
    deposit: Fraction = ZERO
    deposit_date: "date | None" = None
    fee: Fraction = ZERO
    remainder: str = "last"
    start: "date | None" = None


@dataclass(frozen=True, slots=True)
class InstallmentRow:
    """One row of a schedule; amounts are rounded Decimals.

    :param balance: principal that is left after this row
    """

    sequence: int
    due_date: date
    principal: Decimal
    interest: Decimal
    fee: Decimal
    balance: Decimal
    is_deposit: bool = False

    @property
    def payment(self):
        """What the customer pays for this row, all in all."""
        return self.principal + self.interest + self.fee


def period_rate(annual_percent, cadence):
    """Return the exact rate of one interval: the annual rate times the interval's share of a year.

    Months are twelfths, weeks 1/52, days 1/365 of a year.
    """
    return as_exact(annual_percent) * PERCENT * Fraction(cadence.count, _PERIODS_PER_YEAR[cadence.unit])


def annuity_payment(principal, rate, count):
    """Return the exact constant payment that pays off a principal: P r / (1 - (1 + r)^-n); at rate 0 it is P / n.

    :param principal: exact amount
    :param rate: exact rate of one interval
    :param count: number of payments
    """
    principal, rate = as_exact(principal), as_exact(rate)
    if not rate:
        return principal * Fraction(1, count)
    growth = (ONE + rate) ** count
    return principal * rate * Fraction(growth.numerator, growth.numerator - growth.denominator)


def split_equally(total, count, digits, remainder="last"):
    """Cut an amount into parts that differ by at most one unit of the currency and sum to it exactly.

    :param total: amount with at most ``digits`` decimals, not negative
    :param count: number of parts, 1 to 360
    :param remainder: ``last`` gives the units that do not divide to the last parts, ``first`` to the first ones
    :return: tuple of Decimal; parts are zero where there are fewer units than parts
    :raise EngineError: ``installment.count``, ``installment.remainder_unknown``, ``money.not_representable``
    """
    _count(count)
    if remainder not in ("last", "first"):
        raise EngineError("installment.remainder_unknown", remainder=repr(remainder))
    units = _units(total, digits)
    small, more = divmod(units, count)
    larger = range(count - more, count) if remainder == "last" else range(more)
    return tuple(_amount(small + (1 if place in larger else 0), digits) for place in range(count))


def installment_schedule(terms):
    """Return the rows of a plan.

    The principal of all rows sums to the total exactly, every row pays something, and the dates strictly increase.
    Interest of a row is that of one interval on the principal still open before it, rounded at the row; in an annuity
    the last row takes what the rounding leaves.

    :param terms: :class:`InstallmentTerms`
    :return: tuple of :class:`InstallmentRow`
    :raise EngineError: ``installment.total_not_positive``, ``installment.count``, ``installment.part_not_positive``
        (with ``sequence`` and ``amount``), ``installment.sum_differs``, ``installment.dates_not_ascending``,
        ``installment.deposit``, ``installment.rate_negative``, ``installment.fee_negative`` and unknown words
    """
    method = _method(terms.method)
    digits = terms.digits
    total = check_amount(terms.total)
    if total <= 0:
        raise EngineError("installment.total_not_positive", total=str(terms.total))
    _units(total, digits)
    deposit = as_exact(terms.deposit)
    if deposit < 0 or deposit >= total or deposit and terms.deposit_date is None:
        raise EngineError("installment.deposit", deposit=str(terms.deposit), total=str(terms.total))
    _units(deposit, digits)
    if as_exact(terms.annual_percent) < 0:
        raise EngineError("installment.rate_negative", rate=str(terms.annual_percent))
    if as_exact(terms.fee) < 0:
        raise EngineError("installment.fee_negative", fee=str(terms.fee))
    rate = period_rate(terms.annual_percent, terms.cadence)
    principal = total - deposit
    if method is Method.annuity:
        amounts = _annuity_principals(principal, rate, _count(terms.count), digits)
    elif method is Method.equal:
        amounts = split_equally(principal, terms.count, digits, terms.remainder)
    else:
        amounts = _agreed_principals(principal, terms.parts, digits, terms.remainder)
    entries = [(day, amount, False) for day, amount in zip(_dates(terms, len(amounts)), amounts, strict=True)]
    if deposit:
        entries.insert(0, (check_day(terms.deposit_date), round_half_up(deposit, digits), True))
    return _rows(entries, total, rate, round_half_up(terms.fee, digits), digits)


def _rows(entries, total, rate, fee, digits):
    rows, balance, earlier = [], total, None
    for sequence, (day, amount, is_deposit) in enumerate(entries, start=1):
        if amount <= 0:
            raise EngineError("installment.part_not_positive", sequence=sequence, amount=str(amount))
        if earlier is not None and day <= earlier:
            raise EngineError("installment.dates_not_ascending", day=day, earlier=earlier)
        interest = round_half_up(ZERO if is_deposit else balance * rate, digits)
        balance -= as_exact(amount)
        rows.append(
            InstallmentRow(
                sequence,
                day,
                amount,
                interest,
                fee if sequence == 1 else round_half_up(ZERO, digits),
                round_half_up(balance, digits),
                is_deposit,
            )
        )
        earlier = day
    return tuple(rows)


def _annuity_principals(principal, rate, count, digits):
    payment = as_exact(round_half_up(annuity_payment(principal, rate, count), digits))
    amounts, balance = [], principal
    for _number in range(count - 1):
        part = payment - as_exact(round_half_up(balance * rate, digits))
        amounts.append(round_half_up(part, digits))
        balance -= part
    return (*amounts, round_half_up(balance, digits))


def _agreed_principals(principal, parts, digits, remainder):
    if not 1 <= len(parts) <= MOST_PARTS:
        raise EngineError("installment.count", count=len(parts), most=MOST_PARTS)
    exact, rests = [], []
    for place, part in enumerate(parts):
        if part.kind == "percent":
            exact.append(principal * as_exact(part.value) * PERCENT)
        elif part.kind == "amount":
            exact.append(as_exact(part.value))
        elif part.kind == "rest":
            exact.append(ZERO)
            rests.append(place)
        else:
            raise EngineError("installment.kind_unknown", kind=repr(part.kind))
    amounts = [as_exact(round_half_up(value, digits)) for value in exact]
    left = principal - sum(amounts)
    if len(rests) == 1:
        amounts[rests[0]] = left
    elif rests or sum(exact) != principal:
        raise EngineError("installment.sum_differs", total=_text(principal, digits), parts=_text(sum(exact), digits))
    else:
        amounts[-1 if remainder == "last" else 0] += left
    return tuple(round_half_up(value, digits) for value in amounts)


def _dates(terms, count):
    first = check_day(terms.first_date)
    anchor = Anchor(first)
    start = terms.start or first
    is_agreed = _method(terms.method) is Method.parts
    offsets = [part.days for part in terms.parts] if is_agreed else [None] * count
    return [
        boundary(anchor, terms.cadence, place) if days is None else start + timedelta(days=days)
        for place, days in enumerate(offsets)
    ]


def _method(value):
    try:
        return Method(value)
    except ValueError:
        raise EngineError("installment.method_unknown", value=repr(value)) from None


def _count(count):
    if type(count) is not int or not 1 <= count <= MOST_PARTS:
        raise EngineError("installment.count", count=repr(count), most=MOST_PARTS)
    return count


def _text(value, digits):
    return str(round_half_up(value, digits))


def _units(value, digits):
    """Count of the currency's smallest units; an amount that has a fraction of one is refused."""
    value = as_exact(value)
    units = Fraction(value, smallest_amount(digits))
    if units.denominator != 1:
        raise EngineError("money.not_representable", total=str(value), digits=digits)
    return units.numerator


def _amount(units, digits):
    return round_half_up(units * smallest_amount(digits), digits)
