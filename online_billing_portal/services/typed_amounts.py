"""Amounts that customers type, read as their language writes them."""

from odoo.addons.online_billing.services.shared.numbers import typed_number
from odoo.exceptions import UserError


def get_language(env):
    """Return how the language of the visitor writes numbers."""
    return env["res.lang"]._get_data(code=env.lang or "en_US")


def read_amount(env, text, currency):
    """Return the amount of a currency that somebody typed, as Decimal.

    :raise UserError: it is none
    """
    try:
        amount = typed_number(str(text or ""), get_language(env).thousands_sep)
    except ValueError:
        amount = None
    if amount is None or amount != round(amount, currency.decimal_places):
        raise UserError(env._("Type an amount of money, such as 25.50."))
    return amount


def write_amount(env, amount, currency):
    """Return an amount as somebody would type it in the language of the visitor."""
    return f"{amount:.{currency.decimal_places}f}".replace(".", get_language(env).decimal_point)
