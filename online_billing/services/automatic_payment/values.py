"""Plain values of automatic payment: what a provider answers, and what is asked of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..receivables.values import DISPUTE, PAYMENT_UNDER_WAY, PROMISE

#: what a plan of installments spares is debited all the same, each installment on its day
HOLDS = frozenset({DISPUTE, PAYMENT_UNDER_WAY, PROMISE})
SUCCEEDED, ACCEPTED, DECLINED = "succeeded", "accepted", "declined"
WAITING, UNKNOWN, NOT_FOUND = "waiting", "unknown", "not_found"
UNDECIDED = "debits.undecided"  # by which the task to look into a payment that is only accepted is known again
KINDS = (SUCCEEDED, ACCEPTED, DECLINED, WAITING, UNKNOWN, NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider says of an attempt, in whichever way it came.

    :ivar kind: SUCCEEDED; ACCEPTED: it decides later; DECLINED; WAITING: the customer has to act; UNKNOWN: nobody
        knows, it is asked again; NOT_FOUND: it knows of no such request
    :ivar reference: under which the provider keeps it
    :ivar code: of a decline, as the provider writes it
    :ivar text: what the provider says, for staff
    :ivar url: where the customer confirms it
    :ivar decline_class: where the provider itself says what the decline means; it outranks the list of codes
    :ivar amount: what was taken, as text of a decimal number; empty where the provider does not say
    :ivar currency: its ISO code; empty as above
    """

    kind: str
    reference: str = ""
    code: str = ""
    text: str = ""
    url: str = ""
    decline_class: str = ""
    amount: str = ""
    currency: str = ""

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"no such answer: {self.kind!r}")

    def as_json(self) -> dict:
        """Return it as the row keeps it."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, value: dict) -> Answer:
        return cls(**value)


class DueLine(NamedTuple):
    """A part of what is open that can be debited: a due line, or an installment of one."""

    line_id: int
    move_id: int
    installment_id: int | None
    currency_id: int
    due_date: date
    amount: Decimal  # credits, what rests and the discount taken off
    discount: Decimal = Decimal(0)  # for early payment, which the customer keeps

    @property
    def place(self) -> tuple:
        """What the database lets stand in one open attempt at most."""
        return self.line_id, self.installment_id or 0
