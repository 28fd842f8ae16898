"""The served part of a period, its due day and its price."""

from dataclasses import dataclass
from fractions import Fraction

from .money import ONE, ZERO, check_amount
from .period import ONE_DAY, Period
from .pricing.adjustments import PriceVersion
from .pricing.base import Usage
from .proration import Basis, ratio
from .terms import Segment, Timing


@dataclass(frozen=True, slots=True)
class ServicePrice:
    """What the served part of one period costs.

    :param segments: tuple of :class:`~.terms.Segment`
    :param amount: exact sum of the segments
    :param ratio: sum of their shares
    :param quantity: quantity on the last day
    :param version: the price version of the period
    """

    segments: "tuple[Segment, ...]"
    amount: Fraction
    ratio: Fraction
    quantity: Fraction
    version: "PriceVersion | None"


NOTHING_SERVED = ServicePrice((), ZERO, ZERO, ZERO, None)


def served_part(terms, period, first_day):
    """Return the days of the period from ``first_day`` to the end of the line, without days when there are none."""
    start = period.start if period.start > first_day else first_day
    end = period.end if terms.end is None or period.end < terms.end else terms.end
    if start == period.start and end == period.end:
        return period
    return Period(start, end) if start < end else Period(start, start)


def due_date_of(terms, service):
    """Return the day on which a served part falls due.

    In advance its first day; in arrears the day after its last one, or that last day itself.
    """
    if terms.timing is Timing.advance:
        return service.start
    if terms.arrears_same_day and service.start < service.end:
        return service.end - ONE_DAY
    return service.end


def price_service(terms, period, service, prices):
    """Return what the served part of a period costs, in one segment for each quantity.

    :param terms: :class:`~.terms.LineTerms`
    :param period: the full anchored period
    :param service: the served part, at least a day
    :param prices: dict that remembers full prices between the periods of one line
    :return: :class:`ServicePrice`
    """
    # A running line keeps the version with which its period began; a line that starts later, the one of its start.
    version = terms.price_on(period.start if period.start > terms.start else terms.start)
    segments = tuple(
        Segment(part, quantity, _share(terms, part, period), _full_price(version, quantity, prices))
        for part, quantity in _parts(terms, service)
    )
    if len(segments) == 1:
        amount, share = segments[0].amount, segments[0].ratio
    else:
        amount = sum(segment.amount for segment in segments)
        share = sum(segment.ratio for segment in segments)
    return ServicePrice(segments, check_amount(amount), share, segments[-1].quantity, version)


def _full_price(version, quantity, prices):
    key = id(version), quantity
    if key not in prices:
        prices[key] = version.price(Usage(quantity))
    return prices[key]


def _parts(terms, service):
    """Yield ``(days, quantity)`` of the service, split where the quantity changes."""
    start = service.start
    quantity = terms.quantity_on(start)
    if terms.is_prorated and len(terms.quantities) > 1:
        for day, following in terms.quantities:
            if service.start < day < service.end and following != quantity:
                # Of several changes on one day the last one counts; the others leave no day behind.
                if start < day:
                    yield Period(start, day), quantity
                start, quantity = day, following
    yield Period(start, service.end), quantity


def _share(terms, part, period):
    """Return the share of the period that a part is charged for.

    A full period is never prorated, whatever the basis, and no part of it costs more than all of it.
    """
    if not terms.is_prorated or part == period:
        return ONE
    # A week or a day has no months of 30 days; four weeks of February must not look like one.
    basis = terms.basis if terms.cadence.months else Basis.actual
    return min(ONE, ratio(part, period, basis, terms.month_days))
