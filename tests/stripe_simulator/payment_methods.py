"""Payment methods: cards and SEPA debits, and which of them may be used again."""

from __future__ import annotations

import datetime

from . import customers, lists, well_known_methods
from .refusals import card_error, invalid
from .storage import Stored
from .world import World, merge_metadata

KINDS = ("card", "sepa_debit")
USED_UP = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a "
    "connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use "
    "a PaymentMethod multiple times, you must attach it to a Customer first."
)


def create(world: World, params: dict) -> dict:
    """Make a method of a card's token or of an account."""
    kind = params.get("type")
    if not kind:
        raise invalid("Missing required param: type.", param="type", code="parameter_missing")
    if kind not in KINDS:
        raise invalid(f"The simulator has no methods of the type {kind}; it has {', '.join(KINDS)}.", param="type")
    given = params.get(kind)
    if not given:
        raise invalid(f"Missing required param: {kind}.", param=kind, code="parameter_missing")
    details = params.get("billing_details") or {}
    if kind == "card":
        if "number" in given:
            raise invalid(
                "Sending credit card numbers directly to the Stripe API is generally unsafe. To continue processing "
                "use Stripe.js, the Stripe mobile bindings, or Stripe Elements.",
                param="card[number]",
            )
        behaviour = well_known_methods.find_card(given.get("token", "").removeprefix("tok_").removeprefix("visa_"))
        if given.get("token") == "tok_visa":
            behaviour = well_known_methods.find_card("visa")
        if not behaviour:
            raise invalid(f"No such token: '{given.get('token')}'", param="card[token]", code="resource_missing")
    else:
        behaviour = well_known_methods.find_account(given["iban"])
        for name in ("name", "email"):
            if not details.get(name):
                place = f"billing_details[{name}]"
                raise invalid(f"Missing required param: {place}.", param=place, code="parameter_missing")
    body = make(world, behaviour, details)
    merge_metadata(body, params)
    return world.save(body)


