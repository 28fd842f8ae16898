"""Installment schedules: sums, dates, interest, and what is refused."""

import itertools
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from engine_builders import day, refused
from engine_strategies import awkward_days, cadences
from hypothesis import assume, given
from hypothesis import strategies as st

from online_billing.engine import (
    Anchor,
    Cadence,
    InstallmentTerms,
    Part,
    annuity_payment,
    as_exact,
    boundary,
    installment_schedule,
    period_rate,
    round_half_up,
    split_equally,
)

MONTHLY = Cadence("month")
#: 0.01 to 999,999,999,999.99
money = st.integers(1, 99_999_999_999_999).map(lambda cents: Fraction(cents, 100))
counts = st.integers(1, 120)
remainders = st.sampled_from(["last", "first"])
percents = st.integers(0, 4_000).map(lambda number: Fraction(number, 100))


def terms(total="1200.00", **given_terms):
    values = {"digits": 2, "first_date": day("2026-01-31"), "cadence": MONTHLY, "count": 12, **given_terms}
    return InstallmentTerms(total=as_exact(total), **values)


def principals(**given_terms):
    return [str(row.principal) for row in installment_schedule(terms(**given_terms))]


# -- P-03 -------------------------------------------------------------------------------------------------------------


@given(money, counts, remainders)
def test_p03_equal_parts_sum_to_the_total_and_differ_by_one_unit_at_most(total, count, remainder):
    parts = split_equally(total, count, 2, remainder)
    units = [int(part.scaleb(2)) for part in parts]
    assert len(parts) == count
    assert sum(units) == total * 100
    assert max(units) - min(units) <= 1
    assert units == sorted(units, reverse=remainder == "first")


@given(money, counts, st.sampled_from([0, 2, 3]), remainders)
def test_equal_parts_of_every_currency_are_their_share_within_a_unit(total, count, digits, remainder):
    amount = as_exact(round_half_up(total, digits))
    parts = split_equally(amount, count, digits, remainder)
    assert len(parts) == count
    for part in parts:
        assert abs(as_exact(part) - amount / count) < Fraction(1, 10**digits)
        assert -part.as_tuple().exponent == digits


# -- schedules --------------------------------------------------------------------------------------------------------


@st.composite
def schedules(draw):
    """Terms of every method that are not refused."""
    method = draw(st.sampled_from(["equal", "annuity", "parts"]))
    count = draw(st.integers(1, 60))
    total = draw(st.integers(count * 100, 10**12)) * Fraction(1, 100)
    first = draw(awkward_days)
    deposit = Fraction(draw(st.integers(0, int(total * 10))), 100)
    parts = ()
    if method == "parts":
        weights = draw(st.lists(st.integers(1, 9), min_size=1, max_size=9))
        parts = (*(Part("percent", Fraction(weight * 100, sum(weights) + 1)) for weight in weights), Part("rest"))
    return InstallmentTerms(
        total=total,
        digits=2,
        first_date=first,
        cadence=draw(cadences),
        method=method,
        count=count,
        parts=parts,
        annual_percent=draw(st.sampled_from([Fraction(0), Fraction(824, 100), Fraction(36)])),
        deposit=deposit,
        deposit_date=date.fromordinal(first.toordinal() - 1) if deposit else None,
        remainder=draw(remainders),
    )


@given(schedules())
def test_principal_sums_to_the_total_dates_increase_and_every_row_pays(given_terms):
    rows = _rows_or_discard(given_terms)
    assert sum(as_exact(row.principal) for row in rows) == given_terms.total
    assert rows[-1].balance == 0
    assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
    days = [row.due_date for row in rows]
    assert all(earlier < later for earlier, later in itertools.pairwise(days))
    assert min(row.principal for row in rows) > 0
    left = given_terms.total
    for row in rows:
        left -= as_exact(row.principal)
        assert as_exact(row.balance) == left


