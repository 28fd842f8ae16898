"""P-16: what holds for late fees whatever the terms, the payments and the days on which a job looks."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from engine_builders import day
from hypothesis import assume, given
from hypothesis import strategies as st

from online_billing.engine import (
    Band,
    Cadence,
    EarlierFee,
    FeeTerms,
    OverdueDebt,
    Period,
    RateTable,
    accrue,
    describe_late_fee,
    fees_due,
    look_again,
    round_half_up,
    trigger_day,
)

DUE = day("2027-11-20")  # so that a leap year begins within reach
ONE_DAY = timedelta(days=1)
cents = st.integers(0, 2_000_000).map(lambda units: Fraction(units, 100))
few_days = st.integers(0, 200)
either = st.booleans()


def after(days):
    return DUE + ONE_DAY * days


@st.composite
def tables(draw):
    changes = sorted(draw(st.lists(st.integers(-400, 250), max_size=4, unique=True)))
    points = [(day("2025-01-01"), draw(st.integers(0, 600)))]
    points += [(after(change), draw(st.integers(0, 600))) for change in changes]
    return RateTable(tuple((when, Fraction(hundredths, 100)) for when, hundredths in points))


@st.composite
def rules(draw, closing=either):
    cap = draw(st.sampled_from([None, None, 5, "37.50", 400]))
    return FeeTerms(
        digits=2,
        grace_days=draw(st.sampled_from([0, 0, 5, 14])),
        fixed=draw(st.sampled_from([0, 0, 25])),
        percent=draw(st.sampled_from([0, 0, 2, "1.5"])),
        yearly_rate=draw(st.sampled_from([None, 0, 8, "12.25"])),
        bands=draw(st.sampled_from([(), (Band(0, 40), Band(1000, 70), Band(10000, 100))])),
        minimum=draw(st.sampled_from([0, 0, 5])),
        cap=cap,
        total_cap=draw(st.sampled_from([None, None, 60, "99.99"])),
        most=draw(st.sampled_from([None, None, 1, 3])),
        repeat=draw(st.sampled_from([None, Cadence("day", 1), Cadence("day", 14), Cadence("month")])),
        compound=draw(st.booleans()),
        year_days=draw(st.sampled_from(["365", "actual"])),
        rounding=draw(st.sampled_from(["total", "day"])),
        tolerance=draw(st.sampled_from([0, 0, 10])),
        fixing=draw(st.sampled_from(["daily", "half_year_eve", "half_year_first"])),
        locked=draw(st.booleans()),
        closing=draw(closing),
    )


@st.composite
def debts(draw, paid=either):
    """A debt that is paid in parts, perhaps wholly."""
    left = draw(st.integers(1, 2_000_000).map(lambda units: Fraction(units, 100)))
    days = sorted(draw(st.lists(st.integers(1, 150), max_size=4, unique=True)))
    steps = [(DUE, left)]
    for number in days:
        left *= Fraction(draw(st.integers(0, 9)), 10)
        steps.append((after(number), Fraction(round_half_up(left, 2))))
    if draw(paid):
        steps.append((after(max([*days, 0]) + draw(st.integers(1, 20))), Fraction(0)))
    return OverdueDebt(DUE, tuple(steps))


def known(fees):
    return tuple(EarlierFee(fee.day, fee.amount, fee.amount) for fee in fees)


@given(rules(), debts(), tables(), few_days)
def test_p16_at_most_one_fee_per_occurrence_and_none_above_a_cap(rule, debt, rates, days):
    fees = fees_due(rule, debt, after(days), rates)

    assert max(Counter(fee.number for fee in fees).values(), default=1) == 1
    assert all(fee.amount > 0 for fee in fees)
    if rule.cap is not None:
        assert all(fee.amount <= rule.cap for fee in fees)
    if rule.total_cap is not None:
        assert sum(fee.amount for fee in fees) <= rule.total_cap
    if rule.most is not None:
        assert len(fees) <= rule.most
    assert all(DUE + ONE_DAY * rule.grace_days < fee.day <= after(days) for fee in fees)


@given(rules(), debts(), tables(), few_days)
def test_p16_a_second_look_finds_nothing_new(rule, debt, rates, days):
    fees = fees_due(rule, debt, after(days), rates)
    assert fees_due(rule, replace(debt, earlier=known(fees)), after(days), rates) == ()


@given(rules(), debts(paid=st.just(False)), tables(), few_days, st.sets(few_days, max_size=6))
def test_p16_whenever_the_job_looked_the_fees_of_an_open_debt_are_the_same(rule, debt, rates, days, looks):
    if debt.open_at_end_of(after(days)) < max(rule.tolerance, 1):
        return
    at_once = fees_due(rule, debt, after(days), rates)
    found = ()
    for look in sorted({look for look in looks if look < days} | {days}):
        # a look while the debt seemed paid finds nothing of it; that is what the last look makes good
        found += fees_due(rule, replace(debt, earlier=known(found)), after(look), rates)
    assert found == at_once


@given(rules(closing=st.just(False)), debts(paid=st.just(True)), tables(), few_days)
def test_p16_never_on_a_paid_or_credited_debt(rule, debt, rates, days):
    paid = debt.steps[-1][0]
    assert fees_due(rule, debt, max(paid, after(days)), rates) == ()


@given(rules(closing=st.just(True)), debts(paid=st.just(True)), tables(), st.integers(0, 400))
def test_p16_a_paid_debt_accrues_no_more(rule, debt, rates, more):
    paid = debt.steps[-1][0]
    on_the_day, later = fees_due(rule, debt, paid, rates), fees_due(rule, debt, paid + ONE_DAY * more, rates)
    assert on_the_day == later
    assert all(segment.last <= paid for fee in later for segment in fee.segments)


@given(rules(), st.integers(1, 2_000_000), tables())
def test_p16_the_day_of_grace_is_exact(rule, units, rates):
    debt = OverdueDebt(DUE, ((DUE, Fraction(units, 100)),))
    last = DUE + ONE_DAY * rule.grace_days
    assert fees_due(rule, debt, last, rates) == ()
    first = fees_due(replace(rule, fixed=25, closing=False, tolerance=0), debt, last + ONE_DAY, rates)
    assert [(fee.number, fee.day) for fee in first] == [(1, last + ONE_DAY)]
    assert trigger_day(rule, DUE, 1) == last + ONE_DAY


@given(rules(), debts(), tables(), few_days, few_days)
def test_p16_accrual_grows_with_time_and_adds_up_wherever_it_is_split(rule, debt, rates, one, other):
    rule = replace(rule, yearly_rate=rule.yearly_rate or Fraction(8))
    earlier, later = sorted((after(one), after(other)))
    first = accrue(rule, debt, DUE, earlier, rates)
    second = accrue(rule, debt, earlier + ONE_DAY, later, rates)
    whole = accrue(rule, debt, DUE, later, rates)

    assert sum(segment.amount for segment in first) <= sum(segment.amount for segment in whole)
    for measure in ("amount", "days"):
        assert sum(getattr(segment, measure) for segment in (*first, *second)) == sum(
            getattr(segment, measure) for segment in whole
        )
    assert sum(segment.daily * segment.days for segment in (*first, *second)) == sum(
        segment.daily * segment.days for segment in whole
    )


@given(rules(), debts(), tables(), few_days)
def test_p16_interest_is_the_sum_of_its_days(rule, debt, rates, days):
    """Each day by itself, worked out in another way: base of its morning x rate of the day / days of its year."""
    rule = replace(rule, yearly_rate=rule.yearly_rate or Fraction(8))
    total = Fraction(0)
    for number in range(1, days + 1):
        today = after(number)
        base = [amount for when, amount in debt.steps if when < today][-1]
        asked = after(1) if rule.locked else today
        if rule.fixing.value != "daily":
            asked = asked.replace(month=1 if asked.month <= 6 else 7, day=1)
            asked -= ONE_DAY * (rule.fixing.value == "half_year_eve")
        reference = [percent for when, percent in rates.points if when <= asked][-1]
        leap = rule.year_days.value == "actual" and today.year % 4 == 0
        total += base * (rule.yearly_rate + reference) / 100 / (366 if leap else 365)
    assert sum(segment.amount for segment in accrue(rule, debt, DUE, after(days), rates)) == total


@given(rules(), debts(paid=st.just(False)), tables(), few_days, few_days)
def test_p16_fees_of_an_open_debt_never_shrink_and_stay_below_the_cap(rule, debt, rates, one, other):
    earlier, later = sorted((one, other))
    if debt.open_at_end_of(after(later)) < max(rule.tolerance, 1):
        return
    before = sum(fee.amount for fee in fees_due(rule, debt, after(earlier), rates))
    now = sum(fee.amount for fee in fees_due(rule, debt, after(later), rates))
    assert before <= now
    if rule.total_cap is not None:
        assert now <= rule.total_cap


@given(rules(), debts(), tables(), few_days)
def test_p16_a_fee_is_the_sum_of_its_parts_before_limits(rule, debt, rates, days):
    limits = {"minimum", "cap", "total_cap"}
    fees = [fee for fee in fees_due(rule, debt, after(days), rates) if not limits & {part.code for part in fee.parts}]
    assume(fees)
    for fee in fees:
        whole = sum(part.amount for part in fee.parts) + sum(segment.amount for segment in fee.segments)
        assert fee.exact == whole
        if rule.rounding.value == "total":
            assert fee.amount == round_half_up(whole, 2)


@given(rules(), debts(), tables(), few_days)
def test_p16_a_fee_that_is_looked_at_again_is_as_it_was_where_nothing_has_changed(rule, debt, rates, days):
    fees = fees_due(rule, debt, after(days), rates)
    found = [look_again(rule, debt, describe_late_fee(rule, debt, fee), fee.added) for fee in fees]
    assert [(fee.amount, fee.exact, fee.segments) for fee in found] == [
        (fee.amount, fee.exact, fee.segments) for fee in fees
    ]


@given(rules(), debts(), debts(), tables(), few_days)
def test_p16_whatever_is_known_later_no_fee_becomes_higher(rule, debt, known_debt, rates, days):
    fees = fees_due(rule, debt, after(days), rates)
    found = [look_again(rule, known_debt, describe_late_fee(rule, debt, fee), fee.added) for fee in fees]
    assert all(left is None or left.amount <= fee.amount for fee, left in zip(fees, found, strict=True))


def test_p16_a_minimum_that_rounding_reaches_raises_nothing():
    rule = FeeTerms(digits=2, percent="2", minimum="5")
    for debt_of, exact, codes in (
        (Fraction("249.75"), Fraction("4.995"), ["percent"]),
        (100, 5, ["percent", "minimum"]),
    ):
        debt = OverdueDebt(DUE, ((DUE, Fraction(debt_of)),))
        [fee] = fees_due(rule, debt, after(1))
        assert (fee.exact, fee.amount, [part.code for part in fee.parts]) == (exact, 5, codes)


periods = st.builds(
    lambda first, length: Period(after(first), after(first + length)), st.integers(-5, 60), st.integers(1, 40)
)


@given(st.lists(periods, max_size=5), st.lists(periods, max_size=3), debts(paid=st.just(True)), st.sampled_from([0, 8]))
def test_p16_days_spared_for_several_reasons_count_once_whenever_they_were_entered(before, later, debt, rate):
    rule = FeeTerms(digits=2, yearly_rate=rate or "12.25", closing=True, year_days="actual")
    [paid, *_more] = [when for when, amount in debt.steps if not amount]
    day_by_day = Fraction(0)
    for number in range(1, (paid - DUE).days + 1):
        one = after(number)
        if not any(period.start <= one < period.end for period in (*before, *later)):
            length = 366 if one.year % 4 == 0 else 365
            day_by_day += debt.open_at_end_of(one - ONE_DAY) * rule.yearly_rate / 100 / length
    expected = round_half_up(day_by_day, 2)

    everything = replace(debt, spared=(*before, *later))
    assert sum(fee.amount for fee in fees_due(rule, everything, paid)) == expected
    charged = replace(debt, spared=tuple(before))
    fees = fees_due(rule, charged, paid)
    found = [look_again(rule, everything, describe_late_fee(rule, charged, fee)) for fee in fees]
    assert [left.amount if left else 0 for left in found] == [expected] * len(fees)
