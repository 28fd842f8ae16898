"""Every start day of three years, every interval, every anchor: periods equal their closed form and never drift.

The expectation is a statement about single days ("the 31st, or the last day of a shorter month, in every third
month"), so it shares no arithmetic with the engine. The commit tier takes eight of the 31 billing days for each start
day, in turn, so that every (start, interval) and every (day, interval) pair is covered; the nightly tier takes all.
"""

import calendar
from datetime import date, timedelta

import pytest
from conftest import TIER

from online_billing.engine import Anchor, Cadence, anchor_for, boundary, index_of, period_of

ONE_DAY = timedelta(days=1)
START_DAYS = [date(2027, 1, 1) + timedelta(days=n) for n in range(1096)]
WEEKS = (1, 2, 4)
MONTHS = (1, 2, 3, 6, 12, 24)
STEPS = range(-2, 6)
BILLING_DAYS_AT_ONCE = 31 if TIER == "nightly" else 8
ALIGNED_TO_JANUARY = (1, 2, 3, 6, 12)


def expected_month_start(month_number, day_of_month):
    year, month = month_number // 12, month_number % 12 + 1
    return date(year, month, min(day_of_month, calendar.monthrange(year, month)[1]))


def check_months(anchor, cadence, first_month, day_of_month):
    for k in STEPS:
        expected = expected_month_start(first_month + k * cadence.months, day_of_month)
        assert boundary(anchor, cadence, k) == expected
        assert index_of(anchor, cadence, expected) == k
        assert index_of(anchor, cadence, expected - ONE_DAY) == k - 1


def check_weeks(anchor, cadence, first):
    for k in STEPS:
        expected = date.fromordinal(first.toordinal() + 7 * cadence.count * k)
        assert boundary(anchor, cadence, k) == expected
        assert index_of(anchor, cadence, expected) == k
        assert index_of(anchor, cadence, expected - ONE_DAY) == k - 1


def billing_days_of(number, highest):
    """A few billing days for one start day; over all start days every one comes up."""
    return {(number * BILLING_DAYS_AT_ONCE + n) % highest + 1 for n in range(BILLING_DAYS_AT_ONCE)}


@pytest.mark.parametrize("count", MONTHS)
def test_months_equal_their_closed_form_from_every_start_day(count):
    cadence = Cadence("month", count)
    for number, start in enumerate(START_DAYS):
        month = start.year * 12 + start.month - 1
        check_months(anchor_for("anniversary", start, cadence), cadence, month, start.day)
        aligned = month - (start.month - 1) % count if count in ALIGNED_TO_JANUARY else month
        check_months(anchor_for("calendar", start, cadence), cadence, aligned, 1)
        for billing_day in billing_days_of(number, 31):
            check_months(anchor_for("billing_day", start, cadence, billing_day), cadence, month, billing_day)


@pytest.mark.parametrize("count", WEEKS)
def test_weeks_equal_their_closed_form_from_every_start_day(count):
    cadence = Cadence("week", count)
    for number, start in enumerate(START_DAYS):
        check_weeks(anchor_for("anniversary", start, cadence), cadence, start)
        monday = next(day for day in (start - timedelta(days=n) for n in range(7)) if day.isoweekday() == 1)
        check_weeks(anchor_for("calendar", start, cadence), cadence, monday)
        for billing_day in billing_days_of(number, 7):
            first = next(
                day for day in (start - timedelta(days=n) for n in range(7)) if day.isoweekday() == billing_day
            )
            check_weeks(anchor_for("billing_day", start, cadence, billing_day), cadence, first)


def is_month_boundary(some_day, anchor_day, day_of_month, count):
    """Whether a period of ``count`` months anchored there begins on that day, said without any k."""
    months = (some_day.year - anchor_day.year) * 12 + some_day.month - anchor_day.month
    if months % count:
        return False
    is_last_of_month = (some_day + ONE_DAY).month != some_day.month
    return some_day.day == day_of_month or (is_last_of_month and some_day.day < day_of_month)


@pytest.mark.parametrize("day_of_month", [28, 29, 30, 31])
@pytest.mark.parametrize("count", [1, 3, 6, 12])
def test_late_days_keep_their_anchor_after_every_february_until_2035(day_of_month, count):
    cadence = Cadence("month", count)
    boundaries = 0
    for month in range(1, 13):
        if day_of_month > calendar.monthrange(2027, month)[1]:
            anchor_day, anchor = date(2027, month, 1), Anchor(date(2027, month, 1), day_of_month)
        else:
            anchor_day = date(2027, month, day_of_month)
            anchor = Anchor(anchor_day)
        some_day, last_boundary = date(2027, month, 28), None
        while some_day < date(2035, 12, 31):
            if is_month_boundary(some_day, anchor_day, day_of_month, count):
                last_boundary, boundaries = some_day, boundaries + 1
                assert boundary(anchor, cadence, index_of(anchor, cadence, some_day)) == some_day
            elif last_boundary and some_day.day in (1, 15, 27, 28, 29, 30):
                assert period_of(anchor, cadence, some_day).start == last_boundary
            some_day += ONE_DAY
    # eight years and less than one more of each of the twelve anchors
    assert 12 * 8 * 12 // count <= boundaries <= 12 * 9 * 12 // count


def test_every_start_day_of_the_sweep_meets_the_leap_day_of_2028():
    assert len(START_DAYS) == 1096
    assert date(2028, 2, 29) in START_DAYS
    assert START_DAYS[-1] == date(2029, 12, 31)
    assert set().union(*(billing_days_of(number, 31) for number in range(31))) == set(range(1, 32))
