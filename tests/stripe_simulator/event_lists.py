"""The events of the last thirty days, for those who have missed some."""

from __future__ import annotations

from . import lists
from .refusals import invalid
from .world import World

DAY = 86_400
KEPT = 30 * DAY


def retrieve(world: World, _params: dict, identifier: str) -> dict:
    """Return an event as it was made."""
    return world.load("event", identifier)


def get_list(world: World, params: dict) -> dict:
    """Return a page of events, by type, by time, or those that did not reach every endpoint."""
    if "type" in params and "types" in params:
        raise invalid("You cannot specify both `type` and `types`.", param="types")
    where, values = "created > ?", [world.now() - KEPT]
    types = params.get("types") or ([params["type"]] if "type" in params else [])
    if types:
        # a star at the end stands for every event of that object
        tests = ["json_extract(body, '$.type') GLOB ?" for _type in types]
        where += f" AND ({' OR '.join(tests)})"
        values += types
    if "delivery_success" in params:
        where += f" AND {'NOT ' if params['delivery_success'] else ''}EXISTS ("
        where += "SELECT 1 FROM delivery WHERE event = object.id AND state != 'delivered')"
    return lists.page(world, "event", params, "/v1/events", None, where, values)
