"""K-21, K-26, C-09, C-12, C-13: debits and refunds at a simulator of Stripe, killed or raced, move money once."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests import leaks
from tests.faults import kills
from tests.faults.clerks import EDITS, LOOKED, ORDERS, get_charges
from tests.faults.debits import ASK, PLAN, SEND, WAKE, Customer, Debits, bring
from tests.faults.parent import task
from tests.faults.tiers import thin
from tests.stripe_simulator.simulator import SECRET, Simulator

CUSTOMERS = 3
KILLS = {"commit": 20, "nightly": 200}
REFUND_KILLS = {"commit": 10, "nightly": 100}
SAME = {"commit": 3, "nightly": 25}
BESIDE = {"commit": 2, "nightly": 20}
# a batch is one of the loop, however many are debited
ONCE = {*kills.of_loop("billing.debit.sending"), "before billing.attempt.settling._commit_batch"} | {
    "after billing.debit.sending._make_transactions",
    "after billing.debit.booking._book_debits",
}
REFUND = """
payment = env["account.payment"].search([("billing_account_id", "=", {account}), ("payment_type", "=", "inbound")])
env["billing.payment.refunds"].refund(payment, 40, "Agreed", seen=0)
"""
POLL = "env['payment.transaction']._cron_post_process()"
# as Odoo's page does: the amount is judged and the transaction begun, then Stripe is told of it
BEGIN = """
from odoo.exceptions import ValidationError
from odoo.service.model import retrying

account = env["billing.account"].browse({account})
provider = env.ref("payment.payment_provider_stripe")

def begin():
    moves = env["account.move"].search([("billing_account_id", "=", account.id)])
    env["billing.paying"].check_amount(100.0, moves, account.currency_id)
    return env["payment.transaction"].create({{"provider_id": provider.id, "amount": 100, "operation": "online_direct",
        "payment_method_id": env.ref("payment.payment_method_card").id, "reference": "page {account}",
        "currency_id": account.currency_id.id, "partner_id": account.partner_id.id,
        "invoice_ids": [(6, 0, moves.ids)]}})

try:
    transaction = retrying(begin, env)
except ValidationError:
    print("refused")
else:
    transaction.provider_reference = {intent!r}
    env.cr.commit()
    print("begun")
    {then}
"""
# what the provider took is noted, and nothing of it is in the books yet
SEND_ONLY = f"""
from unittest.mock import patch
with patch.object(type(env["billing.debit.booking"]), "work", lambda self, attempts=None: None):
    {SEND}
"""
# of two lanes one has posted and not committed when the other posts: who waited would be thrown out
BOOK_BESIDE = """
ids = env["billing.payment.attempt"].search([("account_id", "in", {accounts}), ("state", "=", "succeeded")]).ids
half = len(ids) // 2

def book(env, some):
    env["billing.debit.booking"].with_context(billing_number_blocks=True)._handle(None, dict.fromkeys(some))
    env.flush_all()

book(env, ids[:half])
with env.registry.cursor() as other:
    other.execute("SET LOCAL lock_timeout = '3s'")
    book(env(cr=other), ids[half:])
env.cr.commit()
print(len(ids))
"""
# the customer ends it in their browser, unless the intent has been given up meanwhile
END = """
import contextlib, stripe
from odoo.addons.online_billing_stripe.services.client import CHARGE
client = env["billing.stripe.client"].get_client(env.ref("payment.payment_provider_stripe"), CHARGE)
with contextlib.suppress(stripe.StripeError):
    client.v1.payment_intents.confirm({intent!r}, {{"payment_method": "pm_card_visa"}})
