"""Billing codes, prices and plans from short tables."""

from dataclasses import dataclass, field

from odoo import Command


@dataclass
class Code:
    """One billing code; `prices` are `billing.price` values with `from`, `currency` and `tiers` in short form."""

    code: str
    name: str
    kind: str
    category: str
    prices: list = field(default_factory=list)
    unit_cost: float = 0.0
    needs: tuple = ()
    exemption: str = ""  # the code of the reason why it bears no tax


@dataclass
class Plan:
    """One plan; `lines` are dictionaries of `billing.plan.line` values with the billing code under `code`."""

    name: str
    lines: list
    values: dict


def get_exempt_tax(company, reason=False):
    """Return a tax of 0% that says why, making it first; without a code of the reason it names the directive."""
    taxes = company.env["account.tax"].with_company(company)
    name = f"0% Exempt ({reason})" if reason else "0% Exempt"
    return taxes.search([("company_id", "=", company.id), ("name", "=", name)], limit=1) or taxes.create(
        {
            "name": name,
            "invoice_label": "0%",
            "amount": 0.0,
            "type_tax_use": "sale",
            "company_id": company.id,
            "ubl_cii_tax_category_code": "E",
            "ubl_cii_tax_exemption_reason_code": reason,
        }
    )


class Catalogue:
    """What a business offers, once made: codes and plans by their short names."""

    def __init__(self, env, company):
        self.env = env
        self.company = company
        self.codes = {}
        self.plans = {}

    def add_codes(self, codes):
        env, Category, Resource = self.env, self.env["billing.category"], self.env["billing.resource"]
        categories = {one.name: one for one in Category.search([("company_id", "=", False)])}
        resources = {one.name: one for one in Resource.search([("company_id", "=", False)])}
        for code in codes:
            if code.category not in categories:
                categories[code.category] = Category.create(
                    {"name": code.category, "sequence": 10 * (len(categories) + 1)}
                )
        records = env["billing.code"].create(
            [
                {
                    "code": code.code,
                    "name": code.name,
                    "kind": code.kind,
                    "category_id": categories[code.category].id,
                    "company_id": self.company.id,
                    "unit_cost": code.unit_cost,
                    "resource_ids": [
                        Command.create({"resource_id": resources[name].id, "quantity": quantity})
                        for name, quantity in code.needs
                    ],
                }
                for code in codes
            ]
        )
        for code, record in zip(codes, records, strict=True):
            self.codes[code.code] = record
            if code.exemption:
                record.product_id.taxes_id = get_exempt_tax(self.company, code.exemption)
        self.add_prices({code.code: code.prices for code in codes})

    def add_plans(self, plans):
        records = self.env["billing.plan"].create(
            [
                {
                    "name": plan.name,
                    "company_id": self.company.id,
                    "sequence": 10 * number,
                    "line_ids": [
                        Command.create(self._get_line_values(line, 10 * place))
                        for place, line in enumerate(plan.lines, 1)
                    ],
                    **plan.values,
                }
                for number, plan in enumerate(plans, 1)
            ]
        )
        self.plans.update({plan.name: record for plan, record in zip(plans, records, strict=True)})

    def _get_line_values(self, line, sequence):
        others = {name: value for name, value in line.items() if name != "code"}
        return {"code_id": self.codes[line["code"]].id, "sequence": sequence, **others}

    def add_prices(self, prices_by_code):
        """Make price versions; a price for one plan names it under `plan`, so its plan must be there already."""
        vals_list = []
        for code, prices in prices_by_code.items():
            for given in prices:
                vals = dict(given)
                currency = vals.pop("currency", self.company.currency_id.name)
                plan = vals.pop("plan", None)
                tiers = vals.pop("tiers", ())
                vals_list.append(
                    {
                        "code_id": self.codes[code].id,
                        "currency_id": self.env.ref(f"base.{currency}").id,
                        "plan_id": self.plans[plan].id if plan else False,
                        "valid_from": vals.pop("from"),
                        "tier_ids": [Command.create(_tier_values(tier)) for tier in tiers],
                        **vals,
                    }
                )
        self.env["billing.price"].create(vals_list)


def _tier_values(tier):
    """Return a tier from (upper bound, price per unit[, flat amount]); no upper bound makes the last one."""
    bound, unit_price, *flat = tier
    return {"up_to": bound or 0.0, "unit_price": unit_price, "flat_amount": flat[0] if flat else 0.0}


def history(model, versions, **common):
    """Return price versions from (first day, price) pairs, in one price model."""
    return [{"from": day, "model": model, "unit_price": price, **common} for day, price in versions]