@given(schedules())
def test_interest_of_a_row_is_one_interval_on_what_is_open_before_it(given_terms):
    rows = _rows_or_discard(given_terms)
    rate = period_rate(given_terms.annual_percent, given_terms.cadence)
    before = given_terms.total
    assert rows
    for row in rows:
        expected = 0 if row.is_deposit else before * rate
        assert row.interest == round_half_up(expected, 2)
        before = as_exact(row.balance)


@given(schedules())
def test_dates_are_counted_from_the_first_one(given_terms):
    rows = [row for row in _rows_or_discard(given_terms) if not row.is_deposit]
    expected = [boundary(Anchor(given_terms.first_date), given_terms.cadence, k) for k in range(len(rows))]
    assert [row.due_date for row in rows] == expected


def _rows_or_discard(given_terms):
    # interest above the payment of an annuity and dates beyond the year 9999 are refused; both have tests of their own
    try:
        return installment_schedule(given_terms)
    except ValueError as error:
        assume(error.code not in ("installment.part_not_positive", "cadence.out_of_range"))
        raise


@given(st.integers(100, 10**12), counts, percents)
def test_annuity_equals_the_formula_and_pays_off_exactly(cents, count, percent):
    principal, rate = Fraction(cents, 100), period_rate(percent, MONTHLY)
    payment = annuity_payment(principal, rate, count)
    # the present value of the payments, discounted one by one
    discount = 1 / (1 + rate)
    value, factor = Fraction(0), Fraction(1)
    for _number in range(count):
        factor *= discount
        value += payment * factor
    assert value == principal


@given(st.integers(10_000, 10**11), st.integers(1, 60), percents)
def test_annuity_rows_pay_the_same_but_the_last_which_takes_the_difference(cents, count, percent):
    total = Fraction(cents, 100)
    rows = _rows_or_discard(terms(total=total, method="annuity", count=count, annual_percent=percent))
    payment = round_half_up(annuity_payment(total, period_rate(percent, MONTHLY), count), 2)
    assert {row.payment for row in rows[:-1]} <= {payment}
    assert abs(rows[-1].payment - payment) <= Decimal("0.01") * count * 4


def test_an_annuity_without_interest_is_equal_parts():
    assert annuity_payment(Fraction(100), Fraction(0), 4) == 25
    assert principals(total="100.00", method="annuity", count=4) == ["25.00"] * 4


def test_a_deposit_is_taken_off_first_and_bears_no_interest():
    rows = installment_schedule(
        terms(
            total="1000.00", count=3, deposit=Fraction(100), deposit_date=day("2026-01-01"), annual_percent=Fraction(12)
        )
    )
    assert [(str(row.due_date), str(row.principal), str(row.interest)) for row in rows] == [
        ("2026-01-01", "100.00", "0.00"),
        ("2026-01-31", "300.00", "9.00"),
        ("2026-02-28", "300.00", "6.00"),
        ("2026-03-31", "300.00", "3.00"),
    ]


def test_the_fee_is_shown_once_beside_the_principal():
    rows = installment_schedule(terms(total="100.00", count=2, fee=Fraction(5)))
    assert [str(row.fee) for row in rows] == ["5.00", "0.00"]
    assert [str(row.payment) for row in rows] == ["55.00", "50.00"]


def test_rates_of_intervals_are_shares_of_the_year():
    assert period_rate(Fraction(12), Cadence("month")) == Fraction(1, 100)
    assert period_rate(Fraction(12), Cadence("month", 3)) == Fraction(3, 100)
    assert period_rate(Fraction(12), Cadence("year")) == Fraction(12, 100)
    assert period_rate(Fraction(52), Cadence("week", 2)) == Fraction(2, 100)
    assert period_rate(Fraction(365), Cadence("day", 10)) == Fraction(10, 100)


def test_percentages_that_round_leave_the_difference_to_the_last_or_the_first_part():
    thirds = tuple(Part("percent", Fraction(100, 3)) for _number in range(3))
    assert principals(total="100.00", method="parts", parts=thirds) == ["33.33", "33.33", "33.34"]
    assert principals(total="100.00", method="parts", parts=thirds, remainder="first") == ["33.34", "33.33", "33.33"]


