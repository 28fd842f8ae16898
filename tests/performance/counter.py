"""Charges that programs and clerks record: many in one call, and one at the counter that is invoiced at once."""

from __future__ import annotations

import functools

from odoo.fields import Command

from tests.performance.business import DAY, Business, clone

AT_ONCE = 1000
PRICE = 10.37


def prepare(case: str, env, count: int) -> None:
    """Make as many customers as charges, up to a thousand."""
    business = Business(env)
    business.make_history(2000)
    customers = min(count, AT_ONCE)
    partners = business.make_partners(customers)
    env["ir.config_parameter"].set_param("bench.partners", partners)
    if case == "plain_each":
        env["ir.config_parameter"].set_param("bench.products", business.make_products()[0].id)
        return
    from odoo.addons.online_billing.tests import builders

    code = builders.make_code(env, "COUNTER", PRICE, kind="one_time")
    tax = env["account.tax"].search([("type_tax_use", "=", "sale"), ("company_id", "=", env.company.id)], limit=1)
    code.product_id.taxes_id = [Command.set(tax.ids)]
    account = env["billing.account"].create({"partner_id": partners + 1, "timezone": "UTC"})
    account.action_activate()
    env.flush_all()
    clone(
        env.cr, "billing_account", account.id, customers - 1, {"name": "'B' || n", "partner_id": f"{partners} + n + 1"}
    )


def _get_charges(env, count: int, first: int, **more) -> list[dict]:
    env.cr.execute("SELECT name FROM billing_account ORDER BY id LIMIT %s", [AT_ONCE])
    names = [name for [name] in env.cr.fetchall()]
    return [
        {
            "account": names[number % len(names)],
            "code": "COUNTER",
            "key": f"bench-{number}",
            "quantity": 1 + number % 89,
            "date": str(DAY),
            **more,
        }
        for number in range(first, first + count)
    ]


def record(env, count: int, first: int = 0) -> dict:
    """Record charges for the next bills, a thousand in a call."""
    charges = _get_charges(env, count, first)
    for start in range(0, count, AT_ONCE):
        env["billing.charge"].record(charges[start : start + AT_ONCE])
        env.cr.commit()
        env.invalidate_all()
    return {}


@functools.cache
def _get_program(database: str):
    """Return a client that calls Odoo's whole stack without a socket, with the key of a program."""
    from odoo import api, http
    from odoo.modules.registry import Registry
    from odoo.service.server import load_server_wide_modules
    from werkzeug.test import Client

    load_server_wide_modules()
    with Registry(database).cursor() as cr:
        admin = api.Environment(cr, api.SUPERUSER_ID, {}).ref("base.user_admin")
        key = admin.with_user(admin).env["res.users.apikeys"]._generate("rpc", "bench", None)
    client, here = Client(http.root), {"REMOTE_ADDR": "127.0.0.1"}

    def call(model: str, method: str, **arguments):
        headers = {"Authorization": f"Bearer {key}"}
        answer = client.post(f"/json/2/{model}/{method}", json=arguments, headers=headers, environ_base=here)
        assert answer.status_code == 200, answer.text
        return answer.json

    return call


def record_http(env, count: int, first: int = 0) -> dict:
    """The same as a program does it: a thousand in a request, through Odoo's whole stack."""
    charges, call = _get_charges(env, count, first), _get_program(env.cr.dbname)
    env.cr.rollback()
    for start in range(0, count, AT_ONCE):
        answers = call("billing.charge", "record", charges=charges[start : start + AT_ONCE])
        assert {answer["status"] for answer in answers} <= {"created", "duplicate"}, answers[0]
    return {}


def counter(env, count: int, first: int = 0) -> dict:
    """Record one charge at a time, each invoiced at once."""
    for charge in _get_charges(env, count, first, invoice="now"):
        [answer] = env["billing.charge"].record([charge])
        assert answer["invoice"], answer
        env.cr.commit()
        env.invalidate_all()
    return {}


def plain_each(env, count: int, first: int = 0) -> dict:
    """Odoo alone: an invoice of one line, created and posted, one at a time."""
    parameters = env["ir.config_parameter"]
    partners, product = (int(parameters.get_param(f"bench.{name}")) for name in ("partners", "products"))
    business = Business(env)
    for number in range(first, first + count):
        vals = business.invoice_values(env["product.product"].browse(product), partners + 1 + number % AT_ONCE, number)
        line = {"quantity": 1 + number % 89, "price_unit": PRICE}
        vals["invoice_line_ids"][0][2].update(line)
        env["account.move"].create(vals).action_post()
        env.cr.commit()
        env.invalidate_all()
    return {}


def warm_up(case: str, env) -> None:
    """Do the same a few times and take it back; the patterns that a worker keeps stay.

    Requests cannot be taken back: what they record is counted before the measurement.
    """
    commit, env.cr.commit = env.cr.commit, env.flush_all
    try:
        globals()[case](env, 5, first=10**6)
    finally:
        env.cr.commit = commit
    env.cr.rollback()
    env.invalidate_all()
