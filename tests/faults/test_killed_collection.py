"""K-05, C-17: the collection killed and started again, or running several times at once: each step once, one mail."""

from __future__ import annotations

import time

import pytest

from tests.faults import kills
from tests.faults.parent import task
from tests.faults.tiers import thin

DEBTORS = 12
BATCH = 4
BATCHES = DEBTORS // BATCH
PLACES = sorted({*kills.COLLECTION, *kills.MESSAGES})
DAY = "2026-04-10 12:00:00"
NEXT_DAY = "2026-04-11 12:00:00"
KILLS = 100


@pytest.fixture(scope="module")
def account_ids(nursery):
    made = nursery.run("build_debtors", count=DEBTORS)
    assert nursery.query("SELECT count(*) FROM account_move WHERE state = 'posted'")[0][0] == 2 * DEBTORS
    return made


@pytest.fixture
def debtors(nursery, account_ids):
    nursery.run("forget_collection")
    return account_ids


def collect(nursery, as_of=DAY, **when):
    [answer] = nursery.run_all(task("collect", as_of=as_of, batch_size=BATCH, **when))
    assert answer["error"] is None, answer["error"]
    return answer["killed"]


def resume(nursery, as_of=DAY):
    """Have other workers take over; the database needs a moment to notice that a process is gone."""
    for _attempt in range(50):
        collect(nursery, as_of)
        left = nursery.query(
            "SELECT (SELECT count(*) FROM billing_account WHERE collection_day IS DISTINCT FROM %s::timestamp::date),"
            " (SELECT count(*) FROM billing_collection_message WHERE billing_delivery_state <> 'sent')",
            as_of,
        )
        if left == [(0, 0)]:
            return
        time.sleep(0.1)
    pytest.fail(f"not everything was done: {left}")


def assert_each_step_once(nursery, account_ids, steps=1):
    rows = nursery.query(
        """SELECT account.id, (SELECT count(*) FROM billing_collection_case one WHERE one.account_id = account.id),
                  (SELECT array_agg(step.sequence ORDER BY one.id) FROM billing_collection_entry one
                     JOIN billing_collection_step step ON step.id = one.step_id
                    WHERE one.account_id = account.id AND one.state = 'done'),
                  (SELECT count(*) FROM billing_collection_message one WHERE one.account_id = account.id),
                  (SELECT count(*) FROM mail_message one JOIN mail_mail mail ON mail.mail_message_id = one.id
                    WHERE one.model = 'billing.account' AND one.res_id = account.id),
                  (SELECT array_agg(DISTINCT step.sequence) FROM billing_collection_item item
                     JOIN billing_collection_step step ON step.id = item.step_id
                     JOIN billing_collection_case one ON one.id = item.case_id WHERE one.account_id = account.id)
             FROM billing_account account ORDER BY account.id"""
    )
    levels = list(range(1, steps + 1))
    assert rows == [(account_id, 1, levels, steps, steps, [steps]) for account_id in sorted(account_ids)]


def test_the_places_are_methods_of_the_services(nursery):
    assert nursery.run("find_missing", places=PLACES) == []


@pytest.mark.parametrize("place", thin(PLACES))
@pytest.mark.parametrize("moment", thin(["last", "first"]))
def test_k05_killed_at_a_place_each_step_and_mail_is_made_once(nursery, debtors, place, moment):
    killed = collect(nursery, kill=[place, 1 if moment == "first" else BATCHES])
    assert killed, f"the collection never came to {place}"
    resume(nursery)
    assert_each_step_once(nursery, debtors)


@pytest.mark.nightly
def test_k05_killed_at_random_times_each_step_and_mail_is_made_once(nursery, debtors, chance):
    begun = time.monotonic()
    collect(nursery)
    longest = time.monotonic() - begun
    hits = 0
    for _kill in range(KILLS):
        nursery.run("forget_collection")
        hits += collect(nursery, kill_after=chance.uniform(0, longest))
        resume(nursery)
        assert_each_step_once(nursery, debtors)
    assert hits, "no process was killed while it worked"


def test_c17_several_jobs_at_once_take_each_step_once(nursery, debtors):
    for number, as_of in enumerate((DAY, NEXT_DAY), 1):
        answers = nursery.run_all(*[task("collect", as_of=as_of, batch_size=2)] * 4)
        assert [answer["error"] for answer in answers] == [None] * 4
        resume(nursery, as_of)
        assert_each_step_once(nursery, debtors, steps=number)