@pytest.mark.parametrize(
    ("code", "given_terms"),
    [
        ("installment.total_not_positive", {"total": "0"}),
        ("installment.total_not_positive", {"total": "-1.00"}),
        ("money.too_large", {"total": "1000000000000"}),
        ("money.not_representable", {"total": "10.001"}),
        ("money.not_representable", {"deposit": Fraction(1, 1000), "deposit_date": date(2026, 1, 1)}),
        ("installment.count", {"count": 0}),
        ("installment.count", {"count": 361}),
        ("installment.count", {"count": 2.0}),
        ("installment.count", {"count": 0, "method": "annuity"}),
        ("installment.count", {"method": "parts"}),
        ("installment.remainder_unknown", {"remainder": "middle"}),
        ("installment.method_unknown", {"method": "balloon"}),
        ("installment.kind_unknown", {"method": "parts", "parts": (Part("half", 1),)}),
        ("installment.part_not_positive", {"total": "0.01", "count": 2}),
        (
            "installment.part_not_positive",
            {"total": "1.00", "count": 12, "method": "annuity", "annual_percent": Fraction(900)},
        ),
        ("installment.part_not_positive", {"method": "parts", "parts": (Part("amount", 1200), Part("amount", 0))}),
        ("installment.sum_differs", {"method": "parts", "parts": (Part("amount", 1000),)}),
        ("installment.sum_differs", {"method": "parts", "parts": (Part("percent", 60), Part("percent", 60))}),
        ("installment.sum_differs", {"method": "parts", "parts": (Part("rest"), Part("rest"))}),
        ("installment.deposit", {"deposit": Fraction(1200), "deposit_date": date(2026, 1, 1)}),
        ("installment.deposit", {"deposit": Fraction(-1), "deposit_date": date(2026, 1, 1)}),
        ("installment.deposit", {"deposit": Fraction(10)}),
        ("installment.dates_not_ascending", {"deposit": Fraction(10), "deposit_date": date(2026, 1, 31)}),
        (
            "installment.dates_not_ascending",
            {"method": "parts", "parts": (Part("percent", 50, 10), Part("percent", 50, 10))},
        ),
        ("installment.rate_negative", {"annual_percent": Fraction(-1)}),
        ("installment.fee_negative", {"fee": Fraction(-1)}),
        ("period.not_a_date", {"first_date": "2026-01-31"}),
    ],
)
def test_what_cannot_be_a_plan_is_refused(code, given_terms):
    with refused(code):
        installment_schedule(terms(**given_terms))


# -- B10: currencies with a smallest amount ----------------------------------------------------------------------------


@given(st.integers(1, 10**9), counts, remainders, st.sampled_from(["0.05", "0.25", "5"]))
def test_case_B10_equal_parts_are_multiples_of_what_the_currency_is_rounded_to(units, count, remainder, increment):
    smallest = Fraction(increment)
    parts = split_equally(units * smallest, count, Decimal(increment), remainder)
    assert sum(map(Fraction, parts)) == units * smallest
    assert all((Fraction(part) / smallest).denominator == 1 for part in parts)
    assert max(parts) - min(parts) <= smallest


@pytest.mark.parametrize("method", ["equal", "annuity"])
def test_case_B10_interest_and_fee_of_a_plan_are_rounded_by_the_currency(method):
    rows = installment_schedule(
        terms("1000.00", digits=Decimal("0.05"), count=3, annual_percent=7, fee=Decimal("3.33"), method=method)
    )
    amounts = [amount for row in rows for amount in (row.principal, row.interest, row.fee, row.balance)]
    assert all((Fraction(amount) * 20).denominator == 1 for amount in amounts)
    assert sum(row.principal for row in rows) == 1000
    assert str(rows[0].fee) == "3.35"


def test_case_B10_a_total_that_the_currency_does_not_have_is_refused():
    with refused("money.not_representable"):
        split_equally(Fraction("10.02"), 2, Decimal("0.05"))
