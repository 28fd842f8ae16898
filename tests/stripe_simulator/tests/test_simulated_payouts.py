"""The balance and payouts: every cent is in a balance transaction, and each of those in one payout."""

import pytest
import stripe
from simulated_payments import debit, make_customer, pay, pay_by_card, save


def get_sum(client, **params):
    pages = client.v1.balance_transactions.list({"limit": 2, **params}).auto_paging_iter()
    return sum(transaction.net for transaction in pages)


def test_a_fee_is_a_share_and_a_fixed_amount_with_halves_rounded_up(client, simulator):
    paid = pay_by_card(client, 1033)
    charge = client.v1.charges.retrieve(paid.latest_charge, {"expand": ["balance_transaction"]})
    # 1.5 % of 10.33 are 15.495 cents
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (15 + 25, 1033 - 40)
    simulator.set(fees={"card": [250, 0]})
    second = client.v1.charges.retrieve(pay_by_card(client, 1020).latest_charge)
    # 2.5 % of 10.20 are 25.5 cents
    assert client.v1.balance_transactions.retrieve(second.balance_transaction).fee == 26


def test_money_is_pending_first_and_available_later(client, simulator):
    pay_by_card(client, 1000)
    assert client.v1.balance.retrieve().pending[0].amount == 960
    simulator.advance(days=3)
    balance = client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (960, 0)


def test_a_payout_is_to_the_cent_what_its_transactions_are(client, simulator):
    customer = make_customer(client)
    card = save(client, customer)
    for amount in (1033, 777, 55_555):
        pay(client, customer, card, amount)
    refunded = pay(client, customer, card, 4_321)
    client.v1.refunds.create({"payment_intent": refunded.id, "amount": 1_234})
    disputed = pay(client, customer, card, 999)
    simulator.close_dispute(simulator.dispute(disputed.id)["id"], "won")
    pay(client, customer, card, 5_000, currency="usd")
    simulator.advance(days=3)
    late = pay(client, customer, card, 100)
    payouts = simulator.pay_out()
    assert {payout["currency"] for payout in payouts} == {"eur", "usd"}
    for payout in payouts:
        listed = list(client.v1.balance_transactions.list({"payout": payout["id"], "limit": 3}).auto_paging_iter())
        own = [transaction for transaction in listed if transaction.type == "payout"]
        assert [transaction.amount for transaction in own] == [-payout["amount"]]
        assert sum(transaction.net for transaction in listed) == 0
        assert {transaction.currency for transaction in listed} == {payout["currency"]}
    # what came late is all that is left
    charge = client.v1.charges.retrieve(late.latest_charge, {"expand": ["balance_transaction"]})
    assert get_sum(client, currency="eur") == charge.balance_transaction.net
    balance = client.v1.balance.retrieve()
    left = sum(part.amount for part in [*balance.available, *balance.pending])
    assert left == charge.balance_transaction.net


def test_a_payout_arrives_or_comes_back(client, simulator):
    pay_by_card(client, 1000)
    [payout] = simulator.pay_out(everything=True)
    assert client.v1.payouts.retrieve(payout["id"]).status == "in_transit"
    assert simulator.pay_out(everything=True) == []
    simulator.advance(days=3)
    assert client.v1.payouts.retrieve(payout["id"]).status == "paid"
    simulator.fail_payout(payout["id"])
    assert client.v1.payouts.list({"status": "failed"}).data[0].failure_code == "account_closed"
    assert client.v1.balance.retrieve().available[0].amount == payout["amount"]
    [again] = simulator.pay_out()
    assert again["amount"] == payout["amount"]
    types = [event["type"] for event in simulator.objects("event") if event["type"].startswith("payout")]
    assert types[::-1][:4] == [
        "payout.created",
        "payout.reconciliation_completed",
        "payout.paid",
        "payout.failed",
    ]


def test_payouts_come_by_themselves_each_midnight(client, simulator):
    simulator.set(automatic_payouts=True)
    pay_by_card(client, 1000)
    under_way = debit(client, 2000)
    simulator.advance(days=10)
    assert client.v1.payment_intents.retrieve(under_way.id).status == "succeeded"
    payouts = client.v1.payouts.list().data
    assert [payout.amount for payout in payouts] == [1965, 960]
    assert all(payout.automatic for payout in payouts)
    assert get_sum(client) == 0


def test_what_is_not_more_than_nothing_is_not_paid_out(client, simulator):
    paid = pay_by_card(client, 1000)
    client.v1.refunds.create({"payment_intent": paid.id})
    assert simulator.pay_out(everything=True) == []
    assert client.v1.balance.retrieve().available[0].amount == -40
    with pytest.raises(stripe.InvalidRequestError, match="No such payout"):
        client.v1.balance_transactions.list({"payout": "po_nothing"})
