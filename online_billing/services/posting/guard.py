"""Is Odoo, as it is installed here, the Odoo that the renderer knows?"""

import re
import threading
from contextlib import contextmanager

from . import configuration, known
from .overrides import WATCHED, get_overrides

_WRITE = re.compile(
    r'\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?(?:\s+SET\s+(.*?)\s+(?:FROM|WHERE)\b)?',
    re.IGNORECASE | re.DOTALL,
)
_COLUMN = re.compile(r'"(\w+)"\s*=')


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


def automation(env):
    """Name an automation rule that wants to see new invoices; else None."""
    if "base.automation" not in env:
        return None
    # sudo: rules are readable by administrators only
    rules = env["base.automation"].sudo()
    name = configuration.once(
        env, "automation", lambda: rules.search([("model_name", "in", list(WATCHED))], limit=1).model_name
    )
    return f"automation: {name}" if name else None


def blocking_reason(env):
    """Say why nothing may be rendered in this database at all; None if it is for the examples to tell."""
    # a rule is what somebody can do something about; that it also patches methods is how it works
    return automation(env) or min(get_overrides(env).always, default=None)


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
