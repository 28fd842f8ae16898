"""Half-open periods of days."""

from datetime import date, datetime

import pytest
from engine_builders import day, period, refused
from engine_strategies import days
from hypothesis import given
from hypothesis import strategies as st

from online_billing.engine import Period


def test_the_start_belongs_to_a_period_and_the_end_does_not():
    august = period("2026-08-01", "2026-09-01")
    assert august.days == 31
    assert august.last_day == day("2026-08-31")
    assert august.contains(day("2026-08-01"))
    assert august.contains(day("2026-08-31"))
    assert not august.contains(day("2026-09-01"))
    assert not august.contains(day("2026-07-31"))


def test_a_period_without_days_has_no_last_day():
    nothing = period("2026-08-01", "2026-08-01")
    assert nothing.days == 0
    assert not nothing.contains(day("2026-08-01"))
    with refused("period.empty"):
        nothing.last_day  # noqa: B018


def test_a_period_of_one_day_has_that_day_as_its_last():
    assert period("2026-08-01", "2026-08-02").last_day == day("2026-08-01")


def test_a_period_cannot_end_before_it_starts():
    with refused("period.reversed"):
        period("2026-08-02", "2026-08-01")


@pytest.mark.parametrize("value", ["2026-08-01", None, datetime(2026, 8, 1, 12)])  # noqa: DTZ001
def test_only_plain_dates_are_days(value):
    with refused("period.not_a_date"):
        Period(value, date(2026, 9, 1))
    with refused("period.not_a_date"):
        Period(date(2026, 1, 1), value)


def test_a_subclass_of_date_is_a_day():
    class LocalDate(date):
        pass

    assert Period(LocalDate(2026, 8, 1), date(2026, 8, 3)).days == 2


def test_periods_that_touch_have_no_day_in_common():
    assert period("2026-08-01", "2026-09-01").intersect(period("2026-09-01", "2026-10-01")) is None
    assert period("2026-08-01", "2026-09-02").intersect(period("2026-09-01", "2026-10-01")) == period(
        "2026-09-01", "2026-09-02"
    )


def test_a_period_covers_itself_and_what_lies_within_it():
    august = period("2026-08-01", "2026-09-01")
    assert august.covers(august)
    assert august.covers(period("2026-08-05", "2026-08-06"))
    assert not august.covers(period("2026-07-31", "2026-08-06"))
    assert not august.covers(period("2026-08-31", "2026-09-02"))


two_days = st.tuples(days, days).map(lambda pair: Period(*sorted(pair)))


@given(two_days, two_days, days)
def test_a_day_is_in_the_intersection_when_it_is_in_both(one, other, some_day):
    common = one.intersect(other)
    assert common == other.intersect(one)
    assert (common is not None and common.contains(some_day)) == (one.contains(some_day) and other.contains(some_day))
