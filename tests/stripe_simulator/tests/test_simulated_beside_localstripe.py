"""The same flows beside localstripe, another simulator, where it can do them.

Left out, as it has none of it: idempotency, descriptions, mandates and debits without the customer, authentication
without the customer, disputes, payouts with what they are made of, fees, search, lists of a customer's methods,
endpoints of events by the interface, a later confirmation with another method, the amount that was received, a method
that a set-up attaches, and the refusal of refunds beyond what is left and of parameters that Stripe does not know.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import requests
import stripe
from simulated_payments import WITHOUT_REDIRECTS

from tools import peers
from tools.processes import answers, free_port

pytestmark = pytest.mark.nightly

PATIENCE = 60
# It would listen on every interface; here it is told to on loopback only. It runs as by hand.
RUN_ON_LOOPBACK = """
import runpy, sys
from aiohttp import web
port, run_app = int(sys.argv.pop(1)), web.run_app
web.run_app = lambda app, **_options: run_app(app, host="127.0.0.1", port=port, print=None)
runpy.run_module("localstripe", run_name="__main__")
"""


@dataclass(frozen=True)
class Side:
    """One of the two, and what is said to it beside what both understand."""

    client: stripe.StripeClient
    more: dict

    def pay(self, customer: str, method: str, amount: int, **more: object) -> stripe.PaymentIntent:
        params = {"amount": amount, "currency": "eur", "customer": customer, "payment_method": method}
        params |= {"confirm": True, "off_session": True, **self.more, **more}
        return self.client.v1.payment_intents.create(params)

    def make_payer(self, method: str = "pm_card_visa") -> tuple[str, str]:
        customer = self.client.v1.customers.create({"name": "Ada", "email": "ada@example.com"}).id
        return customer, self.client.v1.payment_methods.attach(method, {"customer": customer}).id

    def find_charge(self, intent: stripe.PaymentIntent) -> stripe.Charge:
        # the other one has the charge where Stripe has its id
        charge = intent.latest_charge
        return self.client.v1.charges.retrieve(charge if isinstance(charge, str) else charge.id)


@pytest.fixture(scope="module")
def localstripe(tmp_path_factory) -> Iterator[str]:
    """The address of the other one."""
    folder = peers.bring_localstripe()
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_ON_LOOPBACK, str(port), "--from-scratch", "--port", "0"],
        cwd=tmp_path_factory.mktemp("localstripe"),
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert answers(f"http://127.0.0.1:{port}/js.stripe.com/v3/", process, PATIENCE)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(PATIENCE)


@pytest.fixture
def sides(client, localstripe) -> tuple[Side, Side]:
    """Ours and the other one."""
    session = requests.Session()
    session.trust_env = False
    other = stripe.StripeClient(
        "sk_test_of_the_other",
        base_addresses={"api": localstripe},
        http_client=stripe.RequestsClient(timeout=30, session=session),
        max_network_retries=0,
    )
    return Side(client, {"automatic_payment_methods": WITHOUT_REDIRECTS}), Side(other, {})


def change_a_customer(side: Side) -> object:
    customer, card = side.make_payer()
    side.client.v1.customers.update(customer, {"metadata": {"partner": "7"}, "name": "Grace"})
    found = side.client.v1.customers.retrieve(customer)
    listed = side.client.v1.payment_methods.list({"customer": customer, "type": "card"}).data
    return (
        *(found.name, found.email, found.metadata["partner"]),
        *([method.card.last4 for method in listed], listed[0].id == card),
    )


def save_a_card(side: Side) -> object:
    customer = side.client.v1.customers.create({"name": "Ada"}).id
    params = {"automatic_payment_methods": WITHOUT_REDIRECTS} if side.more else {}
    setup = side.client.v1.setup_intents.create({"customer": customer, "usage": "off_session", **params})
    before = setup.status
    after = side.client.v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    return before, after.status, side.client.v1.payment_methods.retrieve(after.payment_method).card.last4


def pay_without_the_customer(side: Side) -> object:
    paid = side.pay(*side.make_payer(), 1234, metadata={"attempt": "7"})
    charge = side.find_charge(paid)
    return paid.status, paid.amount, paid.metadata["attempt"], charge.status, charge.amount, charge.paid


def be_declined(side: Side) -> object:
    with pytest.raises(stripe.CardError) as declined:
        side.pay(*side.make_payer("pm_card_chargeCustomerFail"), 1234)
    return declined.value.http_status, declined.value.code


def refuse_to_save_a_declined_card(side: Side) -> object:
    with pytest.raises(stripe.CardError) as declined:
        side.make_payer("pm_card_visa_chargeDeclined")
    return declined.value.http_status, declined.value.code


def reserve_and_capture_or_set_free(side: Side) -> object:
    payer = side.make_payer()
    first, second = (side.pay(*payer, 1000, capture_method="manual") for _time in range(2))
    captured = side.client.v1.payment_intents.capture(first.id, {"amount_to_capture": 700})
    canceled = side.client.v1.payment_intents.cancel(second.id)
    return first.status, captured.status, canceled.status


def give_back_in_parts(side: Side) -> object:
    paid = side.pay(*side.make_payer(), 1000)
    parts = [side.client.v1.refunds.create({"payment_intent": paid.id, "amount": 400}) for _time in range(2)]
    charge = side.find_charge(paid)
    last = side.client.v1.refunds.create({"charge": charge.id, "amount": 200})
    return [part.status for part in (*parts, last)], charge.amount_refunded, charge.refunded


def ask_for_what_is_not_there(side: Side) -> object:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.client.v1.payment_intents.retrieve("pi_nothing")
    return refused.value.http_status


@pytest.mark.parametrize(
    "flow",
    [
        change_a_customer,
        save_a_card,
        pay_without_the_customer,
        be_declined,
        refuse_to_save_a_declined_card,
        reserve_and_capture_or_set_free,
        give_back_in_parts,
        ask_for_what_is_not_there,
    ],
    ids=lambda flow: flow.__name__,
)
def test_a_flow_goes_the_same_way_beside_the_other_one(sides, flow: Callable[[Side], object]):
    ours, other = (flow(side) for side in sides)
    assert ours == other
