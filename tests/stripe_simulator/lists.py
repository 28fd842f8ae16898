"""Lists: filters, the range of ``created``, pages with ``starting_after``; and what is expanded in an answer."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence

from .refusals import invalid

if typing.TYPE_CHECKING:
    from .world import World

DEFAULT, LARGEST, DEEPEST = 10, 100, 4
SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
# the properties that hold an id, and of what
EXPANDABLE = {
    "balance_transaction": "balance_transaction",
    "charge": "charge",
    "customer": "customer",
    "default_payment_method": "payment_method",
    "failure_balance_transaction": "balance_transaction",
    "latest_attempt": "",
    "latest_charge": "charge",
    "mandate": "mandate",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
    "single_use_mandate": "mandate",
    "source": "",
}


def page(
    world: World,
    kind: str,
    params: dict,
    url: str,
    properties: Mapping[str, str] | None = None,
    where: str = "1",
    values: Sequence[object] = (),
) -> dict:
    """Return one page of the objects of a kind, the newest first.

    :param properties: {parameter: property} of the filters by a value
    :param where: a condition more, in SQL, with its values
    :raise Refused: the page is too large, or begins after something that is not there
    """
    conditions, wanted = [where], list(values)
    for name, stands_in in (properties or {}).items():
        if name in params:
            conditions.append(f"json_extract(body, '$.{stands_in}') = ?")
            wanted.append(params[name])
    for name in ("created", "arrival_date"):
        for sign, bound in _get_bounds(params.get(name)):
            conditions.append(f"json_extract(body, '$.{name}') {sign} ?")
            wanted.append(bound)
    return _cut(world, kind, params, url, " AND ".join(conditions), wanted)


def _cut(world: World, kind: str, params: dict, url: str, where: str, values: list) -> dict:
    """Return one page of what a condition in SQL finds."""
    limit = params.get("limit", DEFAULT)
    if not 1 <= limit <= LARGEST:
        raise invalid(f"This value must be between 1 and {LARGEST}.", param="limit", code="parameter_invalid_integer")
    backwards = "ending_before" in params
    name = "ending_before" if backwards else "starting_after"
    if cursor := params.get(name):
        world.load(kind, cursor, name)
        where += f" AND number {'>' if backwards else '<'} (SELECT number FROM object WHERE id = ?)"
        values = [*values, cursor]
    found = world.storage.find(kind, world.livemode, where, *values, limit=limit + 1, oldest_first=backwards)
    chosen = found[:limit][::-1] if backwards else found[:limit]
    return {"object": "list", "url": url, "has_more": len(found) > limit, "data": chosen}


def _get_bounds(given: object) -> list[tuple[str, int]]:
    if given is None:
        return []
    if isinstance(given, int):
        return [("=", given)]
    return [(SIGNS[name], bound) for name, bound in given.items()]


def expand(world: World, body: dict, wanted: list[str]) -> dict:
    """Put objects into an answer in the place of their ids.

    :param wanted: paths, as ``latest_charge.balance_transaction``; those of a list begin with ``data``
    :raise Refused: there is no such property, or it is no id
    """
    for path in wanted:
        steps = path.split(".")
        if len(steps) > DEEPEST + (steps[0] == "data"):
            raise invalid(f"You cannot expand more than {DEEPEST} levels of a property: {path}", param="expand")
        _expand(world, body, steps, path)
    return body


def _expand(world: World, body: dict, steps: list[str], path: str) -> None:
    first, *rest = steps
    if first == "data" and body.get("object") in ("list", "search_result"):
        for item in body["data"]:
            _expand(world, item, rest, path)
        return
    if first not in EXPANDABLE or first not in body:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    value = body[first]
    if isinstance(value, str):
        stored = world.storage.get(value)
        value = body[first] = stored.body if stored else value
    if rest and isinstance(value, dict):
        _expand(world, value, rest, path)
