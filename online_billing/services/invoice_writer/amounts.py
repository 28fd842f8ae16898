"""Amounts of an invoice, by Odoo's own tax computation and payment terms."""

from dataclasses import dataclass
from datetime import date

from odoo import fields

from .request import LeftToOdoo


@dataclass(slots=True)
class BaseAmounts:
    """Amounts of one product line; balances are signed as in accounting."""

    subtotal: float
    total: float
    amount_currency: float
    balance: float
    tag_ids: tuple


@dataclass(slots=True)
class TaxAmounts:
    """One tax line. ``kind`` says which: repartition line, account, group, taxes, tags, analytic distribution, and whatever else Odoo groups by."""

    kind: tuple
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


_GROUPED = ("tax_repartition_line_id", "account_id", "group_tax_id", "tax_ids", "tax_tag_ids", "analytic_distribution")
_NOT_KIND = (*_GROUPED, "partner_id", "currency_id", "name", "tax_base_amount", "amount_currency", "balance")


class Calculator:
    """Computes requests of one batch; equal invoices are computed once."""

    def __init__(self, env):
        self.env = env
        self._tax = env["account.tax"]
        self._bases = {}
        self._results = {}
        self._terms = {}

    def compute(self, request):
        """Set the amounts and the receivable lines of a request."""
        sign = -1 if request.move_type == "out_invoice" else 1
        products = [line for line in request.lines if line.display_type == "product"]
        setting = (request.company.id, request.currency.id, request.rate, sign)
        key = (
            setting,
            tuple(
                (line.product_id, line.account_id, line.tax_ids, line.uom_id, repr(line.analytic) if line.analytic else None, line.price_unit, line.quantity, line.discount) for line in products
            ),
        )
        amounts = self._results.get(key)
        if amounts is None:
            amounts = self._results[key] = self._compute(request, setting, products, sign)
        request.amounts = amounts
        request.terms = self._receivables(request, amounts, -sign)

    def _compute(self, request, setting, products, sign):
        tax = self._tax
        company = request.company
        base_lines = [self._base_line(request, setting, line, sign) for line in products]
        tax._add_tax_details_in_base_lines(base_lines, company)
        tax._round_base_lines_tax_details(base_lines, company)
        tax._add_accounting_data_in_base_lines_tax_details(base_lines, company, include_caba_tags=False)
        lines = tax._prepare_tax_lines(base_lines, company)
        bases = []
        untaxed = untaxed_currency = 0.0
        for base_line, found in lines["base_lines_to_update"]:
            details = base_line["tax_details"]
            bases.append(
                BaseAmounts(
                    details["total_excluded_currency"], details["total_included_currency"], found["amount_currency"], found["balance"], tuple(sorted(found["tax_tag_ids"][0][2]))
                )
            )
            untaxed_currency += found["amount_currency"]
            untaxed += found["balance"]
        taxes = []
        tax_total = tax_total_currency = 0.0
        for found in lines["tax_lines_to_add"]:
            taxes.append(_tax_amounts(found))
            tax_total_currency += found["amount_currency"]
            tax_total += found["balance"]
        return Amounts(bases, taxes, untaxed_currency, untaxed, tax_total_currency, tax_total)

    def _base_line(self, request, setting, line, sign):
        key = (setting, line.product_id, line.account_id, line.tax_ids, line.uom_id)
        base_line = self._bases.get(key)
        if base_line is None:
            env = self.env
            base_line = self._bases[key] = self._tax._prepare_base_line_for_taxes_computation(
                {},
                product_id=env["product.product"].browse(line.product_id),
                product_uom_id=env["uom.uom"].browse(line.uom_id or ()),
                tax_ids=env["account.tax"].browse(line.tax_ids),
                account_id=env["account.account"].browse(line.account_id),
                currency_id=request.currency,
                rate=request.rate,
                sign=sign,
                is_refund=request.move_type == "out_refund",
                special_mode=False,
            )
        return dict(base_line, price_unit=line.price_unit, quantity=line.quantity, discount=line.discount, name=line.name, analytic_distribution=line.analytic or False)

    def _receivables(self, request, amounts, sign):
        if not request.term_id:
            return [Term(request.due, -amounts.total, -amounts.total_currency, None, 0.0, 0.0)]
        term = self.env["account.payment.term"].browse(request.term_id)
        if term.early_discount and term.early_pay_discount_computation == "mixed":
            raise LeftToOdoo("early payment discount at invoice")
        found = term._compute_terms(
            date_ref=request.date,
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
                    day, line["company_amount"], line["foreign_amount"], discount_date, found.get("discount_balance") or 0.0, found.get("discount_amount_currency") or 0.0
                )
        return list(by_date.values())


def _tax_amounts(found):
    tax_ids = tuple(sorted(found["tax_ids"][0][2]))
    tag_ids = tuple(sorted(found["tax_tag_ids"][0][2]))
    analytic = found["analytic_distribution"] or None
    others = tuple(sorted((name, repr(value)) for name, value in found.items() if name not in _NOT_KIND))
    kind = (found["tax_repartition_line_id"], found["account_id"], found["group_tax_id"], tax_ids, tag_ids, repr(analytic) if analytic else None, others)
    return TaxAmounts(kind, tax_ids, tag_ids, found["tax_base_amount"], found["amount_currency"], found["balance"])
