"""Taxes that are percentages on top of the price, worked out as Odoo does, without its records.

Odoo's tax computation serves every kind of tax, and most of its work on a line is to find out which kind it has before
it. Where all taxes of a line are percentages on top of its price and none enters the base of another, multiplications
are all that is left. They are made here with the same numbers in the same order, so that the results are the same to
the last bit. How a kind of line is taxed is learned from what Odoo made of the first such line.
"""

from collections import defaultdict

from odoo.tools import float_round

from ..shared.origins import is_only_of

# Odoo's methods that are stood in for here
_COMPUTATION = (
    "_add_tax_details_in_base_line",
    "_aggregate_base_line_tax_details",
    "_aggregate_base_lines_aggregated_values",
    "_aggregate_base_lines_tax_details",
    "_batch_for_taxes_computation",
    "_eval_tax_amount_fixed_amount",
    "_eval_tax_amount_price_excluded",
    "_eval_tax_amount_price_included",
    "_flatten_taxes_and_sort_them",
    "_get_tax_details",
    "_propagate_extra_taxes_base",
    "_round_base_lines_tax_details",
    "_round_tax_details_base_lines",
    "_round_tax_details_tax_amounts",
)


def may_learn(tax_model):
    """Tell whether taxes are computed by Odoo's own methods, which no other addon has changed."""
    return is_only_of(tax_model, _COMPUTATION, ("account",))


def learn(base_line, company):
    """Return the :class:`Percentages` of a kind of line; None where its taxes are of another nature.

    :param dict base_line: the first line of the kind, with the details that Odoo has worked out and rounded for it
    """
    details = base_line["tax_details"]
    taxes_data = details["taxes_data"]
    if len(taxes_data) != len(base_line["tax_ids"]) or not all(_is_on_top(data) for data in taxes_data):
        return None
    percentages = Percentages(taxes_data, base_line["currency_id"], base_line["rate"], company)
    found = percentages.work_out(base_line["price_unit"], base_line["quantity"], base_line["discount"])
    return percentages if found == details else None


def _is_on_top(data):
    """Tell whether a tax is a percentage on top of the price alone, and stands for itself."""
    tax = data["tax"]
    return (
        tax.amount_type == "percent"
        and not data["price_include"]
        and not data["is_reverse_charge"]
        and not tax.has_negative_factor
        and not tax.include_base_amount
        and not data["group"]
    )


def spread(tax_model, lines, currency, company_currency, is_own=False):
    """Spread what the rounded lines of an invoice lack to the rounded whole, as Odoo does for such taxes.

    Mirrors ``_round_tax_details_tax_amounts`` and ``_round_tax_details_base_lines`` of ``account.tax`` (Odoo 19);
    which line gets how much, Odoo's own ``_distribute_delta_amount_smoothly`` says.

    :param list lines: what :meth:`Percentages.work_out` returned for each line; changed in place
    :param bool is_own: what is in the one currency is in the other
    """
    by_tax = defaultdict(list)
    for details in lines:
        for data in details["taxes_data"]:
            by_tax[data["tax"].id].append(data)
    for suffix, money in (("_currency", currency),) if is_own else (("_currency", currency), ("", company_currency)):
        for parts in by_tax.values():
            _spread_part(tax_model, parts, f"tax_amount{suffix}", f"tax_amount{suffix}", money)
            _spread_part(tax_model, parts, f"base_amount{suffix}", f"base_amount{suffix}", money)
        name = f"total_excluded{suffix}"
        if _add(details[f"raw_{name}"] for details in lines):
            _spread_part(tax_model, lines, name, f"delta_{name}", money)
    if is_own:
        for details in lines:
            details["delta_total_excluded"] = details["delta_total_excluded_currency"]
            for data in details["taxes_data"]:
                data["tax_amount"], data["base_amount"] = data["tax_amount_currency"], data["base_amount_currency"]


