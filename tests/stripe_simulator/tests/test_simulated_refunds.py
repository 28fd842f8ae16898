"""Refunds: never more than is left, at once or later, and those that come back."""

import pytest
import stripe
from simulated_payments import debit, pay_by_card


def test_parts_are_given_back_until_nothing_is_left(client, simulator):
    paid = pay_by_card(client, 1000)
    first = client.v1.refunds.create({"payment_intent": paid.id, "amount": 400, "metadata": {"note": "7"}})
    assert (first.status, first.metadata["note"]) == ("succeeded", "7")
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        client.v1.refunds.create({"charge": paid.latest_charge, "amount": 601})
    client.v1.refunds.create({"charge": paid.latest_charge, "reason": "requested_by_customer"})
    charge = client.v1.charges.retrieve(paid.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (1000, True)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": paid.id})
    assert refused.value.code == "charge_already_refunded"
    assert [refund.amount for refund in client.v1.refunds.list({"payment_intent": paid.id}).data] == [600, 400]
    assert sum(one["amount"] for one in simulator.objects("balance_transaction")) == 0


def test_what_was_not_paid_is_not_given_back(client):
    under_way = debit(client)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": under_way.id})


def test_a_refund_of_a_debit_is_under_way_and_may_fail_later(client, simulator):
    paid = debit(client, 1000)
    simulator.settle(paid.id)
    refund = client.v1.refunds.create({"payment_intent": paid.id, "amount": 300})
    assert refund.status == "pending"
    simulator.settle(refund.id, outcome="failed", failure="declined")
    found = client.v1.refunds.retrieve(refund.id)
    assert (found.status, found.failure_reason) == ("failed", "declined")
    assert client.v1.charges.retrieve(paid.latest_charge).amount_refunded == 0
    assert simulator.objects("event")[0]["type"] == "refund.failed"
    second = client.v1.refunds.create({"payment_intent": paid.id})
    simulator.advance(days=6)
    assert client.v1.refunds.retrieve(second.id).status == "succeeded"


@pytest.mark.parametrize(
    ("card", "first", "last"),
    [("pm_card_pendingRefund", "pending", "succeeded"), ("pm_card_refundFail", "succeeded", "failed")],
)
def test_the_cards_of_refunds_behave_as_their_names(client, simulator, card, first, last):
    refund = client.v1.refunds.create({"payment_intent": pay_by_card(client, like=card).id})
    assert refund.status == first
    simulator.advance(days=6)
    assert client.v1.refunds.retrieve(refund.id).status == last


def test_a_refund_on_stripes_own_pages_is_told_by_events(client, simulator):
    paid = pay_by_card(client, 1000)
    refund = simulator.refund_in_dashboard(paid.id, amount=250)
    assert client.v1.refunds.retrieve(refund["id"]).amount == 250
    [event] = client.v1.events.list({"type": "charge.refunded"}).data
    assert event.data.object.amount_refunded == 250
    assert event.data.previous_attributes["amount_refunded"] == 0
    assert event.request.idempotency_key is None
