"""Payouts: what is available goes to the bank, with a list of what it is made of."""

from __future__ import annotations

from collections import defaultdict

from . import balance, lists
from .refusals import invalid
from .world import World

DAY = 86_400
DAYS_TO_ARRIVE = 2


def pay_out(world: World, *, everything: bool = False) -> list[dict]:
    """Pay out what is available, one payout per currency; what is not more than nothing stays.

    :param everything: also what is not available yet
    """
    if everything:
        where = "json_extract(body, '$.status') = 'pending'"
        for body in world.storage.find("balance_transaction", world.livemode, where):
            world.save({**body, "status": "available", "available_on": world.now()})
    where = "json_extract(body, '$.status') = 'available' AND json_extract(hidden, '$.payout') IS NULL"
    by_currency = defaultdict(list)
    for body in world.storage.find("balance_transaction", world.livemode, where):
        by_currency[body["currency"]].append(body)
    return [
        _pay_out(world, currency, bodies)
        for currency, bodies in sorted(by_currency.items())
        if sum(body["net"] for body in bodies) > 0
    ]


def _pay_out(world: World, currency: str, bodies: list[dict]) -> dict:
    amount = sum(body["net"] for body in bodies)
    body = world.make(
        "po",
        "payout",
        {
            "amount": amount,
            "application_fee": None,
            "application_fee_amount": None,
            "arrival_date": (world.now() // DAY + DAYS_TO_ARRIVE) * DAY,
            "automatic": True,
            "balance_transaction": None,
            "currency": currency,
            "description": "STRIPE PAYOUT",
            "destination": "ba_1SimulatorOfTests",
            "failure_balance_transaction": None,
            "failure_code": None,
            "failure_message": None,
            "metadata": {},
            "method": "standard",
            "original_payout": None,
            "reconciliation_status": "completed",
            "reversed_by": None,
            "source_type": "card",
            "statement_descriptor": None,
            "status": "in_transit",
            "trace_id": {"status": "pending", "value": None},
            "type": "bank_account",
        },
    )
    own = balance.book(world, "payout", body["id"], -amount, currency, description="STRIPE PAYOUT")
    body["balance_transaction"] = own["id"]
    world.save(body)
    for transaction in (*bodies, own):
        world.storage.save(transaction, {"payout": body["id"]})
    world.emit("payout.created", body)
    world.emit("payout.reconciliation_completed", body)
    return body


def arrive(world: World, identifier: str) -> dict:
    """Let a payout arrive at the bank."""
    body = _load_travelling(world, identifier)
    body |= {"status": "paid", "trace_id": {"status": "supported", "value": f"TRACE{identifier[-8:].upper()}"}}
    world.save(body)
    world.emit("payout.paid", body)
    return body


def fail(world: World, identifier: str, *, reason: str = "account_closed") -> dict:
    """Let a payout come back, also one that had arrived: its amount is available again."""
    body = world.load("payout", identifier)
    if body["status"] not in ("in_transit", "paid"):
        raise invalid(f"{identifier} cannot fail: it is {body['status']}")
    back = balance.book(
        world, "payout_failure", identifier, body["amount"], body["currency"], description="PAYOUT FAILURE"
    )
    body |= {
        "status": "failed",
        "failure_balance_transaction": back["id"],
        "failure_code": reason,
        "failure_message": "The bank account could not be credited.",
    }
    world.save(body)
    world.emit("payout.failed", body)
    return body


def _load_travelling(world: World, identifier: str) -> dict:
    body = world.load("payout", identifier)
    if body["status"] != "in_transit":
        raise invalid(f"{identifier} is not on its way: it is {body['status']}")
    return body


def arrive_due(world: World) -> None:
    """Let every payout arrive whose day has come."""
    where = "json_extract(body, '$.status') = 'in_transit' AND json_extract(body, '$.arrival_date') <= ?"
    for body in reversed(world.storage.find("payout", world.livemode, where, world.now())):
        arrive(world, body["id"])


def retrieve(world: World, _params: dict, identifier: str) -> dict:
    """Return a payout."""
    return world.load("payout", identifier)


def get_list(world: World, params: dict) -> dict:
    """Return a page of payouts."""
    properties = {"status": "status", "destination": "destination"}
    return lists.page(world, "payout", params, "/v1/payouts", properties)
