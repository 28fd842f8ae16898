from datetime import date

import pytest
from golden_loader import load

from online_billing.engine import retry_days, state_days


@pytest.mark.parametrize("example", load("retries"), ids=lambda example: example["id"])
def test_published_days_of_retries_are_met(example):
    inputs = example["inputs"]
    days = retry_days(date.fromisoformat(inputs["failed_on"]), inputs["intervals"])
    assert [day.isoformat() for day in days] == example["expected"]["days"]


@pytest.mark.parametrize("example", load("unpaid_states"), ids=lambda example: example["id"])
def test_published_days_of_states_are_met(example):
    inputs = example["inputs"]
    days = state_days(date.fromisoformat(inputs["unpaid_since"]), inputs["offsets"])
    assert [day.isoformat() for day in days] == example["expected"]["days"]


def test_without_intervals_nothing_is_tried_again():
    assert retry_days(date(2026, 1, 1), ()) == ()
