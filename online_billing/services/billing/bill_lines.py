"""How the items of a bill stand on its invoice, so that what Odoo makes of them are the amounts of the charges.

Odoo rounds the quantity of a line to its own digits, works taxes of a fixed amount out from the quantity, and decides
by the total with tax whether a document can be posted. So all three are looked at before anything is written.
"""

from collections import defaultdict
from dataclasses import dataclass

from odoo import api, models
from odoo.tools import float_compare

from ..catalogue.sale_taxes import SaleTaxes
from ..shared.numbers import as_float, rounded_decimal, rounded_float
from ..shared.values import ShownLine

UNIT_PRICE_DIGITS = 6
# taxes that are no share of the price: they need the true quantity
BY_QUANTITY = ("fixed", "code")
# where taxes are rounded for the whole invoice, lines may differ from their amounts by this share of a smallest unit
NOTHING = 1e-6


@dataclass(slots=True)
class _Taxation:
    """What is to be known of the taxes of one line."""

    taxes: object = None
    by_quantity: str = ""  # name of a tax that needs the true quantity
    some_included: bool = False
    all_included: bool = False


_ORDINARY = _Taxation()


class BillingBillLines(models.AbstractModel):
    _name = "billing.bill.lines"
    _description = "How Bills Stand on Their Invoices"

    @api.private
    def complete(self, bills):
        """Settle how each item is shown, whether its amount is with tax, and what each bill comes to with tax.

        :param list bills: Bill; those that are complete already stay as they are
        :return: {account id: why a bill of it cannot be shown as it should, and what to do}
        """
        found, search = {}, _Taxes(self.env, bills)
        for bill in bills:
            is_open = bill.total is None and bill.account.id not in found
            if is_open and (reason := self._complete_bill(bill, search)):
                found[bill.account.id] = reason
        return found

    @api.private
    def get_totals(self, bills):
        """Return what bills come to with tax, as their invoices will, negative for what is given back.

        Asked where people see what is to come; a run does without, as Odoo works it out when the invoice is written.

        :param list bills: Bill, complete, of one company
        :return: Decimal each, in the order of the bills
        """
        search = _Taxes(self.env, bills)
        return [self._sum_up(bill, self._get_terms(bill, search), search) for bill in bills]

    def _get_terms(self, bill, search):
        """Return the payment terms of a bill whose tax they lower; mostly none."""
        terms = self.env["account.payment.term"]
        if not search.once(search.has_lowering_terms):
            return terms
        account = bill.account
        term_id = account.payment_term_id or search.get_customer(account.company_id, account.partner_id).term_id
        term = terms.sudo().browse(term_id or ())  # sudo: as for taxes
        return term if term.early_discount and term.early_pay_discount_computation == "mixed" else terms

    def _complete_bill(self, bill, search):
        currency = self.env["res.currency"].browse(bill.account.currency_id)
        taxations = [search.get(bill.account, item) for item in bill.items]
        is_globally = search.once(search.is_rounded_globally, bill.account.company_id)
        for item, taxation in zip(bill.items, taxations, strict=True):
            item.tax_included = taxation.some_included
            item.shown = self._show(item, taxation, currency, is_globally, search.held_digits)
            if item.shown is None:
                return self.env._(
                    "The tax “%(tax)s” of “%(item)s” is an amount per unit, but Odoo would round the quantity"
                    " %(quantity)s to %(digits)s decimals. Raise “Product Unit” under Settings / Technical / Decimal"
                    " Accuracy, or choose another tax.",
                    tax=taxation.by_quantity,
                    item=item.name,
                    quantity=f"{item.quantity.normalize():f}",
                    digits=search.quantity_digits,
                )
        bill.is_all_included = all(taxation.all_included for taxation in taxations)
        bill.is_all_excluded = not any(taxation.some_included for taxation in taxations)
        bill.total = self._get_total(bill, search)
        return None

    # -- one line -----------------------------------------------------------------------------------------------------

    def _show(self, item, taxation, currency, globally, held_digits):
        """Return the line of an item: quantity and price where they give its amount, else the amount as one piece.

        :param tuple held_digits: of quantities, as Odoo holds them; None if any
        :return: ShownLine, or None where a tax needs a quantity that Odoo cannot hold
        """
        quantity = as_float(item.quantity)
        is_held = quantity == rounded_float(quantity, held_digits)
        amount = as_float(item.amount)
        price = self._get_unit_price(item)
        if price is not None and is_held and self._gives(price, quantity, amount, currency, globally):
            return ShownLine(quantity, price)
        is_correction = item.due is not None and item.due.kind == "adjustment"
        if taxation.by_quantity and amount and not is_correction:
            return ShownLine(quantity, amount / quantity) if is_held and quantity else None
        return ShownLine(1.0, amount, names_quantity=True)

    def _gives(self, price, quantity, amount, currency, globally):
        """Return whether Odoo makes the amount out of price and quantity."""
        product = price * quantity
        if globally:
            return abs(product - amount) <= currency.rounding * NOTHING
        return not float_compare(currency.round(product), amount, precision_rounding=currency.rounding)

    def _get_unit_price(self, item):
        """Return the price of one unit, where a customer would recognise it: not that of a short period or of tiers."""
        if item.quantity <= 0:
            return None
        if item.due and len(item.due.segments) == 1 and item.due.ratio == 1:
            slices = item.due.segments[0].priced.slices
            if len(slices) == 1 and slices[0].quantity == item.due.quantity:
                price = slices[0].unit_price
                return as_float(-price if item.amount < 0 < price else price)
        price = item.amount / item.quantity
        short = round(price, UNIT_PRICE_DIGITS)
        return as_float(short) if short == price else None

    # -- the whole ----------------------------------------------------------------------------------------------------

    def _get_total(self, bill, search):
        """Return the total with tax where it decides what the bill becomes, else one of the same sign.

        Where no line takes away, or none adds, the tax has the sign of the amount.
        """
        amounts = [item.amount for item in bill.items]
        if min(amounts, default=0) >= 0 or max(amounts) <= 0:
            return bill.amount
        return self._sum_up(bill, self.env["account.payment.term"], search)

    def _sum_up(self, bill, term, search):
        """Return the total with tax as Odoo works it out.

        :param term: payment terms of which the tax is lower; none for an ordinary bill
        """
        currency = self.env["res.currency"].browse(bill.account.currency_id)
        company = self.env["res.company"].browse(bill.account.company_id)
        tax_model = self.env["account.tax"].sudo()  # sudo: the taxes of whatever is billed
        base_lines = [self._prepare_base_line(bill, item, currency, search) for item in bill.items]
        tax_model._add_tax_details_in_base_lines(base_lines, company)
        tax_model._round_base_lines_tax_details(base_lines, company)
        if term:
            base_lines += self._prepare_discount_lines(base_lines, term, currency)
            tax_model._add_tax_details_in_base_lines(base_lines, company)
            tax_model._round_base_lines_tax_details(base_lines, company)
        totals = tax_model._get_tax_totals_summary(base_lines, currency, company)
        return rounded_decimal(totals["total_amount_currency"], currency)

    def _prepare_base_line(self, bill, item, currency, search):
        tax_model = self.env["account.tax"].sudo()  # sudo: as above
        return tax_model._prepare_base_line_for_taxes_computation(
            {},
            product_id=self.env["product.product"].browse(item.product_id),
            tax_ids=search.get_taxes(bill.account, item),
            price_unit=item.shown.price,
            quantity=item.shown.quantity,
            currency_id=currency,
            rate=1.0,
            sign=1,
            special_mode=False,
        )

    def _prepare_discount_lines(self, base_lines, term, currency):
        """Return what Odoo adds to an invoice whose tax is of the discounted amount, whatever is paid.

        For each line its discount is taken off with its taxes, and put back without any.
        """
        tax_model = self.env["account.tax"].sudo()  # sudo: as above
        kept = defaultdict(float)
        for base_line in base_lines:
            if base_line["tax_ids"]:
                taxes = base_line["tax_ids"].filtered(lambda tax: tax.amount_type != "fixed")
                net = base_line["tax_details"]["total_excluded_currency"]
                amount = currency.round(net * term.discount_percentage / 100)
                kept[taxes] -= amount
                kept[taxes.browse()] += amount
        return [
            tax_model._prepare_base_line_for_taxes_computation(
                {},
                tax_ids=taxes,
                price_unit=amount,
                quantity=1.0,
                currency_id=currency,
                rate=1.0,
                sign=1,
                special_mode="total_excluded",
                special_type="early_payment",
            )
            for taxes, amount in kept.items()
        ]


