"""Payment intents: each way that one can go, from the first try to the money."""

import pytest
import stripe
from simulated_payments import WITHOUT_REDIRECTS, make_customer, pay, pay_by_card, save


def test_a_payment_without_the_customer_succeeds_at_once(client):
    paid = pay_by_card(client, 4321)
    assert (paid.status, paid.amount_received) == ("succeeded", 4321)
    charge = client.v1.charges.retrieve(paid.latest_charge)
    assert (charge.status, charge.paid, charge.amount_captured) == ("succeeded", True, 4321)
    assert charge.outcome.type == "authorized"


@pytest.mark.parametrize(
    ("decline", "code", "decline_code", "advice"),
    [
        ("generic_decline", "card_declined", "generic_decline", "try_again_later"),
        ("insufficient_funds", "card_declined", "insufficient_funds", "try_again_later"),
        ("lost_card", "card_declined", "lost_card", "do_not_try_again"),
        ("expired_card", "expired_card", None, "confirm_card_data"),
        ("code_of_tomorrow", "card_declined", "code_of_tomorrow", None),
    ],
)
def test_a_decline_is_told_with_its_codes_and_leaves_its_traces(client, simulator, decline, code, decline_code, advice):
    customer = make_customer(client)
    card = save(client, customer)
    simulator.behave(card, decline=decline)
    with pytest.raises(stripe.CardError) as declined:
        pay(client, customer, card, metadata={"attempt": "7"})
    error = declined.value
    assert (error.http_status, error.code) == (402, code)
    told = error.error.to_dict()
    assert (told.get("decline_code"), told.get("advice_code")) == (decline_code, advice)
    intent = client.v1.payment_intents.retrieve(error.error.payment_intent.id)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error.payment_method.id == card
    assert intent.metadata["attempt"] == "7"
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.status, charge.failure_code, charge.outcome.reason) == ("failed", code, decline_code or code)
    assert charge.balance_transaction is None
    types = [event["type"] for event in simulator.objects("event")]
    assert types[:3] == ["payment_intent.payment_failed", "charge.failed", "payment_intent.created"]


