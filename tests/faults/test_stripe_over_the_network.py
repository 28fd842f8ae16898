"""Stripe over real HTTP: a real Odoo hears of events, a simulator is asked, and what is lost on the way clears up."""

from __future__ import annotations

import json
import os
import time

import pytest

from tests import leaks
from tests.stripe_simulator.simulator import SECRET, Simulator
from tools import database

NIGHTLY = os.environ.get("BILLING_TIER") == "nightly"
AT_ONCE = 50
EVENTS = 10 if NIGHTLY else 1
# what becomes of a request, and of the second try of the SDK
LOST = {
    "timeout_before": ("timeout_before", "timeout_before"),
    "timeout_after": ("timeout_after", "timeout_before"),
    "error_after": ("error_after", "error_after"),
    "slow": ("slow", "slow"),
    "reset_after": ("reset_after", "reset_before"),
    "conflict": ("conflict", "conflict"),
}
FAULTS = 20 if NIGHTLY else 1
CRASHES = 20 if NIGHTLY else 2

PREPARE = """
from odoo.addons.online_billing.tests import builders
from tests.faults import business
company = business.make_company_ready(env)
if not company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
provider = env.ref("payment.payment_provider_stripe")
journal = env["account.journal"].create({{"name": "Stripe", "code": "STRP", "type": "bank"}})
provider.write({{"company_id": company.id, "stripe_secret_key": {key!r}, "stripe_publishable_key": "pk_test_simulator",
    "stripe_billing_secret": {secret!r}, "allow_tokenization": True, "state": "test"}})
provider.journal_id = journal
env.ref("payment.payment_method_card").active = True
parameters = env["ir.config_parameter"]
parameters.set_param("online_billing_stripe.api_base", {url!r})
parameters.set_param("online_billing_stripe.timeout", "1")
parameters.set_param("online_billing.request_limits", "off")
print("FOUND", provider.id)
env.cr.commit()
"""
BUILD = """
import json
from odoo.addons.online_billing.tests import builders
from tests.faults import business
provider, company = env.ref("payment.payment_provider_stripe"), env.ref("base.main_company")
consents = env["billing.payment.consents"]

def owe(customer, method):
    account = builders.make_accounts(env, [{"name": customer, "email": customer + "@example.com"}])
    move = env["account.move"].create({"move_type": "out_invoice", "partner_id": account.partner_id.id,
        "billing_account_id": account.id, "currency_id": account.currency_id.id, "invoice_date": "2026-10-01",
        "invoice_date_due": "2026-10-15", "invoice_payment_term_id": False, "billing_delivery_state": "sent",
        "invoice_line_ids": [(0, 0, {"name": "Fibre", "price_unit": 100, "tax_ids": [(5,)]})]})
    move.action_post()
    token = env["payment.token"].create({"provider_id": provider.id, "partner_id": account.partner_id.id,
        "payment_method_id": env.ref("payment.payment_method_card").id, "provider_ref": customer,
        "payment_details": "4242", "stripe_payment_method": method})
    consents.give(account, token, account.partner_id, "portal", consents.get_text(account), None)
    env.cr.commit()
    return account

def say(account):
    env.invalidate_all()
    attempts = env["billing.payment.attempt"].search([("account_id", "=", account.id)], order="id")
    payments = env["account.payment"].search([("billing_account_id", "=", account.id)])
    print("FOUND", json.dumps([account.id, attempts.mapped("state"), len(payments)]))
"""
CHARGE = """
account = owe({customer!r}, {method!r})
env["billing.charging.now"].charge(account)
env.cr.commit()
say(account)
"""
ASK = """
account = env["billing.account"].browse({account})
attempts = env["billing.payment.attempt"].search([("account_id", "=", account.id)])
env["billing.attempt.questions"].ask_now(attempts)
env.cr.commit()
say(account)
"""
CRASH = """
import os
from unittest.mock import patch
account = owe({customer!r}, {method!r})
print("FOUND", json.dumps([account.id, [], 0]), flush=True)
answers = type(env["billing.attempt.answers"])
try:
    with patch.object(answers, "record", side_effect=KeyboardInterrupt):
        env["billing.charging.now"].charge(account)
except KeyboardInterrupt:
    env.cr.rollback()
attempt = env["billing.payment.attempt"].search([("account_id", "=", account.id)])
assert attempt.state == "sent" and not attempt.answer
env.cr.execute("UPDATE billing_payment_attempt SET sent_at = sent_at - interval '25 hours' WHERE id = %s", [attempt.id])
env.cr.commit()
"""
WORK = """
env["billing.stripe.event"]._cron_work_events()
env.cr.commit()
import json
rows = env["billing.stripe.event"].search([])
print("FOUND", json.dumps([[row.reference, row.state] for row in rows]))
"""


def read(printed: str):
    return json.loads(printed.rpartition("FOUND")[2])


@pytest.fixture(scope="module")
def simulator():
    with Simulator() as running:
        yield running


@pytest.fixture(scope="module")
def name(_copies, odoo_shell, simulator) -> str:
    made = _copies()
    odoo_shell(made, PREPARE.format(key=simulator.key, secret=SECRET, url=simulator.url))
    return made


