"""The balance: a transaction for each movement of money, with its fee, and when it can be paid out."""

from __future__ import annotations

import typing
from collections import Counter

from . import account, lists
from .world import World

DAY = 86_400
# per kind of method: hundredths of a percent, and an amount that does not depend on the payment's
FEES = {"card": (150, 25), "sepa_debit": (0, 35), "dispute": (0, 2000)}
DEBIT_DAYS = 7
CATEGORIES = {
    "payment": "charge",
    "payment_refund": "refund",
    "payment_failure_refund": "charge_failure",
    "adjustment": "dispute",
}


def get_fee(world: World, kind: str, amount: int) -> int:
    """Return the fee of a payment in its smallest unit, halves rounded up."""
    share, fixed = typing.cast("dict", world.storage.get_setting("fees", {})).get(kind, FEES[kind])
    return (amount * share + 5_000) // 10_000 + fixed


#: they are in the currency of the balance already
PAYOUTS = ("payout", "payout_failure", "payout_cancel")


def book(world: World, kind: str, source: str, amount: int, currency: str, **given: typing.Any) -> dict:
    """Keep a transaction.

    :param source: the id of what moved the money
    :param amount: into the balance; negative for what goes out
    :param given: ``fee``, ``description``, ``category``, ``available_on`` where they are not nothing, and at once
    """
    exchange = typing.cast("dict", world.storage.get_setting("exchange", {}))
    rate = exchange["rate"] if exchange and exchange["currency"] != currency and kind not in PAYOUTS else None
    if rate:  # an account settles in its own currency what it takes in another one; so are its fees
        amount, currency = round(amount * rate), exchange["currency"]
    fee = given.get("fee", 0)
    details = [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    available = given.get("available_on", world.now())
    return world.make(
        "txn",
        "balance_transaction",
        {
            "amount": amount,
            "available_on": available,
            "balance_type": "payments",
            "currency": currency,
            "description": given.get("description"),
            "exchange_rate": rate,
            "fee": fee,
            "fee_details": details if fee else [],
            "net": amount - fee,
            "reporting_category": given.get("category") or CATEGORIES.get(kind, kind),
            "source": source,
            "status": "available" if available <= world.now() else "pending",
            "type": kind,
        },
        {"payout": None},
    )


def get_available_time(world: World, *, debit: bool = False) -> int:
    """Return when a payment of now can be paid out: at the beginning of a day."""
    days = DEBIT_DAYS if debit else account.get_delay(world)
    return (world.now() // DAY + days) * DAY


def make_available(world: World) -> None:
    """Mark what can be paid out by now."""
    where = "json_extract(body, '$.status') = 'pending' AND json_extract(body, '$.available_on') <= ?"
    ripe = world.storage.find("balance_transaction", world.livemode, where, world.now())
    for body in ripe:
        world.save({**body, "status": "available"})
    if ripe:
        world.emit("balance.available", retrieve(world, {}))


def retrieve(world: World, _params: dict) -> dict:
    """Return what is available and what is pending, by currency."""
    sums: dict[str, Counter] = {"available": Counter(), "pending": Counter()}
    for state, currency, net in world.storage.sql(
        "SELECT json_extract(body, '$.status'), json_extract(body, '$.currency'), SUM(json_extract(body, '$.net')) "
        "FROM object WHERE kind = 'balance_transaction' AND livemode = ? GROUP BY 1, 2",
        world.livemode,
    ):
        sums[state][currency] = net
    currencies = sorted({*sums["available"], *sums["pending"], account.get_values(world)["default_currency"]})
    return {
        "object": "balance",
        "livemode": world.livemode,
        **{
            state: [
                {"amount": sums[state][currency], "currency": currency, "source_types": {"card": sums[state][currency]}}
                for currency in currencies
            ]
            for state in sums
        },
    }


def retrieve_transaction(world: World, _params: dict, identifier: str) -> dict:
    """Return a transaction."""
    return world.load("balance_transaction", identifier)


def list_transactions(world: World, params: dict) -> dict:
    """Return a page of transactions; with ``payout``, of those that it paid out, itself among them."""
    where, values = "1", []
    if payout := params.get("payout"):
        world.load("payout", payout, "payout")
        where, values = "json_extract(hidden, '$.payout') = ?", [payout]
    properties = {"type": "type", "currency": "currency", "source": "source"}
    return lists.page(world, "balance_transaction", params, "/v1/balance_transactions", properties, where, values)