def test_what_was_declined_is_paid_with_the_same_intent_later(client, simulator):
    customer = make_customer(client)
    card = save(client, customer, "pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError) as declined:
        pay(client, customer, card)
    simulator.behave(card, decline=None)
    intent = declined.value.error.payment_intent.id
    paid = client.v1.payment_intents.confirm(intent, {"payment_method": card, "off_session": True})
    assert paid.status == "succeeded"
    states = [charge.status for charge in client.v1.charges.list({"payment_intent": intent}).data]
    assert states == ["succeeded", "failed"]


def test_a_bank_that_wants_the_customer_declines_without_and_is_satisfied_with_them(client, simulator):
    customer = make_customer(client)
    card = save(client, customer, "pm_card_authenticationRequired")
    with pytest.raises(stripe.CardError) as declined:
        pay(client, customer, card)
    error = declined.value
    assert (error.http_status, error.code) == (402, "authentication_required")
    assert error.error.decline_code == "authentication_required"
    intent = error.error.payment_intent
    assert intent.status == "requires_payment_method"
    waiting = client.v1.payment_intents.confirm(
        intent.id, {"payment_method": card, "return_url": "https://example.com/back"}
    )
    assert waiting.status == "requires_action"
    assert waiting.next_action.redirect_to_url.return_url == "https://example.com/back"
    simulator.authenticate(intent.id)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert len(simulator.objects("charge", status="succeeded")) == 1


def test_a_customer_who_fails_to_prove_who_they_are_has_not_paid(client, simulator):
    customer = make_customer(client)
    card = save(client, customer, "pm_card_authenticationRequired")
    waiting = pay(client, customer, card, off_session=False)
    simulator.authenticate(waiting.id, succeeds=False)
    intent = client.v1.payment_intents.retrieve(waiting.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert simulator.objects("charge") == []


def test_a_card_that_was_set_up_asks_for_nobody(client, simulator):
    customer = make_customer(client)
    setup = client.v1.setup_intents.create(
        {
            "customer": customer,
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "confirm": True,
            "automatic_payment_methods": WITHOUT_REDIRECTS,
        }
    )
    assert setup.status == "requires_action"
    simulator.authenticate(setup.id)
    assert pay(client, customer, setup.payment_method).status == "succeeded"


def test_what_is_reserved_is_captured_in_part_or_set_free(client, simulator):
    customer = make_customer(client)
    card = save(client, customer)
    first = pay(client, customer, card, 1000, capture_method="manual")
    second = pay(client, customer, card, 1000, capture_method="manual")
    assert (first.status, first.amount_capturable) == ("requires_capture", 1000)
    assert simulator.objects("balance_transaction") == []
    with pytest.raises(stripe.InvalidRequestError, match="amount to capture"):
        client.v1.payment_intents.capture(first.id, {"amount_to_capture": 1001})
    captured = client.v1.payment_intents.capture(first.id, {"amount_to_capture": 700})
    assert (captured.status, captured.amount_received) == ("succeeded", 700)
    canceled = client.v1.payment_intents.cancel(second.id, {"cancellation_reason": "duplicate"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "duplicate")
    assert [one["amount"] for one in simulator.objects("balance_transaction")] == [700]


def test_what_has_ended_is_not_confirmed_captured_or_canceled_again(client):
    paid = pay_by_card(client)
    intents = client.v1.payment_intents
    for act in (intents.confirm, intents.capture, intents.cancel):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            act(paid.id)
        assert refused.value.code == "payment_intent_unexpected_state"
    assert client.v1.payment_intents.retrieve(paid.id).status == "succeeded"


def test_an_intent_is_made_first_and_confirmed_later(client):
    customer = make_customer(client)
    made = client.v1.payment_intents.create(
        {"amount": 500, "currency": "EUR", "customer": customer, "automatic_payment_methods": WITHOUT_REDIRECTS}
    )
    assert (made.status, made.currency) == ("requires_payment_method", "eur")
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        client.v1.payment_intents.confirm(made.id)
    changed = client.v1.payment_intents.update(made.id, {"amount": 600, "payment_method": save(client, customer)})
    assert changed.status == "requires_confirmation"
    assert client.v1.payment_intents.confirm(made.id).amount_received == 600


def test_a_method_is_saved_with_the_payment_of_its_customer(client):
    customer = make_customer(client)
    paid = pay(client, customer, "pm_card_visa", off_session=False, setup_future_usage="off_session")
    assert client.v1.payment_methods.retrieve(paid.payment_method).customer == customer
    assert pay(client, customer, paid.payment_method).status == "succeeded"


def test_intents_are_found_by_customer_time_and_metadata(client, simulator):
    customer = make_customer(client)
    card = save(client, customer)
    old = pay(client, customer, card, metadata={"attempt": "a'1"})
    then = int(simulator.advance(hours=2).timestamp())
    new = pay(client, customer, card, metadata={"attempt": "2"})
    pay_by_card(client)
    found = client.v1.payment_intents.list({"customer": customer, "created": {"gte": then}})
    assert [intent.id for intent in found.data] == [new.id]
    for query, expected in [
        (r"metadata['attempt']:'a\'1'", [old.id]),
        ('metadata["attempt"]:"2" AND status:"succeeded"', [new.id]),
        (f"customer:'{customer}' AND created<{then}", [old.id]),
        ("metadata['attempt']:'3'", []),
    ]:
        assert [intent.id for intent in client.v1.payment_intents.search({"query": query}).data] == expected, query
    with pytest.raises(stripe.InvalidRequestError, match="unable to parse"):
        client.v1.payment_intents.search({"query": "attempt is 7"})


def test_a_search_finds_what_is_new_only_later(client, simulator):
    simulator.set(search_lag=60)
    customer = make_customer(client)
    pay(client, customer, save(client, customer), metadata={"attempt": "7"})
    query = {"query": "metadata['attempt']:'7'"}
    assert client.v1.payment_intents.search(query).data == []
    simulator.advance(seconds=61)
    assert len(client.v1.payment_intents.search(query).data) == 1


def test_lists_have_pages_in_both_directions(client):
    customer = make_customer(client)
    card = save(client, customer)
    made = [pay(client, customer, card).id for _number in range(5)][::-1]
    first = client.v1.payment_intents.list({"limit": 2})
    assert ([one.id for one in first.data], first.has_more) == (made[:2], True)
    rest = client.v1.payment_intents.list({"limit": 3, "starting_after": made[1]})
    assert ([one.id for one in rest.data], rest.has_more) == (made[2:], False)
    before = client.v1.payment_intents.list({"limit": 2, "ending_before": made[3]})
    assert ([one.id for one in before.data], before.has_more) == (made[1:3], True)
    assert [one.id for one in client.v1.payment_intents.list({"limit": 2}).auto_paging_iter()] == made


def test_what_is_asked_for_is_expanded(client):
    paid = pay_by_card(client, 1000)
    params = {"expand": ["latest_charge.balance_transaction", "customer"]}
    found = client.v1.payment_intents.retrieve(paid.id, params)
    assert found.latest_charge.balance_transaction.amount == 1000
    assert found.customer.name == "Ada"
    listed = client.v1.payment_intents.list({"expand": ["data.latest_charge"]})
    assert listed.data[0].latest_charge.id == paid.latest_charge
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.payment_intents.retrieve(paid.id, {"expand": ["amount"]})
