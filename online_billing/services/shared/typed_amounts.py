"""Amounts that customers type, read and written as their language writes them."""

from ...engine import AMOUNT_LIMIT
from .numbers import typed_number


def get_language(env):
    """Return how the language of the visitor writes numbers."""
    return env["res.lang"]._get_data(code=env.lang or "en_US")


def read_amount(env, text, currency):
    """Return the amount of a currency that somebody typed, as Decimal.

    :raise ValueError: it is none, has more decimals than the currency, or is larger than any invoice
    """
    amount = typed_number(str(text or ""), get_language(env).thousands_sep)
    if amount > AMOUNT_LIMIT or amount != round(amount, currency.decimal_places):
        raise ValueError("no amount of this currency")
    return amount


def write_amount(env, amount, currency):
    """Return an amount as somebody would type it in the language of the visitor."""
    return f"{amount:.{currency.decimal_places}f}".replace(".", get_language(env).decimal_point)
