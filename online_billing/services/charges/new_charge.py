"""What enters the charge book, and what the book answers: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

# what makes the same key the same charge, unless whoever records says otherwise
CONTENT = ("account_id", "code_id", "currency_id", "quantity", "amount")


@dataclass(slots=True)
class NewCharge:
    """An amount owed that is about to enter the book; not frozen, because a run makes many, and these are made faster.

    :param name: printed on the invoice
    :param origin: where it comes from, one of the model's
    :param key: unique in the company, together with the generation
    :param day: on which it falls due for billing, in the account's time zone
    :param amount: in the account's currency, rounded
    :param exact: before rounding
    :param tax_included: the amount is with tax
    :param period: first and last day of the billing period, service likewise what is charged for
    :param corrects_id: the charge whose amount this one takes back or changes
    :param replaces_id: the charge that this one bills again, a generation before
    :param breakdown: how the amount came about
    :param timing: "next", "now", or "soon": with the next run, whatever else there is to bill
    :param state: "pending", or what it is from the beginning
    :param is_netted: void, because it adds up to nothing with the other charges of its bill
    :param content: the fields that must be equal where the key is known already; "given" stands for what was given in
        the breakdown
    """

    name: str
    origin: str
    key: str
    account_id: int
    company_id: int
    currency_id: int
    code_id: int
    day: date
    amount: Decimal
    exact: Fraction | Decimal
    quantity: Decimal | Fraction = Decimal(1)
    kind: str = "single"
    sequence: int = 0
    period: tuple[date, date] | tuple[None, None] = (None, None)
    service: tuple[date, date] | tuple[None, None] = (None, None)
    subscription_line_id: int | None = None
    subscription_id: int | None = None
    price_id: int | None = None
    tax_included: bool = False
    breakdown: dict | None = None
    timing: str = "next"
    generation: int = 1
    corrects_id: int | None = None
    replaces_id: int | None = None
    state: str = "pending"
    void_reason: str | None = None
    is_netted: bool = False
    invoice_id: int | None = None
    invoice_line_id: int | None = None
    run_id: int | None = None
    content: tuple[str, ...] = CONTENT


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one new charge.

    :param status: "created"; "duplicate": the key is known with this content; "conflict": it is known with another one,
        and the first stays
    :param charge_id: the charge that stands under the key
    :param differs: of a conflict, the fields that differ
    """

    charge_id: int
    status: str
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """A pending charge that stands on an invoice now."""

    charge_id: int
    invoice_id: int
    invoice_line_id: int
    run_id: int | None = None
    tax_included: bool = False
