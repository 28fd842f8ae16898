"""When something is debited, and what a consent covers."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from engine_builders import refused
from hypothesis import given
from hypothesis import strategies as st

from online_billing.engine import DEBIT_RULES, debit_day, uncovered_reason

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
