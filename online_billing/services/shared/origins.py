"""In whose file a method was written, however it came to where it is: what stands in for Odoo's methods must know.

What a method is stands in its code, not in its name or in that of its class: a function counts for the addon in whose
file it was written, whether it stands on a class of that addon, on the class of the registry, under another name or
behind a wrapper.
"""

import functools
import inspect

FRAMEWORK = "odoo"
OUTSIDE = None
# Wrappers that only pass on: what they wrap is looked at, as the code of the wrapper is that of many methods.
_PASSING = ("odoo.orm", "odoo.api", "odoo.tools", "contextlib", "functools")


def get_origin(function):
    """Return the addon in whose file a function was written; ``odoo`` for the framework, None for anything else."""
    return get_addon(unwrap(function).__globals__.get("__name__", ""))


def get_addon(module):
    """Return the addon of a module by the module's name; ``odoo`` for the framework, None for anything else."""
    parts = module.split(".")
    if parts[0] != FRAMEWORK or "tests" in parts:
        return OUTSIDE
    return parts[2] if parts[1:2] == ["addons"] else FRAMEWORK


def unwrap(function):
    """Return what stands behind wrappers that only pass on."""
    while hasattr(function, "__wrapped__") and function.__globals__.get("__name__", "").startswith(_PASSING):
        function = function.__wrapped__
    return function


def get_functions(value):
    """Return the functions behind what a class holds under a name; None if there is code that cannot be seen."""
    value = getattr(value, "__func__", value)  # of a class, a static or a bound method
    value = value.func if isinstance(value, functools.partialmethod) else value
    if isinstance(value, property):
        return [unwrap(part) for part in (value.fget, value.fset, value.fdel) if part]
    if inspect.isfunction(value):
        return [unwrap(value)]
    return None if callable(value) and not inspect.isclass(value) else []


def is_only_of(model, names, addons):
    """Tell whether methods of a model are written by Odoo's framework and these addons alone.

    :param names: names of methods
    :param addons: names of addons
    """
    for owner in type(model).__mro__:
        for name in vars(owner).keys() & set(names):
            functions = get_functions(vars(owner)[name])
            if functions is None or not all(get_origin(function) in {FRAMEWORK, *addons} for function in functions):
                return False
    return True
