"""Two jobs of late fees at once make one fee; one that is killed is made good by the next."""

from __future__ import annotations

from tests.faults.parent import task

ACCOUNTS = 20


def count(nursery):
    return nursery.query(
        "SELECT count(*), count(DISTINCT line_id), min(state) FROM billing_late_fee WHERE state <> 'dropped'"
    ) + nursery.query("SELECT count(*), count(DISTINCT key) FROM billing_charge WHERE origin = 'late_fee'")


def test_c16_four_jobs_at_the_same_moment_make_one_fee_each(nursery):
    nursery.run("build_late_debts", count=ACCOUNTS, due="2026-01-01")
    job = task("late_fees", as_of="2026-01-10 12:00:00", batch_size=3)
    answers = nursery.run_all(job, job, job, job)
    assert [answer["error"] for answer in answers if answer["error"]] == []
    # what a loser left to another that failed is found by the next run
    nursery.run("late_fees", as_of="2026-01-10 13:00:00")
    assert count(nursery) == [(ACCOUNTS, ACCOUNTS, "charged"), (ACCOUNTS, ACCOUNTS)]
    nursery.assert_whole()


def test_a_job_that_is_killed_before_it_commits_loses_and_doubles_nothing(nursery):
    before = count(nursery)[1][0]
    killed = task(
        "late_fees", kill=["before billing.late.fee.day._commit_batch", 2], as_of="2026-01-20 12:00:00", batch_size=5
    )
    [answer] = nursery.run_all(killed)
    assert answer["killed"]
    nursery.run("late_fees", as_of="2026-01-20 13:00:00")
    nursery.run("late_fees", as_of="2026-01-20 14:00:00")
    assert count(nursery)[1] == (before + ACCOUNTS, before + ACCOUNTS)
    nursery.assert_whole()
