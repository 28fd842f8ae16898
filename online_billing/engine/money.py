"""Exact amounts: how numbers come in, how they are rounded once, how a total is split.

Amounts, prices and quantities are :class:`~fractions.Fraction` while they are computed with and become
:class:`~decimal.Decimal` only when they are rounded to the digits of a currency. Binary floating point never enters.
"""

from decimal import Decimal, InvalidOperation
from fractions import Fraction

from .errors import EngineError

ZERO = Fraction(0)
ONE = Fraction(1)
PERCENT = Fraction(1, 100)

#: The largest amount of money in either direction; what lies beyond is a mistake, not an invoice.
AMOUNT_LIMIT = Fraction("999999999999.99")

# Decimal accepts "1e999999999"; its exact integer would fill the memory.
_HIGHEST_EXPONENT = 40
_LOWEST_EXPONENT = -60
_MOST_DIGITS = 12


def as_exact(value):
    """Turn a number into an exact fraction.

    :param value: int, Decimal, Fraction, or text such as ``"12.50"`` or ``"22/31"``
    :return: Fraction equal to the value
    :raise EngineError: ``money.is_float`` for a float (its decimals are not what was typed), ``money.not_finite`` for
        NaN and Infinity, ``money.not_a_number`` for anything else, ``money.too_large`` and ``money.too_precise`` for
        decimals that no business number needs (above 10^40, below 10^-60)
    """
    if type(value) is Fraction:
        return value
    if isinstance(value, float):
        raise EngineError("money.is_float", value=repr(value))
    if isinstance(value, bool):
        raise EngineError("money.not_a_number", value=repr(value))
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    if isinstance(value, str):
        if "/" in value:
            return _fraction_from_text(value)
        value = _decimal_from_text(value)
    if not isinstance(value, Decimal):
        raise EngineError("money.not_a_number", value=repr(value))
    if not value.is_finite():
        raise EngineError("money.not_finite", value=str(value))
    if value.adjusted() > _HIGHEST_EXPONENT:
        raise EngineError("money.too_large", value=str(value))
    if value.as_tuple().exponent < _LOWEST_EXPONENT:
        raise EngineError("money.too_precise", value=str(value))
    return Fraction(value)


def _decimal_from_text(text):
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise EngineError("money.not_a_number", value=text) from None


def _fraction_from_text(text):
    numerator, _slash, denominator = text.partition("/")
    try:
        return Fraction(int(numerator), int(denominator))
    except (ValueError, ZeroDivisionError):
        raise EngineError("money.not_a_number", value=text) from None


def check_amount(value):
    """Return the amount as an exact fraction, or refuse one that no invoice can carry.

    :raise EngineError: ``money.too_large`` beyond plus or minus 999,999,999,999.99, and what :func:`as_exact` refuses
    """
    amount = as_exact(value)
    if amount > AMOUNT_LIMIT or -amount > AMOUNT_LIMIT:
        raise EngineError("money.too_large", value=str(value))
    return amount


def round_half_up(value, digits):
    """Round once to what a currency is rounded to, halves away from zero.

    :param value: exact amount
    :param digits: 0 to 12 decimals, for example 2 for EUR, 0 for JPY, 3 for KWD; or, where the smallest amount is no
        power of ten, that amount as a Decimal: ``Decimal("0.05")``
    :return: Decimal with exactly that many decimals; never a negative zero
    :raise EngineError: ``money.digits`` for other digits, and for an amount that is not positive
    """
    if type(digits) is Decimal:
        return _round_to_multiple(as_exact(value), digits)
    units = _minor_units(as_exact(value), digits)
    return _from_minor_units(units, digits)


def smallest_amount(digits):
    """Return the smallest amount of a currency as a fraction; parameters as for :func:`round_half_up`."""
    return as_exact(digits) if type(digits) is Decimal else Fraction(1, 10**digits)


def round_down(value, digits):
    """Return the largest amount of a currency that is not above a value; parameters as for :func:`round_half_up`."""
    exact = as_exact(value)
    rounded = round_half_up(exact, digits)
    if rounded <= exact:
        return rounded
    return round_half_up(as_exact(rounded) - smallest_amount(digits), digits)


def _round_to_multiple(amount, increment):
    """The nearest multiple of an increment, with the decimals of the increment."""
    if not increment.is_finite() or increment <= 0 or increment.as_tuple().exponent < -_MOST_DIGITS:
        raise EngineError("money.digits", digits=repr(increment))
    digits = max(0, -increment.as_tuple().exponent)
    smallest = int(as_exact(increment) * 10**digits)
    return _from_minor_units(_minor_units(Fraction(amount, as_exact(increment)), 0) * smallest, digits)


def _minor_units(amount, digits):
    """Count of the smallest units of the currency, halves away from zero."""
    if type(digits) is not int or not 0 <= digits <= _MOST_DIGITS:
        raise EngineError("money.digits", digits=repr(digits))
    numerator = amount.numerator * 10**digits
    denominator = amount.denominator
    units = (2 * abs(numerator) + denominator) // (2 * denominator)
    return units if numerator >= 0 else -units


def _from_minor_units(units, digits):
    # From text, because arithmetic on Decimal would be cut to the precision of the thread's context.
    return Decimal(f"{units}E-{digits}")


def allocate(total, weights, digits):
    """Split a rounded total by weights so that the parts sum to it exactly (largest remainder method).

    Every part is its exact share rounded down or up to a unit; the units left over go to the largest remainders, the
    earlier part first among equals. A negative total gives the negative of the split of its opposite.

    :param total: amount with at most ``digits`` decimals
    :param weights: sequence of numbers, none negative, not all zero
    :param digits: decimals of the currency
    :return: tuple of Decimal in the order of the weights
    :raise EngineError: ``money.not_representable`` when the total has more decimals, ``money.weights`` for bad weights
    """
    total = as_exact(total)
    units = _minor_units(total, digits)
    if units != total * 10**digits:
        raise EngineError("money.not_representable", total=str(total), digits=digits)
    weights = [as_exact(weight) for weight in weights]
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise EngineError("money.weights", weights=[str(weight) for weight in weights])
    shares = [Fraction(abs(units) * weight, whole) for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    by_remainder = sorted(range(len(parts)), key=lambda index: parts[index] - shares[index])
    for index in by_remainder[: abs(units) - sum(parts)]:
        parts[index] += 1
    if units < 0:
        parts = [-part for part in parts]
    return tuple(_from_minor_units(part, digits) for part in parts)
