from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from engine_builders import refused
from golden_loader import load

from online_billing.engine import (
    MOST_TRIES,
    TRIES_WINDOW,
    is_for_a_person,
    may_send_again,
    next_question,
    next_try,
    retry_days,
    state_days,
)

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)


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


def test_each_failure_of_a_class_has_its_own_wait_and_then_it_is_final():
    waits = (DAY, 3 * DAY)
    assert next_try(NOW, 1, waits, [NOW]) == NOW + DAY
    assert next_try(NOW, 2, waits, [NOW]) == NOW + 3 * DAY
    assert next_try(NOW, 3, waits, [NOW]) is None
    assert next_try(NOW, 1, (), [NOW]) is None
    with refused("retry.failures"):
        next_try(NOW, 0, waits, [NOW])


def test_the_limit_of_the_card_networks_counts_the_days_before_the_next_try():
    many = [NOW - number * DAY for number in range(MOST_TRIES)]
    assert next_try(NOW, 1, (DAY,), many) is None
    assert next_try(NOW, 1, (DAY,), many[1:]) == NOW + DAY
    # the oldest of them lies outside once the wait is over
    old = [*many[1:], NOW + DAY - TRIES_WINDOW]
    assert next_try(NOW, 1, (DAY,), old) == NOW + DAY
    assert next_try(NOW, 1, (DAY,), [*many[1:], NOW + DAY - TRIES_WINDOW + timedelta(seconds=1)]) is None


def test_a_provider_is_asked_soon_then_after_an_hour_then_five_times_a_day():
    moments = [next_question(NOW, asked) for asked in range(8)]
    assert moments[:2] == [NOW + timedelta(minutes=5), NOW + timedelta(hours=1)]
    apart = {later - earlier for earlier, later in pairwise(moments[1:])}
    assert apart == {timedelta(hours=4, minutes=48)}


def test_questions_that_were_missed_are_not_asked_in_a_row():
    late = NOW + 7 * DAY
    assert next_question(NOW, 0, late) == next_question(NOW, 9, late) == late + timedelta(minutes=5)
    assert next_question(NOW, 0, NOW) == NOW + timedelta(minutes=5)
    assert next_question(NOW, 1, NOW + timedelta(minutes=5)) == NOW + timedelta(hours=1)


def test_when_a_person_has_to_look_and_when_a_key_may_be_forgotten():
    assert not is_for_a_person(NOW, NOW + 7 * DAY - timedelta(seconds=1))
    assert is_for_a_person(NOW, NOW + 7 * DAY)
    assert not is_for_a_person(NOW, NOW + 14 * DAY - timedelta(seconds=1), is_accepted=True)
    assert is_for_a_person(NOW, NOW + 14 * DAY, is_accepted=True)
    assert may_send_again(NOW, NOW + timedelta(hours=22, minutes=59))
    assert not may_send_again(NOW, NOW + timedelta(hours=23))
