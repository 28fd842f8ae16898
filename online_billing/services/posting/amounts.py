"""Amounts of an invoice, by Odoo's own tax computation and payment terms."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import NamedTuple

from odoo import fields

from ...models.receivables.due_dates import get_counting_day
from ..shared.origins import is_only_of
from . import configuration, percentages
from .request import LeftToOdoo


@dataclass(slots=True)
class BaseAmounts:
    """Amounts of one product line; balances are signed as in accounting."""

    subtotal: float
    total: float
    amount_currency: float
    balance: float
    tag_ids: tuple


class TaxTarget(NamedTuple):
    """Which tax line: what Odoo groups by, as a value that can be compared."""

    repartition_line_id: int
    account_id: int
    group_id: int
    tax_ids: tuple
    tag_ids: tuple
    analytic: str | None
    others: tuple


@dataclass(slots=True)
class TaxAmounts:
    """One tax line; ``kind`` says which."""

    kind: TaxTarget
    tax_ids: tuple
    tag_ids: tuple
    base: float
    amount_currency: float
    balance: float


@dataclass(slots=True)
class Amounts:
    bases: list
    taxes: list
    untaxed_currency: float
    untaxed: float
    tax_currency: float
    tax: float

    @property
    def total_currency(self):
        return self.untaxed_currency + self.tax_currency

    @property
    def total(self):
        return self.untaxed + self.tax


@dataclass(slots=True)
class Term:
    """One receivable line."""

    date: date
    balance: float
    amount_currency: float
    discount_date: date | None
    discount_balance: float
    discount_amount_currency: float


_GROUPED = (
    *("tax_repartition_line_id", "account_id", "group_tax_id", "tax_ids", "tax_tag_ids", "analytic_distribution"),
    # the same for all lines of an invoice
    *("partner_id", "currency_id"),
)
_AMOUNTS = ("name", "tax_base_amount", "amount_currency", "balance")
# Odoo's rounding of an invoice. As long as no addon changes it, a difference of zero is not spread.
_ROUNDING = ("_round_base_lines_tax_details", "_round_tax_details_tax_amounts", "_round_tax_details_base_lines")
# Where Odoo books a tax: of the tax, the product and the line alone, as long as no addon changes it.
_BOOKING = ("_add_accounting_data_to_base_line_tax_details",)
# Which taxes have a part that is taken off: of the tax and its parts alone, as long as no addon changes it.
_NEGATIVE = ("_compute_has_negative_factor",)
# So many invoices of each batch that were worked out without Odoo are computed by Odoo nevertheless, and compared: as
# many where the lines are as each would be alone, and where a difference is spread over them.
_CHECKED = 5


class Calculator:
    """Computes the requests of one batch; what is equal is computed once."""

    def __init__(self, env):
        self.env = env
        self._tax = env["account.tax"]
        self._base_lines = {}
        self._details = {}
        self._rounded = {}
        self._percentages = {}
        self._plans = {}
        self._to_check = {"even": _CHECKED, "spread": _CHECKED}
        self._may_work_out = is_only_of(self._tax, _ROUNDING, ("account",))
        self._is_known_plan = is_only_of(self._tax, _BOOKING, ("account",))
        self._is_known_sign = is_only_of(self._tax, _NEGATIVE, ("account",))
        self._may_learn = percentages.may_learn(self._tax)
        self._results = {}

    def compute(self, request):
        """Set the amounts and the receivable lines of a request."""
        sign = -1 if request.move_type == "out_invoice" else 1
        setting = (request.company.id, request.currency.id, request.rate, sign)
        products = [line for line in request.lines if line.display_type == "product"]
        kinds = [(setting, *line.kind) for line in products]
        key = tuple(
            (kind, line.price_unit, line.quantity, line.discount) for kind, line in zip(kinds, products, strict=True)
        )
        amounts = self._results.get(key)
        if amounts is None:
            amounts = self._results[key] = self._compute(request, products, kinds, sign)
        request.amounts = amounts
        request.terms = self._receivables(request, amounts, -sign)

    def _compute(self, request, products, kinds, sign):
        lines = list(zip(kinds, products, strict=True))
        if not self._may_work_out:
            return self._compute_by_odoo(request, lines, sign)
        way, rounded = "even", [self._round_alone(request, kind, line, sign) for kind, line in lines]
        if not _is_even(rounded, request.currency, request.company.currency_id):
            way, rounded = "spread", self._spread_over_lines(request, kinds, rounded)
        amounts = rounded and self._add_up(request, lines, rounded, sign)
        if amounts and not self._to_check[way]:
            return amounts
        by_odoo = self._compute_by_odoo(request, lines, sign)
        if amounts:
            self._to_check[way] -= 1
            self._may_work_out = amounts == by_odoo
        return by_odoo

    def _compute_by_odoo(self, request, lines, sign):
        company = request.company
        base_lines = [self._base_line(request, kind, line, sign) for kind, line in lines]
        self._tax._round_base_lines_tax_details(base_lines, company)
        return self._add_up(request, lines, base_lines, sign) or self._add_up_by_odoo(base_lines, company)

    def _spread_over_lines(self, request, kinds, alone):
        """The lines of an invoice with what Odoo spreads over them; None where one has taxes of another nature."""
        learned = [self._percentages[kind] for kind in kinds]
        if not all(learned):
            return None
        lines = [dict(line, tax_details=_copied(line["tax_details"])) for line in alone]
        details = [line["tax_details"] for line in lines]
        is_own = all(one.is_own for one in learned)
        percentages.spread(self._tax, details, request.currency, request.company.currency_id, is_own)
        return lines

    def _round_alone(self, request, kind, line, sign):
        """The line as Odoo rounds it on an invoice of its own; remembered."""
        key = (kind, line.price_unit, line.quantity, line.discount)
        base_line = self._rounded.get(key)
        if base_line is None:
            if learned := self._percentages.get(kind):
                details = learned.work_out(line.price_unit, line.quantity, line.discount)
                base_line = dict(self._base_lines[kind], tax_details=details)
            else:
                base_line = self._base_line(request, kind, line, sign)
                self._tax._round_base_lines_tax_details([base_line], request.company)
                if kind not in self._percentages:
                    self._percentages[kind] = self._may_learn and percentages.learn(base_line, request.company)
            self._rounded[key] = base_line
        return base_line

    def _base_line(self, request, kind, line, sign):
        """The base line of a product line, with its unrounded taxes by Odoo."""
        pattern = self._base_lines.get(kind)
        if pattern is None:
            env = self.env
            taxes = env["account.tax"].browse(line.tax_ids)
            self._prime_signs(taxes)
            pattern = self._base_lines[kind] = self._tax._prepare_base_line_for_taxes_computation(
                {},
                product_id=env["product.product"].browse(line.product_id or ()),
                product_uom_id=env["uom.uom"].browse(line.uom_id or ()),
                tax_ids=taxes,
                account_id=env["account.account"].browse(line.account_id),
                analytic_distribution=line.analytic or False,
                currency_id=request.currency,
                rate=request.rate,
                sign=sign,
                is_refund=request.move_type == "out_refund",
                special_mode=False,
            )
        base_line = dict(
            pattern, price_unit=line.price_unit, quantity=line.quantity, discount=line.discount, name=line.name
        )
        key = (kind, line.price_unit, line.quantity, line.discount)
        details = self._details.get(key)
        if details is None:
            self._tax._add_tax_details_in_base_line(base_line, request.company)
            details = self._details[key] = base_line["tax_details"]
        # rounding changes the details in place
        base_line["tax_details"] = _copied(details)
        return base_line

    def _prime_signs(self, taxes):
        """Put into Odoo's cache what is known of taxes, for which it would read the parts of each of them."""
        if not self._is_known_sign:
            return
        field = self._tax._fields["has_negative_factor"]
        for tax in taxes:
            ask = partial(getattr, tax, field.name)
            field._insert_cache(tax, [configuration.once(self.env, (field.name, tax.id), ask)])

    def _plan(self, kind, base_line, company):
        """Where the taxes of a kind of line are booked, asked of Odoo once; None if they are split over lines."""
        if kind not in self._plans:
            ask = partial(self._ask_plan, base_line, company)
            self._plans[kind] = (
                configuration.once(self.env, ("tax plan", company.id, kind), ask, base_line["product_id"].id)
                if self._is_known_plan
                else ask()
            )
        return self._plans[kind]

    def _ask_plan(self, base_line, company):
        sample = dict(base_line, tax_details=_copied(base_line["tax_details"]))
        self._tax._add_accounting_data_to_base_line_tax_details(sample, company, include_caba_tags=False)
        targets = {}
        for data in sample["tax_details"]["taxes_data"]:
            parts = data["tax_reps_data"]
            if (
                len(parts) != 1
                or abs(parts[0]["tax_rep"].factor) != 1.0
                or parts[0]["grouping_key"]["__keep_zero_line"]
            ):
                return None
            grouping = {name: value for name, value in parts[0]["grouping_key"].items() if name[:2] != "__"}
            targets[data["tax"].id, data["is_reverse_charge"]] = _tax_target(grouping)
        return tuple(sorted(sample["tax_tag_ids"]._ids)), targets

    def _add_up(self, request, lines, base_lines, sign):
        """Add the taxes of all lines up by where they are booked, each tax on one line as a whole.

        :return: :class:`Amounts`; None where Odoo splits a tax, or for one that no line of that kind had before
        """
        company, currency, company_currency = request.company, request.currency, request.company.currency_id
        plans = [
            self._plan(kind, base_line, company) for (kind, _line), base_line in zip(lines, base_lines, strict=True)
        ]
        if None in plans:
            return None
        bases, sums = [], {}
        for base_line, (tag_ids, targets) in zip(base_lines, plans, strict=True):
            details = base_line["tax_details"]
            bases.append(
                BaseAmounts(
                    details["total_excluded_currency"],
                    details["total_included_currency"],
                    sign * (details["total_excluded_currency"] + details["delta_total_excluded_currency"]),
                    sign * (details["total_excluded"] + details["delta_total_excluded"]),
                    tag_ids,
                )
            )
            for data in details["taxes_data"]:
                target = targets.get((data["tax"].id, data["is_reverse_charge"]))
                if target is None:
                    return None
                amounts = sums.get(target)
                if amounts is None:
                    amounts = sums[target] = TaxAmounts(target, target.tax_ids, target.tag_ids, 0.0, 0.0, 0.0)
                amounts.base += sign * data["base_amount"]
                amounts.amount_currency += sign * data["tax_amount_currency"]
                amounts.balance += sign * data["tax_amount"]
        # a tax that comes to nothing gets no line
        taxes = [
            tax
            for tax in sums.values()
            if not (_is_nothing(currency, tax.amount_currency) and _is_nothing(company_currency, tax.balance))
        ]
        return _total(bases, taxes)

    def _add_up_by_odoo(self, base_lines, company):
        self._tax._add_accounting_data_in_base_lines_tax_details(base_lines, company, include_caba_tags=False)
        lines = self._tax._prepare_tax_lines(base_lines, company)
        bases = [
            BaseAmounts(
                base_line["tax_details"]["total_excluded_currency"],
                base_line["tax_details"]["total_included_currency"],
                found["amount_currency"],
                found["balance"],
                tuple(sorted(found["tax_tag_ids"][0][2])),
            )
            for base_line, found in lines["base_lines_to_update"]
        ]
        taxes = []
        for found in lines["tax_lines_to_add"]:
            target = _tax_target({name: value for name, value in found.items() if name not in _AMOUNTS})
            amounts = (found["tax_base_amount"], found["amount_currency"], found["balance"])
            taxes.append(TaxAmounts(target, target.tax_ids, target.tag_ids, *amounts))
        return _total(bases, taxes)

    def _receivables(self, request, amounts, sign):
        if not request.term_id:
            return [Term(request.due, -amounts.total, -amounts.total_currency, None, 0.0, 0.0)]
        term = self.env["account.payment.term"].browse(request.term_id)
        if term.early_discount and term.early_pay_discount_computation == "mixed":
            raise LeftToOdoo("early payment discount at invoice")
        found = term._compute_terms(
            date_ref=get_counting_day(request.date, fields.Date.to_date(request.vals.get("billing_terms_date"))),
            currency=request.currency,
            company=request.company,
            tax_amount=-amounts.tax,
            tax_amount_currency=-amounts.tax_currency,
            untaxed_amount=-amounts.untaxed,
            untaxed_amount_currency=-amounts.untaxed_currency,
            sign=sign,
            cash_rounding=None,
        )
        discount_date = found.get("discount_date") or None
        by_date = {}
        for line in found["line_ids"]:
            day = fields.Date.to_date(line["date"])
            if day in by_date:
                by_date[day].balance += line["company_amount"]
                by_date[day].amount_currency += line["foreign_amount"]
            else:
                by_date[day] = Term(
                    day,
                    line["company_amount"],
                    line["foreign_amount"],
                    discount_date,
                    found.get("discount_balance") or 0.0,
                    found.get("discount_amount_currency") or 0.0,
                )
        return list(by_date.values())


