"""Customers."""

from __future__ import annotations

import copy

from . import lists, payment_methods
from .refusals import missing
from .world import World, merge_metadata

SIMPLE = ("address", "description", "email", "name", "phone", "preferred_locales", "shipping")


def create(world: World, params: dict) -> dict:
    """Make a customer; a method that is given is attached."""
    body = world.make(
        "cus",
        "customer",
        {
            **dict.fromkeys(SIMPLE),
            "balance": 0,
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "discount": None,
            "invoice_prefix": world.new_id("x")[2:10].upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "metadata": {},
            "next_invoice_sequence": 1,
            "preferred_locales": [],
            "tax_exempt": "none",
            "test_clock": None,
        },
    )
    _change(world, body, params)
    world.emit("customer.created", body)
    if method := params.get("payment_method"):
        payment_methods.attach(world, {"customer": body["id"]}, method)
    return world.save(body)


def _change(world: World, body: dict, params: dict) -> None:
    for name in SIMPLE:
        if name in params:
            body[name] = params[name] if params[name] != "" else None
    merge_metadata(body, params)
    settings = params.get("invoice_settings") or {}
    if "default_payment_method" in settings:
        method = settings["default_payment_method"]
        if method:
            owner = world.load("payment_method", method, "invoice_settings[default_payment_method]")["customer"]
            if owner != body["id"]:
                raise missing("PaymentMethod", method, "invoice_settings[default_payment_method]")
        body["invoice_settings"]["default_payment_method"] = method or None


def retrieve(world: World, _params: dict, identifier: str) -> dict:
    """Return a customer; of a deleted one, that it is."""
    return world.load("customer", identifier)


def load_living(world: World, identifier: str, param: str = "id") -> dict:
    """Return a customer that is not deleted.

    :raise Refused: there is none
    """
    body = world.load("customer", identifier, param)
    if body.get("deleted"):
        raise missing("customer", identifier, param)
    return body


def update(world: World, params: dict, identifier: str) -> dict:
    """Change a customer."""
    body = load_living(world, identifier)
    before = copy.deepcopy(body)
    _change(world, body, params)
    world.save(body)
    previous = {name: value for name, value in before.items() if body[name] != value}
    if previous:
        world.emit("customer.updated", body, previous)
    return body


def delete(world: World, _params: dict, identifier: str) -> dict:
    """Delete a customer for good; the methods are detached."""
    body = load_living(world, identifier)
    for method in world.storage.find_by("payment_method", world.livemode, {"customer": identifier}):
        payment_methods.detach(world, {}, method["id"])
    world.emit("customer.deleted", body)
    # `created` is of the row; the answer says no more than this
    return world.save({"id": identifier, "object": "customer", "deleted": True})


def get_list(world: World, params: dict) -> dict:
    """Return a page of the customers that are not deleted."""
    alive = "json_extract(body, '$.deleted') IS NULL"
    return lists.page(world, "customer", params, "/v1/customers", {"email": "email"}, alive)


def list_methods(world: World, params: dict, identifier: str) -> dict:
    """Return a page of a customer's methods."""
    load_living(world, identifier)
    url = f"/v1/customers/{identifier}/payment_methods"
    return lists.page(
        world, "payment_method", {**params, "customer": identifier}, url, {"customer": "customer", "type": "type"}
    )


def retrieve_method(world: World, _params: dict, identifier: str, method: str) -> dict:
    """Return one of a customer's methods."""
    load_living(world, identifier)
    body = world.load("payment_method", method)
    if body["customer"] != identifier:
        raise missing("PaymentMethod", method, "id")
    return body
