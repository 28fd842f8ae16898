"""What is agreed for an installment plan, as plain values: the same for the dialogue, a program and the portal."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from ...engine import Cadence, InstallmentTerms, Part, PlanRow, as_exact, period_rate
from ..shared.numbers import as_float, money, stored_decimal


def get_plan_row(key, record, open_amount, lost_amount=0.0, rests=False):
    """Return an installment, or a part of one, as the engine sees it.

    :param key: whatever identifies it to the caller
    :param record: `billing.installment` or `billing.installment.part`
    """
    digits = record.currency_id.decimal_places

    def exact(amount):
        return as_exact(f"{amount:.{digits}f}")

    return PlanRow(key, record.date, exact(record.amount), exact(open_amount), exact(lost_amount), rests)


def make_row(key, day, amount):
    """Return an open amount with its day as the engine sees it."""
    return PlanRow(key, day, as_exact(amount), as_exact(amount))


def get_proposed_first_date(day):
    """Return the day of the first installment that a dialogue proposes."""
    return day + relativedelta(months=1)


def _read_agreed(source):
    """Return what a rule proposes as it is, and the dialogue asks for.

    :param source: of a model with `billing.installment.agreed.terms`
    """
    return {
        "overpayment": source.overpayment or "next",
        "missed_limit": source.missed_limit,
        "grace_days": source.grace_days,
        "on_break": source.on_break or "due",
        "charge_timing": source.charge_timing or "next",
        "interest_code_id": source.interest_code_id.id or None,
        "fee_code_id": source.fee_code_id.id or None,
    }


def read_dialogue(dialogue, day):
    """Return what was typed into the dialogue as terms; a rule completes what was left empty.

    :param dialogue: a `billing.installment.wizard`
    :param date day: the local day of the account
    """
    digits = dialogue.currency_id.decimal_places

    def number(value, places=digits):
        return money(value, places)

    return PlanTerms(
        first_date=dialogue.first_date or get_proposed_first_date(day),
        method=dialogue.method,
        count=dialogue.count,
        interval_unit=dialogue.interval_unit or "month",
        interval_count=dialogue.interval_count,
        parts=tuple(
            (line.kind, number(line.value, 4 if line.kind == "percent" else digits), line.date or None)
            for line in dialogue.line_ids
        ),
        annual_percent=number(dialogue.interest_rate, 4),
        deposit=number(dialogue.deposit),
        deposit_date=dialogue.deposit_date or day - timedelta(days=1),  # refused as a past one
        fee=number(dialogue.fee),
        remainder=dialogue.remainder or "last",
        **_read_agreed(dialogue),
    )


def read_rule(rule, fee, deposit, day, wish):
    """Return the terms that a rule gives to whoever asks alone.

    :param rule: a `billing.installment.rule`
    :param fee: exact, in the currency of the invoices
    :param Decimal deposit: the same
    :param date day: the local day of the account
    :param dict wish: "count", "interval_unit", "interval_count" and "first_date" as the customer chose them
    """
    digits = max(2, -deposit.as_tuple().exponent)
    return PlanTerms(
        **wish,
        annual_percent=money(rule.interest_rate, 4),
        deposit=deposit,
        deposit_date=day,
        fee=money(as_float(fee), digits),
        **_read_agreed(rule),
    )


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """The terms of a plan. Amounts are Decimals in the currency of the invoices; see the engine for their meaning.

    :param parts: ((kind, value, date or None), ...) for the method "parts"
    """

    first_date: date
    method: str = "equal"
    count: int = 3
    interval_unit: str = "month"
    interval_count: int = 1
    parts: tuple = ()
    annual_percent: Decimal = Decimal(0)
    deposit: Decimal = Decimal(0)
    deposit_date: date | None = None
    fee: Decimal = Decimal(0)
    remainder: str = "last"
    overpayment: str = "next"
    missed_limit: int = 2
    grace_days: int = 3
    on_break: str = "due"
    charge_timing: str = "next"
    interest_code_id: int | None = None
    fee_code_id: int | None = None

    def get_engine_terms(self, total, rounding):
        """Return the engine's value for an open amount.

        :param rounding: what the currency is rounded to
        :raise EngineError: words or numbers that cannot be terms
        """
        return InstallmentTerms(
            total=as_exact(total),
            digits=rounding,
            first_date=self.first_date,
            cadence=Cadence(self.interval_unit, self.interval_count),
            method=self.method,
            count=self.count,
            parts=tuple(
                Part(kind, as_exact(value), (day - self.first_date).days if day else None)
                for kind, value, day in self.parts
            ),
            annual_percent=as_exact(self.annual_percent),
            deposit=as_exact(self.deposit),
            deposit_date=(self.deposit_date or self.first_date - timedelta(days=1)) if self.deposit else None,
            fee=as_exact(self.fee),
            remainder=self.remainder,
        )

    def get_period_rate(self):
        """Return the exact rate of one interval."""
        return period_rate(self.annual_percent, Cadence(self.interval_unit, self.interval_count))

    def get_json(self):
        """Return what is kept of the terms, as JSON can hold it."""
        values = asdict(self)
        values["parts"] = [[kind, str(value), day and day.isoformat()] for kind, value, day in self.parts]
        return {
            name: value if isinstance(value, (int, list)) or value is None else str(value)
            for name, value in values.items()
        }

    @classmethod
    def from_json(cls, values):
        """Return the terms that were kept."""
        known = {field.name for field in fields(cls)}
        read = {name: value for name, value in values.items() if name in known}
        for name in ("annual_percent", "deposit", "fee"):
            read[name] = stored_decimal(read[name])
        for name in ("first_date", "deposit_date"):
            read[name] = date.fromisoformat(read[name]) if read[name] else None
        read["parts"] = tuple(
            (kind, stored_decimal(value), date.fromisoformat(day) if day else None)
            for kind, value, day in read["parts"]
        )
        return cls(**read)
