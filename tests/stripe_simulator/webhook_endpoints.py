"""Webhook endpoints: where events are sent, which, and with which secrets they are signed."""

from __future__ import annotations

import stripe

from . import lists
from .refusals import invalid
from .world import World, merge_metadata

SIMPLE = ("description", "enabled_events", "url")


def create(world: World, params: dict) -> dict:
    """Make an endpoint; its secret stands in this answer only."""
    _check_url(world, params["url"])
    body = make(world, params)
    [secret] = world.load_stored("webhook_endpoint", body["id"]).hidden["secrets"]
    return {**body, "secret": secret}


def make(world: World, params: dict, secrets: list[str] | None = None) -> dict:
    """Keep an endpoint.

    :param secrets: those it signs with; one that is new if nothing is given
    """
    body = world.make(
        "we",
        "webhook_endpoint",
        {
            "api_version": params.get("api_version", stripe.api_version),
            "application": None,
            "description": params.get("description"),
            "enabled_events": params["enabled_events"],
            "metadata": {},
            "status": "enabled",
            "url": params["url"],
        },
        {"secrets": secrets or [world.new_id("whsec")]},
    )
    merge_metadata(body, params)
    return world.save(body)


def _check_url(world: World, url: str) -> None:
    if not url.startswith("https://") and (world.livemode or not url.startswith("http://")):
        raise invalid(f"Invalid URL: {url}. An explicit scheme (such as https) must be provided.", param="url")


def retrieve(world: World, _params: dict, identifier: str) -> dict:
    """Return an endpoint, without its secret."""
    return world.load("webhook_endpoint", identifier)


def update(world: World, params: dict, identifier: str) -> dict:
    """Change an endpoint, or switch it off and on."""
    body = world.load("webhook_endpoint", identifier)
    merge_metadata(body, params)
    if "url" in params:
        _check_url(world, params["url"])
    body |= {name: params[name] for name in SIMPLE if name in params}
    if "disabled" in params:
        body["status"] = "disabled" if params["disabled"] else "enabled"
    return world.save(body)


def delete(world: World, _params: dict, identifier: str) -> dict:
    """Delete an endpoint and what was still to be sent there."""
    world.load("webhook_endpoint", identifier)
    world.storage.sql("DELETE FROM delivery WHERE endpoint = ?", identifier)
    world.storage.sql("DELETE FROM object WHERE id = ?", identifier)
    return {"id": identifier, "object": "webhook_endpoint", "deleted": True}


def get_list(world: World, params: dict) -> dict:
    """Return a page of endpoints."""
    return lists.page(world, "webhook_endpoint", params, "/v1/webhook_endpoints")
