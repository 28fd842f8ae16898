"""Periods counted from an anchor."""

import calendar
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from engine_builders import MONTHLY, anchored, day, period, refused
from engine_strategies import anchors, awkward_days, cadences
from hypothesis import given
from hypothesis import strategies as st

from online_billing.engine import (
    Alignment,
    Anchor,
    Cadence,
    Unit,
    anchor_for,
    boundary,
    index_of,
    month_length,
    period_at,
    period_of,
    periods_between,
)

ONE_DAY = timedelta(days=1)


def test_an_interval_knows_its_length_in_days_or_in_months():
    assert (Cadence("day", 3).days, Cadence("day", 3).months) == (3, 0)
    assert (Cadence(Unit.week, 2).days, Cadence(Unit.week, 2).months) == (14, 0)
    assert (Cadence("month", 3).days, Cadence("month", 3).months) == (0, 3)
    assert (Cadence("year", 2).days, Cadence("year", 2).months) == (0, 24)
    assert Cadence("month").count == 1


def test_plain_text_and_unit_are_the_same_interval():
    assert Cadence("month", 1) == Cadence(Unit.month, 1)
    assert Cadence("month").unit is Unit.month


@pytest.mark.parametrize("count", [0, -1, True, "1", None])
def test_an_interval_of_no_positive_count_is_refused(count):
    with refused("cadence.count_not_positive"):
        Cadence("month", count)


def test_an_unknown_unit_is_refused():
    with refused("cadence.unit_unknown"):
        Cadence("fortnight")


@pytest.mark.parametrize("day_of_month", [0, 32, -1, True, "5"])
def test_a_day_that_no_month_has_is_refused_as_anchor(day_of_month):
    with refused("cadence.day_of_month"):
        anchored("2026-01-01", day_of_month)


def test_an_anchor_needs_a_date():
    with refused("period.not_a_date"):
        Anchor("2026-01-01")


def test_month_lengths_are_those_of_the_calendar():
    for year in (1900, 2000, 2023, 2024, 2100):
        for month in range(1, 13):
            assert month_length(year, month) == calendar.monthrange(year, month)[1]


def test_the_thirty_first_comes_back_after_every_short_month():
    boundaries = [boundary(anchored("2026-01-31"), MONTHLY, k).isoformat() for k in range(-2, 5)]
    assert boundaries == [
        "2025-11-30", "2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31",
    ]  # fmt: skip


def test_a_leap_day_comes_back_every_fourth_year():
    yearly = Cadence("year")
    assert [boundary(anchored("2024-02-29"), yearly, k).isoformat() for k in range(5)] == [
        "2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29",
    ]  # fmt: skip


def test_the_day_of_month_wins_over_the_day_of_the_anchor():
    assert boundary(anchored("2026-01-01", 31), MONTHLY, 1) == day("2026-02-28")
    assert boundary(anchored("2026-01-20", 5), MONTHLY, 0) == day("2026-01-05")


def test_the_day_of_month_means_nothing_to_days_and_weeks():
    assert boundary(anchored("2026-01-20", 5), Cadence("week"), 1) == day("2026-01-27")
    assert boundary(anchored("2026-01-20", 5), Cadence("day", 10), -1) == day("2026-01-10")


@pytest.mark.parametrize(
    ("cadence", "k"),
    [(Cadence("month"), 100_000), (Cadence("month"), -100_000), (Cadence("day"), 10**7), (Cadence("week"), -(10**12))],
)
def test_a_boundary_outside_the_calendar_is_refused(cadence, k):
    with refused("cadence.out_of_range"):
        boundary(anchored("2026-01-01"), cadence, k)


def test_the_first_and_the_last_month_of_the_calendar_are_within_it():
    assert boundary(anchored("0001-02-01"), MONTHLY, -1) == date.min
    assert boundary(anchored("9999-11-30"), MONTHLY, 1) == day("9999-12-30")
    for start, k in (("0001-01-01", -1), ("9999-12-01", 1)):
        with refused("cadence.out_of_range"):
            boundary(anchored(start), MONTHLY, k)


def test_a_full_period_is_found_from_any_of_its_days():
    expected = period("2026-02-28", "2026-03-31")
    for text in ("2026-02-28", "2026-03-01", "2026-03-30"):
        assert period_of(anchored("2026-01-31"), MONTHLY, day(text)) == expected
    assert period_of(anchored("2026-01-31"), MONTHLY, day("2026-02-27")).end == day("2026-02-28")
    with refused("period.not_a_date"):
        period_of(anchored("2026-01-31"), MONTHLY, "2026-02-27")


def test_periods_between_two_days_are_those_with_a_day_in_common():
    found = list(periods_between(anchored("2026-01-15"), MONTHLY, day("2026-02-20"), day("2026-04-15")))
    assert found == [period("2026-02-15", "2026-03-15"), period("2026-03-15", "2026-04-15")]
    one_more = list(periods_between(anchored("2026-01-15"), MONTHLY, day("2026-02-20"), day("2026-04-16")))
    assert one_more[2:] == [period("2026-04-15", "2026-05-15")]


def test_between_a_day_and_itself_there_is_no_period():
    assert not list(periods_between(anchored("2026-01-15"), MONTHLY, day("2026-02-20"), day("2026-02-20")))
    assert not list(periods_between(anchored("2026-01-15"), MONTHLY, day("2026-02-20"), day("2026-02-19")))


