"""The states of an export as a table."""

from types import MappingProxyType

from odoo.addons.online_billing.engine import Machine

#: make: the tables are there, documents follow; drop: its days are over; an erasure drops what is not ready as well
EXPORT_LIFE = Machine(
    name="export",
    states=("asked", "making", "ready", "expired", "failed"),
    initial="asked",
    final=frozenset({"expired", "failed"}),
    transitions=MappingProxyType(
        {
            ("asked", "make"): "making",
            ("making", "finish"): "ready",
            ("ready", "drop"): "expired",
            ("asked", "fail"): "failed",
            ("making", "fail"): "failed",
            ("failed", "retry"): "asked",
            ("asked", "drop"): "expired",
            ("making", "drop"): "expired",
            ("failed", "drop"): "expired",
        }
    ),
)