"""
# what a clerk has reset to draft
POST = """
env["account.move"].search([("billing_account_id", "=", {account}), ("state", "=", "draft")]).action_post()
env["billing.payment.consent"].search([("account_id", "=", {account})]).looked_on = False
"""
# what is paid twice stays visible, and what was seen before it was paid is not saved over that
FOR_EVERY_COMMIT = {("registers a payment", "when the money has moved"), ("changes the invoice", LOOKED)}
BESIDE_A_CLERK = [
    pytest.param(edit, order, marks=() if (edit, order) in FOR_EVERY_COMMIT else pytest.mark.nightly)
    for edit in EDITS
    for order in ORDERS
]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running
        assert leaks.find_in_requests(running.requests()) == []


@pytest.fixture(scope="module")
def debits(nursery, simulator) -> Debits:
    return Debits(nursery, simulator)


def test_k21_the_places_are_methods_of_the_services(nursery):
    assert nursery.run("find_missing", places=[*kills.DEBITS, *kills.REFUNDS]) == []


def kill_at(debits: Debits, place: str, occurrence: int) -> bool:
    """Kill the process that sends at a place, and look at what the others make of it; return whether it came there."""
    customers = debits.owe(CUSTOMERS)
    killed = debits.kill(SEND, kill=[place, occurrence])
    debits.clear_up()
    debits.check(customers)
    return killed


@pytest.mark.parametrize("place", thin(kills.DEBITS))
def test_k21_debits_killed_at_a_place_are_charged_once(debits, place, tier):
    """The first, the middle and the last time at night; of a batch there is one."""
    occurrences = (1, 2, CUSTOMERS) if tier == "nightly" else (2,)
    if place in ONCE:
        occurrences = (1,)
    assert [kill_at(debits, place, occurrence) for occurrence in occurrences] == [True] * len(occurrences)


def test_k21_debits_killed_at_random_times_are_charged_once(debits, chance, tier):
    """Two kills each: the process that sends, and the one that asks what became of it."""
    customers = debits.owe(CUSTOMERS)
    begun = time.monotonic()
    debits.do(SEND)
    longest = time.monotonic() - begun
    debits.check(customers)
    killed = 0
    for _round in range(KILLS[tier] // 2):
        customers = debits.owe(CUSTOMERS)
        killed += debits.kill(SEND, kill_after=chance.uniform(0, longest))
        debits.do(WAKE)
        killed += debits.kill(ASK, kill_after=chance.uniform(0, longest))
        debits.clear_up()
        debits.check(customers)
    assert killed > KILLS[tier] / 10, "hardly any process was killed while it worked"


# -- refunds ----------------------------------------------------------------------------------------------------------


def check_refund(debits: Debits, customer: Customer) -> None:
    """Money went back once, at Stripe and in the books."""
    [charge] = debits.simulator.objects("charge", status="succeeded", customer=customer.reference)
    assert charge["amount_refunded"] == 4000
    given = debits.simulator.objects("refund", charge=charge["id"])
    assert [(refund["amount"], refund["status"]) for refund in given] == [(4000, "succeeded")]
    assert debits.get_payments(customer) == [("inbound", 100), ("outbound", 40)]
    debits.nursery.assert_whole()


def refund_again(debits: Debits, customer: Customer) -> None:
    """Let whoever wanted it press the same button again, and hours pass."""
    debits.do(REFUND.format(account=customer.account))
    debits.clear_up()


@pytest.mark.parametrize("place", thin(kills.REFUNDS))
def test_k26_a_refund_killed_at_a_place_and_wanted_again_gives_back_once(debits, place):
    [customer] = debits.owe(1)
    debits.do(SEND)
    assert debits.kill(REFUND.format(account=customer.account), kill=[place, 1]), f"nothing ever came to {place}"
    refund_again(debits, customer)
    check_refund(debits, customer)


def test_k26_a_refund_killed_at_random_times_and_wanted_again_gives_back_once(debits, chance, tier):
    killed = 0
    for _round in range(REFUND_KILLS[tier]):
        [customer] = debits.owe(1)
        debits.do(SEND)
        killed += debits.kill(REFUND.format(account=customer.account), kill_after=chance.uniform(0, 0.5))
        refund_again(debits, customer)
        check_refund(debits, customer)
    assert killed, "no process was killed while it worked"


def test_k26_two_who_give_the_same_back_at_once_give_it_back_once(debits):
    [customer] = debits.owe(1)
    debits.do(SEND)
    script = f"""
