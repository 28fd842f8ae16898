"""The states of a request for erasure as a table."""

from types import MappingProxyType

from odoo.addons.online_billing.engine import Machine

#: erase: what the law does not keep; what it kept is erased by the same event once its time is over
ERASURE_LIFE = Machine(
    name="erasure",
    states=("asked", "refused", "withdrawn", "done"),
    initial="asked",
    final=frozenset({"refused", "withdrawn", "done"}),
    transitions=MappingProxyType(
        {
            ("asked", "erase"): "done",
            ("asked", "refuse"): "refused",
            ("asked", "withdraw"): "withdrawn",
            ("done", "erase"): "done",
        }
    ),
)
