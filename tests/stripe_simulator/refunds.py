"""Refunds: whole or a part, at once or later, and those that come back."""

from __future__ import annotations

from . import balance, charges, lists
from .refusals import invalid
from .world import World, merge_metadata

DAY = 86_400
DEBIT_TAKES = 5 * DAY


def create(world: World, params: dict) -> dict:
    """Give money of a charge back."""
    charge = _find_charge(world, params)
    return refund(world, charge, params)


def _find_charge(world: World, params: dict) -> dict:
    if ("charge" in params) == ("payment_intent" in params):
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    if "charge" in params:
        return world.load("charge", params["charge"], "charge")
    intent = world.load("payment_intent", params["payment_intent"], "payment_intent")
    if intent["status"] != "succeeded":
        raise invalid(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            param="payment_intent",
            code="payment_intent_unexpected_state",
        )
    return world.load("charge", intent["latest_charge"])


def refund(world: World, charge: dict, params: dict) -> dict:
    """Give money of a charge back, whoever asks for it.

    :raise Refused: more than is left, or a charge that is in dispute
    """
    left = charges.get_refundable(charge)
    open_dispute = world.storage.find_by("dispute", world.livemode, {"charge": charge["id"]})
    if any(not dispute["is_charge_refundable"] and dispute["status"] != "won" for dispute in open_dispute):
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    amount = params.get("amount", left)
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}) in {charge['currency']}",
            param="amount",
        )
    debit = charge["payment_method_details"]["type"] == "sepa_debit"
    method = world.load_stored("payment_method", charge["payment_method"])
    behaves = method.hidden["behaviour"].get("refund")
    later = debit or behaves == "pends"
    body = world.make(
        "pyr" if debit else "re",
        "refund",
        {
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "currency": charge["currency"],
            "destination_details": None,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": params.get("reason"),
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "pending" if later else "succeeded",
            "transfer_reversal": None,
            **({"pending_reason": "processing"} if later else {}),
        },
        {"settles": world.now() + DEBIT_TAKES if later or behaves == "fails" else None, "behaves": behaves},
    )
    merge_metadata(body, params)
    kind = "payment_refund" if debit else "refund"
    body["balance_transaction"] = balance.book(world, kind, body["id"], -amount, charge["currency"])["id"]
    world.save(body)
    previous = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    world.save(charge)
    world.emit("refund.created", body)
    world.emit("charge.refunded", charge, previous)
    return body


def settle(world: World, identifier: str, *, outcome: str = "succeeded", failure: str = "unknown") -> dict:
    """Let a refund come to its end, or come back after it had ended well.

    :param outcome: ``succeeded`` or ``failed``
    :param failure: why it fails, as ``lost_or_stolen_card``, ``expired_or_canceled_card``
    """
    stored = world.load_stored("refund", identifier)
    body = stored.body
    if body["status"] not in ("pending", "succeeded") or outcome == body["status"]:
        raise invalid(f"{identifier} cannot end as {outcome}: it is {body['status']}")
    previous = {"status": body["status"]}
    body["status"] = outcome
    body.pop("pending_reason", None)
    if outcome == "failed":
        back = balance.book(
            world, "refund_failure", body["id"], body["amount"], body["currency"], category="refund_failure"
        )
        body |= {"failure_reason": failure, "failure_balance_transaction": back["id"]}
        charge = world.load("charge", body["charge"])
        charge["amount_refunded"] -= body["amount"]
        charge["refunded"] = False
        world.save(charge)
    world.storage.save(body, {**stored.hidden, "settles": None})
    world.emit("refund.updated", body, previous)
    world.emit("charge.refund.updated", body, previous)
    if outcome == "failed":
        world.emit("refund.failed", body)
    return body


def settle_due(world: World) -> None:
    """Let every refund end whose time has come."""
    for body in reversed(
        world.storage.find("refund", world.livemode, "json_extract(hidden, '$.settles') <= ?", world.now())
    ):
        stored = world.load_stored("refund", body["id"])
        outcome = "failed" if stored.hidden["behaves"] == "fails" else "succeeded"
        if outcome != body["status"]:
            settle(world, body["id"], outcome=outcome)


def retrieve(world: World, _params: dict, identifier: str) -> dict:
    """Return a refund."""
    return world.load("refund", identifier)


def update(world: World, params: dict, identifier: str) -> dict:
    """Change the metadata of a refund."""
    body = world.load("refund", identifier)
    merge_metadata(body, params)
    return world.save(body)


def get_list(world: World, params: dict) -> dict:
    """Return a page of refunds."""
    properties = {"charge": "charge", "payment_intent": "payment_intent"}
    return lists.page(world, "refund", params, "/v1/refunds", properties)
