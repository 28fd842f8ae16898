"""The states of a question as a table."""

from types import MappingProxyType

from odoo.addons.online_billing.engine import Machine

#: take: staff begins; answer: staff wrote to the customer; ask: the customer wrote again; a closed question comes back
#: where the customer writes to it by mail
QUESTION_LIFE = Machine(
    name="question",
    states=("new", "work", "answered", "closed"),
    initial="new",
    final=frozenset({"closed"}),
    transitions=MappingProxyType(
        {
            ("new", "take"): "work",
            ("new", "answer"): "answered",
            ("new", "ask"): "new",
            ("new", "close"): "closed",
            ("work", "answer"): "answered",
            ("work", "ask"): "work",
            ("work", "close"): "closed",
            ("answered", "take"): "work",
            ("answered", "answer"): "answered",
            ("answered", "ask"): "work",
            ("answered", "close"): "closed",
            ("closed", "reopen"): "work",
        }
    ),
)
