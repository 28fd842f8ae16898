"""What Stripe would refuse: parameters that are none, amounts, currencies, keys, modes, versions."""

import json

import pytest
import requests
import stripe
from simulated_payments import WITHOUT_REDIRECTS, make_customer, pay, save

from tests.stripe_simulator import extent, parameters, routes

INTENT = {"amount": 100, "currency": "eur"}


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({**INTENT, "payment_method_types": ["card"]}, "payment_method_types", "parameter_unknown"),
        ({**INTENT, "shipping": {"nam": "Ada"}}, "shipping[nam]", "parameter_unknown"),
        ({"amount": 100}, "currency", "parameter_missing"),
        ({**INTENT, "shipping": {"name": "Ada"}}, "shipping[address]", "parameter_missing"),
        ({**INTENT, "amount": "1.5"}, "amount", "parameter_invalid_integer"),
        ({**INTENT, "amount": ["1"]}, "amount", "parameter_invalid_integer"),
        ({**INTENT, "confirm": "yes"}, "confirm", "parameter_invalid_boolean"),
        ({**INTENT, "customer": ""}, "customer", "parameter_invalid_empty"),
        ({**INTENT, "customer": {"id": "cus_1"}}, "customer", "parameter_invalid_string"),
        ({**INTENT, "metadata": "text"}, "metadata", "parameter_invalid_object"),
        ({**INTENT, "expand": "customer"}, "expand", "parameter_invalid_array"),
        ({**INTENT, "capture_method": "later"}, "capture_method", None),
        ({**INTENT, "allowed_payment_method_types": ["gold"]}, "allowed_payment_method_types[0]", None),
        ({**INTENT, "metadata": {"x" * 41: "1"}}, f"metadata[{'x' * 41}]", None),
        ({**INTENT, "metadata": {"x": "y" * 501}}, "metadata[x]", None),
        ({**INTENT, "metadata": {str(number): "1" for number in range(51)}}, "metadata", None),
        ({**INTENT, "amount": 49}, "amount", "amount_too_small"),
        ({**INTENT, "amount": 0}, "amount", "parameter_invalid_integer"),
        ({**INTENT, "amount": -100}, "amount", "parameter_invalid_integer"),
        ({**INTENT, "amount": 100_000_000}, "amount", "amount_too_large"),
        ({**INTENT, "currency": "xyz"}, "currency", None),
        ({**INTENT, "customer": "cus_nobody"}, "customer", "resource_missing"),
        ({**INTENT, "payment_method": "pm_nothing"}, "payment_method", "resource_missing"),
        ({**INTENT, "off_session": True}, "off_session", None),
        ({**INTENT, "confirm": True, "payment_method": "pm_card_visa"}, "return_url", None),
    ],
)
def test_a_payment_intent_that_stripe_would_refuse_is_refused(client, simulator, params, param, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(params)
    assert refused.value.http_status == 400
    assert (refused.value.param, refused.value.code) == (param, code)
    assert simulator.objects("payment_intent") == []


def test_what_stripe_takes_is_taken(client):
    taken = client.v1.payment_intents.create(
        {
            **INTENT,
            "amount": 50,
            "currency": "JPY",
            "description": "Invoice 7",
            "metadata": {"attempt": "7"},
            "setup_future_usage": "off_session",
            "shipping": {"name": "Ada", "address": {"country": "DE"}},
            "allowed_payment_method_types": ["card"],
        }
    )
    assert (taken.currency, taken.payment_method_types, taken.shipping.address.country) == ("jpy", ["card"], "DE")


def test_what_is_not_there_is_404_in_a_path_and_400_in_a_parameter(client):
    with pytest.raises(stripe.InvalidRequestError) as in_path:
        client.v1.payment_intents.retrieve("pi_nothing")
    with pytest.raises(stripe.InvalidRequestError) as in_parameter:
        client.v1.refunds.create({"payment_intent": "pi_nothing"})
    assert (in_path.value.http_status, in_parameter.value.http_status) == (404, 400)
    assert in_path.value.code == in_parameter.value.code == "resource_missing"


def test_an_id_of_another_kind_is_not_there(client):
    customer = make_customer(client)
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
        client.v1.payment_intents.retrieve(customer)
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.payment_intents.create({**INTENT, "customer": save(client, customer)})


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_has_between_one_and_a_hundred(client, limit):
    with pytest.raises(stripe.InvalidRequestError, match="between 1 and 100"):
        client.v1.payment_intents.list({"limit": limit})


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("sk_test_of_somebody_else", "Invalid API Key"),
        ("whsec_simulator", "Invalid API Key"),
        ("pk_test_simulator", "publishable"),
    ],
)
def test_a_key_that_is_wrong_or_of_another_kind_is_refused(simulator, key, message):
    with pytest.raises(stripe.AuthenticationError, match=message):
        simulator.client(key).v1.balance.retrieve()


