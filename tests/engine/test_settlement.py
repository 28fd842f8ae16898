"""What becomes of a plan on a day, and where money goes in it."""

import itertools
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from engine_builders import day, refused
from hypothesis import given
from hypothesis import strategies as st

from online_billing.engine import (
    Cadence,
    InstallmentTerms,
    PlanRow,
    installment_schedule,
    interest_on_open,
    judge,
    pay_rows,
    period_rate,
    shorten_from_end,
    spread_over_invoices,
    spread_payments,
)

amounts = st.integers(1, 10_000).map(lambda cents: Fraction(cents, 100))
DAYS = ("2026-01-31", "2026-02-28", "2026-03-31")


def rows(*open_amounts, amount=100):
    return [PlanRow(number, day(DAYS[number]), amount, left) for number, left in enumerate(open_amounts)]


def test_a_row_is_missed_on_the_first_day_after_its_date_and_the_days_of_grace():
    plan = rows(100, 100, 100)
    assert judge(plan, day("2026-01-31")).missed == ()
    assert judge(plan, day("2026-02-01")).missed == (0,)
    assert judge(plan, day("2026-02-05"), grace_days=5).missed == ()
    assert judge(plan, day("2026-02-06"), grace_days=5).missed == (0,)
    assert judge(plan, day("2026-01-31")).due == (0,)
    assert judge(rows(0, 100, 100), day("2026-02-06")).paid == (0,)
    # a cent that is open is open
    assert judge(rows(Fraction(1, 100), 100, 100), day("2026-02-06")).missed == (0,)
    # nobody waits where no days of grace were given, and no number of missed rows breaks a plan without a limit
    assert judge(plan, day("2026-02-01"), missed_limit=1).event == "break"
    assert judge(plan, day("2026-03-01")).event is None


@pytest.mark.parametrize(
    ("open_amounts", "today", "limit", "event"),
    [
        ((100, 100, 100), "2026-03-01", 2, "break"),
        ((100, 100, 100), "2026-03-01", 3, None),
        ((100, 100, 100), "2026-05-01", 0, None),
        ((100, 0, 100), "2026-03-01", 1, "break"),
        ((0, 1, 0), "2026-03-01", 2, None),
        ((0, 0, 0), "2026-03-31", 1, "keep"),
        ((0, 0, 0), "2026-03-30", 1, "settle"),
    ],
)
def test_a_day_breaks_keeps_or_settles_a_plan(open_amounts, today, limit, event):
    assert judge(rows(*open_amounts), day(today), missed_limit=limit).event == event


def test_a_plan_without_rows_is_neither_kept_nor_broken():
    assert judge([], day("2026-01-01"), missed_limit=1).event is None


def test_limits_are_not_negative():
    with refused("installment.limit_negative"):
        judge([], day("2026-01-01"), grace_days=-1)
    with refused("installment.limit_negative"):
        judge([], day("2026-01-01"), missed_limit=-1)


def test_surplus_goes_to_the_next_part_or_off_the_end():
    plan, today = rows(100, 100, 100), day("2026-01-31")
    assert pay_rows(plan, 150) == (0, 50, 100)
    assert pay_rows(plan, 150, "shorten", today) == (0, 100, 50)
    assert pay_rows(plan, 250, "shorten", today) == (0, 0, 50)
    # what fills a part that is still to come pays it
    assert pay_rows(plan, 200, "shorten", today) == (0, 0, 100)
    assert pay_rows(plan, 40, "shorten", today) == (60, 100, 100)
    assert pay_rows(plan, 150, "shorten", day("2026-02-28")) == (0, 50, 100)
    with refused("installment.overpayment_unknown"):
        pay_rows(plan, 1, "keep", today)


@given(st.lists(amounts, min_size=1, max_size=3), amounts, st.sampled_from(["next", "shorten"]))
def test_money_is_spread_without_loss(agreed, paid, overpayment):
    plan = [PlanRow(number, day(DAYS[number]), amount, 0) for number, amount in enumerate(agreed)]
    left = pay_rows(plan, paid, overpayment, day("2026-02-01"))
    assert sum(left) == max(sum(agreed) - paid, 0)
    assert all(0 <= now <= amount for now, amount in zip(left, agreed, strict=True))


@given(st.lists(amounts, min_size=1, max_size=9), amounts)
def test_shortening_takes_whole_parts_from_the_end(agreed, surplus):
    left = shorten_from_end(agreed, surplus)
    assert sum(left) == max(sum(agreed) - surplus, 0)
    touched = [place for place, amount in enumerate(left) if amount != agreed[place]]
    assert touched == list(range(min(touched, default=0), len(agreed)))[: len(touched)]
    assert all(not left[place] for place in touched[1:])


@given(st.lists(amounts, min_size=1, max_size=9), st.data())
def test_rows_are_spread_over_invoices_the_oldest_first(parts, data):
    total = int(sum(parts) * 100)
    cuts = sorted(data.draw(st.sets(st.integers(1, total), max_size=5)) | {0, total})
    invoices = [Fraction(later - earlier, 100) for earlier, later in itertools.pairwise(cuts)]
    pieces = spread_over_invoices(parts, invoices)
    assert [sum(piece[2] for piece in pieces if piece[0] == place) for place in range(len(parts))] == parts
    assert [sum(piece[2] for piece in pieces if piece[1] == place) for place in range(len(invoices))] == invoices
    assert pieces == sorted(pieces, key=lambda piece: piece[:2])
    assert all(piece[2] > 0 for piece in pieces)


