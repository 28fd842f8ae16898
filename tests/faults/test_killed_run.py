"""K-01: a billing run that is killed at any moment and started again bills everybody, once.

One database, one month per kill: a process is killed while it bills the next month, another one goes on, and then the
books must be what they would have been. The databases of the tests do not sync to disk, which a killed process cannot
notice.
"""

from __future__ import annotations

import pytest

from tests.faults.months import ALSO_AT_THE_END, BATCHES, POINTS, Months


@pytest.fixture(scope="module")
def months(nursery):
    return Months(nursery)


def test_k01_the_points_are_found_in_the_services():
    assert {"before_select", "after_lock", "before_invoices", "after_charges", "before_commit"} <= set(POINTS)
    assert set(POINTS) >= ALSO_AT_THE_END


@pytest.mark.parametrize("point", POINTS)
def test_k01_run_killed_at_a_point_the_first_a_middle_and_the_last_time_bills_all_once(months, point):
    """One process after the other takes up the run and is killed at the same point, each further on than the last."""
    run_id, killed = months.kill(failpoint=[point, 1])
    assert killed, f"the run never came to {point}"
    middle = 2 if months.count_batches(run_id) == BATCHES else 1
    assert months.kill_again(run_id, failpoint=[point, middle]), f"the run never came to {point} in its middle"
    last = months.count_batches(run_id) + (point in ALSO_AT_THE_END)
    assert months.kill_again(run_id, failpoint=[point, last]), f"the run never came to {point} at its end"
    months.resume(run_id)
    months.check(run_id)


def test_k01_run_killed_again_and_again_gets_there(months, chance):
    points = chance.sample(POINTS, 4)
    run_id, killed = months.kill(failpoint=["after_lock", 1])
    kills = [killed, *(months.kill_again(run_id, failpoint=[point, 1]) for point in points)]
    assert sum(kills) > 1
    months.resume(run_id)
    months.check(run_id)