def test_a_request_without_a_key_is_refused(simulator):
    session = requests.Session()
    session.trust_env = False
    answer = session.get(f"{simulator.url}/v1/balance", timeout=30)
    assert answer.status_code == 401
    assert "did not provide an API key" in answer.json()["error"]["message"]


def test_a_restricted_key_may_not_do_what_is_forbidden(simulator):
    simulator.set(forbidden=["payouts.list"])
    restricted = simulator.client(simulator.restricted_key)
    assert restricted.v1.balance.retrieve().object == "balance"
    with pytest.raises(stripe.PermissionError, match="required permissions"):
        restricted.v1.payouts.list()
    with pytest.raises(stripe.PermissionError, match="does not have access to account"):
        restricted.v1.balance.retrieve(options={"stripe_account": "acct_other"})


def test_test_and_live_are_never_mixed(client, simulator):
    live = simulator.client(simulator.live_key)
    customer = make_customer(client)
    with pytest.raises(stripe.InvalidRequestError, match="similar object exists in test mode, but a live mode key"):
        live.v1.customers.retrieve(customer)
    with pytest.raises(stripe.InvalidRequestError, match="similar object exists in test mode"):
        live.v1.payment_intents.create({**INTENT, "payment_method": "pm_card_visa"})
    assert live.v1.customers.list().data == []
    real = make_customer(live)
    with pytest.raises(stripe.InvalidRequestError, match="similar object exists in live mode, but a test mode key"):
        client.v1.customers.retrieve(real)
    card = simulator.make_method(real)["id"]
    assert pay(live, real, card).livemode
    assert simulator.objects("charge") == []
    assert len(simulator.objects("charge", livemode=True)) == 1
    assert {event.livemode for event in live.v1.events.list().data} == {True}


def test_another_version_of_the_interface_is_refused(simulator):
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version: 2019-05-16"):
        simulator.client(stripe_version="2019-05-16").v1.balance.retrieve()


def test_a_path_or_a_body_that_stripe_does_not_know_is_refused(simulator):
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {simulator.key}"
    unknown = session.get(f"{simulator.url}/v1/nothings", timeout=30)
    assert (unknown.status_code, "Unrecognized request URL" in unknown.text) == (404, True)
    as_json = session.post(f"{simulator.url}/v1/customers", json={"name": "Ada"}, timeout=30)
    assert (as_json.status_code, "content type" in as_json.text) == (400, True)
    twice = session.post(f"{simulator.url}/v1/customers", data="name=Ada&name[first]=Ada", timeout=30)
    assert twice.status_code == 400
    assert simulator.objects("customer") == []


def test_what_the_simulator_would_overlook_is_refused(client):
    with pytest.raises(stripe.APIError, match="does nothing about radar_options") as refused:
        client.v1.payment_intents.create({**INTENT, "radar_options": {"session": "rse_1"}})
    assert refused.value.http_status == 501


def test_the_extent_names_every_request_and_only_parameters_that_the_sdk_has():
    assert set(extent.DONE) == set(routes.NAMES)
    for route in routes.ROUTES:
        known, _required = parameters.get_fields(route.parameters)
        assert set(extent.DONE[route.name].split()) <= set(known), route.name


def test_an_account_that_may_not_charge_is_refused(client, simulator):
    customer = make_customer(client)
    card = save(client, customer)
    simulator.set(account={"charges_enabled": False, "country": "AT"})
    with pytest.raises(stripe.PermissionError, match="cannot currently make live charges"):
        pay(client, customer, card)
    assert client.v1.accounts.retrieve_current().country == "AT"


def test_what_was_asked_is_written_down_without_the_key(client, simulator):
    customer = make_customer(client)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({**INTENT, "customer": customer, "automatic_payment_methods": {"on": True}})
    first, second = simulator.requests()
    assert (first.name, first.method, first.path, first.status) == ("customers.create", "POST", "/v1/customers", 200)
    assert first.parameters == {"name": "Ada", "email": "ada@example.com"}
    assert second.status == 400
    assert second.parameters["automatic_payment_methods"] == {"on": "true"}
    assert second.headers["Stripe-Version"] == stripe.api_version
    assert simulator.key not in json.dumps([first.headers, second.headers])
    simulator.forget_requests()
    assert simulator.requests() == []


def test_automatic_methods_need_no_way_back_without_redirects(client):
    params = {**INTENT, "confirm": True, "payment_method": "pm_card_visa"}
    taken = client.v1.payment_intents.create({**params, "automatic_payment_methods": WITHOUT_REDIRECTS})
    assert taken.status == "succeeded"
    back = client.v1.payment_intents.create({**params, "return_url": "https://example.com/back"})
    assert back.status == "succeeded"
