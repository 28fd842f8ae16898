"""The border of charges: what a single charge is rated by, as a value of the engine."""

from fractions import Fraction

from ...engine import Usage


def get_usage(quantity, amount=None):
    """Return the usage of one charge.

    :param Fraction quantity: units
    :param amount: exact amount that the price is a part of, where the price asks for one
    """
    return Usage(quantity, events=(amount,) if amount is not None else (), amount=amount or Fraction(0))
