"""What is open, as plain values: items, what rests of them and why, and what takes something off them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

DISPUTE, PROMISE, PLAN = "dispute", "promise", "plan"
EXEMPTION, PAYMENT_UNDER_WAY = "exemption", "payment_under_way"
#: what credits settle once a payment under way has come in; for whoever takes them off anyway it rests no further
CREDIT_UNDER_WAY = "credit_under_way"
#: what is debited on a day to come, planned or as the customer has agreed; whoever wants to pay it before may
DEBIT_PLANNED = "debit_planned"
#: what of a credit is being given back by the way it came: it settles nothing meanwhile
REFUND_UNDER_WAY = "refund_under_way"
#: what of a credit is money for an order that is not invoiced yet, or a donation: no bill is settled with it
FOR_SOMETHING_ELSE = "for_something_else"

#: states of an attempt, or of a refund, by which money has moved or still may
COUNTED_ATTEMPTS = ("planned", "sent", "unknown", "waiting", "succeeded")

#: by these parts of credits nothing is settled
HOLDS_CREDITS = frozenset({REFUND_UNDER_WAY, FOR_SOMETHING_ELSE})
#: nobody is asked to pay these parts
NOT_ASKED = frozenset({DISPUTE, PAYMENT_UNDER_WAY})
#: nobody is reminded of these parts
HOLDS_REMINDERS = NOT_ASKED | {PROMISE, PLAN, DEBIT_PLANNED}
#: no late fee arises on these parts
HOLDS_FEES = HOLDS_REMINDERS | {EXEMPTION}


class Rest(NamedTuple):
    """A part of an open item on which nothing is done for a while."""

    amount: Decimal
    # one of the above; those of HOLDS_CREDITS are of credits alone
    reason: str
    until: date | None = None  # the last day on which it rests; None: until somebody or something ends it
    since: date | None = None  # the first day on which it rests; None: it rests already


class Stop(NamedTuple):
    """A time with an end on which a debt rested: what stays of an exemption, a dispute, a promise or a plan."""

    reason: str  # EXEMPTION, DISPUTE, PROMISE or PLAN
    first: date | None  # None: since always
    last: date
    amount: Decimal | None = None  # how much of the document rested; None: all of it
    is_lost: bool = False  # a dispute that was settled against the customer

    def rests(self, day: date) -> bool:
        """Tell whether the debt rested on a day."""
        return (self.first is None or self.first <= day) and day <= self.last


class Discount(NamedTuple):
    """What whoever pays early may keep."""

    amount: Decimal
    until: date  # the last day


class OpenItem(NamedTuple):
    """One receivable that is open: an invoice's due line, a virtual installment, an entry, a credit, a payment."""

    line_id: int
    move_id: int
    account_id: int | None  # None: of a customer with several accounts, and nobody has said of which
    company_id: int
    partner_id: int
    currency_id: int
    digits: int  # decimals of the currency
    due_date: date
    invoice_date: date
    amount: Decimal  # in the currency of the item; credits and payments are negative
    number: str
    kind: str  # "invoice" or "entry" (a returned payment, say) where owed; "credit" or "payment" where not
    plan_id: int | None = None  # the active installment plan it belongs to
    installment_id: int | None = None
    rests: tuple[Rest, ...] = ()
    discount: Discount | None = None
    is_shared: bool = False  # the account's part of a credit that names none of the customer's several accounts

    @property
    def place(self) -> tuple[int, int]:
        """What a payment of it is for: the line of its document, and its installment, 0 for none."""
        return self.line_id, self.installment_id or 0

    @property
    def disputed(self) -> Decimal:
        """How much of it is in dispute, or taken out of the reminders."""
        disputed = sum((rest.amount for rest in self.rests if rest.reason == DISPUTE), Decimal(0))
        return min(disputed, max(self.amount, Decimal(0)))

    @property
    def is_blocked(self) -> bool:
        """Whether all of it is in dispute, or taken out of the reminders."""
        return 0 < self.amount <= self.disputed

    @property
    def held_back(self) -> Decimal:
        """How much of a credit takes nothing off: it is being given back, or for something else."""
        return self._get_held(HOLDS_CREDITS)

    @property
    def for_something_else(self) -> Decimal:
        """How much of a credit is for an order that is not invoiced yet, or a donation."""
        return self._get_held({FOR_SOMETHING_ELSE})

    def _get_held(self, reasons):
        held = sum((rest.amount for rest in self.rests if rest.reason in reasons), Decimal(0))
        return min(held, max(-self.amount, Decimal(0)))

    @property
    def usable(self) -> Decimal:
        """What is owed, or by how much a credit can take something off; negative."""
        return self.amount + self.held_back

    def get_holding(self, day: date, reasons=HOLDS_REMINDERS) -> list[Rest]:
        """Return what holds on a day, for reasons that count."""
        return [
            rest
            for rest in self.rests
            if rest.reason in reasons
            and (rest.since is None or rest.since <= day)
            and (rest.until is None or day <= rest.until)
        ]

    def get_resting(self, day: date, reasons=HOLDS_REMINDERS) -> Decimal:
        """Return how much of the amount rests on a day."""
        return min(sum((rest.amount for rest in self.get_holding(day, reasons)), Decimal(0)), max(self.amount, 0))

    def get_discount(self, day: date) -> Decimal:
        """Return what whoever pays on the day may keep."""
        return self.discount.amount if self.discount and day <= self.discount.until else Decimal(0)


class Standing(NamedTuple):
    """An item that is owed, once the credits of its account are taken off."""

    item: OpenItem
    open_amount: Decimal
    resting: Decimal  # at most the open amount
    reason: str | None  # why it rests; the one that weighs most

    @property
    def active(self) -> Decimal:
        """What is owed and does not rest."""
        return self.open_amount - self.resting


class Settlement(NamedTuple):
    """What took something off a receivable line."""

    id: int  # of the reconciliation
    line_id: int
    move_id: int
    day: date
    amount: Decimal  # in the currency of the line, positive
    kind: str  # "payment", "credit", "write_off" or "exchange"
    counterpart_id: int  # the journal item on the other side
