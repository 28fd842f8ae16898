"""Charges: the tries of a payment intent to move money."""

from __future__ import annotations

from . import balance, lists
from .refusals import invalid
from .storage import Stored
from .world import World, merge_metadata

ENDED_WELL = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "risk_score": 12,
    "seller_message": "Payment complete.",
    "type": "authorized",
}
NETWORK_CODES = {"insufficient_funds": "51", "lost_card": "41", "stolen_card": "43", "expired_card": "54"}


def make(world: World, intent: dict, stored: Stored, *, captured: bool, mandate: str | None = None) -> dict:
    """Keep a charge that ends well; a debit is under way first."""
    kind = stored.body["type"]
    debit = kind == "sepa_debit"
    described = {name: value for name, value in stored.body[kind].items() if name not in ("networks", "generated_from")}
    if debit:
        described["mandate"] = mandate
    body = world.make(
        "py" if debit else "ch",
        "charge",
        {
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if captured else 0,
            "amount_refunded": 0,
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "balance_transaction": None,
            "billing_details": stored.body["billing_details"],
            "calculated_statement_descriptor": "TESTS",
            "captured": captured,
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_balance_transaction": None,
            "failure_code": None,
            "failure_message": None,
            "fraud_details": {},
            "metadata": intent["metadata"],
            "on_behalf_of": None,
            "outcome": dict(ENDED_WELL),
            "paid": not debit,
            "payment_intent": intent["id"],
            "payment_method": stored.body["id"],
            "payment_method_details": {"type": kind, kind: described},
            "receipt_email": intent["receipt_email"],
            "receipt_number": None,
            "receipt_url": None,
            "refunded": False,
            "review": None,
            "shipping": intent["shipping"],
            "source_transfer": None,
            "statement_descriptor": intent["statement_descriptor"],
            "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
            "status": "pending" if debit else "succeeded",
            "transfer_data": None,
            "transfer_group": None,
        },
    )
    if captured:
        book(world, body, at_once=bool(stored.hidden["behaviour"].get("available_at_once")))
    return body


def book(world: World, body: dict, *, at_once: bool = False) -> None:
    """Put what a charge captured on the balance."""
    kind = body["payment_method_details"]["type"]
    debit = kind == "sepa_debit"
    body["balance_transaction"] = balance.book(
        world,
        "payment" if debit else "charge",
        body["id"],
        body["amount_captured"],
        body["currency"],
        fee=balance.get_fee(world, kind, body["amount_captured"]),
        description=body["description"],
        available_on=world.now() if at_once else balance.get_available_time(world, debit=debit),
    )["id"]
    world.save(body)


def make_failed(world: World, intent: dict, stored: Stored, error: dict) -> dict:
    """Keep a charge that was declined."""
    body = make(world, intent, stored, captured=False)
    reason = error.get("decline_code", error["code"])
    body |= {
        "failure_code": error["code"],
        "failure_message": error["message"],
        "outcome": {
            **ENDED_WELL,
            "advice_code": error.get("advice_code"),
            "network_decline_code": NETWORK_CODES.get(reason, "05"),
            "network_status": "declined_by_network",
            "reason": reason,
            "seller_message": "The bank did not return any further details with this decline.",
            "type": "issuer_declined",
        },
        "paid": False,
        "status": "failed",
    }
    world.save(body)
    world.emit("charge.failed", body)
    return body


def retrieve(world: World, _params: dict, identifier: str) -> dict:
    """Return a charge."""
    return world.load("charge", identifier)


def update(world: World, params: dict, identifier: str) -> dict:
    """Change what does not move money."""
    body = world.load("charge", identifier)
    merge_metadata(body, params)
    body |= {name: params[name] for name in ("description", "receipt_email", "shipping") if name in params}
    world.save(body)
    world.emit("charge.updated", body, {})
    return body


def capture(world: World, body: dict, amount: int) -> dict:
    """Take what was reserved, or a part of it; the rest is set free."""
    body |= {"captured": True, "amount_captured": amount}
    book(world, body)
    world.emit("charge.captured", body)
    return body


def get_refundable(body: dict) -> int:
    """Return how much of a charge can still be given back.

    :raise Refused: nothing, for a reason that has a name
    """
    if body["refunded"]:
        message = f"Charge {body['id']} has already been refunded."
        raise invalid(message, code="charge_already_refunded", param="charge")
    if body["status"] != "succeeded" or not body["captured"]:
        raise invalid(f"Charge {body['id']} is not successful and cannot be refunded.", param="charge")
    return body["amount_captured"] - body["amount_refunded"]


def get_list(world: World, params: dict) -> dict:
    """Return a page of charges."""
    properties = {"customer": "customer", "payment_intent": "payment_intent"}
    return lists.page(world, "charge", params, "/v1/charges", properties)