# the names of what is compared of a line, by where it is in the currency of the invoice or in that of the company
_TOTALS = {suffix: (f"raw_total_excluded{suffix}", f"total_excluded{suffix}") for suffix in ("_currency", "")}
_PARTS = {
    suffix: [(part, f"raw_{part}{suffix}", f"{part}{suffix}") for part in ("base_amount", "tax_amount")]
    for suffix in ("_currency", "")
}


def _is_even(base_lines, currency, company_currency):
    """Do the rounded amounts of lines add up to the rounded amounts of their invoice?

    Odoo rounds each line and then spreads what the sum of the lines lacks, for each tax and for all. Where nothing
    lacks, each line is as it would be on an invoice of its own. Taxes included in the price are left to Odoo.
    """
    # in the company's own currency, both amounts are one
    is_own = currency == company_currency and all(line["rate"] == 1.0 for line in base_lines)
    for suffix, money in (("_currency", currency),) if is_own else (("_currency", currency), ("", company_currency)):
        raw_total, total = _TOTALS[suffix]
        raw, rounded = defaultdict(float), defaultdict(float)
        for base_line in base_lines:
            details = base_line["tax_details"]
            raw[None] += details[raw_total]
            rounded[None] += details[total]
            for data in details["taxes_data"]:
                if data["price_include"]:
                    return False
                tax_id, is_reverse = data["tax"].id, data["is_reverse_charge"]
                for part, raw_name, name in _PARTS[suffix]:
                    key = (tax_id, is_reverse, part)
                    raw[key] += data[raw_name]
                    rounded[key] += data[name]
        near = 0.49 * money.rounding  # so near to a rounded amount, what is rounded is that amount
        for key, amount in raw.items():
            if abs(amount - rounded[key]) > near and not money.is_zero(money.round(amount) - rounded[key]):
                return False
    return True


def _is_nothing(money, amount):
    """Tell whether an amount is zero; most are seen at once not to be."""
    return abs(amount) < 2 * money.rounding and money.is_zero(amount)


def _copied(details):
    return dict(details, taxes_data=[dict(data) for data in details["taxes_data"]])


def _tax_target(grouping):
    tax_ids = tuple(sorted(grouping["tax_ids"][0][2]))
    tag_ids = tuple(sorted(grouping["tax_tag_ids"][0][2]))
    analytic = grouping["analytic_distribution"] or None
    others = tuple(sorted((name, repr(value)) for name, value in grouping.items() if name not in _GROUPED))
    return TaxTarget(
        grouping["tax_repartition_line_id"],
        grouping["account_id"],
        grouping["group_tax_id"],
        tax_ids,
        tag_ids,
        repr(analytic) if analytic else None,
        others,
    )


def _total(bases, taxes):
    return Amounts(
        bases,
        taxes,
        sum(base.amount_currency for base in bases),
        sum(base.balance for base in bases),
        sum(tax.amount_currency for tax in taxes),
        sum(tax.balance for tax in taxes),
    )
