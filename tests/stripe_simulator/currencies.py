"""Currencies and the smallest amounts of a payment, in their smallest units."""

from __future__ import annotations

from .refusals import invalid

# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
SMALLEST = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
# taken without a smallest amount of their own
OTHERS = frozenset(
    "all amd ang ars awg azn bam bbd bdt bif bmd bnd bob bsd bwp bzd cdf clp cny cop crc djf dop dzd egp etb fjd gel "
    "gip gmd gnf gtq gyd hnl htg idr ils isk jmd kes kgs khr kmf krw kyd kzt lak lbp lkr mad mdl mga mkd mmk mnt mop "
    "mur mvr mwk mzn nad ngn nio npr pab pen pgk php pkr pyg qar rsd rub rwf sar sbd scr szl tjs top try ttd twd tzs "
    "uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw".split()
)
LARGEST = 99_999_999


def check_currency(currency: str) -> str:
    """Return a currency in lower case.

    :raise Refused: it is none that Stripe takes
    """
    code = currency.lower()
    if code not in SMALLEST and code not in OTHERS:
        raise invalid(f"Invalid currency: {code}. Stripe does not support it.", param="currency")
    return code


def check_amount(amount: int, currency: str) -> int:
    """Return an amount in the smallest unit of its currency.

    :raise Refused: it is too small or too large for a payment
    """
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount < SMALLEST.get(currency, 1):
        raise invalid(
            f"Amount must be at least {SMALLEST[currency]} {currency} in its smallest unit",
            param="amount",
            code="amount_too_small",
        )
    if amount > LARGEST:
        raise invalid(f"Amount must be no more than {LARGEST}", param="amount", code="amount_too_large")
    return amount