def _spread_part(tax_model, parts, name, target, money):
    """Add what the rounded parts lack to the rounded sum of the raw ones to their ``target``."""
    lacking = money.round(_add(part[f"raw_{name}"] for part in parts)) - _add(part[name] for part in parts)
    if not money.is_zero(lacking):
        factors = [{"factor": part[f"raw_{name}"]} for part in parts]
        amounts = tax_model._distribute_delta_amount_smoothly(money.decimal_places, lacking, factors)
        for part, amount in zip(parts, amounts, strict=True):
            part[target] += amount


def _add(amounts):
    """Add floats one after the other, as Odoo does here: ``sum`` corrects its rounding errors in newer Pythons."""
    total = 0.0
    for amount in amounts:
        total += amount
    return total


class Percentages:
    """The taxes of one kind of line; each line of the kind is in the same currency, at the same rate.

    :ivar is_own: what is in the currency of the invoice is in that of the company
    """

    def __init__(self, taxes_data, currency, rate, company):
        self._taxes = [(data, data["tax"].amount) for data in taxes_data]
        self._rate = rate
        self._rounding = currency.rounding
        self._company_rounding = company.currency_id.rounding
        self._is_per_line = company.tax_calculation_rounding_method == "round_per_line"
        self.is_own = rate == 1.0 and currency == company.currency_id and not self._is_per_line

    def work_out(self, price_unit, quantity, discount):
        """Return what Odoo calls the tax details of a line, rounded as if the line were alone on its invoice.

        Mirrors ``_get_tax_details``, ``_add_tax_details_in_base_line`` and ``_round_base_lines_tax_details`` of
        ``account.tax`` (Odoo 19) for such taxes. What begins with ``raw_`` is as it was worked out, the rest is
        rounded; what ends in ``_currency`` is in the currency of the invoice, the rest in that of the company.

        :param float price_unit: price of one unit
        :param float quantity: number of units
        :param float discount: percentage that is taken off the price
        :rtype: dict
        """
        base = self._round_line(quantity * (price_unit * (1 - (discount / 100.0))))
        amounts = [self._round_line(base * percentage / 100.0) for _data, percentage in self._taxes]
        total = base + sum(amounts)
        raw_base, rounded_base, own_base, own_rounded_base = self._get_forms(base)
        included, own_included = rounded_base, own_rounded_base
        taxes_data = []
        for (data, _percentage), amount in zip(self._taxes, amounts, strict=True):
            raw, rounded, own, own_rounded = self._get_forms(amount)
            included += rounded
            own_included += own_rounded
            taxes_data.append(
                {
                    **data,
                    "raw_tax_amount_currency": raw,
                    "tax_amount_currency": rounded,
                    "raw_tax_amount": own,
                    "tax_amount": own_rounded,
                    "raw_base_amount_currency": raw_base,
                    "base_amount_currency": rounded_base,
                    "raw_base_amount": own_base,
                    "base_amount": own_rounded_base,
                }
            )
        return {
            "raw_total_excluded_currency": raw_base,
            "total_excluded_currency": rounded_base,
            "delta_total_excluded_currency": 0.0,
            "raw_total_included_currency": total,
            "total_included_currency": included,
            "raw_total_excluded": own_base,
            "total_excluded": own_rounded_base,
            "delta_total_excluded": 0.0,
            "raw_total_included": total if self.is_own else self._to_company(total),
            "total_included": own_included,
            "taxes_data": taxes_data,
        }

    def _round_line(self, amount):
        return float_round(amount, precision_rounding=self._rounding) if self._is_per_line else amount

    def _get_forms(self, amount):
        """Return an amount as it is and rounded, in the currency of the invoice and in that of the company."""
        rounded = float_round(amount, precision_rounding=self._rounding)
        if self.is_own:
            return amount, rounded, amount, rounded
        own = self._to_company(amount)
        return amount, rounded, own, float_round(own, precision_rounding=self._company_rounding)

    def _to_company(self, amount):
        own = amount / self._rate if self._rate else 0.0
        return float_round(own, precision_rounding=self._company_rounding) if self._is_per_line else own
