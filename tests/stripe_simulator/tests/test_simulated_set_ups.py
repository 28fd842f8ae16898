"""Setup intents: saved, declined, waiting for the customer, given up."""

import pytest
import stripe
from simulated_payments import WITHOUT_REDIRECTS, make_customer


def set_up(client, method, **more):
    return client.v1.setup_intents.create(
        {
            "customer": make_customer(client),
            "payment_method": method,
            "confirm": True,
            "automatic_payment_methods": WITHOUT_REDIRECTS,
            **more,
        }
    )


def test_a_card_is_saved_for_its_customer(client):
    saved = set_up(client, "pm_card_visa", metadata={"account": "7"})
    assert (saved.status, saved.usage) == ("succeeded", "off_session")
    assert client.v1.payment_methods.retrieve(saved.payment_method).customer == saved.customer
    assert client.v1.setup_intents.retrieve(saved.id).metadata["account"] == "7"


def test_a_declined_card_is_not_saved(client, simulator):
    with pytest.raises(stripe.CardError) as declined:
        set_up(client, "pm_card_chargeDeclinedExpiredCard")
    setup = client.v1.setup_intents.retrieve(declined.value.error.setup_intent.id)
    assert (setup.status, setup.last_setup_error.code) == ("requires_payment_method", "expired_card")
    assert client.v1.customers.payment_methods.list(setup.customer).data == []
    assert simulator.objects("event")[0]["type"] == "setup_intent.setup_failed"


@pytest.mark.parametrize(("succeeds", "status"), [(True, "succeeded"), (False, "requires_payment_method")])
def test_a_set_up_waits_for_its_customer(client, simulator, succeeds, status):
    waiting = set_up(client, "pm_card_authenticationRequired")
    assert (waiting.status, waiting.next_action.type) == ("requires_action", "use_stripe_sdk")
    simulator.authenticate(waiting.id, succeeds=succeeds)
    assert client.v1.setup_intents.retrieve(waiting.id).status == status


def test_a_set_up_is_made_first_and_confirmed_later_or_given_up(client):
    customer = make_customer(client)
    params = {"customer": customer, "automatic_payment_methods": WITHOUT_REDIRECTS}
    first, second = client.v1.setup_intents.create(params), client.v1.setup_intents.create(params)
    assert client.v1.setup_intents.confirm(first.id, {"payment_method": "pm_card_visa"}).status == "succeeded"
    assert client.v1.setup_intents.cancel(second.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.setup_intents.confirm(second.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "setup_intent_unexpected_state"
    assert [one.id for one in client.v1.setup_intents.list({"customer": customer}).data] == [second.id, first.id]


def test_a_way_back_must_be_named_where_a_customer_may_be_sent_away(client):
    params = {"customer": make_customer(client), "payment_method": "pm_card_visa", "confirm": True}
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        client.v1.setup_intents.create(params)
    saved = client.v1.setup_intents.create({**params, "return_url": "https://example.com/back"})
    assert saved.status == "succeeded"
