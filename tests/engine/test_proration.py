"""Shares of a full anchored period."""

from fractions import Fraction

import pytest
from engine_builders import exact, period, refused
from engine_strategies import awkward_days, bases, cut_periods, pieces
from hypothesis import given
from hypothesis import strategies as st

from online_billing.engine import Anchor, Basis, Cadence, Period, period_of, ratio

AUGUST = period("2026-08-01", "2026-09-01")
EXACT_BASES = [Basis.actual, Basis.thirty_360, Basis.months_then_days]


@pytest.mark.parametrize("basis", ["actual", "actual_360", "thirty_360", "months_then_days", "none"])
def test_no_days_are_no_share(basis):
    assert ratio(period("2026-08-10", "2026-08-10"), AUGUST, basis) == 0


@pytest.mark.parametrize(
    ("basis", "expected"),
    [
        ("actual", "22/31"),
        ("actual_360", "22/30"),
        ("thirty_360", "21/30"),
        ("months_then_days", "22/31"),
        ("none", "1"),
    ],
)
def test_ten_august_to_the_end_is_counted_by_the_basis(basis, expected):
    assert ratio(period("2026-08-10", "2026-09-01"), AUGUST, basis) == exact(expected)


def test_actual_days_are_the_default():
    assert ratio(period("2026-08-10", "2026-09-01"), AUGUST) == Fraction(22, 31)


@pytest.mark.parametrize(
    ("first", "end", "basis", "expected"),
    [
        ("2026-01-01", "2026-03-11", "months_then_days", Fraction(2, 12) + Fraction(10, 31 * 12)),
        ("2026-01-01", "2026-03-11", "actual", Fraction(69, 365)),
        ("2026-01-01", "2026-03-11", "actual_360", Fraction(69, 360)),
        ("2026-01-01", "2026-03-11", "thirty_360", Fraction(70, 360)),
        (
            "2026-02-15",
            "2026-12-15",
            "months_then_days",
            Fraction(14, 31 * 12) + Fraction(9 + 1, 12) - Fraction(14, 28 * 12),
        ),
    ],
)
def test_part_of_a_year_is_counted_by_the_basis(first, end, basis, expected):
    assert ratio(period(first, end), period("2026-01-01", "2027-01-01"), basis) == expected


def test_months_first_follow_the_anchor_of_the_31st_through_short_months():
    quarter = period("2026-01-31", "2026-04-30")
    assert ratio(period("2026-01-31", "2026-02-28"), quarter, "months_then_days") == Fraction(1, 3)
    assert ratio(period("2026-02-28", "2026-03-31"), quarter, "months_then_days") == Fraction(1, 3)
    assert ratio(period("2026-03-31", "2026-04-15"), quarter, "months_then_days") == Fraction(15, 30 * 3)


def test_day_31_counts_as_day_30_when_months_have_30_days():
    assert ratio(period("2026-08-30", "2026-08-31"), AUGUST, "thirty_360") == 0
    assert ratio(period("2026-08-31", "2026-09-01"), AUGUST, "thirty_360") == Fraction(1, 30)


def test_case_A7_strict_months_between_different_days_sum_to_their_period():
    whole = period("2026-01-31", "2026-02-28")
    used, unused = period("2026-02-18", "2026-02-28"), period("2026-01-31", "2026-02-18")
    assert ratio(used, whole, "thirty_360") == Fraction(10, 28)
    assert ratio(used, whole, "thirty_360") + ratio(unused, whole, "thirty_360") == 1
    leap = period("2028-01-31", "2028-02-29")
    assert ratio(period("2028-02-18", "2028-02-29"), leap, "thirty_360") == Fraction(11, 29)
    following = period("2026-02-28", "2026-03-31")
    assert ratio(period("2026-03-18", "2026-03-31"), following, "thirty_360") == Fraction(12, 32)


