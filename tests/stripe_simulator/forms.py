"""The form encoding of Stripe's requests: ``a[b]=1&c[0]=2`` and the same with ``c[]``."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from .refusals import invalid

KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")


def decode(text: str) -> dict:
    """Return the parameters as dicts and strings; a list is a dict with numbers until it is known to be one.

    :raise Refused: the text is no such encoding, or names one place as two things
    """
    tree: dict = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = KEY.match(name)
        if not match:
            raise invalid(f"Invalid request: cannot read the parameter {name}", param=name)
        steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _put(tree, steps, value, name)
    return tree


def _put(tree: dict, steps: list[str], value: str, name: str) -> None:
    for step in steps[:-1]:
        # every pair of empty brackets is one place more, except inside of a list of objects, which need numbers
        tree = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise invalid(f"Invalid request: {name} is a value and an object at once", param=name)
    last = steps[-1] or str(len(tree))
    if isinstance(tree.get(last), dict):
        raise invalid(f"Invalid request: {name} is a value and an object at once", param=name)
    tree[last] = value


def get_list(value: object) -> list | None:
    """Return a dict with numbers as the list that it may stand for; None of anything else."""
    if not isinstance(value, dict) or not all(name.isdigit() for name in value):
        return None
    return [value[name] for name in sorted(value, key=int)]


def with_lists(given: dict) -> dict:
    """Return parameters with lists in the place of dicts with numbers, for people to look at."""
    return {name: _with_lists(value) for name, value in given.items()}


def _with_lists(value: object) -> object:
    items = get_list(value)
    if items:
        return [_with_lists(item) for item in items]
    return with_lists(value) if isinstance(value, dict) else value
