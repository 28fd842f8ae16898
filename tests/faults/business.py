"""A small business to bill, made through the ORM: the same one for kills, races and stories."""

from __future__ import annotations

from odoo.addons.online_billing.tests import builders

PRICES = {"NET": 29.90, "VOICE": 4.95, "TRAFFIC": 7.77}

subscribe = builders.subscribe


def make_company_ready(env):
    """Return the company that bills, with staff who get the tasks."""
    company = env.ref("base.main_company")
    company.country_id = company.country_id or env.ref("base.us")
    company.email = company.email or "billing@example.com"
    return company


def make_code(env, code, price, kind="recurring", model="per_unit", **more):
    return builders.make_code(env, code, {"model": model, "unit_price": price}, kind=kind, **more)


def make_codes(env, prices=None):
    """Return {code: billing.code} with a price each, taxed as the company sells."""
    return {name: make_code(env, name, price) for name, price in (prices or PRICES).items()}


def make_plan(env, name, lines, **terms):
    """Return a plan.

    :param lines: (billing.code, timing, quantity)
    """
    values = [(code, {"name": code.name, "timing": timing, "quantity": quantity}) for code, timing, quantity in lines]
    return builders.make_plan(env, name, *values, **terms)


def make_accounts(env, count, **terms):
    """Return active accounts of as many customers, without any delivery."""
    customers = [{"name": f"Customer {number:03d}"} for number in range(count)]
    return builders.make_accounts(env, customers, **{"delivery_channel": "portal", **terms})
