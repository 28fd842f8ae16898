"""The check of parameters against the typed ones of the official SDK, which are made from Stripe's own description.

The SDK leaves lists of words open (``Literal[...] | str``), so that an older one can read what is newer. Stripe itself
takes only the words that it knows, and so does this check.
"""

from __future__ import annotations

import importlib
import re
import types
import typing
from collections.abc import Iterator
from functools import cache

import typing_extensions
from stripe import RequestOptions

from . import forms
from .refusals import Refused, invalid

OF_THE_CALL = frozenset(RequestOptions.__annotations__)
LONGEST_LIST_OF_WORDS = 200
MOST_METADATA, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500


def check(name: str, given: dict) -> dict:
    """Return the parameters with their types.

    :param name: the class of ``stripe.params`` without ``Params``, as ``PaymentIntentCreate``
    :param given: as they came: dicts and strings
    :raise Refused: one is unknown, missing, of another type, or none of the words that are known
    """
    return _check_fields(given, *get_fields(name), "")


@cache
def get_fields(name: str) -> tuple[dict[str, object], frozenset[str]]:
    """Return {parameter: its type} of a class of the SDK, and which are required."""
    folder = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    module = importlib.import_module(f"stripe.params._{folder}_params")
    return _read_fields(getattr(module, f"{name}Params"))


@cache
def _read_fields(kind: type) -> tuple[dict[str, object], frozenset[str]]:
    # what belongs to the call and not to the request is described with names that exist for type checkers only
    own = types.SimpleNamespace(
        __annotations__={name: hint for name, hint in kind.__annotations__.items() if name not in OF_THE_CALL}
    )
    module = importlib.import_module(kind.__module__)
    hints = typing_extensions.get_type_hints(own, vars(module), include_extras=True)
    return {name: _unwrap(hint) for name, hint in hints.items()}, frozenset(kind.__required_keys__)


def _unwrap(hint: object) -> object:
    while typing_extensions.get_origin(hint) in (typing_extensions.NotRequired, typing_extensions.Required):
        [hint] = typing_extensions.get_args(hint)
    return hint


def _check_fields(given: dict, fields: dict[str, object], required: frozenset[str], path: str) -> dict:
    for name in given:
        if name not in fields:
            place = _join(path, name)
            raise invalid(f"Received unknown parameter: {place}", param=place, code="parameter_unknown")
    for name in sorted(required):
        if name not in given:
            place = _join(path, name)
            raise invalid(f"Missing required param: {place}.", param=place, code="parameter_missing")
    return {name: _check_value(value, fields[name], _join(path, name)) for name, value in given.items()}


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _check_value(value: object, hint: object, place: str) -> object:
    choices = list(_get_choices(hint))
    words = [
        word for choice in choices if typing_extensions.get_origin(choice) is typing.Literal for word in _args(choice)
    ]
    if isinstance(value, str):
        if value in words:
            return value
        if value == "":
            raise invalid(
                f"You passed an empty string for '{place}'. We assume empty values are an attempt to unset a "
                f"parameter; however '{place}' cannot be unset. You should remove '{place}' from your request or "
                "supply a non-empty value.",
                param=place,
                code="parameter_invalid_empty",
            )
    known = [word for word in words if word]
    others = [choice for choice in choices if typing_extensions.get_origin(choice) is not typing.Literal]
    if known:
        # beside words, a text is no more than another word
        others = [choice for choice in others if choice is not str]
    refusal = None
    for choice in others:
        try:
            return _check_single(value, choice, place)
        except Refused as error:
            # what is wrong inside of an object says more than that it is no number
            refusal = refusal if refusal and not isinstance(value, dict) else error
    if refusal:
        raise refusal
    raise invalid(f"Invalid {place}: must be one of {', '.join(known[:LONGEST_LIST_OF_WORDS])}", param=place)


def _args(hint: object) -> tuple:
    return typing_extensions.get_args(hint)


def _get_choices(hint: object) -> Iterator[object]:
    if typing_extensions.get_origin(hint) in (typing.Union, types.UnionType):
        for choice in _args(hint):
            yield from _get_choices(choice)
    elif hint is not type(None):
        yield hint


def _check_single(value: object, hint: object, place: str) -> object:
    if typing_extensions.is_typeddict(hint):
        return _check_fields(_expect(value, dict, "object", place), *_read_fields(hint), place)
    origin = typing_extensions.get_origin(hint) or hint
    if origin is list:
        [inner] = _args(hint)
        items = _expect(forms.get_list(value), list, "array", place)
        return [_check_value(item, inner, f"{place}[{number}]") for number, item in enumerate(items)]
    if origin is dict or getattr(origin, "__name__", "") == "UntypedStripeObject":
        pairs = _expect(value, dict, "object", place)
        for name, text in pairs.items():
            _expect(text, str, "string", _join(place, name))
        if place.rpartition("[")[2].rstrip("]") == "metadata":
            _check_metadata(pairs, place)
        return pairs
    if origin is typing.Any:
        return value
    text = _expect(value, str, {int: "integer", bool: "boolean", float: "number"}.get(origin, "string"), place)
    if origin is bool:
        if text not in ("true", "false"):
            raise invalid(f"Invalid boolean: {text}", param=place, code="parameter_invalid_boolean")
        return text == "true"
    if origin is int:
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise invalid(f"Invalid integer: {text}", param=place, code="parameter_invalid_integer")
        return int(text)
    if origin is not str and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        raise invalid(f"Invalid decimal: {text}", param=place)
    return text


def _expect(value: object, kind: type, noun: str, place: str) -> typing.Any:
    if not isinstance(value, kind):
        raise invalid(f"Invalid {noun}: {value}", param=place, code=f"parameter_invalid_{noun}")
    return value


def _check_metadata(pairs: dict[str, str], place: str) -> None:
    if len(pairs) > MOST_METADATA:
        raise invalid(f"You may only specify up to {MOST_METADATA} metadata keys", param=place)
    for name, text in pairs.items():
        if len(name) > LONGEST_KEY or len(text) > LONGEST_VALUE:
            raise invalid(
                f"Metadata keys can have up to {LONGEST_KEY} characters and values up to {LONGEST_VALUE}",
                param=_join(place, name),
            )
