"""Why this amount: the breakdown of a due item as plain, storable data. No sentences."""

from .money import round_half_up

# Enough to read a unit price; the exact value stands beside it.
_SHOWN_DIGITS = 10


def describe(due):
    """Return the breakdown of a due item, ready for JSON.

    Numbers are texts: ``exact`` as ``"numerator/denominator"``, ``decimal`` with ten decimals. Days are ISO dates;
    ``first`` and ``last`` are both inclusive, as people read them.

    :param due: :class:`~.schedule.Due`
    :return: dict
    """
    return {
        "key": due.key,
        "kind": due.kind,
        "sequence": due.sequence,
        "due_date": due.due_date.isoformat(),
        "period": _period(due.period),
        "service": _period(due.service),
        "days_served": due.service.days,
        "days_of_period": due.period.days,
        "ratio": exact_text(due.ratio),
        "basis": due.basis.value,
        "quantity": decimal_text(due.quantity),
        "version": due.version_identifier,
        "amount": number_pair(due.amount),
        "segments": [_segment(segment) for segment in due.segments],
    }


def exact_text(number):
    """Write a fraction as ``"numerator/denominator"``; :func:`~.money.as_exact` reads it back."""
    return f"{number.numerator}/{number.denominator}"


def describe_priced(priced):
    """Return the slices of a price, ready for JSON; used for usage, which has no due item of its own."""
    return {"amount": number_pair(priced.amount), "slices": [_slice(entry) for entry in priced.slices]}


def _segment(segment):
    return {
        "service": _period(segment.service),
        "days": segment.service.days,
        "quantity": decimal_text(segment.quantity),
        "ratio": exact_text(segment.ratio),
        "price": number_pair(segment.priced.amount),
        "amount": number_pair(segment.amount),
        "slices": [_slice(entry) for entry in segment.priced.slices],
    }


def _slice(entry):
    return {
        "code": entry.code,
        "quantity": decimal_text(entry.quantity),
        "unit_price": decimal_text(entry.unit_price),
        "flat": decimal_text(entry.flat),
        "lower": None if entry.lower is None else decimal_text(entry.lower),
        "upper": None if entry.upper is None else decimal_text(entry.upper),
        "amount": number_pair(entry.amount),
    }


def _period(period):
    return {
        "first": period.start.isoformat(),
        "last": period.last_day.isoformat() if period.days else None,
    }


def number_pair(number):
    """Write a number exactly and readably, as every breakdown does."""
    return {"exact": exact_text(number), "decimal": decimal_text(number)}


def decimal_text(number):
    """Write a number with at most ten decimals and at least two."""
    text = f"{round_half_up(number, _SHOWN_DIGITS):f}"
    whole, _point, decimals = text.partition(".")
    # Two decimals stay, so that money reads as money.
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