def test_an_invoice_of_which_nothing_is_open_gets_no_piece():
    assert spread_over_invoices([10, 5], [0, 10, 0, 5]) == [(0, 1, 10), (1, 3, 5)]


def test_rows_that_do_not_sum_to_the_invoices_are_refused():
    with refused("installment.sum_differs"):
        spread_over_invoices([100], [99])


def test_case_C18_a_row_that_rests_is_not_missed():
    plan = rows(100, 100, 100)
    resting = [replace(plan[0], rests=True), *plan[1:]]
    assert judge(resting, day("2026-02-01")).missed == ()
    assert judge(resting, day("2026-03-01"), missed_limit=2).missed == (1,)
    assert judge(resting, day("2026-03-01"), missed_limit=2).event is None


def test_case_C6_what_went_without_money_was_not_paid():
    gone = [PlanRow(number, day(DAYS[number]), 100, 0, 100) for number in range(3)]
    assert judge(gone, day("2026-01-01")).event == "cancel"
    assert judge(gone, day("2026-12-31")).event == "cancel"
    partly = [*gone[:2], PlanRow(2, day(DAYS[2]), 100, 0, "99.99")]
    assert judge(partly, day("2026-03-31")).event == "keep"
    assert judge([*gone[:2], PlanRow(2, day(DAYS[2]), 100, 1, 99)], day("2026-03-31")).event is None


# -- which part a payment paid, and when -----------------------------------------------------------------------------


def test_case_C21_payments_pay_the_earliest_parts_in_order():
    paid = spread_payments(rows(0, 0, 0), ((day("2026-01-10"), 150, None), (day("2026-02-10"), 60, None)))
    assert paid == {
        0: [(0, 100)],
        1: [(0, 50), (1, 50)],
        2: [(1, 10)],
    }


def test_case_C21_a_payment_made_for_a_part_pays_that_part_and_its_rest_the_earliest():
    chosen = ((day("2026-01-10"), 130, 1), (day("2026-01-20"), 40, 1))
    assert spread_payments(rows(0, 0, 0), chosen) == {
        1: [(0, 100)],
        0: [(0, 30), (1, 40)],
    }
    assert spread_payments(rows(0, 0, 0), ((day("2026-01-10"), 20, "another plan"),)) == {0: [(0, 20)]}
    assert spread_payments(rows(0, 0, 0), ()) == {}


def test_case_C21_what_shortens_a_plan_is_taken_off_its_end():
    paid = spread_payments(rows(0, 0, 0), ((day("2026-01-10"), 130, None),), "shorten")
    assert paid == {0: [(0, 100)], 2: [(0, 30)]}


@given(st.lists(st.tuples(st.integers(1, 90), amounts, st.sampled_from([None, 0, 1, 2])), max_size=6))
def test_case_C21_all_that_was_paid_is_spread_and_no_part_gets_more_than_it_asks(given_payments):
    payments = [(day("2026-01-01") + timedelta(days=number), amount, key)
                for number, amount, key in sorted(given_payments, key=lambda one: one[0])]  # fmt: skip
    paid = spread_payments(rows(0, 0, 0), payments)
    sums = {key: sum(amount for _place, amount in events) for key, events in paid.items()}
    assert sum(sums.values()) == min(300, sum(amount for _day, amount, _key in payments))
    assert all(0 < amount <= 100 for amount in sums.values())


# -- interest on what is open ----------------------------------------------------------------------------------------


def schedule(total, count, **more):
    cadence = Cadence("month")
    terms = InstallmentTerms(total, 2, day("2026-07-01"), cadence, count=count, annual_percent=12, **more)
    return installment_schedule(terms), period_rate(12, cadence)


def test_case_C11_interest_follows_what_is_open_and_not_the_calendar():
    plan, rate = schedule(1200, 4)
    assert [str(row.interest) for row in plan] == ["12.00", "9.00", "6.00", "3.00"]
    balances = (1200, *(row.balance for row in plan))
    charged = [
        str(interest_on_open(row.interest, balance, open_amount, rate, 2))
        for row, balance, open_amount in zip(plan, balances, (1200, 1, 1, 1), strict=False)
    ]
    assert charged == ["12.00", "0.01", "0.01", "0.01"]


@pytest.mark.parametrize(
    ("open_amount", "interest"),
    [
        (1200, "12.00"),
        (1500, "12.00"),
        ("1199.99", "12.00"),
        (1199, "11.99"),
        (600, "6.00"),
        ("0.49", "0.00"),
        (0, "0.00"),
        (-5, "0.00"),
    ],
)
def test_case_C11_interest_is_never_above_what_was_agreed(open_amount, interest):
    assert str(interest_on_open("12.00", 1200, open_amount, Fraction(1, 100), 2)) == interest


def test_case_C11_as_long_as_all_is_open_what_was_agreed_is_owed_even_where_it_is_less_than_its_rate():
    assert str(interest_on_open("11.50", 1200, 1200, Fraction(1, 100), 2)) == "11.50"
    assert str(interest_on_open("12.50", 1200, 1200, Fraction(1, 100), 2)) == "12.50"


def test_case_C11_an_annuity_that_is_kept_bears_what_was_agreed_to_the_last_cent():
    plan, rate = schedule(3000, 3, method="annuity")
    assert len(plan) == 3
    balance = 3000
    for row in plan:
        assert interest_on_open(row.interest, balance, balance, rate, 2) == row.interest
        balance = row.balance