class _Taxes(SaleTaxes):
    """The taxes that Odoo would put on the lines of bills."""

    def __init__(self, env, bills):
        super().__init__(env, [(bill.account.company_id, bill.account.partner_id) for bill in bills])
        self.held_digits = self.env["account.move.line"]._fields["quantity"].get_digits(self.env)
        self.quantity_digits = (self.held_digits or (0, 6))[1]

    def is_rounded_globally(self, company_id):
        company = self.env["res.company"].browse(company_id)
        return company.tax_calculation_rounding_method == "round_globally"

    def get(self, account, item):
        """Return what is to be known of the taxes of an item."""
        if not self.once(self._has_special, account.company_id):
            return _ORDINARY
        return self._find_of(account, item)

    def has_lowering_terms(self):
        """Return whether there are payment terms of which the tax is lower, whatever is paid."""
        lowering = [("early_discount", "=", True), ("early_pay_discount_computation", "=", "mixed")]
        return bool(self.env["account.payment.term"].search_count(lowering, limit=1))

    def get_taxes(self, account, item):
        return self._find_of(account, item).taxes

    def _find_of(self, account, item):
        if item.corrected:  # a credit has the taxes of what it credits
            return self.once(self._describe, item.corrected.tax_ids)
        position_id = self.get_position(account.company_id, account.partner_id, account.fiscal_position_id)
        owed = self.get_owed(account.company_id, position_id, item.product_id)
        return self.once(self._describe, owed._ids)

    def _has_special(self, company_id):
        """Return whether a company has any sales tax that is included in prices or needs quantities."""
        return self.has(company_id, "|", ("price_include", "=", True), ("amount_type", "in", BY_QUANTITY))

    def _describe(self, tax_ids):
        taxes = self.env["account.tax"].browse(tax_ids)
        flat = taxes.flatten_taxes_hierarchy()
        included = flat.filtered("price_include")
        return _Taxation(
            taxes,
            flat.filtered(lambda tax: tax.amount_type in BY_QUANTITY)[:1].name or "",
            bool(included),
            bool(flat) and included == flat,
        )
