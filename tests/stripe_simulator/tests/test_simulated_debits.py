"""SEPA debits: mandates, payments that are under way for days, and those that come back."""

import pytest
import stripe
from simulated_payments import WITHOUT_REDIRECTS, debit, make_customer, pay, save_account


def test_a_mandate_is_given_with_the_set_up(client):
    saved = save_account(client)
    assert saved.status == "succeeded"
    mandate = client.v1.mandates.retrieve(saved.mandate)
    assert (mandate.status, mandate.type, mandate.payment_method) == ("active", "multi_use", saved.payment_method)
    assert client.v1.payment_methods.retrieve(saved.payment_method).customer == saved.customer


def test_a_debit_is_under_way_until_its_bank_has_answered(client, simulator):
    under_way = debit(client)
    assert under_way.status == "processing"
    assert client.v1.charges.retrieve(under_way.latest_charge).status == "pending"
    simulator.advance(days=4)
    assert client.v1.payment_intents.retrieve(under_way.id).status == "processing"
    simulator.advance(days=1)
    assert client.v1.payment_intents.retrieve(under_way.id).status == "succeeded"
    types = [event["type"] for event in simulator.objects("event")]
    assert types.index("payment_intent.succeeded") < types.index("payment_intent.processing")


def test_a_debit_that_fails_takes_its_money_back_out_of_the_balance(client, simulator):
    under_way = debit(client, 1000, "pm_insufficientFunds_de")
    simulator.advance(days=6)
    intent = client.v1.payment_intents.retrieve(under_way.id)
    assert intent.status == "requires_payment_method"
    charge = client.v1.charges.retrieve(under_way.latest_charge)
    assert (charge.status, charge.failure_code) == ("failed", "insufficient_funds")
    amounts = [transaction["amount"] for transaction in simulator.objects("balance_transaction")]
    assert amounts == [-1000, 1000]


def test_a_debit_that_was_paid_comes_back(client, simulator):
    paid = debit(client)
    simulator.settle(paid.id)
    assert client.v1.payment_intents.retrieve(paid.id).status == "succeeded"
    simulator.settle(paid.id, outcome="failed", failure="debit_not_authorized")
    charge = client.v1.charges.retrieve(paid.latest_charge)
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, "debit_not_authorized")
    assert simulator.objects("event")[0]["type"] == "payment_intent.payment_failed"


def test_a_disputed_debit_is_lost_at_once(client, simulator):
    paid = debit(client, 1000, "pm_disputed_de")
    simulator.advance(days=6)
    [dispute] = client.v1.disputes.list({"payment_intent": paid.id}).data
    assert (dispute.status, dispute.is_charge_refundable) == ("lost", False)
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        client.v1.refunds.create({"payment_intent": paid.id})


def test_nobody_is_debited_without_a_mandate(client, simulator):
    account = client.v1.payment_methods.create(
        {
            "type": "sepa_debit",
            "sepa_debit": {"iban": "AT61 1904 3002 3457 3201"},
            "billing_details": {"name": "Ada", "email": "ada@example.com"},
        }
    )
    customer = make_customer(client)
    client.v1.payment_methods.attach(account.id, {"customer": customer})
    with pytest.raises(stripe.InvalidRequestError, match="mandate_data"):
        pay(client, customer, account.id)
    saved = save_account(client)
    simulator.end_mandate(saved.mandate)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        pay(client, saved.customer, saved.payment_method)
    assert refused.value.code == "payment_intent_mandate_invalid"
    assert simulator.objects("event")[0]["type"] == "mandate.updated"


def test_a_set_up_without_acceptance_is_refused(client):
    params = {
        "customer": make_customer(client),
        "payment_method": "pm_success_de",
        "confirm": True,
        "automatic_payment_methods": WITHOUT_REDIRECTS,
    }
    with pytest.raises(stripe.InvalidRequestError, match="mandate_data"):
        client.v1.setup_intents.create(params)


def test_a_debit_is_of_euros(client):
    saved = save_account(client)
    with pytest.raises(stripe.InvalidRequestError, match="euros"):
        pay(client, saved.customer, saved.payment_method, currency="usd")


def test_an_account_that_may_not_take_debits_is_refused_them(client, simulator):
    saved = save_account(client)
    simulator.set(account={"capabilities": {"card_payments": "active", "sepa_debit_payments": "inactive"}})
    with pytest.raises(stripe.InvalidRequestError, match="activated"):
        pay(client, saved.customer, saved.payment_method)
    assert client.v1.accounts.retrieve_current().capabilities.sepa_debit_payments == "inactive"
