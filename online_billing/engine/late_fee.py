"""What being late costs: which fees have arisen on an overdue debt up to a day, and how each is worked out.

A debt is *overdue* from the day after its due date. Its *trigger* is the first day that is more than ``grace_days``
late; further triggers follow every so many days or months, counted from the first one. On each trigger at which the
debt is still open, an *occurrence* arises: a fixed amount, a percentage of what is overdue, interest for the days since
the trigger before, compensation by the size of the debt, or several of these together.

Payments enter as dated *steps*: (day, what is overdue at the end of that day). A payment on the day of a trigger still
saves the fee, and the day of a payment still bears interest.

A day that is *spared* bears nothing: a trigger on it is left out for good and is no occurrence, and no interest accrues
on it. So a stop spares; it does not delay. A fee is told from others of its debt by the day on which it arose, never by
a count: payments that come back, due dates that move and stops that end change how many there are.

Sources: interest runs from the day after the due date (Late Payment of Commercial Debts (Interest) Act 1998, section
4(3)); per day it is debt x rate / 365 (gov.uk, "Charge interest on commercial debt"); compensation by the size of the
debt, section 5A.
"""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from .cadence import Anchor, boundary
from .explain import decimal_text, number_pair
from .late_fee_terms import Band, FeeOccurrence, FeePart, InterestSegment, Rounding, YearDays, is_open
from .money import PERCENT, ZERO, as_exact, round_down, round_half_up
from .period import ONE_DAY, Period

#: the codes of what limits a fee, in their order
LIMITS = ("minimum", "cap", "total_cap")


def _pick_band(bands, debt):
    """The amount of the highest band whose lower bound the debt reaches."""
    return max(((band.lower, band.amount) for band in bands if band.lower <= debt), default=(ZERO, ZERO))[1]


def trigger_day(terms, due, number):
    """Return the day of trigger ``number`` (1 is the first)."""
    first = due + ONE_DAY * (terms.grace_days + 1)
    return first if number == 1 else boundary(Anchor(first), terms.repeat, number - 1)


def triggers(terms, due, until, is_spared=None):
    """Yield (number, day) of every trigger on or before a day.

    :param is_spared: tells whether a day bears nothing; a trigger on such a day has no number
    """
    number, place = 0, 0
    while terms.most is None or number < terms.most:
        place += 1
        day = trigger_day(terms, due, place)
        if day > until:
            return
        if is_spared is None or not is_spared(day):
            number += 1
            yield number, day
        if terms.repeat is None:
            return


def accrue(terms, debt, first, last, rates=None, added=ZERO):
    """Return the interest of the days from ``first`` to ``last``, both included.

    :param debt: :class:`OverdueDebt`
    :param rates: :class:`~.reference_rate.RateTable` on which the yearly rate is a margin; None: it stands alone
    :param added: earlier fees that count as overdue
    :return: tuple of :class:`InterestSegment`; split where debt, rate or length of the year change
    :raise EngineError: ``late_fee.rate_missing``
    """
    cuts = {first, last + ONE_DAY}
    cuts.update(day + ONE_DAY for day, _amount in debt.steps)
    if rates is not None and not terms.locked:
        cuts.update(rates.changes(terms.fixing, first, last))
    if terms.year_days is YearDays.actual:
        cuts.update(date(year, 1, 1) for year in range(first.year, last.year + 1))
    cuts.update(day for period in debt.spared for day in (period.start, period.end))
    days = sorted(cut for cut in cuts if first <= cut <= last + ONE_DAY)
    segments = []
    for start, end in zip(days, days[1:]):  # noqa: B905, RUF007 one shorter by intention
        base = debt.open_at_end_of(start - ONE_DAY)
        if base > 0 and not debt.is_spared(start):
            days_alike = Period(start, end)
            # asked on the last day: one rate holds on all of them, if it is known that far
            rate = _yearly(terms, debt, days_alike.last_day, rates)
            segments.append(_segment(terms, days_alike, base + added, rate))
    return tuple(_joined(segments))


