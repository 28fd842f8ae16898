"""Builders of what is billed, for every kind of test: classes of this addon, stories, faults and measurements.

Each takes the environment first and makes what it is asked for, as a user would. Whoever wants less said wraps them,
as `common.BillingCase` and the small business of the fault tests do.
"""

from odoo.fields import Command

BEGINNING = "2000-01-01"


def make_code(env, code, price=None, currency=None, **vals):
    """Return a billing code, taxed as the company sells.

    :param price: a number per unit, or the values of its price version; None: no price yet
    """
    record = env["billing.code"].create({"code": code, "name": f"Service {code}", **vals})
    if price is not None:
        make_price(env, record, price, currency=currency)
    return record


def make_price(env, code, price, currency=None, **vals):
    """Return a price version of a code, valid from the beginning unless it says another day."""
    given = dict(price) if isinstance(price, dict) else {"model": "per_unit", "unit_price": price}
    tiers = [Command.create(tier) for tier in given.pop("tiers", ())]
    currency = currency or env.company.currency_id
    given = {"valid_from": BEGINNING, "currency_id": currency.id, **given, **vals}
    return env["billing.price"].create({"code_id": code.id, "tier_ids": tiers, **given})


def make_plan(env, name, *lines, **vals):
    """Return a plan; each line is a code, or a code and the values of its line."""
    commands = []
    for line in lines:
        code, line_vals = line if isinstance(line, tuple) else (line, {})
        commands.append(Command.create({"code_id": code.id, **line_vals}))
    return env["billing.plan"].create({"name": name, "line_ids": commands, **vals})


def make_accounts(env, customers, **vals):
    """Return active accounts.

    :param list customers: the values of the contact of each
    """
    partners = env["res.partner"].create(customers)
    accounts = env["billing.account"].create(
        [{"partner_id": partner.id, "timezone": "UTC", **vals} for partner in partners]
    )
    accounts.action_activate()
    return accounts


def get_payment_method(env):
    """Return a way to pay; without a provider that is switched on, Odoo has archived all of them."""
    return env["payment.method"].with_context(active_test=False).search([], limit=1)


def subscribe(env, accounts, plan, start, activate=True, **vals):
    """Return a subscription of each account, running unless it is to be a draft."""
    subscriptions = env["billing.subscription"].create(
        [{"account_id": account.id, "plan_id": plan.id, "start_date": start, **vals} for account in accounts]
    )
    if activate:
        subscriptions.action_activate()
    return subscriptions
