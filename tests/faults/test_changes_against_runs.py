"""F1: a run and a change of what it reads, at the same moment, give what one after the other gives."""

from __future__ import annotations

import pytest

from tests.faults.changes import CHANGES
from tests.faults.tiers import thin

AT_ONCE = {
    "run overtakes": ("run then change",),
    "change holds": ("change then run",),
    "change overtakes": ("change then run",),
}


@pytest.fixture(scope="module")
def serial(nursery):
    """Return a function that says what an account owes when one came after the other."""
    known = {}

    def get(change, order):
        if (change, order) not in known:
            known[change, order] = nursery.run("race_a_change", change=change, order=order)
        return known[change, order]

    return get


@pytest.mark.parametrize("order", ["change then run", "run then change", *AT_ONCE])
def test_case_F1_an_earlier_end_and_a_run_in_any_order_bill_ten_days(nursery, order):
    assert nursery.run("race_a_change", change="end earlier", order=order) == "49.21, 0 pending"


@pytest.mark.parametrize("order", thin(AT_ONCE))
@pytest.mark.parametrize("change", thin(CHANGES))
def test_case_F1_a_change_at_the_moment_of_a_run_is_as_if_one_came_after_the_other(nursery, serial, change, order):
    expected = {serial(change, one) for one in AT_ONCE[order]}
    assert nursery.run("race_a_change", change=change, order=order) in expected