def _yearly(terms, debt, day, rates):
    """Percent a year on a day; a reference rate below zero never makes it negative."""
    if rates is None:
        return terms.yearly_rate
    asked = debt.due + ONE_DAY if terms.locked else day
    return max(ZERO, terms.yearly_rate + rates.fixed_on(asked, terms.fixing))


def _segment(terms, period, base, rate):
    year = 365
    if terms.year_days is YearDays.actual:
        year = Period(date(period.start.year, 1, 1), date(period.start.year + 1, 1, 1)).days
    daily = base * rate * PERCENT * Fraction(1, year)
    if terms.rounding is Rounding.day:
        daily_charged = Fraction(round_half_up(daily, terms.digits))
    else:
        daily_charged = daily
    return InterestSegment(period.start, period.last_day, period.days, rate, base, daily * period.days, daily_charged)


def _joined(segments):
    """Segments that differ in nothing but their days become one."""
    joined = []
    for segment in segments:
        before = joined[-1] if joined else None
        if before and (before.last + ONE_DAY, before.rate, before.base, before.daily) == (
            segment.first,
            segment.rate,
            segment.base,
            segment.daily,
        ):
            joined[-1] = InterestSegment(
                before.first,
                segment.last,
                before.days + segment.days,
                before.rate,
                before.base,
                before.amount + segment.amount,
                before.daily,
            )
        else:
            joined.append(segment)
    return joined


def fees_due(terms, debt, as_of, rates=None):
    """Return the fees that have arisen on a debt up to a day and that do not exist yet.

    A second call that is told of the first one's fees finds nothing; calls day by day find what one call finds later.

    :param terms: :class:`FeeTerms`
    :param debt: :class:`OverdueDebt`
    :param as_of: the day
    :param rates: :class:`~.reference_rate.RateTable`, where the yearly rate is a margin
    :return: tuple of :class:`FeeOccurrence` in order
    :raise EngineError: ``late_fee.rate_missing``
    """
    paid = debt.paid_on(as_of, terms.tolerance)
    if paid is not None and not terms.closing:
        return ()
    known = {fee.day for fee in debt.earlier}
    added = sum((fee.open_amount for fee in debt.earlier), ZERO) if terms.compound else ZERO
    left = terms.total_cap
    if left is not None:
        left = max(ZERO, left - sum((fee.amount for fee in debt.earlier), ZERO))
    moments = {day: (number, closing) for number, day, closing in _moments(terms, debt, paid, as_of)}
    # fees whose moment is gone: a payment that came back, another due date
    others = len(known - set(moments))
    found, before = [], debt.due
    settled = debt.settled_until or debt.due
    # interest has been charged up to each of these days, whether its moment still exists or not
    for day in sorted(known | set(moments)):
        start, before = max(before, settled) + ONE_DAY, day
        if day in known or day <= settled:
            continue
        number, closing = moments[day]
        if others and not closing and (terms.repeat is None or terms.most is not None and number + others > terms.most):
            continue
        occurrence = _occurrence(terms, debt, number, closing, Period(start, day + ONE_DAY), rates, added, left)
        if occurrence:
            found.append(occurrence)
            if terms.compound:
                added += Fraction(occurrence.amount)
            if left is not None:
                left -= Fraction(occurrence.amount)
    return tuple(found)


def _moments(terms, debt, paid, as_of):
    """Yield (number, day, closing) of every trigger at which the debt was open, and of the payment that closed it."""
    number = 0
    if not terms.only_closing:
        until = as_of if paid is None else paid - ONE_DAY
        for number, day in triggers(terms, debt.due, until, debt.is_spared):
            yield number, day, False
    late = paid is not None and paid > debt.due + ONE_DAY * terms.grace_days
    if late and terms.yearly_rate is not None and (terms.most is None or number < terms.most):
        yield number + 1, paid, True


