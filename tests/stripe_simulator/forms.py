"""The form encoding of Stripe's requests: ``a[b]=1&c[0]=2`` and the same with ``c[]``."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from .refusals import invalid

KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")


def decode(text: str) -> dict:
    """Return the parameters as dicts, lists and strings.

    :raise Refused: the text is no such encoding, or names one place as two things
    """
    tree: dict = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = KEY.match(name)
        if not match:
            raise invalid(f"Invalid request: cannot read the parameter {name}", param=name)
        steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _put(tree, steps, value, name)
    return {name: _with_lists(value) for name, value in tree.items()}


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


def _with_lists(value: object) -> object:
    if not isinstance(value, dict):
        return value
    children = {name: _with_lists(child) for name, child in value.items()}
    if children and all(name.isdigit() for name in children):
        return [children[name] for name in sorted(children, key=int)]
    return children
