"""Amounts that customers type on their pages, refused in words."""

from odoo.addons.online_billing.services.shared import typed_amounts
from odoo.exceptions import UserError


def read_amount(env, text, currency):
    """Return the amount of a currency that somebody typed, as Decimal.

    :raise UserError: it is none
    """
    try:
        return typed_amounts.read_amount(env, text, currency)
    except ValueError:
        raise UserError(env._("Type an amount of money, such as 25.50.")) from None
