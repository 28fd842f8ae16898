"""The search for payment intents: ``metadata['attempt']:'7' AND status:'succeeded'``.

Stripe finds a new object after up to a minute, at worst an hour; a test sets that time as ``search_lag``.
"""

from __future__ import annotations

import re
import typing

from .refusals import invalid
from .world import World

TERM = re.compile(
    r"""\s*(?P<minus>-?)(?P<field>[a-z_]+)(?:\[(?P<quote>['"])(?P<key>.*?)(?P=quote)\])?"""
    r"""(?P<sign>:|>=|<=|>|<)(?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[0-9]+|null)\s*"""
)
FIELDS = {"amount", "created", "currency", "customer", "status", "metadata"}
NUMBERS = {"amount", "created"}
SIGNS = {":": "=", ">": ">", ">=": ">=", "<": "<", "<=": "<="}


def search(world: World, params: dict) -> dict:
    """Return a page of what a query finds, the newest first.

    :raise Refused: the query is none
    """
    where, values = _read(params["query"])
    lag = typing.cast("int", world.storage.get_setting("search_lag", 0))
    where = f"({where}) AND created <= ?"
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("This value must be between 1 and 100.", param="limit", code="parameter_invalid_integer")
    begin = int(params.get("page", 0))
    values = [*values, world.now() - lag]
    found = world.storage.find("payment_intent", world.livemode, where, *values, limit=begin + limit + 1)
    more = len(found) > begin + limit
    return {
        "object": "search_result",
        "url": "/v1/payment_intents/search",
        "has_more": more,
        "next_page": str(begin + limit) if more else None,
        "data": found[begin : begin + limit],
    }


def _read(query: str) -> tuple[str, list]:
    """Return a query as a condition in SQL with its values."""
    conditions, values, joins, place = [], [], set(), 0
    while place < len(query):
        match = TERM.match(query, place)
        if not match or match["field"] not in FIELDS or bool(match["key"]) != (match["field"] == "metadata"):
            raise invalid(f"We were unable to parse your search query: {query}", param="query")
        column = f"$.{match['field']}" if not match["key"] else f'$.metadata."{match["key"]}"'
        value = match["value"]
        plain: object = None if value == "null" else re.sub(r"\\(.)", r"\1", value.strip("\"'"))
        if match["field"] in NUMBERS and plain is not None:
            plain = int(typing.cast("str", plain))
        elif match["sign"] != ":":
            raise invalid(f"Only numbers can be compared: {query}", param="query")
        sign = "IS" if match["sign"] == ":" else SIGNS[match["sign"]]
        conditions.append(f"{'NOT ' if match['minus'] else ''}json_extract(body, ?) {sign} ?")
        values += [column, plain]
        place = match.end()
        join = re.compile(r"(AND|OR)\b", re.IGNORECASE).match(query, place)
        if join:
            joins.add(join[1].upper())
            place = join.end()
        elif place < len(query):
            joins.add("AND")
    if not conditions or len(joins) > 1:
        raise invalid(f"We were unable to parse your search query: {query}", param="query")
    return f" {''.join(joins) or 'AND'} ".join(conditions), values
