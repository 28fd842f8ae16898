"""A small business to bill, made through the ORM: the same one for kills, races and stories."""

from __future__ import annotations

PRICES = {"NET": 29.90, "VOICE": 4.95, "TRAFFIC": 7.77}


def make_company_ready(env):
    """Return the company that bills, with staff who get the tasks."""
    company = env.ref("base.main_company")
    company.country_id = company.country_id or env.ref("base.us")
    company.email = company.email or "billing@example.com"
    return company


def make_code(env, code, price, kind="recurring", model="per_unit", **more):
    return env["billing.code"].create(
        {
            "code": code,
            "name": f"Service {code}",
            "kind": kind,
            "price_ids": [(0, 0, {"valid_from": "2020-01-01", "model": model, "unit_price": price})],
            **more,
        }
    )


def make_codes(env, prices=None):
    """Return {code: billing.code} with a price each, taxed as the company sells."""
    return {name: make_code(env, name, price) for name, price in (prices or PRICES).items()}


def make_plan(env, name, lines, **terms):
    """Return a plan.

    :param lines: (billing.code, timing, quantity)
    """
    return env["billing.plan"].create(
        {
            "name": name,
            "line_ids": [
                (0, 0, {"code_id": code.id, "name": code.name, "timing": timing, "quantity": quantity})
                for code, timing, quantity in lines
            ],
            **terms,
        }
    )


def make_accounts(env, count, **terms):
    """Return active accounts of as many customers, without any delivery."""
    partners = env["res.partner"].create([{"name": f"Customer {number:03d}"} for number in range(count)])
    values = {"timezone": "UTC", "delivery_channel": "portal", **terms}
    accounts = env["billing.account"].create([{"partner_id": partner.id, **values} for partner in partners])
    accounts.action_activate()
    return accounts


def subscribe(env, accounts, plan, start, **terms):
    """Return running subscriptions of accounts."""
    subscriptions = env["billing.subscription"].create(
        [{"account_id": account.id, "plan_id": plan.id, "start_date": start, **terms} for account in accounts]
    )
    subscriptions.action_activate()
    return subscriptions
