"""What falls due on a line up to a day, given what was billed.

Everything follows from the terms and the anchor; what was billed is an argument. So a run that was missed is caught up
by the next one, period by period and in order, and a run that is repeated finds nothing.
"""

from itertools import islice

from .cadence import boundary, index_of
from .correction import adjustments
from .errors import EngineError
from .period import ONE_DAY, Period
from .serving import due_date_of, price_service, served_part
from .terms import Billed, Due, LineTerms, Segment, Timing

__all__ = ["Billed", "Due", "LineTerms", "Segment", "Timing", "due", "forecast", "next_due_date"]


def due(terms, until, billed_until=None, billed=(), recheck_from=None, digits=None):
    """Return everything that is due on or before a day and was not billed.

    - Periods from ``billed_until`` on: their served part, prorated. Where a moved anchor makes a period straddle
      ``billed_until``, only its days from there on (the bridge, charged once).
    - With ``recheck_from``, for every billed period with days on or after it: what it should have cost minus what was
      billed, where that differs (see :mod:`.correction`).

    :param terms: :class:`LineTerms`
    :param until: the target day; items due on it are included
    :param billed_until: end of the last full period that was billed, None when none was
    :param billed: :class:`Billed` items; only those with days on or after ``recheck_from`` are needed
    :param recheck_from: day from which billed periods are checked, None to check nothing
    :param digits: decimals to which the amounts of ``billed`` were rounded, None when they are exact
    :return: tuple of :class:`Due` by due date, then period start
    :raise EngineError: ``schedule.price_missing``, ``schedule.quantity_missing``, ``money.too_large``, and what the
        price models refuse
    """
    items = []
    if recheck_from is not None:
        items.extend(adjustments(terms, until, billed, recheck_from, digits))
    if terms.once:
        if not any(entry.kind == "once" for entry in billed):
            items.extend(_once(terms, until, billed_until))
    else:
        prices = {}
        known = {entry.period_start for entry in billed}
        for period, service in _open_services(terms, billed_until):
            due_date = due_date_of(terms, service)
            if due_date > until:
                break
            item = _item(terms, "period", period, service, due_date, prices)
            if item.identified_by not in known:
                items.append(item)
    if len(items) > 1:
        items.sort(key=lambda item: (item.due_date, item.period.start, item.sequence))
    return tuple(items)


def next_due_date(terms, billed_until=None):
    """Return the next day on which something falls due, or None when nothing ever will.

    :param terms: :class:`LineTerms`
    :param billed_until: end of the last full period that was billed, None when none was
    """
    if terms.once:
        service = _once_service(terms, billed_until)
        return service.start if service else None
    for _period, service in _open_services(terms, billed_until):
        return due_date_of(terms, service)
    return None


def forecast(terms, start, count):
    """Return the next items from a day on, as if nothing were billed after it.

    :param terms: :class:`LineTerms`
    :param start: items due on or after this day
    :param count: how many at most
    :return: tuple of :class:`Due`
    :raise EngineError: ``schedule.count_negative``, and what :func:`due` refuses
    """
    if count < 0:
        raise EngineError("schedule.count_negative", count=count)
    return tuple(islice(_future(terms, start), count))


def _future(terms, start):
    if terms.once:
        yield from (item for item in _once(terms, terms.first_charged_day, None) if item.due_date >= start)
        return
    prices = {}
    # In arrears, a period falls due after its end: the one before the start's own may still come.
    k = index_of(terms.anchor, terms.cadence, start) - 1
    seen = max(terms.first_charged_day, boundary(terms.anchor, terms.cadence, k))
    for period, service in _open_services(terms, seen):
        due_date = due_date_of(terms, service)
        if due_date >= start:
            yield _item(terms, "period", period, service, due_date, prices)


def _open_services(terms, billed_until):
    """Yield ``(full period, served part)`` of every period that is not billed, in order, perhaps without end."""
    first_day = terms.first_charged_day
    if billed_until is not None and billed_until > first_day:
        first_day = billed_until
    k = index_of(terms.anchor, terms.cadence, first_day)
    start = boundary(terms.anchor, terms.cadence, k)
    while terms.end is None or max(start, first_day) < terms.end:
        k += 1
        end = boundary(terms.anchor, terms.cadence, k)
        period = Period(start, end)
        yield period, served_part(terms, period, first_day)
        start = end


def _item(terms, kind, period, service, due_date, prices):
    segments = price_service(terms, period, service, prices)
    amount, ratio = segments.amount, segments.ratio
    # A bridge begins where billing stopped, which is neither the period's start nor the line's first charged day.
    bridge = service.start > period.start and service.start != terms.first_charged_day
    return Due(
        kind,
        period,
        service,
        due_date,
        segments.quantity,
        ratio,
        amount,
        segments.version.identifier,
        segments.segments,
        0,
        terms.basis,
        service.start if bridge else period.start,
    )


def _once_service(terms, billed_until):
    day = terms.first_charged_day
    if (terms.end is not None and terms.end <= day) or (billed_until is not None and day < billed_until):
        return None
    return Period(day, day + ONE_DAY)


def _once(terms, until, billed_until):
    service = _once_service(terms, billed_until)
    if service and service.start <= until:
        yield _item(terms, "once", service, service, service.start, {})
