"""Is Odoo, as it is installed here, the Odoo that the renderer knows?"""

import inspect
import re
import threading
from contextlib import contextmanager

from . import known, template

_WATCHED = ("account.move", "account.move.line", "mail.message", "mail.followers")
_WRITE = re.compile(
    r'\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?(?:\s+SET\s+(.*?)\s+(?:FROM|WHERE)\b)?',
    re.IGNORECASE | re.DOTALL,
)
_COLUMN = re.compile(r'"(\w+)"\s*=')


def _addon(module):
    parts = module.split(".")
    return parts[2] if parts[:2] == ["odoo", "addons"] else None


def _is_known(addon):
    return addon is None or addon in known.ADDONS or addon.startswith(known.ADDON_PREFIXES)


def _functions(cls):
    return {name for name, value in vars(cls).items() if inspect.isfunction(value)}


def unknown_override(model):
    """Name a method of an unknown addon, or a patch, that may change how records are made; else None."""
    registry_class = type(model)
    for name in sorted(_functions(registry_class)):
        if not name.startswith(known.HARMLESS_PREFIXES):
            return f"patched: {model._name}.{name}"
    familiar = set()
    strange = []
    for cls in registry_class.__mro__[1:]:
        addon = _addon(cls.__module__)
        if _is_known(addon):
            familiar |= _functions(cls)
        else:
            strange.append((addon, cls))
    for addon, cls in strange:
        for name in sorted(_functions(cls) & familiar):
            if not name.startswith(known.HARMLESS_PREFIXES):
                return f"override: {addon} {model._name}.{name}"
    for method in model._constraint_methods:
        addon = _addon(method.__module__)
        if not _is_known(addon):
            return f"constraint: {addon} {model._name}.{method.__name__}"
    return None


def unknown_field(model):
    """Name a stored field that the renderer cannot derive; else None.

    A plain field without a computed default is the same on every invoice that does not name it: no knowledge needed.
    """
    rendered = template.RENDERED[model._name]
    for name, field in model._fields.items():
        if not field.store or not (field.column_type or field.type == "many2many"):
            continue
        if (
            name in rendered
            or name in known.CONSTANT_COMPUTED[model._name]
            or _is_known(field._module)
            and not field.compute
        ):
            continue
        if field.compute or field.related:
            return f"computed field: {model._name}.{name}"
        if field.default and not _is_known(field._module):
            return f"default: {model._name}.{name}"
    return None


def notify_dependents(moves):
    """Have stored fields of other models that depend on invoices computed again, as creating a record does."""
    env = moves.env
    for model_name in ("account.move", "account.move.line"):
        if fields := _depended_on(env, model_name):
            # sudo: what depends on invoices is computed again whoever bills, as Odoo itself does
            records = (moves if model_name == "account.move" else moves.line_ids).sudo()
            tree = env.registry.get_trigger_tree(fields, select=_is_outside)
            for field, dependents, _create in records._modified_triggers(tree, True):
                env.add_to_compute(field, dependents)


def _depended_on(env, model_name):
    """The fields on which stored fields of other models depend; searched once, and again when models change."""
    key, triggers = (env.registry.db_name, model_name), env.registry._field_triggers
    if key not in _DEPENDED_ON or _DEPENDED_ON[key][0] is not triggers:
        fields = [
            field
            for field in env[model_name]._fields.values()
            if any(map(_is_outside, env.registry.get_dependent_fields(field)))
        ]
        _DEPENDED_ON[key] = (triggers, fields)
    return _DEPENDED_ON[key][1]


_DEPENDED_ON = {}


def _is_outside(field):
    """Is this a stored field of another model that a new invoice may change?"""
    return field.store and field.compute and field.model_name not in known.UNTOUCHED_DEPENDENTS


def unknown_tax_engine(env):
    for cls in type(env["account.tax"]).__mro__:
        if not _is_known(_addon(cls.__module__)):
            for name in known.TAX_METHODS:
                if name in vars(cls):
                    return f"override: {_addon(cls.__module__)} account.tax.{name}"
    return None


def automation(env):
    """Name an automation rule that wants to see new invoices; else None."""
    if "base.automation" not in env:
        return None
    rules = (
        env["base.automation"].sudo().search([("model_name", "in", list(_WATCHED))], limit=1)
    )  # sudo: rules are readable by administrators only
    return f"automation: {rules.model_name}" if rules else None


def blocking_reason(env):
    """Say why nothing may be rendered in this database at all; None if all is known."""
    fingerprint = (env.registry.registry_sequence, *(tuple(vars(type(env[name]))) for name in _WATCHED))
    remembered = _REMEMBERED.get(env.registry.db_name)
    if remembered and remembered[0] is env.registry and remembered[1] == fingerprint:
        reason = remembered[2]
    else:
        reason = _static_reason(env)
        _REMEMBERED[env.registry.db_name] = (env.registry, fingerprint, reason)
    # a rule is what somebody can do something about; that it also patches methods is how it works
    return automation(env) or reason


_REMEMBERED = {}


def _static_reason(env):
    for name in _WATCHED:
        if reason := unknown_override(env[name]):
            return reason
    for name in ("account.move", "account.move.line"):
        if reason := unknown_field(env[name]):
            return reason
    return unknown_tax_engine(env)


@contextmanager
def watching_writes():
    """Watch which tables are written meanwhile; yields a set that fills with unknown writes as reasons."""
    strange = set()

    def watch(_cursor, query, _params, _start, _delay):
        text = query if isinstance(query, str) else getattr(query, "code", None) or str(query)
        for _verb, table, columns in _WRITE.findall(text):
            if table.lower() in ("of", "set", "skip", "nowait"):
                continue
            allowed = known.WRITTEN_TABLES.get(table, ())
            if allowed == () or allowed is not None and not set(_COLUMN.findall(columns)) <= allowed:
                strange.add(f"writes: {table}")

    thread = threading.current_thread()
    hooks = getattr(thread, "query_hooks", ())
    thread.query_hooks = (*hooks, watch)
    try:
        yield strange
    finally:
        thread.query_hooks = hooks
