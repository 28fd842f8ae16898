"""The values that every price model shares: usage in, priced slices out."""

from dataclasses import dataclass
from fractions import Fraction

from ..errors import EngineError
from ..money import ONE, ZERO, as_exact, check_amount


def coerce(record, *names, check=as_exact):
    """Turn the named fields of a frozen record into exact fractions; None stays None."""
    for name in names:
        value = getattr(record, name)
        if value is not None:
            object.__setattr__(record, name, check(value))


def coerce_amounts(record, *names):
    """Turn the named fields of a frozen record into exact amounts of money."""
    coerce(record, *names, check=check_amount)


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used in one period, or an addition to it.

    :param quantity: units, in the unit of the price
    :param events: the value of every single event, in the order in which allowances are to be used up; what percentage
        models price
    :param amount: money that came with the events; what the dynamic model prices
    """

    quantity: Fraction = ZERO
    events: "tuple[Fraction, ...]" = ()
    amount: Fraction = ZERO

    def __post_init__(self):
        if type(self.quantity) is not Fraction or type(self.amount) is not Fraction:
            coerce(self, "quantity", "amount")
        if self.events:
            object.__setattr__(self, "events", tuple(as_exact(value) for value in self.events))

    def __add__(self, other):
        return Usage(self.quantity + other.quantity, self.events + tuple(other.events), self.amount + other.amount)

    @property
    def values(self):
        """Values that a percentage is taken of: the events, or the quantity as one value where there are none."""
        if self.events or not self.quantity:
            return self.events
        return (self.quantity,)


NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Slice:
    """One line of the answer to "why this amount".

    :param code: stable word: flat, unit, package, tier, block (started blocks of a tier), free, rate, fixed,
        event_minimum, event_maximum, dynamic, included, discount, minimum, maximum, tax_within
    :param quantity: units (or value, for percentages) that the slice covers
    :param unit_price: price of one unit; of one package or block; of one unit of value for percentages (2.99 % is
        0.0299)
    :param flat: fixed part within the amount
    :param amount: exact amount, negative for a discount
    :param lower: exclusive lower bound of a tier, None elsewhere
    :param upper: inclusive upper bound of a tier, None when open
    """

    code: str
    quantity: Fraction = ZERO
    unit_price: Fraction = ZERO
    flat: Fraction = ZERO
    amount: Fraction = ZERO
    lower: "Fraction | None" = None
    upper: "Fraction | None" = None


@dataclass(frozen=True, slots=True)
class Priced:
    """A price with its reasons; the amount is the sum of the slices' amounts, always.

    :param amount: exact, not rounded
    :param slices: tuple of :class:`Slice`
    """

    amount: Fraction
    slices: "tuple[Slice, ...]"

    @classmethod
    def of(cls, slices):
        """Build from slices; the only way the engine makes one."""
        slices = tuple(slices)
        # The ordinary price has one slice, and adding fractions is what costs time here.
        amount = slices[0].amount if slices else ZERO
        for entry in slices[1:]:
            amount += entry.amount
        return cls(amount, slices)

    def __sub__(self, other):
        """Return the difference, slice by slice, without the slices that did not change.

        Slices are the same when code, bounds and unit price agree.
        """
        before = {}
        for entry in other.slices:
            before.setdefault(_identity(entry), []).append(entry)
        changed = []
        for entry in self.slices:
            earlier = before.get(_identity(entry))
            _append_difference(changed, entry, earlier.pop(0) if earlier else None)
        for entries in before.values():
            for entry in entries:
                _append_difference(changed, None, entry)
        return Priced.of(changed)


def _identity(entry):
    return entry.code, entry.lower, entry.upper, entry.unit_price


def _append_difference(changed, after, before):
    shape = after or before
    after = after or Slice(shape.code)
    before = before or Slice(shape.code)
    difference = Slice(
        shape.code,
        after.quantity - before.quantity,
        shape.unit_price,
        after.flat - before.flat,
        after.amount - before.amount,
        shape.lower,
        shape.upper,
    )
    if difference.quantity or difference.flat or difference.amount:
        changed.append(difference)


class PriceModel:
    """A way to price usage. Sub-classes are frozen records of plain numbers and implement :meth:`_slices`."""

    __slots__ = ()

    #: Technical name, as :func:`~.factory.build_price_model` knows it.
    name = None
    #: Whether the model prices units, so that included units can be taken off first.
    counts_units = True

    def price(self, usage, ratio=ONE):
        """Return the exact price of the usage of one period.

        :param usage: :class:`Usage`, nothing in it negative
        :param ratio: factor on tier bounds and allowances, 1 unless the price version scales them
        :return: :class:`Priced`
        :raise EngineError: ``pricing.quantity_negative``, ``pricing.ratio_not_positive``
        """
        if usage.quantity < 0 or any(value < 0 for value in usage.events):
            raise EngineError("pricing.quantity_negative", quantity=str(usage.quantity))
        if ratio is not ONE:
            ratio = as_exact(ratio)
            if ratio <= 0:
                raise EngineError("pricing.ratio_not_positive", ratio=str(ratio))
        return Priced.of(self._slices(usage, ratio))

    def _slices(self, usage, ratio):
        raise NotImplementedError
