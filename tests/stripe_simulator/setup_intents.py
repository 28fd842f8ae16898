"""Setup intents: a method is saved for payments that come later, without the customer."""

from __future__ import annotations

from . import account, customers, lists, mandates, payment_methods, returning, well_known_methods
from .refusals import Refused, card_error, invalid
from .storage import Stored
from .world import World, merge_metadata

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(world: World, params: dict) -> dict:
    """Make a setup intent, and confirm it at once if that is asked."""
    if params.get("customer"):
        customers.load_living(world, params["customer"], "customer")
    if not params.get("confirm"):
        for name in ("mandate_data", "return_url"):
            if name in params:
                raise invalid(f"You can only use `{name}` when also setting `confirm` to `true`.", param=name)
    identifier = world.new_id("seti")
    types = params.get("allowed_payment_method_types") or account.get_types(world)
    body = world.storage.add(
        "setup_intent",
        {
            "id": identifier,
            "object": "setup_intent",
            "application": None,
            "automatic_payment_methods": returning.get_automatic(params),
            "cancellation_reason": None,
            "client_secret": f"{identifier}_secret_{world.new_id('x')[2:]}",
            "created": world.now(),
            "customer": params.get("customer"),
            "description": params.get("description"),
            "last_setup_error": None,
            "latest_attempt": None,
            "livemode": world.livemode,
            "mandate": None,
            "metadata": {},
            "next_action": None,
            "payment_method": None,
            "payment_method_options": params.get("payment_method_options", {}),
            "payment_method_types": types,
            "single_use_mandate": None,
            "status": "requires_payment_method",
            "usage": params.get("usage", "off_session"),
        },
    )
    merge_metadata(body, params)
    if method := params.get("payment_method"):
        stored = payment_methods.resolve_for(world, method, body["customer"])
        body |= {"payment_method": stored.body["id"], "status": "requires_confirmation"}
    world.save(body)
    world.emit("setup_intent.created", body)
    return _confirm(world, body, params) if params.get("confirm") else body


def retrieve(world: World, _params: dict, identifier: str) -> dict:
    """Return a setup intent."""
    return world.load("setup_intent", identifier)


def update(world: World, params: dict, identifier: str) -> dict:
    """Change a setup intent that is not done."""
    body = world.load("setup_intent", identifier)
    if body["status"] not in CONFIRMABLE:
        raise _wrong_state(body, "update")
    merge_metadata(body, params)
    body["description"] = params.get("description", body["description"])
    if params.get("customer"):
        body["customer"] = customers.load_living(world, params["customer"], "customer")["id"]
    if method := params.get("payment_method"):
        stored = payment_methods.resolve_for(world, method, body["customer"])
        body |= {"payment_method": stored.body["id"], "status": "requires_confirmation"}
    return world.save(body)


def confirm(world: World, params: dict, identifier: str) -> dict:
    """Confirm a setup intent: it succeeds, is declined, or waits for the customer."""
    return _confirm(world, world.load("setup_intent", identifier), params)


def _confirm(world: World, body: dict, params: dict) -> dict:
    if body["status"] not in CONFIRMABLE:
        raise _wrong_state(body, "confirm")
    named = params.get("payment_method") or body["payment_method"]
    if not named:
        raise invalid(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
            setup_intent=body,
        )
    returning.check_return(body, params)
    stored = payment_methods.resolve_for(world, named, body["customer"])
    body["payment_method"] = stored.body["id"]
    behaviour = stored.hidden["behaviour"]
    if behaviour.get("fails_at_once"):
        return _fail(world, body, stored)
    data = params.get("mandate_data")
    if stored.body["type"] == "sepa_debit":
        if not data:
            raise invalid(
                "You must provide `mandate_data` to confirm this SetupIntent with a PaymentMethod of type sepa_debit.",
                param="mandate_data",
            )
        body["mandate"] = mandates.make(world, stored.body, data, again=True)["id"]
    if behaviour.get("authentication") in ("always", "unless_set_up", "on_session"):
        body |= {"status": "requires_action", "next_action": returning.get_next_action(world, body, params)}
        world.save(body)
        world.emit("setup_intent.requires_action", body)
        return body
    return succeed(world, body, stored)


def succeed(world: World, body: dict, stored: Stored) -> dict:
    """End a setup intent well: the method is attached, and may be charged without the customer."""
    body |= {"status": "succeeded", "next_action": None, "last_setup_error": None}
    world.storage.save(stored.body, {**stored.hidden, "set_up": True, "uses": stored.hidden["uses"] + 1})
    if body["customer"]:
        payment_methods.put(world, stored, body["customer"])
    world.save(body)
    world.emit("setup_intent.succeeded", body)
    return body


def _fail(world: World, body: dict, stored: Stored) -> dict:
    behaviour = stored.hidden["behaviour"]
    error = well_known_methods.describe_decline(behaviour["decline"], behaviour.get("error", {}))
    raise fail(world, body, {**error, "payment_method": stored.body})


def fail(world: World, body: dict, error: dict) -> Refused:
    """End a try of a setup intent badly, and return the error of it."""
    body |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_setup_error": error,
    }
    world.save(body)
    world.emit("setup_intent.setup_failed", body)
    return card_error(error, setup_intent=body)


def cancel(world: World, params: dict, identifier: str) -> dict:
    """Give a setup intent up."""
    body = world.load("setup_intent", identifier)
    if body["status"] not in CONFIRMABLE:
        raise _wrong_state(body, "cancel")
    body |= {"status": "canceled", "cancellation_reason": params.get("cancellation_reason"), "next_action": None}
    world.save(body)
    world.emit("setup_intent.canceled", body)
    return body


def _wrong_state(body: dict, verb: str) -> Refused:
    return invalid(
        f"You cannot {verb} this SetupIntent because it has a status of {body['status']}.",
        code="setup_intent_unexpected_state",
        setup_intent=body,
    )


def get_list(world: World, params: dict) -> dict:
    """Return a page of setup intents."""
    properties = {"customer": "customer", "payment_method": "payment_method"}
    return lists.page(world, "setup_intent", params, "/v1/setup_intents", properties)
