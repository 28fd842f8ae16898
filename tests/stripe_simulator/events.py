"""Events, and to which endpoints each is to be sent."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import typing
from collections.abc import Sequence

import stripe

if typing.TYPE_CHECKING:
    from .storage import Storage
    from .world import World


def make(world: World, name: str, body: dict, previous: dict | None = None) -> dict:
    """Keep an event, and that it is to be sent to each endpoint that wants its kind."""
    endpoints = [
        endpoint
        for endpoint in world.storage.find("webhook_endpoint", world.livemode)
        if endpoint["status"] == "enabled" and {"*", name} & set(endpoint["enabled_events"])
    ]
    data: dict = {"object": copy.deepcopy(body)}
    if previous is not None:
        data["previous_attributes"] = previous
    event = world.make(
        "evt",
        "event",
        {
            "api_version": stripe.api_version,
            "data": data,
            "pending_webhooks": len(endpoints),
            "request": {"id": world.request, "idempotency_key": world.key},
            "type": name,
        },
    )
    for endpoint in endpoints:
        world.storage.sql(
            "INSERT INTO delivery (event, endpoint, due) VALUES (?, ?, ?)", event["id"], endpoint["id"], world.now()
        )
    return event


def get_payload(storage: Storage, event: str) -> str:
    """Return the text that is sent for an event."""
    stored = storage.get(event)
    if not stored:
        raise LookupError(f"there is no event {event}")
    return json.dumps(stored.body, indent=2)


def sign(payload: str, secrets: Sequence[str], at: int) -> str:
    """Return the header ``Stripe-Signature`` of a payload.

    :param secrets: several while one takes the place of another: any of the signatures may be checked
    :param at: the time that is signed, in seconds
    """
    signatures = [
        hmac.new(secret.encode(), f"{at}.{payload}".encode(), hashlib.sha256).hexdigest() for secret in secrets
    ]
    return ",".join([f"t={at}", *(f"v1={signature}" for signature in signatures)])
