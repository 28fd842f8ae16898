"""Where floats of the database become exact numbers, and nowhere else."""

from decimal import Decimal
from fractions import Fraction

# decimals of the fields; a float of so many digits has one exact decimal behind it
PRICE_DIGITS = 8
QUANTITY_DIGITS = 6
ONE = Fraction(1)


def exact(value, digits=QUANTITY_DIGITS):
    """Return the exact number that a stored float of so many decimals stands for."""
    return Fraction(Decimal(f"{value or 0.0:.{digits}f}"))


def to_decimal(amount, currency):
    """Return a stored amount as the Decimal that it stands for."""
    return Decimal(f"{currency.round(amount or 0.0):.{currency.decimal_places}f}")


def money(value, digits):
    """Return a number of the database as Decimal of so many decimals."""
    return Decimal(str(value or 0)).quantize(Decimal(1).scaleb(-digits))


def get_digits(env, currency_ids):
    """Return {currency id: decimals}."""
    return {currency.id: currency.decimal_places for currency in env["res.currency"].browse(currency_ids)}
