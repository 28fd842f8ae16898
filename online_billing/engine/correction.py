"""Adjustments of billed periods: what should have been billed minus what was billed.

A period that was billed in advance changes when the quantity changes in its middle or the line ends there. Each such
change has a day. Taken in the order of their days, they turn the price of the period from step to step. What was
billed is the price after some step; the steps after it are the adjustments, each due on the day of its change. So it
does not matter when or how often a run looks.

Amounts that were stored rounded are compared rounded: tell the ``digits``. Otherwise a residue of the rounding would
look like a change of its own.

What was voided or given back by hand stands no longer, although it was billed once. It is not credited again: a step
downwards uses it up first. A step upwards is billed by its difference alone, so that what was given back stays given.

Where what was billed is no step at all (a price or a start was corrected for the past), the difference to the last
step is one adjustment, due at once.
"""

from dataclasses import replace

from .cadence import period_of
from .money import ZERO, round_half_up
from .period import ONE_DAY, Period
from .serving import NOTHING_SERVED, due_date_of, price_service, served_part
from .terms import Due


def adjustments(terms, until, billed, recheck_from, digits=None):
    """Yield the adjustments that are due on or before a day.

    :param terms: :class:`~.terms.LineTerms` as they are now
    :param until: the target day
    :param billed: :class:`~.terms.Billed` items
    :param recheck_from: only periods with days on or after it
    :param digits: what the billed amounts were rounded to (see :func:`~.money.round_half_up`), None when they are
        exact
    :return: iterator of :class:`~.terms.Due` of kind ``adjustment``
    """
    by_start = {}
    for entry in billed:
        by_start.setdefault(entry.period_start, []).append(entry)
    for start in sorted(by_start):
        if terms.once:
            period = Period(start, start + ONE_DAY)
            correct = _credit_once
        else:
            period = period_of(terms.anchor, terms.cadence, start)
            correct = _correct_period
        if period.end > recheck_from:
            yield from correct(terms, until, period, start, by_start[start], digits)


def _credit_once(terms, until, period, start, entries, _digits):
    """Yield the full credit of a single item whose line ended before it began."""
    was_billed = _sum(entries) - _given_up(entries)
    if terms.end is None or terms.end > start or not was_billed or not terms.credit_unused or until < start:
        return
    service = Period(start, start)
    yield _adjustment(terms, period, service, start, start, -was_billed, NOTHING_SERVED, _last(entries) + 1)


def _correct_period(terms, until, period, start, entries, digits):
    """Yield the steps of a period that were not billed yet, as far as they are due."""
    was_billed, given_up = _sum(entries), max(_given_up(entries), ZERO)
    sequence = _last(entries)
    steps = _steps(terms, period, start)
    service = served_part(terms, period, max(start, terms.first_charged_day))
    own_due_date = due_date_of(terms, service)
    reached = [
        number for number, (_day, price) in enumerate(steps) if _stands(price.amount, was_billed, given_up, digits)
    ]
    if reached:
        open_steps = steps[reached[-1] + 1 :]
        stands_at = steps[reached[-1]][1].amount
        if not _are_equal(stands_at, was_billed, digits):
            given_up -= was_billed - stands_at
            was_billed = stands_at
    else:
        passed = [day for day, _price in steps if day <= until]
        open_steps = [(passed[-1] if passed else own_due_date, steps[-1][1])]
    for day, price in open_steps:
        difference = price.amount - was_billed
        due_date = max(day, own_due_date)
        if _are_equal(price.amount, was_billed, digits) or due_date > until:
            continue
        if difference < 0 and not terms.credit_unused:
            continue
        was_billed += difference
        if difference < 0 and given_up:
            used_up = min(-difference, given_up)
            given_up -= used_up
            difference += used_up
            if _are_equal(difference, ZERO, digits):
                continue
        sequence += 1
        affected = Period(day, period.end) if reached else None
        yield _adjustment(terms, period, service, start, due_date, difference, price, sequence, affected)


def _steps(terms, period, start):
    """Return ``[(day, ServicePrice), ...]``: the price of the period before any change, then after each one.

    The first day is the first day of the service, the others are days of changes.
    """
    first_day = max(start, terms.first_charged_day)
    changes = {day for day, _quantity in terms.quantities if first_day < day < period.end}
    if terms.end is not None and terms.end < period.end:
        changes.add(terms.end)
    prices = {}
    steps = []
    for day in [None, *sorted(changes)]:
        known = replace(
            terms,
            quantities=tuple(entry for entry in terms.quantities if entry[0] <= first_day or day and entry[0] <= day),
            end=terms.end if terms.end is None or terms.end >= period.end or day and terms.end <= day else None,
        )
        service = served_part(known, period, first_day)
        price = price_service(known, period, service, prices) if service.days else NOTHING_SERVED
        steps.append((day or first_day, price))
    return steps


def _adjustment(terms, period, service, start, due_date, difference, price, sequence, affected=None):
    return Due(
        "adjustment",
        period,
        service,
        due_date,
        price.quantity,
        price.ratio,
        difference,
        price.version and price.version.identifier,
        price.segments,
        sequence,
        terms.basis,
        start,
        affected,
    )


def _stands(price, billed, given_up, digits):
    """Tell whether what was billed is a price, or above it by no more than what was given up."""
    return _are_equal(price, billed, digits) or billed - given_up <= price < billed


def _are_equal(amount, billed, digits):
    if digits is None:
        return amount == billed
    return round_half_up(amount, digits) == round_half_up(billed, digits)


def _sum(entries):
    return sum((entry.amount for entry in entries), ZERO)


def _given_up(entries):
    return sum((entry.given_up for entry in entries), ZERO)


def _last(entries):
    return max(entry.sequence for entry in entries)
