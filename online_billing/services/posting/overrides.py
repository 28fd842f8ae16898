"""What addons and patches have laid over the methods that make and post an invoice, and which of it takes part.

Whose a method is, ``shared/origins.py`` tells. What is not known is watched while Odoo makes the examples. What did not
run then has no part in such invoices.
"""

import sys
from collections import Counter
from contextlib import contextmanager
from typing import Any, NamedTuple

from odoo.models import BaseModel

from ..shared.origins import FRAMEWORK, get_addon, get_functions, get_origin
from . import known, template

WATCHED = ("account.move", "account.move.line", "mail.message", "mail.followers")


class Constraint(NamedTuple):
    """A check of records that somebody has added."""

    model: str
    method: Any


class Overrides:
    """What stands over the known methods in one registry.

    :ivar dict codes: by code the reason not to render, or the :class:`Constraint`, for what can be watched
    :ivar list always: reasons for what cannot be watched, and so counts as if it had run
    :ivar dict later: by model the names of stored fields that Odoo computes once the rows are written
    """

    def __init__(self):
        self.codes = {}
        self.always = []
        self.later = {}

    @contextmanager
    def watching(self):
        """Note what runs meanwhile in this thread; yields a set that fills with reasons."""
        ran = set()
        if not self.codes:
            yield ran
            return
        codes = self.codes
        before = sys.getprofile()

        def note(frame, event, argument):
            if event == "call" and frame.f_code in codes:
                ran.add(codes[frame.f_code])
            if before:
                before(frame, event, argument)

        sys.setprofile(note)
        try:
            yield ran
        finally:
            sys.setprofile(before)


def get_overrides(env):
    """Return the :class:`Overrides` of this registry; looked for again when a class has changed since."""
    remembered = _REMEMBERED.get(env.registry.db_name)
    if remembered and remembered[0] is env.registry and _is_as_seen(env, remembered[1]):
        return remembered[2]
    found = _find(env)
    # what a class holds is compared by what it is: a method that is replaced is another object
    seen = [(cls, dict(vars(cls))) for cls in _get_classes(env)]
    _REMEMBERED[env.registry.db_name] = (env.registry, (seen, _get_constraints(env)), found)
    return found


_REMEMBERED = {}


def _get_classes(env):
    return [cls for name in (*WATCHED, "account.tax") for cls in type(env[name]).__mro__]


def _get_constraints(env):
    return [list(env[name]._constraint_methods) for name in WATCHED]


def _is_as_seen(env, remembered):
    seen, constraints = remembered
    classes = _get_classes(env)
    if len(classes) != len(seen) or constraints != _get_constraints(env):
        return False
    for cls, (seen_class, held) in zip(classes, seen, strict=True):
        if cls is not seen_class:
            return False
        # mostly nothing at all has changed, which is told at once; else it is whether a method has
        if vars(cls) != held and _callables(vars(cls)) != _callables(held):
            return False
    return True


def _callables(held):
    return [value for value in held.values() if callable(value) or isinstance(value, property)]


def _is_known(addon):
    return addon == FRAMEWORK or addon in known.ADDONS


def _is_understood(addon, name):
    return _is_known(addon) or name in known.UNDERSTOOD.get(addon, ())


def _find(env):
    found = Overrides()
    for name in WATCHED:
        _find_constraints(found, env[name])
        _find_methods(found, env[name], None)
    _find_methods(found, env["account.tax"], known.TAX_METHODS)
    for name in ("account.move", "account.move.line"):
        _find_fields(found, env[name])
    return found


def _find_methods(found, model, only):
    """Note what stands over a method of the same name; what is new is called by nobody who does not know it."""
    constraints = {method.__name__ for method in model._constraint_methods}
    layers = type(model).__mro__
    counts = Counter(name for cls in layers for name in vars(cls))
    for cls in layers:
        is_addon = vars(cls).get("pool") is None  # what stands on a class of the registry was put there later
        for name, value in vars(cls).items():
            if name.startswith(known.HARMLESS_PREFIXES) or name in constraints or (only and name not in only):
                continue
            if not is_addon and value is vars(BaseModel).get(name):
                continue  # Odoo itself puts it there when it builds the registry
            functions = get_functions(value)
            if functions is None:
                found.always.append(f"patched: {model._name}.{name}")
                continue
            for function in functions:
                addon = get_origin(function)
                if not is_addon or addon != get_addon(cls.__module__):
                    found.codes[function.__code__] = f"patched: {model._name}.{name}"
                elif counts[name] > 1 and not _is_understood(addon, name):
                    _note_override(found, model, name, addon, function)


def _note_override(found, model, name, addon, function):
    computed = [field for field in model._fields.values() if field.compute == name]
    if computed and all(_may_be_later(model, field) for field in computed):
        _add_later(found, model, computed)
    else:
        found.codes[function.__code__] = f"override: {addon} {model._name}.{name}"


def _find_constraints(found, model):
    """Constraints that others have added are asked of each invoice that is written, as Odoo would."""
    for method in model._constraint_methods:
        functions = get_functions(method)
        if functions is None:
            found.always.append(f"patched: {model._name}.{method.__name__}")
            continue
        for function in functions:
            if _is_understood(get_origin(function), method.__name__):
                continue
            own = model._name in template.RENDERED
            name = f"{model._name}.{method.__name__}"
            found.codes[function.__code__] = Constraint(model._name, method) if own else f"constraint: {name}"


def _find_fields(found, model):
    """Note stored fields that the renderer cannot derive.

    A plain field without a default of its own is the same on every invoice that does not name it: no knowledge needed.
    """
    for name, field in model._fields.items():
        if not field.store or not (field.column_type or field.type == "many2many"):
            continue
        is_derived = name in template.RENDERED[model._name] or name in known.CONSTANT_COMPUTED[model._name]
        if name in found.later.get(model._name, ()):
            continue
        if is_derived:
            for function in _get_computing(model, field):
                if not _is_understood(get_origin(function), function.__name__):
                    found.codes.setdefault(function.__code__, f"computed field: {model._name}.{name}")
        elif field.compute or field.related:
            if _may_be_later(model, field):
                _add_later(found, model, [field])
            else:
                found.always.append(f"computed field: {model._name}.{name}")
        elif field.default:
            origins = [get_origin(function) for function in get_functions(field.default) or ()]
            if not origins or not all(_is_known(addon) or addon in known.UNDERSTOOD for addon in origins):
                found.always.append(f"default: {model._name}.{name}")


def _get_computing(model, field):
    """The functions that compute a field, all layers of them."""
    if not isinstance(field.compute, str):
        return get_functions(field.compute) or () if field.compute else ()
    values = [vars(cls)[field.compute] for cls in type(model).__mro__ if field.compute in vars(cls)]
    return [function for value in values for function in get_functions(value) or ()]


def _may_be_later(model, field):
    """Can Odoo compute the field once the row is written, from nothing, as it does on a new record?"""
    is_rendered = field.name in template.RENDERED[model._name] if model._name in template.RENDERED else True
    return bool(field.store and field.column_type) and not field.required and not is_rendered


def _add_later(found, model, fields):
    names = found.later.setdefault(model._name, set())
    names.update(field.name for field in fields)
