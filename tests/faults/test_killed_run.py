"""K-01: a billing run that is killed at any moment and started again bills everybody, once.

One database, one month per kill: a process is killed while it bills the next month, another one goes on, and then the
books must be what they would have been. The databases of the tests do not sync to disk, which a killed process cannot
notice.
"""

from __future__ import annotations

import pytest

from tests.faults import kills
from tests.faults.months import ALSO_AT_THE_END, BATCHES, Months
from tests.faults.tiers import thin


@pytest.fixture(scope="module")
def months(nursery):
    return Months(nursery)


def test_k01_the_places_are_methods_of_the_services(nursery):
    assert nursery.run("find_missing", places=kills.RUN) == []
    assert set(kills.RUN) >= ALSO_AT_THE_END


@pytest.mark.parametrize("place", thin(kills.RUN))
def test_k01_run_killed_at_a_place_the_first_a_middle_and_the_last_time_bills_all_once(months, place):
    """One process after the other takes up the run and is killed at the same place, each further on than the last."""
    run_id, killed = months.kill(kill=[place, 1])
    assert killed, f"the run never came to {place}"
    middle = 2 if months.count_batches(run_id) == BATCHES else 1
    assert months.kill_again(run_id, kill=[place, middle]), f"the run never came to {place} in its middle"
    last = months.count_batches(run_id) + (place in ALSO_AT_THE_END)
    assert months.kill_again(run_id, kill=[place, last]), f"the run never came to {place} at its end"
    months.resume(run_id)
    months.check(run_id)


def test_k01_run_killed_again_and_again_gets_there(months, chance):
    places = chance.sample(kills.RUN, 4)
    run_id, killed = months.kill(kill=["after billing.run.work._take", 1])
    hits = [killed, *(months.kill_again(run_id, kill=[place, 1]) for place in places)]
    assert sum(hits) > 1
    months.resume(run_id)
    months.check(run_id)
