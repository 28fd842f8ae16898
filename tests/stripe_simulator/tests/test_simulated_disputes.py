"""Disputes: from their opening to what the bank decides, with what they cost."""

import pytest
import stripe
from simulated_payments import pay_by_card


def get_movements(simulator):
    """Return (amount, fee) of what disputes moved, the oldest first."""
    found = simulator.objects("balance_transaction", type="adjustment")
    return [(one["amount"], one["fee"]) for one in reversed(found)]


def get_types(simulator):
    return [event["type"] for event in reversed(simulator.objects("event")) if "dispute" in event["type"]]


def test_a_dispute_that_is_lost_keeps_the_money_and_the_fee(client, simulator):
    paid = pay_by_card(client, 1000)
    opened = simulator.dispute(paid.id, reason="product_not_received")
    dispute = client.v1.disputes.retrieve(opened["id"])
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "product_not_received", 1000)
    assert dispute.evidence_details.due_by > dispute.created
    assert client.v1.charges.retrieve(paid.latest_charge).disputed
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": paid.id})
    assert refused.value.code == "charge_disputed"
    simulator.close_dispute(dispute.id, "lost")
    assert client.v1.disputes.retrieve(dispute.id).status == "lost"
    assert get_movements(simulator) == [(-1000, 2000)]
    assert get_types(simulator) == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ]


def test_a_dispute_that_is_won_brings_the_money_back_without_the_fee(client, simulator):
    paid = pay_by_card(client, 1000)
    dispute = simulator.dispute(paid.latest_charge, amount=600)["id"]
    answered = client.v1.disputes.update(dispute, {"evidence": {"product_description": "Hosting"}, "submit": True})
    assert (answered.status, answered.evidence_details.submission_count) == ("under_review", 1)
    simulator.close_dispute(dispute, "won")
    assert get_movements(simulator) == [(-600, 2000), (600, 0)]
    assert get_types(simulator)[-2:] == ["charge.dispute.funds_reinstated", "charge.dispute.closed"]
    assert client.v1.refunds.create({"payment_intent": paid.id}).status == "succeeded"


def test_a_draft_of_evidence_is_not_handed_in_and_late_evidence_is_refused(client, simulator):
    dispute = simulator.dispute(pay_by_card(client).id)["id"]
    draft = client.v1.disputes.update(dispute, {"evidence": {"product_description": "Hosting"}, "submit": False})
    assert (draft.status, draft.evidence_details.has_evidence) == ("needs_response", True)
    simulator.advance(days=11)
    with pytest.raises(stripe.InvalidRequestError, match="time for evidence"):
        client.v1.disputes.update(dispute, {"evidence": {"product_description": "Hosting"}})


def test_an_inquiry_takes_no_money_until_it_is_escalated(client, simulator):
    first, second = pay_by_card(client, like="pm_card_createDisputeInquiry"), pay_by_card(client)
    [inquiry] = client.v1.disputes.list({"payment_intent": first.id}).data
    assert (inquiry.status, inquiry.is_charge_refundable) == ("warning_needs_response", True)
    assert get_movements(simulator) == []
    assert client.v1.refunds.create({"payment_intent": first.id, "amount": 100}).status == "succeeded"
    simulator.close_dispute(inquiry.id, "warning_closed")
    other = simulator.dispute(second.id, inquiry=True)["id"]
    simulator.escalate(other)
    assert client.v1.disputes.retrieve(other).status == "needs_response"
    assert get_movements(simulator) == [(-1000, 2000)]


def test_a_dispute_that_is_accepted_is_lost(client):
    paid = pay_by_card(client, like="pm_card_createDispute")
    [dispute] = client.v1.disputes.list({"charge": paid.latest_charge}).data
    assert client.v1.disputes.close(dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        client.v1.disputes.close(dispute.id)
