"""Who has a say in a method: what stands in for methods of Odoo may do so only where nobody else has changed them."""


def is_only_of(model, names, addons):
    """Tell whether methods of a model are written by these addons alone, however they came into the class.

    :param names: names of methods
    :param addons: names of addons
    """
    for owner in type(model).__mro__:
        for name in names:
            if name in vars(owner) and not _is_of(vars(owner)[name], addons):
                return False
    return True


def _is_of(method, addons):
    """Tell whether a function belongs to Odoo itself or to one of these addons; a patch stands for what it wraps."""
    parts = (getattr(method, "__module__", None) or "").split(".")
    if parts[:2] == ["odoo", "addons"]:
        return parts[2] in addons
    return parts[0] == "odoo"
