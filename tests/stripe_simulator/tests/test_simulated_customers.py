"""Customers and their methods: what can be kept, used again, and what cannot."""

import pytest
import stripe
from simulated_payments import WITHOUT_REDIRECTS, make_customer, pay, save


def test_a_customer_is_made_changed_and_listed(client):
    customer = client.v1.customers.create({"name": "Ada", "metadata": {"partner": "7", "kind": "old"}})
    client.v1.customers.update(customer.id, {"email": "ada@example.com", "metadata": {"kind": ""}})
    found = client.v1.customers.retrieve(customer.id)
    assert (found.name, found.email, found.metadata.to_dict()) == ("Ada", "ada@example.com", {"partner": "7"})
    client.v1.customers.create({"email": "grace@example.com"})
    assert [one.id for one in client.v1.customers.list({"email": "ada@example.com"}).data] == [customer.id]


def test_what_a_customer_is_told_by_makes_events_with_what_was_there_before(client, simulator):
    customer = client.v1.customers.create({"name": "Ada"})
    client.v1.customers.update(customer.id, {"name": "Grace"})
    client.v1.customers.update(customer.id, {"name": "Grace"})
    assert [event["type"] for event in simulator.objects("event")] == ["customer.updated", "customer.created"]
    assert simulator.objects("event")[0]["data"]["previous_attributes"] == {"name": "Ada"}


def test_a_deleted_customer_is_known_as_such_and_pays_no_more(client):
    customer = make_customer(client)
    card = save(client, customer)
    assert client.v1.customers.delete(customer).deleted
    assert client.v1.customers.retrieve(customer).deleted
    assert client.v1.customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        pay(client, customer, card)


def test_each_use_of_a_well_known_id_is_a_new_method(client):
    customer = make_customer(client)
    first, second = save(client, customer), save(client, customer)
    save(client, make_customer(client))
    assert first != second
    assert [one.id for one in client.v1.customers.payment_methods.list(customer).data] == [second, first]
    assert client.v1.customers.payment_methods.retrieve(customer, first).card.last4 == "4242"
    listed = client.v1.payment_methods.list({"customer": customer, "type": "sepa_debit"})
    assert listed.data == []


def test_a_detached_method_can_never_be_used_again(client, simulator):
    customer = make_customer(client)
    card = save(client, customer)
    assert client.v1.payment_methods.detach(card).customer is None
    for use in (lambda: save(client, customer, card), lambda: pay(client, customer, card)):
        with pytest.raises(stripe.InvalidRequestError, match="It may not be used again"):
            use()
    assert simulator.objects("event")[0]["type"] == "payment_method.detached"


def test_a_method_pays_for_its_customer_only(client):
    owner, other = make_customer(client), make_customer(client)
    card = save(client, owner)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        pay(client, other, card)
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        save(client, other, card)
    params = {"amount": 100, "currency": "eur", "payment_method": card}
    with pytest.raises(stripe.InvalidRequestError, match="include the Customer"):
        client.v1.payment_intents.create(params)


def test_a_method_of_nobody_pays_once(client):
    params = {"amount": 100, "currency": "eur", "confirm": True, "automatic_payment_methods": WITHOUT_REDIRECTS}
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    client.v1.payment_intents.create({**params, "payment_method": method.id})
    with pytest.raises(stripe.InvalidRequestError, match="It may not be used again"):
        client.v1.payment_intents.create({**params, "payment_method": method.id})


def test_a_card_that_is_declined_cannot_be_saved(client):
    with pytest.raises(stripe.CardError) as declined:
        save(client, make_customer(client), "pm_card_chargeDeclinedStolenCard")
    assert (declined.value.code, declined.value.error.decline_code) == ("card_declined", "stolen_card")


def test_numbers_of_cards_are_not_taken(client):
    card = {"number": "4242424242424242", "exp_month": 1, "exp_year": 2030, "cvc": "123"}
    with pytest.raises(stripe.InvalidRequestError, match="generally unsafe"):
        client.v1.payment_methods.create({"type": "card", "card": card})


def test_a_card_is_renewed_by_its_network(client, simulator):
    card = save(client, make_customer(client))
    simulator.renew_card(card, exp_month=3, exp_year=2031, last4="1881")
    found = client.v1.payment_methods.retrieve(card).card
    assert (found.exp_month, found.exp_year, found.last4) == (3, 2031, "1881")
    [event] = client.v1.events.list({"type": "payment_method.automatically_updated"}).data
    assert event.data.object.id == card


def test_a_default_method_is_one_of_the_customers(client):
    customer, stranger = make_customer(client), save(client, make_customer(client))
    card = save(client, customer)
    changed = client.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": card}})
    assert changed.invoice_settings.default_payment_method == card
    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod"):
        client.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": stranger}})
