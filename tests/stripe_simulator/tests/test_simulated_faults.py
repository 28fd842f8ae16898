"""Faults: what is lost before it was heard, and what after it was done."""

import threading

import pytest
import stripe
from simulated_payments import make_customer, pay, save

SOON = 0.3


@pytest.fixture
def payer(client):
    """A customer and their card."""
    customer = make_customer(client)
    return customer, save(client, customer)


def count_charges(simulator):
    return len(simulator.objects("charge", status="succeeded"))


@pytest.mark.parametrize(
    ("fault", "error", "charges"),
    [
        ("timeout_before", stripe.APIConnectionError, 0),
        ("reset_before", stripe.APIConnectionError, 0),
        ("error_before", stripe.APIError, 0),
        ("conflict", stripe.APIError, 0),
        ("too_many", stripe.RateLimitError, 0),
        ("timeout_after", stripe.APIConnectionError, 1),
        ("reset_after", stripe.APIConnectionError, 1),
        ("error_after", stripe.APIError, 1),
    ],
)
def test_a_fault_hits_once_and_the_same_key_never_charges_twice(client, simulator, payer, fault, error, charges):
    simulator.fail("payment_intents.create", fault)
    # only a timeout needs somebody who does not wait long
    hasty = simulator.client(timeout=SOON) if fault.startswith("timeout") else client
    with pytest.raises(error):
        pay(hasty, *payer, key="one", metadata={"attempt": "7"})
    simulator.wait_for_fault("payment_intents.create")
    assert count_charges(simulator) == charges
    found = client.v1.payment_intents.search({"query": "metadata['attempt']:'7'"}).data
    assert [intent.status for intent in found] == ["succeeded"] * charges
    if fault == "error_after":
        # the answer that was kept is the failure
        with pytest.raises(stripe.APIError) as again:
            pay(client, *payer, key="one", metadata={"attempt": "7"})
        assert again.value.headers["Idempotent-Replayed"] == "true"
    else:
        assert pay(client, *payer, key="one", metadata={"attempt": "7"}).status == "succeeded"
    assert count_charges(simulator) == 1
    assert simulator.requests("payment_intents.create")[0].fault == fault


@pytest.mark.parametrize(("fault", "status"), [("error_before", 500), ("conflict", 409), ("too_many", 429)])
def test_a_fault_with_an_answer_has_its_status(client, simulator, fault, status):
    simulator.fail("balance.retrieve", fault)
    with pytest.raises(stripe.StripeError) as failed:
        client.v1.balance.retrieve()
    assert failed.value.http_status == status
    assert client.v1.balance.retrieve().object == "balance"


def test_a_reset_is_told_as_such_and_not_as_a_long_silence(client, simulator):
    simulator.fail("balance.retrieve", "reset_before")
    with pytest.raises(stripe.APIConnectionError, match=r"(?i)reset|aborted"):
        client.v1.balance.retrieve()


def test_somebody_who_waits_long_enough_gets_a_slow_answer(client, simulator, payer):
    simulator.fail("payment_intents.create", "slow", seconds=0.05)
    assert pay(client, *payer).status == "succeeded"
    assert simulator.requests("payment_intents.create")[0].fault == "slow"


def test_a_slow_request_goes_on_when_its_client_has_gone(client, simulator, payer):
    simulator.fail("payment_intents.create", "hold")
    with pytest.raises(stripe.APIConnectionError):
        pay(simulator.client(timeout=SOON), *payer, key="one")
    simulator.wait_for_fault("payment_intents.create")
    assert count_charges(simulator) == 0
    simulator.release()
    # it is under way until it is done
    done = threading.Event()
    while not done.wait(0.01):
        if count_charges(simulator):
            done.set()
    assert pay(client, *payer, key="one").status == "succeeded"
    assert count_charges(simulator) == 1


def test_faults_are_counted_by_their_kind_of_request(client, simulator, payer):
    simulator.fail("payment_intents.create", "error_before", count=2, passing=1)
    statuses = []
    for _time in range(4):
        assert client.v1.balance.retrieve().object == "balance"
        try:
            statuses.append(pay(client, *payer).status)
        except stripe.APIError as error:
            statuses.append(error.http_status)
    assert statuses == ["succeeded", 500, 500, "succeeded"]


def test_a_fault_of_all_requests_lasts_until_it_is_cleared(client, simulator):
    simulator.fail("*", "error_before", count=None)
    for ask in (client.v1.balance.retrieve, client.v1.customers.create, client.v1.payouts.list):
        with pytest.raises(stripe.APIError):
            ask()
    simulator.clear_faults()
    assert client.v1.payouts.list().data == []
    assert simulator.objects("customer") == []


def test_the_sdk_tries_again_by_itself_with_the_same_key(simulator, payer):
    simulator.fail("payment_intents.create", "reset_after")
    patient = simulator.client(max_network_retries=2)
    assert pay(patient, *payer).status == "succeeded"
    first, second = simulator.requests("payment_intents.create")
    assert first.key == second.key
    assert second.replayed
    assert count_charges(simulator) == 1


def test_a_fault_that_there_is_not_is_refused(simulator):
    with pytest.raises(Exception, match="there is no fault hiccup"):
        simulator.fail("*", "hiccup")
    with pytest.raises(Exception, match=r"there is no request payment_intents\.make"):
        simulator.fail("payment_intents.make", "slow")