def _occurrence(terms, debt, number, closing, days, rates, added, left):
    """Return the fee of one moment, or None when nothing arises: too little was overdue, or nothing is left to charge.

    :param days: :class:`~.period.Period` that bears interest; its last day is the moment
    :param added: earlier fees that count as overdue
    :param left: what the total cap leaves
    """
    day = days.last_day
    owed = debt.open_at_end_of(day - ONE_DAY if closing else day)
    if not is_open(owed, terms.tolerance):
        return None
    base = owed + added
    segments = ()
    if terms.yearly_rate is not None:
        segments = accrue(terms, debt, days.start, day, rates, added)
    parts = _parts(terms, debt, number, closing, day, base)
    return _add_up(terms, FeeOccurrence(number, day, base, parts, segments, ZERO, ZERO, added), _limits(terms, left))


def _add_up(terms, occurrence, limits):
    """Return an occurrence with its amounts; None where nothing of it is left, which no minimum raises."""
    if not occurrence.parts and not occurrence.segments:
        return None
    charged = sum((part.amount for part in occurrence.parts), ZERO)
    exact = charged + sum((segment.amount for segment in occurrence.segments), ZERO)
    if terms.rounding is Rounding.day:
        interest = sum((segment.daily * segment.days for segment in occurrence.segments), ZERO)
        amount = Fraction(round_half_up(charged, terms.digits)) + interest
    else:
        amount = Fraction(round_half_up(exact, terms.digits))
    limiting = []
    for code, limit in limits:
        within = max(amount, limit) if code == "minimum" else min(amount, limit)
        if within != amount:  # a limit that rounding has reached already changes nothing, the exact amount neither
            exact = max(exact, limit) if code == "minimum" else min(exact, limit)
            limiting.append(FeePart(code, limit, ZERO, within))
        amount = within
    if amount <= 0:
        return None
    parts = (*occurrence.parts, *limiting)
    return replace(occurrence, parts=parts, exact=exact, amount=round_half_up(amount, terms.digits))


def _parts(terms, debt, number, closing, day, base):
    """Return what an occurrence consists of besides interest; the rest of the interest comes without it."""
    if closing and number > 1 or debt.is_spared(day):
        return ()
    parts = []
    if terms.fixed:
        parts.append(FeePart("fixed", base, ZERO, terms.fixed))
    if terms.percent:
        parts.append(FeePart("percent", base, terms.percent, base * terms.percent * PERCENT))
    if terms.bands and number == 1 and not any(fee.day < day for fee in debt.earlier):
        # the size of the debt itself, when the fee arose: fees do not enlarge it, part payments later do not shrink it
        moment = min(trigger_day(terms, debt.due, 1), day - ONE_DAY if closing else day)
        size = debt.open_at_end_of(moment)
        parts.append(FeePart("compensation", size, ZERO, _pick_band(terms.bands, size)))
    return tuple(parts)


def _limits(terms, left):
    """Return (code, amount) of the limits in their order: the minimum gives way to both caps."""
    limits = [("minimum", Fraction(round_half_up(terms.minimum, terms.digits)))] if terms.minimum else []
    if terms.cap is not None:
        limits.append(("cap", Fraction(round_down(terms.cap, terms.digits))))
    if left is not None:
        limits.append(("total_cap", Fraction(round_down(left, terms.digits))))
    return limits