@pytest.mark.parametrize("month_days", [28, 31])
def test_the_length_of_the_fixed_month_can_be_chosen(month_days):
    part = period("2026-08-10", "2026-08-20")
    assert ratio(part, AUGUST, "actual_360", month_days) == Fraction(10, month_days)
    assert ratio(part, AUGUST, "thirty_360", month_days) == Fraction(10, month_days)
    assert ratio(part, AUGUST, "actual", month_days) == Fraction(10, 31)


@pytest.mark.parametrize("month_days", [27, 32, 0, True, "30", None])
def test_a_month_of_unheard_length_is_refused(month_days):
    with refused("proration.month_days"):
        ratio(AUGUST, AUGUST, "thirty_360", month_days)


def test_an_unknown_basis_is_refused():
    with refused("proration.basis_unknown"):
        ratio(AUGUST, AUGUST, "lunar")


@pytest.mark.parametrize(
    ("first", "end"),
    [
        ("2026-07-31", "2026-08-05"),
        ("2026-08-05", "2026-09-02"),
        ("2026-09-02", "2026-09-02"),
        ("2026-07-01", "2026-10-01"),
    ],
)
def test_days_outside_the_full_period_have_no_share_of_it(first, end):
    with refused("proration.outside"):
        ratio(period(first, end), AUGUST)


@pytest.mark.parametrize("basis", ["actual_360", "thirty_360", "months_then_days"])
@pytest.mark.parametrize(
    ("first", "end", "whole_first", "whole_end"),
    [
        ("2026-08-17", "2026-08-20", "2026-08-17", "2026-08-24"),
        ("2026-01-29", "2026-02-01", "2026-01-29", "2026-02-05"),
        ("2026-01-30", "2026-01-31", "2026-01-30", "2026-01-31"),
        ("2026-08-01", "2026-08-11", "2026-08-01", "2026-09-05"),
        ("2026-02-03", "2026-03-03", "2026-02-03", "2026-03-31"),
    ],
)
def test_what_is_not_made_of_months_is_counted_by_days(basis, first, end, whole_first, whole_end):
    part, whole = period(first, end), period(whole_first, whole_end)
    assert ratio(part, whole, basis) == Fraction(part.days, whole.days)


@given(cut_periods(), bases, st.integers(28, 31))
def test_pieces_sum_to_what_they_are_pieces_of(case, basis, month_days):
    whole, cuts = case
    if basis is Basis.none:
        return
    total = sum(ratio(piece, whole, basis, month_days) for piece in pieces(cuts))
    assert total == ratio(whole, whole, basis, month_days)


@given(cut_periods(most_cuts=39), st.sampled_from(EXACT_BASES), st.integers(1, 10**6))
def test_credit_of_the_unused_and_charge_of_the_used_are_the_full_price(case, basis, price):
    whole, cuts = case
    assert sum(price * ratio(piece, whole, basis) for piece in pieces(cuts)) == price
    for cut in cuts:
        used, unused = Period(whole.start, cut), Period(cut, whole.end)
        assert ratio(used, whole, basis) + ratio(unused, whole, basis) == 1


@given(cut_periods(), bases)
def test_more_days_are_never_a_smaller_share(case, basis):
    whole, cuts = case
    shares = [ratio(Period(whole.start, cut), whole, basis) for cut in cuts]
    assert shares == sorted(shares)
    assert shares[0] == 0


@given(st.builds(Cadence, st.just("month"), st.integers(1, 24)), awkward_days, st.data())
def test_the_360_bases_count_thirty_days_for_each_month_of_the_interval(cadence, start, data):
    whole = period_of(Anchor(start.replace(day=min(start.day, 28))), cadence, start)
    part = Period(*sorted(data.draw(st.tuples(*[st.dates(whole.start, whole.end)] * 2))))
    assert ratio(part, whole, "actual_360") == Fraction(part.days, 30 * cadence.count)
    assert (ratio(part, whole, "thirty_360") * 30 * cadence.count).denominator == 1
