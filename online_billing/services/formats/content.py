"""What an invoice says, as plain values: the border between the books and every format that is written of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money: as many decimals as its currency has."""

    value: Decimal
    currency: str  # ISO 4217


@dataclass(frozen=True, slots=True)
class Currency:
    code: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Party:
    """Whoever sells or buys; texts are empty where nothing is known."""

    name: str
    street: str
    street2: str
    zip_code: str
    city: str
    state: str
    country: str  # ISO 3166
    address: tuple[str, ...]  # as it is written on an envelope, without the name
    tax_number: str
    email: str
    reference: str  # how the seller calls the buyer


@dataclass(frozen=True, slots=True)
class LineTax:
    name: str
    percent: Decimal | None  # None where the tax is no percentage


@dataclass(frozen=True, slots=True)
class Line:
    """A row of an invoice: what is billed, or a heading or note between."""

    kind: str  # "line", "section", "subsection", "note"
    text: str
    quantity: Decimal | None = None
    unit: str = ""
    unit_price: Decimal | None = None
    discount: Decimal | None = None  # per cent
    taxes: tuple[LineTax, ...] = ()
    net: Amount | None = None  # below zero where it is credited
    gross: Amount | None = None


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """What a group of taxes comes to."""

    name: str
    base: Amount
    amount: Amount


@dataclass(frozen=True, slots=True)
class DuePart:
    day: date
    amount: Amount
    open: Amount


@dataclass(frozen=True, slots=True)
class EarlyPayment:
    """What is enough if it is paid by a day."""

    amount: Amount
    until: date


@dataclass(frozen=True, slots=True)
class BankAccount:
    number: str
    holder: str
    bank: str
    bic: str


@dataclass(frozen=True, slots=True)
class Correction:
    """The invoice that a credit note corrects."""

    number: str
    day: date | None


@dataclass(frozen=True, slots=True)
class InvoiceContent:
    """An invoice or credit note as it was posted; the amounts of a credit note are above zero, as it prints them."""

    kind: str  # "invoice", "credit_note", "receipt"
    state: str  # "posted", "draft", "cancelled"
    number: str
    title: str
    language: str  # BCP 47
    is_right_to_left: bool
    invoice_date: date | None
    due_date: date | None
    delivery_date: date | None
    supply_date: date | None
    account: str
    reference: str
    origin: str
    corrects: Correction | None
    currency: Currency
    seller: Party
    buyer: Party
    delivered_to: Party | None
    lines: tuple[Line, ...]
    taxes: tuple[TaxTotal, ...]
    net: Amount
    tax: Amount
    rounding: Amount  # of cash, part of the net amount
    total: Amount
    open: Amount
    due: tuple[DuePart, ...]
    early_payment: EarlyPayment | None
    payment_reference: str
    bank_account: BankAccount | None
    pay_link: str
    notes: tuple[str, ...]

    def count_lines(self) -> int:
        """Return how many lines bill something."""
        return sum(line.kind == "line" for line in self.lines)