from odoo.service.model import retrying
def refund():{indent(REFUND.format(account=customer.account))}
retrying(refund, env)
"""
    debits.do_all(script, script)
    debits.clear_up()
    check_refund(debits, customer)


# -- at once ----------------------------------------------------------------------------------------------------------


def test_c13_two_lanes_book_in_one_journal_and_neither_waits_for_the_other(debits):
    customers = debits.owe(4)
    debits.do(SEND_ONLY)
    accounts = [customer.account for customer in customers]
    assert debits.do(BOOK_BESIDE.format(accounts=accounts)) == "4"
    debits.check(customers)
    rows = debits.nursery.query(
        "SELECT move.made_sequence_gap FROM account_payment payment JOIN account_move move ON move.id = payment.move_id"
        " WHERE payment.billing_account_id = ANY(%s)",
        accounts,
    )
    assert rows == [(False,)] * 4
    assert debits.nursery.query("SELECT * FROM billing_number_block") == []


def test_c12_event_page_jobs_and_question_at_once_make_one_payment_and_keep_its_reference(debits, tier):
    debits.simulator.set_webhook("http://127.0.0.1:9/", secrets=[SECRET])
    for _round in range(SAME[tier]):
        debits.simulator.lose()
        customers = debits.owe(CUSTOMERS)
        # the last one is charged, and the answers of all but the first are lost
        assert debits.kill(SEND, kill=["before billing.attempt.answers.note", 2])
        debits.do(WAKE)
        debits.do_all(bring(debits.simulator), POLL, ASK, SEND)
        debits.clear_up()
        debits.check(customers)
        rows = debits.nursery.query(
            "SELECT attempt.provider_reference, payment.provider_reference FROM billing_payment_attempt attempt"
            "  JOIN payment_transaction payment ON payment.id = attempt.transaction_id WHERE account_id = ANY(%s)",
            [customer.account for customer in customers],
        )
        assert len(rows) == CUSTOMERS
        assert all(mine and mine == theirs for mine, theirs in rows), rows


@pytest.mark.parametrize("is_old", [False, True])
def test_c13_a_page_and_a_debit_at_the_same_moment_take_the_money_once(debits, chance, tier, is_old):
    """The customer ends a form just as the debit goes out; an old form was begun an hour before.

    Whoever is first wins, and what became of the other is found at Stripe.
    """
    debits.simulator.set_webhook("http://127.0.0.1:9/", secrets=[SECRET])
    for _round in range(BESIDE[tier]):
        debits.simulator.lose()
        [customer] = debits.owe(1)
        marks = {"billing_transaction": f"page {customer.account}", "billing_database": get_database(debits)}
        intent = debits.client.v1.payment_intents.create(
            {
                "amount": 10000, "currency": "usd", "customer": customer.reference, "metadata": marks,
                "allowed_payment_method_types": ["card"],
            }
        )  # fmt: skip
        end = END.format(intent=intent.id)
        wait = f"import time; time.sleep({chance.uniform(0, 0.1)})\n"
        begin = BEGIN.format(account=customer.account, intent=intent.id, then="pass")
        if is_old:
            assert debits.do(begin) == "begun"
            debits.do(WAKE)
            debits.do_all(wait + end, SEND)
        else:
            # a page that is refused never hears of its intent
            both = BEGIN.format(account=customer.account, intent=intent.id, then=indent(end))
            answers = debits.do_all(both, wait + SEND)
            assert answers[0]["result"] in ("begun", "refused")
        debits.do(bring(debits.simulator))
        debits.clear_up()
        debits.do(bring(debits.simulator))
        debits.check([customer])


# -- a clerk beside it ------------------------------------------------------------------------------------------------


def get_admin(debits: Debits) -> int:
    [(user_id,)] = debits.nursery.query(
        "SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'user_admin'"
    )
    return user_id


def get_open(debits: Debits, customer: Customer) -> tuple[float, float]:
    """Return (what a customer owes, what is left of what the customer has paid), as it stands in the books."""
    [(owed, left)] = debits.nursery.query(
        "SELECT COALESCE(sum(line.amount_residual) FILTER (WHERE line.amount_residual > 0), 0),"
        "       COALESCE(-sum(line.amount_residual) FILTER (WHERE line.amount_residual < 0), 0)"
        "  FROM account_move_line line JOIN account_account kind ON kind.id = line.account_id"
        "  JOIN billing_account account ON account.partner_id = line.partner_id"
        " WHERE account.id = %s AND line.parent_state = 'posted' AND kind.account_type = 'asset_receivable'",
        customer.account,
    )
    return float(owed), float(left)


def check_beside(debits: Debits, customer: Customer, charges: tuple[int, ...]) -> None:
    """As often as it may be is charged; every payment stands in the books once, and has paid what it could."""
    taken = [one["amount"] for one in debits.simulator.objects("charge", customer=customer.reference)]
    assert set(taken) <= {10000}
    assert len(taken) in charges, (customer, debits.get_attempts(customer))
    states = [state for state, _reason, _error in debits.get_attempts(customer)]
    assert states.count("succeeded") == len(taken)
    assert set(states) <= {"succeeded", "given_up"}
    payments = debits.get_payments(customer)
    by_provider = debits.nursery.query(
        "SELECT payment.id FROM account_payment payment JOIN billing_payment_attempt attempt"
        " ON attempt.payment_id = payment.id WHERE attempt.account_id = %s AND attempt.is_booked",
        customer.account,
    )
    assert len(by_provider) == len(taken)
    paid = sum(amount for _kind, amount in payments)
    assert get_open(debits, customer) == (max(100 - paid, 0), max(paid - 100, 0)), payments
    debits.nursery.assert_whole()


@pytest.mark.parametrize(("edit", "order"), BESIDE_A_CLERK)
def test_c09_of_a_clerk_and_a_debit_at_the_same_moment_neither_loses_what_it_did(debits, tmp_path, edit, order):
    """What the clerk did is refused with a reason, or both are kept; nobody is charged twice."""
    is_planning = order == "while it is planned"
    [customer] = debits.owe(1, is_planned=not is_planning)
    given = {"order": order, "folder": str(tmp_path)}
    answers = debits.nursery.run_all(
        task("debit", script=PLAN if is_planning else SEND, **given),
        task("edit", user_id=get_admin(debits), name=edit, account_id=customer.account, **given),
    )
    assert [answer["error"] for answer in answers if answer["error"]] == []
    assert not any(answer["killed"] for answer in answers), "a process hung"
    refusal = answers[1]["result"]
    debits.clear_up()
    assert refusal or debits.nursery.run("is_kept", name=edit, account_id=customer.account)
    # what somebody corrects is posted in the end, and days pass
    debits.do(POST.format(account=customer.account))
    debits.do(PLAN)
    debits.clear_up()
    check_beside(debits, customer, get_charges(edit, order, bool(refusal)))


def test_g02_nothing_that_all_this_has_left_in_the_database_is_a_secret(debits):
    """Its messages, mails, events and what jobs have noted; what is planted for a moment is found."""
    debits.owe(1)
    debits.do(SEND)
    with debits.nursery.cursor() as cursor:
        assert leaks.find_in_database(cursor) == []
        cursor.execute(
            "UPDATE mail_message SET body = body || 'Paid with 4242 4242 4242 4242.'"
            " WHERE id = (SELECT max(id) FROM mail_message WHERE model = 'billing.account')"
        )
        cursor.execute("UPDATE billing_payment_attempt SET reason = 'of pi_1_secret_abcd'")
        assert leaks.find_in_database(cursor) == [
            "billing_payment_attempt: what lets somebody pay: pi_1_secret_...",
            "mail_message: the number of a card: 4242 4...",
        ]


def indent(script: str) -> str:
    return script.replace("\n", "\n    ")


def get_database(debits: Debits) -> str:
    return debits.do("print(env['billing.stripe.client'].get_database())")