def look_again(terms, debt, described, added=ZERO):
    """Return what a fee that was charged comes to by what is known of its debt now.

    The rates, the bands and the limits are those by which it was charged, whatever the terms are by now. It becomes
    lower alone: on no day more is owed than was charged, and days that bore nothing go on bearing nothing.

    :param terms: :class:`FeeTerms`, for what says when a debt counts as open
    :param debt: :class:`OverdueDebt`, as it is known now
    :param described: what :func:`describe_late_fee` said when it was charged
    :param added: what is left of the earlier fees that counted as overdue
    :return: :class:`FeeOccurrence`, or None where nothing is left of it
    """
    charged = _read_late_fee(described)
    bands = tuple(Band(lower, amount) for lower, amount in described["bands"])
    terms = replace(
        terms,
        bands=bands,
        minimum=described["minimum"],
        cap=None,
        year_days=described["year_days"],
        rounding=described["rounding"],
    )
    added = min(added, charged.added)
    moment = charged.day - ONE_DAY if terms.closing else charged.day
    owed = min(debt.open_at_end_of(moment), charged.base - charged.added)
    if not is_open(owed, terms.tolerance):
        return None
    segments = []
    for segment in charged.segments:
        at_most = segment.base - charged.added
        lower = replace(debt, steps=tuple((day, min(amount, at_most)) for day, amount in debt.steps))
        known = replace(terms, yearly_rate=segment.rate)
        segments += accrue(known, lower, segment.first, segment.last, None, added)
    reasons = [part for part in charged.parts if part.code not in LIMITS]
    if debt.is_spared(charged.day):
        reasons = []
    parts = tuple(_look_at_part(terms, debt, part, moment, owed + added) for part in reasons)
    limits = _limits(terms, None) + [(part.code, part.base) for part in charged.parts if part.code in LIMITS[1:]]
    found = replace(charged, base=owed + added, parts=parts, segments=tuple(_joined(segments)), added=added)
    return _add_up(terms, found, limits)


def _look_at_part(terms, debt, part, moment, base):
    """Return a part of a fee as it is on what is known to have been overdue."""
    if part.code == "percent":
        return FeePart("percent", base, part.rate, base * part.rate * PERCENT)
    if part.code == "compensation":
        size = debt.open_at_end_of(min(trigger_day(terms, debt.due, 1), moment))
        if size < part.base:
            return FeePart("compensation", size, ZERO, _pick_band(terms.bands, size))
    return part


def _read_late_fee(described):
    """Return the occurrence of which :func:`describe_late_fee` told."""
    parts = tuple(
        FeePart(part["code"], _exact(part["base"]), as_exact(part["rate"]), _exact(part["amount"]))
        for part in described["parts"]
    )
    segments = tuple(
        InterestSegment(
            date.fromisoformat(segment["first"]),
            date.fromisoformat(segment["last"]),
            segment["days"],
            as_exact(segment["rate"]),
            _exact(segment["base"]),
            _exact(segment["amount"]),
            _exact(segment["daily"]),
        )
        for segment in described["segments"]
    )
    day, number = date.fromisoformat(described["day"]), described["occurrence"]
    base, added, exact = (_exact(described[name]) for name in ("base", "added", "amount"))
    return FeeOccurrence(number, day, base, parts, segments, exact, ZERO, added)


def _exact(pair):
    return as_exact(pair["exact"])


def describe_late_fee(terms, debt, occurrence):
    """Return the breakdown of a fee as plain, storable data: why this amount. No sentences.

    Numbers and days are written as in :func:`~.explain.describe`.
    """
    return {
        "kind": "late_fee",
        "due_date": debt.due.isoformat(),
        "days_late": (occurrence.day - debt.due).days,
        "minimum": decimal_text(terms.minimum),
        "bands": [[decimal_text(band.lower), decimal_text(band.amount)] for band in terms.bands],
        "rounding": terms.rounding.value,
        "year_days": terms.year_days.value,
        **describe_occurrence(occurrence),
    }


def describe_occurrence(occurrence):
    """Return what of the breakdown of a fee becomes another where the fee is looked at again."""
    return {
        "day": occurrence.day.isoformat(),
        "occurrence": occurrence.number,
        "base": number_pair(occurrence.base),
        "added": number_pair(occurrence.added),
        "parts": [
            {
                "code": part.code,
                "base": number_pair(part.base),
                "rate": decimal_text(part.rate),
                "amount": number_pair(part.amount),
            }
            for part in occurrence.parts
        ],
        "segments": [
            {
                "first": segment.first.isoformat(),
                "last": segment.last.isoformat(),
                "days": segment.days,
                "rate": decimal_text(segment.rate),
                "base": number_pair(segment.base),
                "daily": number_pair(segment.daily),
                "amount": number_pair(segment.amount),
            }
            for segment in occurrence.segments
        ],
        "amount": number_pair(occurrence.exact),
    }
