"""Mandates: that somebody may debit an account, once or again and again."""

from __future__ import annotations

from .refusals import invalid
from .world import World


def retrieve(world: World, _params: dict, identifier: str) -> dict:
    """Return a mandate."""
    return world.load("mandate", identifier)


def make(world: World, method: dict, data: dict | None, *, again: bool) -> dict:
    """Keep a mandate of a method.

    :param data: ``mandate_data`` of the request
    :param again: whether it may be used more than once
    """
    acceptance = (data or {}).get("customer_acceptance") or {"type": "offline", "offline": {}}
    number = world.new_id("x")[2:18].upper()
    return world.make(
        "mandate",
        "mandate",
        {
            "customer_acceptance": {"accepted_at": world.now(), **acceptance},
            "payment_method": method["id"],
            "payment_method_details": {
                "sepa_debit": {"reference": number, "url": f"https://example.com/mandates/{number}"},
                "type": "sepa_debit",
            },
            "status": "active",
            "type": "multi_use" if again else "single_use",
            **({"multi_use": {}} if again else {}),
        },
    )


def find_or_make(world: World, method: dict, params: dict, *, again: bool) -> dict:
    """Return the mandate that a debit stands on.

    :param params: of the request: ``mandate`` names one, ``mandate_data`` gives one now
    :raise Refused: there is none that is in force
    """
    if named := params.get("mandate"):
        found = world.load("mandate", named, "mandate")
        if found["payment_method"] != method["id"] or found["status"] != "active":
            raise invalid(
                f"The mandate {named} is not active, or is not one of the PaymentMethod {method['id']}.",
                param="mandate",
                code="payment_intent_mandate_invalid",
            )
        return found
    if params.get("mandate_data"):
        return make(world, method, params["mandate_data"], again=again)
    for found in world.storage.find_by("mandate", world.livemode, {"payment_method": method["id"]}):
        if found["status"] == "active" and found["type"] == "multi_use":
            return found
    raise invalid(
        "You must provide `mandate_data`, or a PaymentMethod with a mandate that is active, to debit an account.",
        param="mandate_data",
        code="payment_intent_mandate_invalid",
    )


def end(world: World, mandate: str) -> dict:
    """Let a mandate end, as a bank or Stripe does."""
    body = world.load("mandate", mandate)
    before = body["status"]
    body["status"] = "inactive"
    world.save(body)
    world.emit("mandate.updated", body, {"status": before})
    return body
