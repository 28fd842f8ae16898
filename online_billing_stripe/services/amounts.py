"""Amounts as Stripe counts them: whole numbers of the smallest unit, which is not always that of the currency."""

from decimal import Decimal

#: currencies that Stripe counts in whole units (Stripe: "Supported currencies", zero-decimal currencies)
NO_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
#: in thousandths, of which the last is always 0 (the same page, three-decimal currencies)
THREE_DECIMALS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
#: without decimals of their own, and counted in hundredths that are always 00 (the same page, special cases)
WHOLE_IN_HUNDREDTHS = frozenset(("ISK", "UGX"))
#: paid out in whole units only, though charged in hundredths (the same page)
WHOLE_WHEN_PAID_OUT = frozenset(("HUF", "TWD"))


def get_decimals(currency):
    """Return how many decimals Stripe's unit of a currency has.

    :param str currency: ISO code
    """
    currency = currency.upper()
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def to_units(amount, currency):
    """Return an amount in Stripe's units.

    :param Decimal amount: of the currency
    :param str currency: ISO code
    :raise ValueError: Stripe cannot take such an amount: it has finer parts than the currency is charged in
    """
    currency = currency.upper()
    units = amount.scaleb(get_decimals(currency))
    step = 1
    if currency in THREE_DECIMALS:
        step = 10
    elif currency in WHOLE_IN_HUNDREDTHS:
        step = 100
    if units % step:
        raise ValueError(f"{amount} {currency} is finer than Stripe charges")
    return int(units)


def from_units(units, currency):
    """Return Stripe's units as an amount of the currency, as exact as it is.

    :param int units: in Stripe's units
    :param str currency: ISO code
    :return: Decimal
    """
    return Decimal(units).scaleb(-get_decimals(currency))


def write_amount(units, currency, digits):
    """Return Stripe's units as the text of an amount with so many decimals; with more where that is needed."""
    amount = from_units(units, currency)
    rounded = amount.quantize(Decimal(1).scaleb(-digits))
    return str(rounded if rounded == amount else amount)