@pytest.fixture
def stripe(simulator):
    """The simulator as it was in the beginning; customers of earlier tests are gone."""
    simulator.reset()
    yield simulator
    assert leaks.find_in_requests(simulator.requests()) == []


def make_customer(simulator) -> tuple[str, str]:
    """Return a customer with a card that can be charged."""
    customer = simulator.client().v1.customers.create().id
    return customer, simulator.make_method(customer)["id"]


def charge(odoo_shell, name, simulator):
    customer, method = make_customer(simulator)
    return read(odoo_shell(name, BUILD + CHARGE.format(customer=customer, method=method)))


def ask(odoo_shell, name, account):
    return read(odoo_shell(name, BUILD + ASK.format(account=account)))


@pytest.mark.parametrize("number", range(FAULTS))
@pytest.mark.parametrize("kind", LOST if NIGHTLY else list(LOST)[:4])
def test_k22_what_is_not_answered_in_time_is_unknown_and_charged_once(odoo_shell, name, stripe, kind, number):
    for fault in LOST[kind]:
        stripe.fail("payment_intents.create", fault, seconds=3)
    account, states, payments = charge(odoo_shell, name, stripe)
    assert (states, payments) == (["unknown"], 0)
    stripe.clear_faults()
    stripe.release()
    if kind == "slow":  # Stripe is at it still, and the same key is not taken twice
        time.sleep(3)
    _account, states, payments = ask(odoo_shell, name, account)
    if states == ["unknown"]:  # Stripe may keep its own fault for the key: the list knows what became of it
        _account, states, payments = ask(odoo_shell, name, account)
    assert (states, payments) == (["succeeded"], 1)
    assert len(stripe.objects("charge", status="succeeded")) == 1
    asked = stripe.requests("payment_intents.create")
    assert len(asked) > 1
    assert len({request.key for request in asked}) == 1, "another key is another charge"


@pytest.mark.parametrize("number", range(CRASHES))
def test_k23_after_a_crash_and_a_day_the_charge_is_found_by_its_mark(odoo_shell, name, stripe, number):
    customer, method = make_customer(stripe)
    account, _states, _payments = read(odoo_shell(name, BUILD + CRASH.format(customer=customer, method=method)))
    assert len(stripe.objects("charge", status="succeeded")) == 1
    stripe.forget_requests()
    assert ask(odoo_shell, name, account)[1:] == [["succeeded"], 1]
    assert stripe.requests("payment_intents.create") == []
    assert len(stripe.objects("charge")) == 1


def test_c08_an_event_that_comes_fifty_times_at_once_is_one_and_no_secret_is_logged(
    odoo_shell, name, stripe, start_server, postgres
):
    server = start_server(name, "--log-level=debug")
    provider = int(database.sql(postgres, name, "SELECT id FROM payment_provider WHERE code = 'stripe' LIMIT 1")[0][0])
    stripe.set_webhook(f"{server.url}/online_billing/stripe/webhook/{provider}")
    account, states, payments = charge(odoo_shell, name, stripe)
    assert (states, payments) == (["succeeded"], 1)
    messages = [one for one in stripe.messages() if one.type.startswith("payment_intent.")]
    for number in range(EVENTS):
        event = messages[0].event if number == 0 else stripe.emit("payment_intent.succeeded", _intent(stripe))["id"]
        sent = stripe.deliver([event], times=AT_ONCE, at_once=True)
        assert [one.status for one in sent] == [200] * AT_ONCE
        rows = database.sql(postgres, name, "SELECT count(*) FROM billing_stripe_event WHERE reference = %s", event)
        assert rows == [["1"]]
    stripe.deliver()
    assert {state for _reference, state in read(odoo_shell(name, WORK))} <= {"done", "ignored"}
    assert ask_payments(postgres, name, account) == 1

    # the database takes no connection for a while: Stripe keeps what it could not bring, and brings it again
    late = stripe.emit("payment_intent.succeeded", _intent(stripe))["id"]
    with closed(postgres, name):
        assert not any(200 <= one.status < 300 for one in stripe.deliver([late]))
    assert [one.status for one in stripe.deliver([late])] == [200]
    assert dict(read(odoo_shell(name, WORK)))[late] == "done"

    server.stop()
    [intent] = stripe.objects("payment_intent")
    log = server.log.read_text()
    for secret in (intent["client_secret"], stripe.key, SECRET):
        assert secret not in log


def _intent(simulator) -> str:
    return simulator.objects("payment_intent")[0]["id"]


def ask_payments(postgres, name: str, account: int) -> int:
    statement = "SELECT count(*) FROM account_payment WHERE billing_account_id = %s"
    return int(database.sql(postgres, name, statement, account)[0][0])


class closed:  # noqa: N801 - a block
    """A time in which nobody reaches a database."""

    def __init__(self, server: dict[str, str], name: str) -> None:
        self.server, self.name = server, name

    def __enter__(self) -> None:
        database.sql(self.server, "postgres", f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS false')
        statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        database.sql(self.server, "postgres", statement, self.name)

    def __exit__(self, *_error: object) -> None:
        database.sql(self.server, "postgres", f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS true')
