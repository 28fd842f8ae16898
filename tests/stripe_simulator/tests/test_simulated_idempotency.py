"""Idempotency keys: one effect, one answer, for a day."""

import threading

import pytest
import stripe
from simulated_payments import make_customer, pay, pay_by_card, save


@pytest.fixture
def payer(client):
    """A customer and their card."""
    customer = make_customer(client)
    return customer, save(client, customer)


def test_the_same_request_gets_the_first_answer(client, simulator, payer):
    first = pay(client, *payer, key="one")
    second = pay(client, *payer, key="one")
    assert second.id == first.id
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert second.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert len(simulator.objects("charge")) == 1
    assert [one.replayed for one in simulator.requests("payment_intents.create")] == [False, True]


def test_a_decline_is_an_answer_too(client, simulator, payer):
    simulator.behave(payer[1], decline="insufficient_funds")
    intents = set()
    for _time in range(2):
        with pytest.raises(stripe.CardError) as declined:
            pay(client, *payer, key="one")
        intents.add(declined.value.error.payment_intent.id)
    simulator.behave(payer[1], decline=None)
    with pytest.raises(stripe.CardError):
        pay(client, *payer, key="one")
    assert len(intents) == len(simulator.objects("charge")) == 1


def test_a_key_with_other_parameters_or_for_something_else_is_refused(client, simulator, payer):
    paid = pay(client, *payer, 1000, key="one")
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        pay(client, *payer, 1001, key="one")
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.refunds.create({"payment_intent": paid.id}, {"idempotency_key": "one"})
    assert len(simulator.objects("charge")) == 1
    assert simulator.objects("refund") == []


def test_a_key_is_kept_for_a_day_and_forgotten_then(client, simulator, payer):
    first = pay(client, *payer, key="one")
    simulator.advance(hours=24)
    assert pay(client, *payer, key="one").id == first.id
    simulator.advance(hours=1)
    assert pay(client, *payer, key="one").id != first.id
    assert len(simulator.objects("charge")) == 2


def test_while_the_first_is_under_way_the_same_key_is_a_conflict(client, simulator, payer):
    simulator.fail("payment_intents.create", "hold")
    found = []
    thread = threading.Thread(target=lambda: found.append(pay(client, *payer, key="one")))
    thread.start()
    simulator.wait_for_fault("payment_intents.create")
    with pytest.raises(stripe.APIError) as refused:
        pay(simulator.client(), *payer, key="one")
    assert refused.value.http_status == 409
    simulator.release()
    thread.join()
    assert pay(client, *payer, key="one").id == found[0].id
    assert len(simulator.objects("charge")) == 1


def test_sixteen_threads_with_one_key_make_one_charge(client, simulator, payer):
    answers = []
    together = threading.Barrier(16)

    def try_it():
        own = simulator.client()
        together.wait()
        try:
            answers.append(pay(own, *payer, key="one").id)
        except stripe.APIError as error:
            answers.append(error.http_status)

    threads = [threading.Thread(target=try_it) for _thread in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [charge] = simulator.objects("charge", status="succeeded")
    assert len(answers) == 16
    assert set(answers) - {409} == {charge["payment_intent"]}
    assert len(simulator.requests("payment_intents.create")) == 16


def test_what_was_refused_before_any_work_leaves_the_key_free(client, simulator, payer):
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter"):
        pay(client, *payer, key="one", payment_method_types=["card"])
    assert pay(client, *payer, key="one").status == "succeeded"


def test_what_the_work_refused_is_kept(client, simulator):
    paid = pay_by_card(client, 1000)
    for _time in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="greater than"):
            client.v1.refunds.create({"charge": paid.latest_charge, "amount": 1001}, {"idempotency_key": "one"})
    assert [one.replayed for one in simulator.requests("refunds.create")] == [False, True]


def test_each_mode_has_its_own_keys(simulator):
    made = {
        simulator.client(key).v1.customers.create({}, {"idempotency_key": "one"}).id
        for key in (simulator.key, simulator.live_key)
    }
    assert len(made) == 2


def test_the_sdk_sends_a_key_by_itself_and_all_of_them_are_seen(client, simulator):
    pay_by_card(client)
    posts = [request for request in simulator.requests() if request.method == "POST"]
    assert len(posts) == 3
    assert all(request.key for request in posts)
