"""Where floats of the database become exact numbers, and nowhere else."""

import math
import re
from decimal import Decimal
from fractions import Fraction

from odoo.tools import float_round

from ...engine import check_amount

# decimals of the fields; a float of so many digits has one exact decimal behind it
PRICE_DIGITS = 8
QUANTITY_DIGITS = 6
EXACT_DIGITS = 10  # of an amount before rounding
ONE = Fraction(1)
# how many of the smallest steps of a float a sum may be away from the number that was meant
FLOAT_STEPS = 16
NUMBER_LENGTH = 40
# whole numbers up to this one have exact multiples by any power of ten that a field rounds with
WHOLE = 10**6
# digits and marks of Arabic and Persian, as they stand on a keyboard there
TYPED_SIGNS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬", "01234567890123456789.,")
TYPED_BLANKS = re.compile(r"[\s'’]")
TYPED_NUMBER = re.compile(
    r"(?P<whole>[0-9]{1,3}(?P<mark>[.,])[0-9]{3}(?:(?P=mark)[0-9]{3})*|[0-9]+)(?:(?!(?P=mark))[.,](?P<rest>[0-9]+))?"
)


def exact(value, digits=QUANTITY_DIGITS):
    """Return the exact number that a stored float of so many decimals stands for."""
    return Fraction(Decimal(f"{value or 0.0:.{digits}f}"))


def to_decimal(amount, currency):
    """Return a stored amount as the Decimal that it stands for."""
    return Decimal(f"{currency.round(amount or 0.0):.{currency.decimal_places}f}")


def money(value, digits):
    """Return a number of the database as Decimal of so many decimals."""
    return Decimal(str(value or 0)).quantize(Decimal(1).scaleb(-digits))


def share_of(part, whole):
    """Return the exact share that two amounts of floating point stand for, of at most six digits."""
    return Fraction(part / whole).limit_denominator(10**QUANTITY_DIGITS)


def plain(number, digits=QUANTITY_DIGITS):
    """Write a number in plain digits, with as many decimals as it has: 1000000000 and not 1e+09."""
    return f"{number:.{digits}f}".rstrip("0").rstrip(".")


def plain_decimal(value, digits=PRICE_DIGITS):
    """Return a stored number as the Decimal that it stands for, with as many decimals as it has."""
    return Decimal(plain(value or 0.0, digits)) + 0  # +0: there is no -0


def as_decimal(number):
    """Return a fraction as a Decimal, as exactly as a Decimal can."""
    return Decimal(number.numerator) / Decimal(number.denominator)


def stored_decimal(value):
    """Return a number that a query answered as the Decimal that it stands for."""
    return Decimal(str(value))


def as_float(number):
    """Return the float that is nearest to an exact number, as Odoo takes it."""
    return float(number)


def rounded_float(number, digits):
    """Return a number as Odoo holds it in a field with so many digits.

    :param number: exact number, or float
    :param tuple digits: (precision, scale) of the field; None if it holds any float
    """
    value = float(number)
    # most quantities are whole numbers, which rounding leaves as they are
    if digits is None or (value.is_integer() and abs(value) < WHOLE):
        return value + 0.0  # there is no -0
    return float_round(value, precision_digits=digits[1])


def rounded_decimal(amount, currency):
    """Return an amount that Odoo worked out, as a number of the currency."""
    return Decimal(f"{currency.round(amount):.{currency.decimal_places}f}")


def get_rounding(currency):
    """Return what amounts of a currency are rounded to, as the engine takes it: its decimals, or a smallest amount."""
    increment = Decimal(f"{currency.rounding:.{QUANTITY_DIGITS}f}").normalize()
    return currency.decimal_places if increment == Decimal(1).scaleb(-currency.decimal_places) else increment


def rounded_up(number, currency):
    """Return the smallest amount of a currency that is at least an exact number, as a Decimal."""
    increment = Fraction(Decimal(f"{currency.rounding:.{QUANTITY_DIGITS}f}"))
    steps = -(-Fraction(number) // increment)
    return to_decimal(float(steps * increment), currency)


def get_roundings(env, currency_ids):
    """Return {currency id: what its amounts are rounded to}."""
    return {currency.id: get_rounding(currency) for currency in env["res.currency"].browse(currency_ids)}


def given_number(value):
    """Return the exact number of at most 6 decimals that a program gave.

    :param value: int, Decimal, text, or a float that is no more than a float's error away from such a number
    :return: Fraction
    :raise ValueError: no number, or more decimals
    :raise EngineError: larger than any invoice
    """
    units = 10**QUANTITY_DIGITS
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not a number of 6 decimals")
        meant = Fraction(round(Fraction(value) * units), units)
        if abs(Fraction(value) - meant) > FLOAT_STEPS * Fraction(math.ulp(value)):
            raise ValueError("not a number of 6 decimals")
        return check_amount(meant)
    if isinstance(value, str):
        # ascii only, because digits of any script would be read; no fractions, no underscores between digits
        if not value.isascii() or len(value) > NUMBER_LENGTH or {"_", "/", "\x00"} & set(value):
            raise ValueError("not a number of 6 decimals")
    elif isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("not a number of 6 decimals")
    number = check_amount(value)
    if (number * units).denominator != 1:
        raise ValueError("not a number of 6 decimals")
    return number


def typed_number(text, grouping):
    """Return the number that a person typed: 1234.5 as well as 1,234.50 and 1.234,50.

    A point or a comma groups digits where it stands more than once or before the other one; where it stands alone
    before three digits, the language tells.

    :param str text: what was typed
    :param str grouping: what groups digits in the language of the person: a point, a comma, or anything else
    :return: Decimal, never negative
    :raise ValueError: it is no number
    """
    text = TYPED_BLANKS.sub("", text).translate(TYPED_SIGNS)
    found = TYPED_NUMBER.fullmatch(text) if len(text) <= NUMBER_LENGTH else None
    if not found:
        raise ValueError("no number")
    whole, mark, rest = found["whole"], found["mark"], found["rest"]
    if mark and rest is None and whole.count(mark) == 1 and mark != grouping:
        whole, _mark, rest = whole.partition(mark)
    return Decimal(f"{whole.replace(mark or ',', '')}.{rest or 0}")
