"""Exact amounts: what comes in, how it is rounded once, how a total is split."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from engine_builders import refused
from engine_strategies import amounts, prices
from hypothesis import given
from hypothesis import strategies as st

from online_billing.engine import AMOUNT_LIMIT, allocate, as_exact, check_amount, round_half_up
from online_billing.engine.money import round_down, smallest_amount


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        (3, Fraction(3)),
        (Decimal("12.50"), Fraction(25, 2)),
        (Fraction(22, 31), Fraction(22, 31)),
        (" 0.05 ", Fraction(1, 20)),
        ("22/31", Fraction(22, 31)),
        ("-3/4", Fraction(-3, 4)),
        ("1e40", Fraction(10**40)),
        ("9.99e40", Fraction(999 * 10**38)),
        ("1e-60", Fraction(1, 10**60)),
    ],
)
def test_numbers_come_in_exactly(given_value, expected):
    assert as_exact(given_value) == expected
    assert type(as_exact(given_value)) is Fraction


def test_a_subclass_of_fraction_becomes_a_plain_one():
    class Share(Fraction):
        pass

    assert type(as_exact(Share(1, 2))) is Fraction


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0.1, "money.is_float"),
        (float("nan"), "money.is_float"),
        (True, "money.not_a_number"),
        (None, "money.not_a_number"),
        ([], "money.not_a_number"),
        ("twelve", "money.not_a_number"),
        ("", "money.not_a_number"),
        ("1/0", "money.not_a_number"),
        ("a/b", "money.not_a_number"),
        ("1/", "money.not_a_number"),
        (Decimal("NaN"), "money.not_finite"),
        ("sNaN", "money.not_finite"),
        ("Infinity", "money.not_finite"),
        (Decimal("-Infinity"), "money.not_finite"),
        ("1e41", "money.too_large"),
        ("1e999999999", "money.too_large"),
        ("1e-61", "money.too_precise"),
        ("1e-999999999", "money.too_precise"),
    ],
)
def test_what_is_no_exact_number_is_refused(value, code):
    with refused(code):
        as_exact(value)


def test_the_largest_amount_is_accepted_and_a_cent_more_is_refused_in_both_directions():
    assert check_amount("999999999999.99") == AMOUNT_LIMIT == Fraction(99999999999999, 100)
    assert check_amount("-999999999999.99") == -AMOUNT_LIMIT
    for beyond in ("1000000000000", "-1000000000000", "999999999999.991"):
        with refused("money.too_large"):
            check_amount(beyond)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("0.0049999999999", 2, "0.00"),
        ("2.675", 2, "2.68"),
        ("2.665", 2, "2.67"),
        ("-2.675", 2, "-2.68"),
        ("35.4838709677", 2, "35.48"),
        ("0.5", 0, "1"),
        ("1.5", 0, "2"),
        ("-1.5", 0, "-2"),
        ("0.4", 0, "0"),
        ("1.0005", 3, "1.001"),
        ("7", 2, "7.00"),
        ("1/3", 12, "0.333333333333"),
        ("999999999999.995", 2, "1000000000000.00"),
    ],
)
def test_halves_are_rounded_away_from_zero(value, digits, expected):
    assert str(round_half_up(value, digits)) == expected


def test_zero_never_has_a_sign():
    for value in ("-0.001", "-0.0049", "0", Decimal("-0.00")):
        assert str(round_half_up(value, 2)) == "0.00"


def test_rounding_does_not_depend_on_the_decimal_context_of_the_thread():
    with localcontext() as context:
        context.prec = 3
        assert str(round_half_up("123456789012345678901234567890.125", 2)) == "123456789012345678901234567890.13"


@pytest.mark.parametrize("digits", [-1, 13, True, "2", 2.0, None])
def test_digits_that_no_currency_has_are_refused(digits):
    with refused("money.digits"):
        round_half_up(1, digits)


@pytest.mark.parametrize(
    ("value", "increment", "expected"),
    [
        ("30.09", "0.05", "30.10"),
        ("30.075", "0.05", "30.10"),
        ("30.07", "0.05", "30.05"),
        ("-30.075", "0.05", "-30.10"),
        ("0.02", "0.05", "0.00"),
        ("7.30", "0.5", "7.5"),
        ("12", "5", "10"),
        ("12.5", "5", "15"),
        ("1234", "1E+1", "1230"),
        ("1.005", "0.01", "1.01"),
    ],
)
def test_case_B10_amounts_are_rounded_to_what_the_currency_is_rounded_to(value, increment, expected):
    assert str(round_half_up(value, Decimal(increment))) == expected


@pytest.mark.parametrize("increment", ["0", "-0.05", "NaN", "Infinity", "1e-13"])
def test_case_B10_a_currency_is_rounded_to_something_positive(increment):
    with refused("money.digits"):
        round_half_up(1, Decimal(increment))


@given(st.fractions(-(10**9), 10**9), st.integers(0, 6))
def test_case_B10_a_power_of_ten_is_rounded_as_its_digits(value, digits):
    assert str(round_half_up(value, Decimal(f"1E-{digits}"))) == str(round_half_up(value, digits))


@given(st.fractions(-(10**9), 10**9), st.integers(0, 6))
def test_a_rounded_amount_is_nearest_and_keeps_its_sign(value, digits):
    rounded = Fraction(round_half_up(value, digits))
    assert abs(rounded - value) * 2 * 10**digits <= 1
    assert (rounded * 10**digits).denominator == 1
    assert round_half_up(-value, digits) == -Decimal(round_half_up(value, digits))
    if abs(rounded - value) * 2 * 10**digits == 1:
        assert abs(rounded) > abs(value)


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        (2, Fraction(1, 100)),
        (0, Fraction(1)),
        (3, Fraction(1, 1000)),
        (Decimal("0.05"), Fraction(1, 20)),
        (Decimal(5), Fraction(5)),
    ],
)
def test_case_B10_the_smallest_amount_of_a_currency(digits, expected):
    assert smallest_amount(digits) == expected


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        ("10.029", 2, "10.02"),
        ("10.021", 2, "10.02"),
        ("10.02", 2, "10.02"),
        ("-10.021", 2, "-10.03"),
        ("10.09", Decimal("0.05"), "10.05"),
        ("10.06", Decimal("0.05"), "10.05"),
        ("10.05", Decimal("0.05"), "10.05"),
        ("-10.06", Decimal("0.05"), "-10.10"),
        ("999.9", 0, "999"),
        ("0.004", 2, "0.00"),
    ],
)
def test_case_B10_what_is_given_back_at_most_is_rounded_down(value, digits, expected):
    assert str(round_down(Decimal(value), digits)) == expected


def test_case_B10_increments_of_up_to_twelve_decimals_are_known():
    assert round_half_up(Decimal("1"), Decimal("1E-12")) == 1
    with refused("money.digits"):
        round_half_up(Decimal("1"), Decimal("1E-13"))


def test_case_B10_the_smallest_weights_share_and_one_of_nothing_gets_nothing():
    assert allocate(Decimal("1.00"), [Fraction(1, 4), Fraction(1, 4)], 2) == (Decimal("0.50"), Decimal("0.50"))
    assert allocate(Decimal("1.00"), [0, 1], 2) == (Decimal("0.00"), Decimal("1.00"))


@pytest.mark.parametrize(
    ("total", "weights", "digits", "expected"),
    [
        ("100.00", [1, 1, 1], 2, ["33.34", "33.33", "33.33"]),
        ("-100.00", [1, 1, 1], 2, ["-33.34", "-33.33", "-33.33"]),
        ("0.05", [1, 1, 1], 2, ["0.02", "0.02", "0.01"]),
        ("10", [3, 1], 0, ["8", "2"]),
        ("0.01", [1, 2], 2, ["0.00", "0.01"]),
        ("1.00", [0, 1, 0], 2, ["0.00", "1.00", "0.00"]),
        ("0.00", [1, 2], 2, ["0.00", "0.00"]),
        ("5.00", [7], 2, ["5.00"]),
        ("1.00", ["0.1", "0.2", "0.3"], 2, ["0.17", "0.33", "0.50"]),
        ("1", [3, 3, 1], 0, ["1", "0", "0"]),
    ],
)
def test_a_total_is_split_by_largest_remainder(total, weights, digits, expected):
    assert [str(part) for part in allocate(total, weights, digits)] == expected


def test_a_total_with_more_decimals_than_the_currency_is_refused():
    with refused("money.not_representable"):
        allocate("0.005", [1, 1], 2)


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1, 2], [1, -1], [-1, -2]])
def test_weights_that_share_nothing_or_take_are_refused(weights):
    with refused("money.weights"):
        allocate("1.00", weights, 2)


weight_lists = st.lists(prices, min_size=1, max_size=30).filter(any)


@given(amounts, weight_lists)
def test_parts_sum_to_the_total_and_are_within_a_cent_of_their_share(total, weights):
    parts = [Fraction(part) for part in allocate(total, weights, 2)]
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight * Fraction(1, sum(weights))) * 100 < 1


@given(st.integers(-99999999999999, 99999999999999), st.integers(1, 120))
def test_equal_parts_differ_by_a_cent_at_most_and_the_larger_come_first(cents, count):
    parts = allocate(Fraction(cents, 100), [1] * count, 2)
    sizes = [abs(part) for part in parts]
    assert max(sizes) - min(sizes) <= Decimal("0.01")
    assert sizes == sorted(sizes, reverse=True)


@given(amounts, weight_lists, st.integers(1, 1000))
def test_the_opposite_is_split_alike_and_only_the_proportions_of_the_weights_matter(total, weights, factor):
    parts = allocate(total, weights, 2)
    assert allocate(-total, weights, 2) == tuple(-part for part in parts)
    assert allocate(total, [weight * factor for weight in weights], 2) == parts