def make(world: World, behaviour: dict, details: dict | None = None) -> dict:
    """Keep a method that behaves in a certain way, attached to nobody."""
    kind = behaviour["type"]
    year = datetime.datetime.fromtimestamp(world.now(), datetime.timezone.utc).year
    billing = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}
    fingerprint = f"{kind}{behaviour['last4']}".ljust(16, "x")
    if kind == "card":
        described = {
            "brand": behaviour["brand"],
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": behaviour["country"],
            "display_brand": behaviour["brand"],
            "exp_month": 12,
            "exp_year": year + 3,
            "fingerprint": fingerprint,
            "funding": behaviour["funding"],
            "generated_from": None,
            "last4": behaviour["last4"],
            "networks": {"available": [behaviour["brand"]], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        }
    else:
        described = {
            "bank_code": "19043",
            "branch_code": "",
            "country": behaviour["country"],
            "fingerprint": fingerprint,
            "generated_from": {"charge": None, "setup_attempt": None},
            "last4": behaviour["last4"],
        }
    return world.make(
        "pm",
        "payment_method",
        {
            "allow_redisplay": "unspecified",
            "billing_details": {**billing, **(details or {})},
            "customer": None,
            "metadata": {},
            "type": kind,
            kind: described,
        },
        {"behaviour": behaviour, "uses": 0, "set_up": False, "spent": False},
    )


def resolve(world: World, identifier: str, param: str = "payment_method") -> Stored:
    """Return a method; a well-known id makes a new one, as often as it is used.

    :raise Refused: there is none, or it may not be used again
    """
    behaviour = None if world.storage.get(identifier) else well_known_methods.find(identifier)
    if behaviour and world.livemode:
        raise invalid(
            f"No such PaymentMethod: '{identifier}'; a similar object exists in test mode, but a live mode key was "
            "used to make this request.",
            param=param,
            code="resource_missing",
        )
    stored = world.load_stored("payment_method", make(world, behaviour)["id"] if behaviour else identifier, param)
    if stored.hidden["spent"]:
        raise invalid(USED_UP, param=param, code="payment_method_unexpected_state")
    return stored


def resolve_for(world: World, identifier: str, customer: str | None, param: str = "payment_method") -> Stored:
    """Return a method that may pay for a customer, or for nobody in particular.

    :raise Refused: it belongs to another
    """
    stored = resolve(world, identifier, param)
    owner = stored.body["customer"]
    if owner and not customer:
        raise invalid(
            f"The PaymentMethod {stored.body['id']} belongs to a Customer. Please include the Customer in the "
            "`customer` parameter on the PaymentIntent.",
            param=param,
        )
    if owner and owner != customer:
        raise invalid(
            f"The customer {customer} does not have a payment method with the ID {stored.body['id']}. The payment "
            "method must be attached to the customer.",
            param=param,
        )
    return stored


def retrieve(world: World, _params: dict, identifier: str) -> dict:
    """Return a method; of a well-known id, a new one."""
    if well_known_methods.find(identifier) and not world.livemode:
        return resolve(world, identifier).body
    return world.load("payment_method", identifier)


def update(world: World, params: dict, identifier: str) -> dict:
    """Change a method that is attached."""
    body = world.load("payment_method", identifier)
    if not body["customer"]:
        raise invalid("You must save this PaymentMethod to a customer before you can update it.", param="id")
    before = {name: dict(body[name]) for name in ("billing_details", body["type"])}
    merge_metadata(body, params)
    for name in ("billing_details", body["type"]):
        body[name] |= {field: value or None for field, value in (params.get(name) or {}).items()}
    if "allow_redisplay" in params:
        body["allow_redisplay"] = params["allow_redisplay"]
    world.save(body)
    world.emit("payment_method.updated", body, {name: value for name, value in before.items() if body[name] != value})
    return body


def attach(world: World, params: dict, identifier: str) -> dict:
    """Attach a method to a customer; a card is looked at first, and may be declined."""
    if not params.get("customer"):
        raise invalid("Missing required param: customer.", param="customer", code="parameter_missing")
    customer = customers.load_living(world, params["customer"], "customer")
    stored = resolve(world, identifier, "id")
    if stored.body["customer"] == customer["id"]:
        return stored.body
    if stored.body["customer"]:
        raise invalid("The payment method you provided has already been attached to a customer.", param="id")
    if stored.hidden["uses"]:
        raise invalid(USED_UP, code="payment_method_unexpected_state")
    refuse_declined(stored)
    return put(world, stored, customer["id"])


def refuse_declined(stored: Stored) -> None:
    """Refuse a card that is declined as soon as it is saved.

    :raise Refused: with the decline
    """
    behaviour = stored.hidden["behaviour"]
    if behaviour.get("fails_at_once"):
        raise card_error(well_known_methods.describe_decline(behaviour["decline"], behaviour.get("error", {})))


def put(world: World, stored: Stored, customer: str) -> dict:
    """Attach a method to a customer without looking at it."""
    if stored.body["customer"] != customer:
        stored.body["customer"] = customer
        world.save(stored.body)
        world.emit("payment_method.attached", stored.body)
    return stored.body


def detach(world: World, _params: dict, identifier: str) -> dict:
    """Take a method from its customer; it can never be used again."""
    stored = world.load_stored("payment_method", identifier)
    customer = stored.body["customer"]
    if not customer:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    stored.body["customer"] = None
    world.storage.save(stored.body, {**stored.hidden, "spent": True})
    world.emit("payment_method.detached", stored.body, {"customer": customer})
    return stored.body


def get_list(world: World, params: dict) -> dict:
    """Return a page of the methods of a customer."""
    if not params.get("customer"):
        raise invalid("Missing required param: customer.", param="customer", code="parameter_missing")
    customers.load_living(world, params["customer"], "customer")
    properties = {"customer": "customer", "type": "type"}
    return lists.page(world, "payment_method", params, "/v1/payment_methods", properties)
