"""Plain values that pass between the services: no records, so that a large batch costs few queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from ...engine import Due, Period

ONE_DAY = timedelta(days=1)


class AccountRow(NamedTuple):
    """What billing needs to know of an account; one row of one query."""

    id: int
    name: str
    partner_id: int
    company_id: int
    currency_id: int
    timezone: str
    payment_term_id: int | None
    fiscal_position_id: int | None
    journal_id: int | None
    purchase_reference: str | None
    delivery_channel: str
    lang: str | None
    is_customer_active: bool


class LineRow(NamedTuple):
    """What billing needs to know of a subscription line."""

    id: int
    subscription_id: int
    subscription_name: str
    account_id: int
    code_id: int
    kind: str
    product_id: int
    name: str
    quantity: float
    timing: str
    prorate: bool
    discount_percent: float
    start_date: date
    end_date: date | None
    anchor_date: date
    anchor_day: int
    interval_unit: str
    interval_count: int
    proration_basis: str
    trial_end_date: date | None
    credit_unused: bool
    term_count: int
    plan_id: int
    currency_id: int
    price_id: int | None
    billed_until: date | None
    recheck_from: date | None

    @property
    def agreed(self) -> tuple:
        """All that was agreed, without whose it is and how far it is billed: equal for lines that cost the same."""
        return self[4:-2]


class ShownLine(NamedTuple):
    """Quantity and price with which an item stands on an invoice; Odoo makes its amount out of them."""

    quantity: float
    price: float
    names_quantity: bool = False  # the quantity is another one, and is said in the text


class Corrected(NamedTuple):
    """How a charge was posted that an item takes back in part: the credit has its taxes and names its document."""

    amount: Decimal
    move_id: int
    number: str
    account_id: int
    tax_ids: tuple[int, ...]


@dataclass(slots=True)
class BillItem:
    """One line of a bill: a charge to be made (`due` is set) or a pending one (`charge_id` is set)."""

    code_id: int
    product_id: int
    name: str
    quantity: Decimal
    amount: Decimal
    line: LineRow | None = None
    due: Due | None = None
    charge_id: int | None = None
    kind: str = "single"  # of a pending one, with the days that it is charged for
    service: tuple[date | None, date | None] = (None, None)
    slices: list | None = None  # of the price of a pending one, as they are stored
    category: str = ""
    tax_included: bool = False  # the amount is with tax
    shown: ShownLine | None = None
    corrects_id: int | None = None  # the charge that it changes
    corrected: Corrected | None = None


class FoundItem(NamedTuple):
    """What a source has for the bills of an account.

    ``joins`` says on which bill: "own" makes the bill of its day; "next" joins the first bill on or after its day and
    waits where a later one is to come; "soon" joins likewise and does not wait. What is in another currency than its
    account makes a bill of its own.
    """

    account_id: int
    day: date
    item: BillItem
    joins: str
    currency_id: int | None = None  # of its amount; None: that of the account


@dataclass(slots=True)
class Bill:
    """One future invoice of an account: all that falls due on one day in one currency."""

    account: AccountRow  # with the currency of the bill
    day: date
    items: list[BillItem] = field(default_factory=list)
    listed: list[tuple] = field(
        default_factory=list
    )  # instant charges already billed: (charge id, day, name, amount, invoice number, code id)
    total: Decimal | None = None  # with tax where that decides anything; its sign says what the bill becomes
    is_all_included: bool = False  # all amounts are with tax
    is_all_excluded: bool = True  # all amounts are without tax

    @property
    def amount(self) -> Decimal:
        """Sum of the charges."""
        return sum((item.amount for item in self.items), Decimal(0))

    @property
    def sign(self) -> int:
        """-1 for a credit note, 1 for an invoice."""
        return -1 if self.total is not None and self.total < 0 else 1


@dataclass(slots=True)
class LineAdvance:
    """How far a subscription line has come once its bills are written."""

    line_id: int
    account_id: int
    billed_until: date | None
    next_due_date: date | None


@dataclass(slots=True)
class Prepared:
    """The first half of billing a batch of accounts: everything computed, nothing saved."""

    bills: list[Bill] = field(default_factory=list)
    advances: dict[int, LineAdvance] = field(default_factory=dict)
    accounts: dict[int, AccountRow] = field(default_factory=dict)
    # {account id: why it cannot be billed}; such an account has no part in the rest
    obstacles: dict[int, str] = field(default_factory=dict)

    def set_aside(self, reasons: dict[int, str]) -> None:
        """Take accounts out that cannot be billed, with all that was prepared for them."""
        if not reasons:
            return
        self.obstacles.update(reasons)
        self.bills = [bill for bill in self.bills if bill.account.id not in reasons]
        self.advances = {one.line_id: one for one in self.advances.values() if one.account_id not in reasons}
        self.accounts = {key: account for key, account in self.accounts.items() if key not in reasons}


def last_day(end: date | None) -> date | None:
    """Turn an exclusive end into the last day, as people write it."""
    return end - ONE_DAY if end else None


def day_after(last: date | None) -> date | None:
    """Turn a last day into an exclusive end, as the engine counts."""
    return last + ONE_DAY if last else None


def inclusive(period: Period) -> tuple[date, date]:
    """Return first and last day of a half-open period."""
    return period.start, period.end - ONE_DAY
