"""When something is debited, and what a consent covers."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from engine_builders import refused
from hypothesis import given
from hypothesis import strategies as st

from online_billing.engine import DEBIT_RULES, debit_day, split_debits, uncovered_reason

DUE = date(2026, 1, 30)


@pytest.mark.parametrize(
    ("due", "rule", "number", "not_before", "expected"),
    [
        (DUE, "due", 0, date(2026, 1, 1), DUE),
        (DUE, "due", 0, date(2026, 2, 3), date(2026, 2, 3)),
        (DUE, "before", 5, date(2026, 1, 1), date(2026, 1, 25)),
        (DUE, "before", 5, date(2026, 1, 28), date(2026, 1, 28)),
        (DUE, "after", 3, date(2026, 1, 1), date(2026, 2, 2)),
        (DUE, "day_of_month", 30, date(2026, 1, 1), DUE),
        (DUE, "day_of_month", 31, date(2026, 1, 1), date(2026, 1, 31)),
        (DUE, "day_of_month", 5, date(2026, 1, 1), date(2026, 2, 5)),
        (date(2026, 2, 10), "day_of_month", 31, date(2026, 1, 1), date(2026, 2, 28)),
        (date(2026, 2, 28), "day_of_month", 31, date(2026, 1, 1), date(2026, 2, 28)),
        (date(2028, 2, 28), "day_of_month", 30, date(2026, 1, 1), date(2028, 2, 29)),
        (date(2026, 12, 20), "day_of_month", 15, date(2026, 1, 1), date(2027, 1, 15)),
        (DUE, "day_of_month", 5, date(2026, 2, 6), date(2026, 3, 5)),
    ],
)
def test_the_day_of_a_debit(due, rule, number, not_before, expected):
    assert debit_day(due, rule, number, not_before) == expected


@given(
    st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    st.sampled_from(DEBIT_RULES),
    st.integers(1, 31),
    st.integers(-40, 40),
)
def test_nothing_is_debited_before_it_may_be_and_a_chosen_day_is_kept(due, rule, number, apart):
    not_before = due + timedelta(days=apart)
    day = debit_day(due, rule, number, not_before)
    assert day >= not_before
    if rule == "day_of_month":
        assert day >= due
        is_last = (day + timedelta(days=1)).month != day.month
        assert day.day == number or (is_last and day.day < number)
        assert day < max(due, not_before) + timedelta(days=32)


@pytest.mark.parametrize(
    ("due", "missed_from", "not_before", "expected"),
    [
        # the fifth is among the days on which nobody looked
        (date(2026, 1, 20), date(2026, 2, 3), date(2026, 2, 8), date(2026, 2, 8)),
        (date(2026, 1, 20), date(2026, 2, 5), date(2026, 2, 6), date(2026, 2, 6)),
        # it was looked at, or is not over
        (date(2026, 1, 20), date(2026, 2, 6), date(2026, 2, 8), date(2026, 3, 5)),
        (date(2026, 1, 20), date(2026, 2, 3), date(2026, 2, 5), date(2026, 2, 5)),
        (date(2026, 1, 20), date(2026, 2, 3), date(2026, 2, 4), date(2026, 2, 5)),
        # what fell due after it was to be debited a month later anyway
        (date(2026, 2, 6), date(2026, 2, 3), date(2026, 2, 8), date(2026, 3, 5)),
        # what is looked at twice on a day misses nothing
        (date(2026, 1, 20), date(2026, 2, 9), date(2026, 2, 8), date(2026, 3, 5)),
    ],
)
def test_a_day_of_the_month_on_which_nobody_looked_is_made_up_for(due, missed_from, not_before, expected):
    assert debit_day(due, "day_of_month", 5, not_before, missed_from) == expected
    for rule in ("due", "before", "after"):
        assert debit_day(due, rule, 5, not_before, missed_from) == debit_day(due, rule, 5, not_before)


def test_a_rule_that_does_not_exist_and_numbers_that_cannot_be():
    with refused("debit.rule_unknown"):
        debit_day(DUE, "sometime", 0, DUE)
    with refused("debit.number"):
        debit_day(DUE, "before", -1, DUE)
    for number in (0, 32):
        with refused("debit.number"):
            debit_day(DUE, "day_of_month", number, DUE)


@pytest.mark.parametrize(
    ("amount", "limit", "month_limit", "month_amount", "expected"),
    [
        ("100.00", None, None, "900.00", None),
        ("100.00", "100.00", None, "0", None),
        ("100.01", "100.00", None, "0", "debit"),
        ("100.00", "100.00", "250.00", "150.00", None),
        ("100.00", "100.00", "250.00", "150.01", "month"),
        ("0.01", "0", None, "0", "debit"),
    ],
)
def test_what_a_consent_covers(amount, limit, month_limit, month_amount, expected):
    read = [None if one is None else Decimal(one) for one in (limit, month_limit)]
    assert uncovered_reason(Decimal(amount), *read, Decimal(month_amount)) == expected


@pytest.mark.parametrize(
    ("bills", "limit", "month_limit", "month_amount", "debits", "left"),
    [
        # all together where the limit lets it
        ([["119"], ["81"]], "200", None, "0", [[(0, 0), (1, 0)]], []),
        ([["119"], ["238"]], None, None, "0", [[(0, 0), (1, 0)]], []),
        # each alone is under it
        ([["119"], ["119"]], "200", None, "0", [[(0, 0)], [(1, 0)]], []),
        ([["150"], ["119"], ["50"]], "200", None, "0", [[(0, 0), (2, 0)], [(1, 0)]], []),
        # only what is above it alone is left
        ([["119"], ["238"], ["20"]], "200", None, "0", [[(0, 0), (2, 0)]], [(1, 0)]),
        # a bill stays together where it can, else its lines go where they fit
        ([["150"], ["60", "60"]], "200", None, "0", [[(0, 0)], [(1, 0), (1, 1)]], []),
        ([["120", "120", "201"]], "200", None, "0", [[(0, 0)], [(0, 1)]], [(0, 2)]),
        # the month is one, however many debits it has
        ([["119"], ["119"], ["60"]], "200", "300", "100", [[(0, 0), (2, 0)]], [(1, 0)]),
    ],
)
def test_bills_of_a_day_are_shared_out_over_debits(bills, limit, month_limit, month_amount, debits, left):
    limits = [None if one is None else Decimal(one) for one in (limit, month_limit)]
    amounts = [[Decimal(one) for one in bill] for bill in bills]
    assert split_debits(amounts, *limits, Decimal(month_amount)) == (debits, left)


amounts_of_lines = st.decimals("0.01", "300", places=2)


@given(
    st.lists(st.lists(amounts_of_lines, min_size=1, max_size=3), max_size=8),
    st.none() | amounts_of_lines,
    st.none() | amounts_of_lines,
    st.decimals("0", "300", places=2),
)
def test_no_line_is_lost_or_doubled_and_each_that_could_be_debited_is(bills, limit, month_limit, month_amount):
    debits, left = split_debits(bills, limit, month_limit, month_amount)
    places = sorted(place for places in (*debits, left) for place in places)
    assert places == [(bill, line) for bill, lines in enumerate(bills) for line in range(len(lines))]
    totals = [sum(bills[bill][line] for bill, line in places) for places in debits]
    assert all(totals)
    for total in totals:
        assert uncovered_reason(total, limit, None, Decimal(0)) is None
    assert not debits or uncovered_reason(Decimal(0), None, month_limit, month_amount + sum(totals)) is None
    for bill, line in left:
        assert uncovered_reason(bills[bill][line], limit, month_limit, month_amount + sum(totals))