@pytest.mark.parametrize(
    ("start", "unit", "count", "expected"),
    [
        ("2026-08-20", "month", 1, "2026-08-01"),
        ("2026-08-20", "month", 2, "2026-07-01"),
        ("2026-08-20", "month", 3, "2026-07-01"),
        ("2026-08-20", "month", 4, "2026-05-01"),
        ("2026-08-20", "month", 6, "2026-07-01"),
        ("2026-08-20", "month", 12, "2026-01-01"),
        ("2026-08-20", "month", 5, "2026-08-01"),
        ("2026-08-20", "month", 24, "2026-08-01"),
        ("2026-12-31", "month", 3, "2026-10-01"),
        ("2026-01-01", "month", 6, "2026-01-01"),
        ("2026-08-20", "year", 1, "2026-01-01"),
        ("2026-08-20", "year", 2, "2026-01-01"),
        ("2026-08-20", "week", 1, "2026-08-17"),
        ("2026-08-17", "week", 2, "2026-08-17"),
        ("2026-08-23", "week", 1, "2026-08-17"),
        ("2026-08-20", "day", 7, "2026-08-20"),
    ],
)
def test_calendar_periods_begin_where_everybody_expects(start, unit, count, expected):
    assert anchor_for("calendar", day(start), Cadence(unit, count)) == Anchor(day(expected))


@pytest.mark.parametrize("unit", ["day", "week", "month", "year"])
def test_anniversary_periods_begin_on_the_start(unit):
    assert anchor_for(Alignment.anniversary, day("2026-08-31"), Cadence(unit)) == Anchor(day("2026-08-31"))


@pytest.mark.parametrize(
    ("start", "unit", "billing_day", "expected"),
    [
        ("2026-08-20", "month", 31, Anchor(date(2026, 8, 1), 31)),
        ("2026-08-20", "year", 5, Anchor(date(2026, 8, 1), 5)),
        ("2026-08-20", "week", 1, Anchor(date(2026, 8, 17))),
        ("2026-08-20", "week", 4, Anchor(date(2026, 8, 20))),
        ("2026-08-20", "week", 5, Anchor(date(2026, 8, 14))),
        ("2026-08-20", "week", 7, Anchor(date(2026, 8, 16))),
        ("2026-08-20", "day", 9, Anchor(date(2026, 8, 20))),
    ],
)
def test_billing_day_periods_begin_on_the_day_of_the_account(start, unit, billing_day, expected):
    assert anchor_for("billing_day", day(start), Cadence(unit), billing_day) == expected


def test_a_billing_day_must_be_one():
    start = day("2026-08-20")
    with refused("cadence.billing_day_missing"):
        anchor_for("billing_day", start, MONTHLY)
    with refused("cadence.day_of_month"):
        anchor_for("billing_day", start, MONTHLY, 32)
    for wrong in (0, 8, True, "1"):
        with refused("cadence.day_of_week"):
            anchor_for("billing_day", start, Cadence("week"), wrong)


def test_an_unknown_alignment_or_start_is_refused():
    with refused("cadence.alignment_unknown"):
        anchor_for("lunar", day("2026-08-20"), MONTHLY)
    with refused("period.not_a_date"):
        anchor_for("calendar", "2026-08-20", MONTHLY)


@given(anchors, cadences, awkward_days)
def test_every_day_lies_in_exactly_one_period(anchor, cadence, some_day):
    k = index_of(anchor, cadence, some_day)
    assert period_at(anchor, cadence, k).contains(some_day)
    assert not period_at(anchor, cadence, k - 1).contains(some_day)
    assert not period_at(anchor, cadence, k + 1).contains(some_day)


@given(anchors, cadences, st.integers(-30, 30))
def test_a_period_is_found_by_its_first_and_its_last_day(anchor, cadence, k):
    found = period_at(anchor, cadence, k)
    assert index_of(anchor, cadence, found.start) == k
    assert index_of(anchor, cadence, found.end - ONE_DAY) == k
    assert index_of(anchor, cadence, found.end) == k + 1


@given(anchors, cadences, awkward_days, st.integers(0, 800))
def test_periods_tile_the_line_without_gap_or_overlap(anchor, cadence, start, length):
    end = start + timedelta(days=length)
    tiles = list(periods_between(anchor, cadence, start, end))
    assert all(one.end == other.start for one, other in pairwise(tiles))
    assert sum(max(0, (min(tile.end, end) - max(tile.start, start)).days) for tile in tiles) == length
    assert all(tile.start < end and tile.end > start for tile in tiles)


@given(anchors, cadences, st.integers(-12, 12), st.integers(1, 8))
def test_a_period_does_not_depend_on_how_it_was_reached(anchor, cadence, k, steps):
    walked = list(islice(periods_between(anchor, cadence, boundary(anchor, cadence, k), date.max), steps))
    assert walked[-1] == period_at(anchor, cadence, k + steps - 1)


@given(st.sampled_from(list(Alignment)), awkward_days, cadences, st.integers(1, 7))
def test_the_start_lies_in_the_first_period_or_the_one_before(alignment, start, cadence, billing_day):
    anchor = anchor_for(alignment, start, cadence, billing_day)
    assert index_of(anchor, cadence, start) in ((-1, 0) if alignment is Alignment.billing_day else (0,))
