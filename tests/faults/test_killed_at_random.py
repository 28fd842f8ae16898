"""K-01: a billing run that is killed at random times and started again bills everybody, once."""

from __future__ import annotations

import time

import pytest

from tests.faults.months import Months

KILLS = {"commit": 10, "nightly": 200}


@pytest.fixture(scope="module")
def months(nursery):
    return Months(nursery)


def test_k01_run_killed_at_random_times_bills_all_once(months, chance, tier):
    """Two kills a month: the process that begins the run, and the one that takes it up."""
    begun = time.monotonic()
    months.bill()
    longest = time.monotonic() - begun
    killed = 0
    for _month in range(KILLS[tier] // 2):
        run_id, hit = months.kill(kill_after=chance.uniform(0, longest))
        again = months.kill_again(run_id, kill_after=chance.uniform(0, longest))
        killed += hit + again
        months.resume(run_id)
        months.check(run_id)
    assert killed > KILLS[tier] / 10, "hardly any process was killed while it worked"
