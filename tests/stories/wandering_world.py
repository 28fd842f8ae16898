"""A small company for whoever wanders through the product: customers of several kinds, bills, consents and rules."""

from __future__ import annotations

from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user

from tests.faults import business

MONTH = timedelta(days=31)


def build(env) -> dict[str, int]:
    """Make the company and its customers as of today; return {name of somebody of the staff: id}."""
    company = business.make_company_ready(env)
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    currencies = _make_currencies(env, company)
    codes = _make_codes(env, currencies)
    _set_rules(env, company)
    _sign(env, _make_plans(env, codes), _make_accounts(env, currencies))
    _consent(env, company)
    manager = "online_billing.group_billing_manager"
    groups = {
        "clerk": "online_billing.group_billing_user",
        "manager": manager,
        "accountant": f"{manager},account.group_account_manager",
    }
    return {name: new_test_user(env, name, own, email=f"{name}@example.com").id for name, own in groups.items()}


def _make_currencies(env, company):
    currencies = env["res.currency"].with_context(active_test=False).search([("name", "in", ("EUR", "JPY", "USD"))])
    currencies.active = True
    rates = {"EUR": 0.9, "JPY": 150, "USD": 1}
    env["res.currency.rate"].create(
        [
            {"currency_id": one.id, "company_id": company.id, "name": "2020-01-01", "rate": rates[one.name]}
            for one in currencies - company.currency_id
        ]
    )
    return {one.name: one for one in currencies}


def _make_codes(env, currencies):
    """Return {name: code}: plain, by tiers, with an allowance, once; some with prices in every currency."""
    codes = business.make_codes(env)
    tiers = [{"up_to": 5, "unit_price": 9}, {"up_to": 0, "unit_price": 7}]
    more = {
        "SEATS": ("recurring", {"model": "graduated", "tiers": tiers}),
        "CALLS": ("usage", {"model": "per_unit", "unit_price": 0.25, "included_quantity": 20}),
        "INSTALL": ("one_time", {"model": "per_unit", "unit_price": 45}),
        "EXTRA": ("one_time", {"model": "dynamic"}),
    }
    builders = business.builders
    for name, (kind, price) in more.items():
        codes[name] = builders.make_code(env, name, price, kind=kind)
    for name in ("EUR", "JPY"):
        for code, price in {"NET": 25, "CALLS": 1, "INSTALL": 50}.items():
            builders.make_price(env, codes[code], price, currency=currencies[name])
        builders.make_price(env, codes["EXTRA"], {"model": "dynamic"}, currency=currencies[name])
    return codes


def _make_plans(env, codes):
    advance, arrears = "advance", "arrears"
    return [
        business.make_plan(env, "Calendar", [(codes["NET"], advance, 1)], alignment="calendar", trial_days=10),
        business.make_plan(env, "Both", [(codes["NET"], advance, 2), (codes["VOICE"], arrears, 3)]),
        business.make_plan(env, "Seats", [(codes["SEATS"], advance, 7), (codes["TRAFFIC"], arrears, 1)]),
        business.make_plan(env, "Weekly", [(codes["NET"], advance, 1)], interval_unit="week"),
        business.make_plan(env, "Year", [(codes["NET"], advance, 1)], interval_unit="year", credit_unused=True),
    ]


def _make_accounts(env, currencies):
    """Return active accounts: by mail, in the portal, by letter, in other currencies, and two of one customer."""
    kinds = [
        {"delivery_channel": "email"},
        {"delivery_channel": "email", "billing_day": 15},
        {"delivery_channel": "portal"},
        {"delivery_channel": "letter"},
        {"currency_id": currencies["EUR"].id, "delivery_channel": "email"},
        {"currency_id": currencies["JPY"].id},
        {"delivery_channel": "email"},
    ]
    accounts = env["billing.account"]
    for number, kind in enumerate(kinds):
        accounts += business.make_accounts(env, 1, **kind)
        accounts[-1].partner_id.write({"name": f"Customer {number}", "email": f"customer{number}@example.com"})
    accounts[-1].partner_id = accounts[0].partner_id
    return accounts


def _sign(env, plans, accounts):
    today = fields.Date.today()
    for number, account in enumerate(accounts):
        # there are prices of one code alone in other currencies
        foreign = account.currency_id != account.company_id.currency_id
        plan = plans[(0, 3)[number % 2]] if foreign else plans[number % len(plans)]
        business.subscribe(env, account, plan, today - MONTH * (number % 3))
        env["billing.charge"].record(
            [
                {"account": account.name, "code": code, "key": f"{account.name}/{code}", "date": str(today), **more}
                for code, more in {"INSTALL": {"invoice": "now"}, "CALLS": {"quantity": 33}}.items()
            ]
        )


def _set_rules(env, company):
    """Let the company remind, charge late fees, allow installments and write off, and debit by itself."""
    loss = env["account.account"].create({"name": "Losses", "code": "LOSS01", "account_type": "expense"})
    company.write(
        {
            "default_collection_policy_id": env.ref("online_billing.policy_standard").id,
            "billing_write_off_account_id": loss.id,
            "billing_debit_notice_days": 0,
            "billing_retry_policy_id": env.ref("online_billing.retry_policy_standard").id,
        }
    )
    rule = env["billing.late.fee.rule"].create(
        {"name": "Five", "currency_id": company.currency_id.id, "method": "fixed", "fixed_amount": 5, "grace_days": 7}
    )
    rule._switch_on()
    env["billing.installment.rule"].create({"name": "Everybody", "approval_limit": 100})


def _consent(env, company):
    """Let two customers pay by themselves: the method of one works, that of the other does not."""
    provider = env.ref("payment.payment_provider_demo")
    provider.write({"state": "test", "company_id": company.id, "allow_tokenization": True})
    method = provider.payment_method_ids[:1]
    method.write({"active": True, "support_tokenization": True})
    consents = env["billing.payment.consents"]
    accounts = env["billing.account"].search([("currency_id", "=", company.currency_id.id)], order="id", limit=3)
    for account, answer in zip(accounts[1:], ("done", "error"), strict=True):
        token = env["payment.token"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "partner_id": account.partner_id.id,
                "provider_ref": f"demo {answer}",
                "payment_details": answer,
                "demo_simulated_state": answer,
            }
        )
        consents.give(account, token, account.partner_id, "portal", consents.get_text(account))
