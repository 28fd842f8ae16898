"""Percentage: a share of the value of each event, with a fixed fee, an allowance, a floor and a ceiling."""

from dataclasses import dataclass
from fractions import Fraction

from ..errors import EngineError
from ..money import PERCENT, ZERO
from .base import PriceModel, Slice, coerce, coerce_amounts


@dataclass(frozen=True, slots=True)
class Percentage(PriceModel):
    """Fee of a paying event = clamp(value x rate + fixed, minimum, maximum).

    The allowance ends when either the free events or the free amount are used up; a limit of 0 is not set. An event
    that the free amount covers in part pays for the rest. Fixed fee, floor and ceiling apply to paying events only.

    :param rate: percent, 2.99 for 2.99 %
    :param fixed: money added to every paying event
    :param free_events: number of first events that cost nothing
    :param free_amount: value of first events that costs nothing
    :param minimum: floor of the fee of one paying event
    :param maximum: ceiling of the fee of one paying event
    :raise EngineError: ``pricing.allowance_negative``, ``pricing.bound_negative``, ``pricing.minimum_above_maximum``
    """

    rate: Fraction
    fixed: Fraction = ZERO
    free_events: Fraction = ZERO
    free_amount: Fraction = ZERO
    minimum: "Fraction | None" = None
    maximum: "Fraction | None" = None

    name = "percentage"
    counts_units = False

    def __post_init__(self):
        coerce(self, "rate", "free_events")
        coerce_amounts(self, "fixed", "free_amount", "minimum", "maximum")
        for allowance in (self.free_events, self.free_amount):
            if allowance < 0:
                raise EngineError("pricing.allowance_negative", allowance=str(allowance))
        check_bounds(self.minimum, self.maximum)

    def _slices(self, usage, ratio):
        values = usage.values
        free_events = self.free_events * ratio
        free_left = self.free_amount * ratio
        share = self.rate * PERCENT
        free = paying = raised = lowered = ZERO
        count = 0
        for number, value in enumerate(values, start=1):
            covered = ZERO
            if self._has_allowance(number, free_events, free_left):
                covered = min(value, free_left) if self.free_amount else value
                free_left -= covered
                free += covered
                if covered == value:
                    continue
            count += 1
            paying += value - covered
            fee = (value - covered) * share + self.fixed
            if self.minimum is not None:
                raised += max(self.minimum - fee, ZERO)
            if self.maximum is not None:
                lowered += min(self.maximum - fee, ZERO)
        if free:
            yield Slice("free", free)
        if count:
            yield Slice("rate", paying, share, amount=paying * share)
        if count and self.fixed:
            yield Slice("fixed", Fraction(count), self.fixed, amount=count * self.fixed)
        if raised:
            yield Slice("event_minimum", amount=raised)
        if lowered:
            yield Slice("event_maximum", amount=lowered)

    def _has_allowance(self, number, free_events, free_left):
        events_left = not self.free_events or number <= free_events
        amount_left = not self.free_amount or free_left > 0
        return bool(self.free_events or self.free_amount) and events_left and amount_left


def check_bounds(minimum, maximum):
    """Refuse negative bounds and a floor above its ceiling; None is no bound."""
    for bound in (minimum, maximum):
        if bound is not None and bound < 0:
            raise EngineError("pricing.bound_negative", bound=str(bound))
    if minimum is not None and maximum is not None and minimum > maximum:
        raise EngineError("pricing.minimum_above_maximum", minimum=str(minimum), maximum=str(maximum))
