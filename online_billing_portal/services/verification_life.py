"""The states of a document for verification as a table."""

from types import MappingProxyType

from odoo.addons.online_billing.engine import Machine

#: send: the customer sends files; cancel: staff needs it no more; reopen: staff takes a decision back
VERIFICATION_LIFE = Machine(
    name="verification",
    states=("asked", "received", "accepted", "refused", "cancelled"),
    initial="asked",
    final=frozenset({"accepted", "cancelled"}),
    transitions=MappingProxyType(
        {
            ("asked", "send"): "received",
            ("asked", "cancel"): "cancelled",
            ("received", "accept"): "accepted",
            ("received", "refuse"): "refused",
            ("refused", "send"): "received",
            ("refused", "cancel"): "cancelled",
            ("accepted", "reopen"): "received",
            ("refused", "reopen"): "received",
        }
    ),
)
