"""Minimum commitment and maximum spend: round the parts, then subtract."""

from decimal import Decimal
from fractions import Fraction

from engine_builders import refused
from engine_strategies import decimals, ratios
from hypothesis import given
from hypothesis import strategies as st

from online_billing.engine import cap_discount, round_half_up, true_up


def test_parts_are_rounded_before_they_are_subtracted():
    share = Fraction(334, 365)
    assert str(true_up(10000, 1000 * share, share, 2)) == "8235.61"
    assert str(round_half_up(9000 * share, 2)) == "8235.62"


def test_nothing_is_missing_when_the_charges_reach_the_commitment():
    assert str(true_up("100.00", "100.00")) == "0.00"
    assert str(true_up("100.00", "250.00")) == "0.00"
    assert str(true_up("100.00", "99.99")) == "0.01"


def test_a_full_period_in_cents_is_the_default():
    assert str(true_up(100, 40)) == "60.00"
    assert str(cap_discount(140, 100)) == "40.00"


def test_the_discount_is_what_lies_above_the_prorated_cap():
    assert str(cap_discount("80.00", "100.00", Fraction(1, 2), 2)) == "30.00"
    assert str(cap_discount("50.00", "100.00", Fraction(1, 2), 2)) == "0.00"
    assert str(cap_discount("10.005", "10", 1, 2)) == "0.01"


def test_the_digits_are_those_of_the_currency():
    assert str(true_up(1000, 1, Fraction(1, 3), 0)) == "332"
    assert str(true_up(1000, 1, Fraction(1, 3), 3)) == "332.333"
    assert str(cap_discount(1000, 1, Fraction(1, 3), 0)) == "1000"


def test_a_negative_bound_is_refused():
    for wrong in (lambda: true_up(-1, 0), lambda: cap_discount(0, -1)):
        with refused("pricing.bound_negative"):
            wrong()
    assert true_up(0, 5) == cap_discount(5, 5) == 0


@given(decimals(0, 5000, 3), decimals(0, 5000, 3), ratios, st.integers(0, 3))
def test_a_charge_with_its_true_up_reaches_the_commitment_and_no_more(minimum, charged, ratio, digits):
    missing = true_up(minimum, charged, ratio, digits)
    reached = round_half_up(charged, digits) + missing
    assert missing >= 0
    assert reached == max(round_half_up(minimum * ratio, digits), round_half_up(charged, digits))
    assert missing.as_tuple().exponent == -digits


@given(decimals(0, 5000, 3), decimals(0, 5000, 3), ratios)
def test_a_charge_less_its_discount_stays_below_the_cap(maximum, charged, ratio):
    discount = cap_discount(charged, maximum, ratio, 2)
    assert discount >= Decimal(0)
    assert round_half_up(charged, 2) - discount == min(round_half_up(charged, 2), round_half_up(maximum * ratio, 2))
