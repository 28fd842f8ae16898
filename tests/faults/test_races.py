"""C-01, C-02, C-04, C-07: many processes at the same accounts, the same keys and the same journal at once."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from tests.faults.parent import task

ACCOUNTS = 40
ROUNDS = {"commit": 1, "nightly": 10}
PROCESSES = 8
GROUPS = {"commit": (1, 2, 3, 4), "nightly": (1, 2, 3, 4, 5, 6, 4)}


class Crowd:
    """A business of monthly accounts whose months are billed by several processes at once."""

    def __init__(self, nursery):
        self.nursery = nursery
        self.built = nursery.run("build_monthly", count=ACCOUNTS, start="2026-01-01")
        self.number = -1

    def next_month(self) -> str:
        self.number += 1
        year, month = divmod(self.number, 12)
        self.target = date(2026 + year, month + 1, 1).isoformat()
        return self.target

    def race(self, *tasks: dict) -> list:
        """Let processes run at the same time; none may fail."""
        answers = self.nursery.run_all(*tasks)
        assert [answer["error"] for answer in answers if answer["error"]] == []
        assert not any(answer["killed"] for answer in answers), "a process hung"
        return [answer["result"] for answer in answers]

    def check_month(self) -> None:
        """Every account has one invoice of the month, no run is open, and the books are whole."""
        query = self.nursery.query
        assert query(
            "SELECT count(*), count(DISTINCT billing_account_id), min(state) FROM account_move WHERE invoice_date = %s",
            self.target,
        ) == [(ACCOUNTS, ACCOUNTS, "posted")]
        assert query("SELECT name FROM billing_run WHERE state NOT IN ('done', 'cancelled')") == []
        assert query("SELECT count(*) FROM billing_account WHERE parked_reason IS NOT NULL") == [(0,)]
        assert query("SELECT count(*) FROM billing_run_outcome WHERE result = 'parked'") == [(0,)]
        self.nursery.assert_whole()


@pytest.fixture(scope="module")
def crowd(nursery):
    return Crowd(nursery)


def test_c01_four_workers_share_one_run(crowd, tier):
    for _round in range(ROUNDS[tier]):
        run_id = crowd.nursery.run("start_run", target=crowd.next_month())
        crowd.race(*[task("work", run_id=run_id, batch_size=5) for _worker in range(4)])
        crowd.check_month()
        assert crowd.nursery.query("SELECT count(*) FROM billing_run_outcome WHERE run_id = %s", run_id) == [
            (ACCOUNTS,)
        ]


def test_c01_cron_button_and_programs_start_runs_at_the_same_moment(crowd, tier):
    for _round in range(ROUNDS[tier]):
        target = crowd.next_month()
        waiting = crowd.nursery.run("start_run", target=target)
        crowd.race(
            task("daily_run", as_of=f"{target} 06:00:00", batch_size=10),
            task("work", run_id=waiting, batch_size=10),
            task("bill_by_program", target=target, batch_size=10),
            task("work_all", batch_size=10),
        )
        # what a loser left open is closed by the next call of the cron
        crowd.nursery.run("work_all")
        crowd.check_month()


def test_c02_the_same_job_a_hundred_times_bills_once(crowd):
    target = crowd.next_month()
    daily = task("repeat", name="daily_run", times=25, as_of=f"{target} 06:00:00")
    by_hand = task("repeat", name="bill_by_program", times=25, target=target)
    assert crowd.race(daily, by_hand, daily, by_hand) == [25, 25, 25, 25]
    # a run whose last accounts another process held is closed by the next call of the cron
    crowd.nursery.run("work_all")
    crowd.check_month()


def test_c07_an_account_that_a_hung_process_holds_is_left_out_and_billed_later(crowd):
    run_id = crowd.nursery.run("start_run", target=crowd.next_month())
    held = crowd.built["account_ids"][-1]
    _held, state = crowd.race(
        task("hold", account_id=held, run_id=run_id, others=ACCOUNTS - 1),
        task("work", run_id=run_id, delay=1.5),
    )
    assert state == "running", "a run is not done while an account waits"
    assert crowd.nursery.query("SELECT count(*) FROM billing_run_outcome WHERE run_id = %s", run_id) == [
        (ACCOUNTS - 1,)
    ]
    assert (
        crowd.nursery.query("SELECT id FROM billing_run_outcome WHERE account_id = %s AND run_id = %s", held, run_id)
        == []
    )
    assert crowd.nursery.run("work", run_id=run_id) == "done"
    crowd.check_month()


def test_c04_eight_processes_post_in_one_journal(crowd, tier):
    each = sum(GROUPS[tier])
    day = "2040-01-15"
    accounts = crowd.built["accounts"]

    def charges(process):
        """Instant invoices in requests of one and of several charges."""
        numbers = iter(range(each))
        groups = []
        for size in GROUPS[tier]:
            groups.append(
                [
                    {
                        "account": accounts[next(numbers)],
                        "code": "INSTALL",
                        "key": f"post/{process}/{len(groups)}/{place}",
                        "invoice": "now",
                        "date": day,
                    }
                    for place in range(size)
                ]
            )
        return groups

    results = crowd.race(*[task("record_one_by_one", groups=charges(process)) for process in range(PROCESSES)])
    statuses = Counter(one["status"] for answers in results for one in answers)
    assert statuses == {"created": PROCESSES * each}
    names = {one["invoice"] for answers in results for one in answers}
    assert len(names) == PROCESSES * each
    [(count, lowest, highest, different)] = crowd.nursery.query(
        "SELECT count(*), min(sequence_number), max(sequence_number), count(DISTINCT sequence_number)"
        "  FROM account_move WHERE invoice_date = %s AND state = 'posted'",
        day,
    )
    assert (count, lowest, highest, different) == (PROCESSES * each, 1, PROCESSES * each, PROCESSES * each)
    crowd.nursery.assert_whole()
