"""What is done around a price model, and the one rating function."""

from fractions import Fraction

import pytest
from engine_builders import exact, refused

from online_billing.engine import (
    NO_ADJUSTMENTS,
    Adjustments,
    Dynamic,
    Flat,
    Graduated,
    GraduatedPercentage,
    Package,
    Percentage,
    PerUnit,
    PriceVersion,
    Tier,
    Usage,
    Volume,
    rate,
)

HALF = Fraction(1, 2)


def version(model=None, scale_bounds=False, **adjustments):
    return PriceVersion(model or PerUnit(10), Adjustments(**adjustments), scale_bounds)


def codes(priced):
    return [(entry.code, entry.amount) for entry in priced.slices]


def test_included_units_cost_nothing_and_are_shown():
    priced = version(included=3).price(Usage(5))
    assert codes(priced) == [("included", 0), ("unit", 20)]
    assert [entry.quantity for entry in priced.slices] == [3, 2]
    assert version(included=3).price(Usage(2)).amount == 0
    assert version(included=3).price(Usage(3)).amount == 0


def test_included_units_leave_the_amounts_of_the_events_alone():
    assert version(PerUnit(1), included=2).price(Usage(5, (1, 2), 9)).amount == 3


def test_the_discount_is_taken_off_what_the_model_charges():
    assert codes(version(discount_percent="12.5").price(Usage(4))) == [("unit", 40), ("discount", -5)]
    assert codes(version(discount_percent=100).price(Usage(4))) == [("unit", 40), ("discount", -40)]
    assert codes(version(discount_percent=10).price(Usage(0))) == []


def test_a_credit_is_discounted_as_well():
    assert version(PerUnit(-10), discount_percent=10).price(Usage(1)).amount == -9


def test_the_minimum_is_reached_after_the_discount_even_without_usage():
    assert codes(version(minimum=38, discount_percent=10).price(Usage(4))) == [
        ("unit", 40), ("discount", -4), ("minimum", 2),
    ]  # fmt: skip
    assert codes(version(minimum=38).price()) == [("minimum", 38)]
    assert codes(version(minimum=40).price(Usage(4))) == [("unit", 40)]


def test_the_maximum_cuts_what_is_above_it_after_the_discount():
    assert codes(version(maximum=30, discount_percent=10).price(Usage(4))) == [
        ("unit", 40), ("discount", -4), ("maximum", -6),
    ]  # fmt: skip
    assert codes(version(maximum=40).price(Usage(4))) == [("unit", 40)]


def test_minimum_and_maximum_are_prorated_and_the_price_is_not():
    assert version(minimum=50).price(Usage(1), HALF).amount == 25
    assert version(maximum=50).price(Usage(9), HALF).amount == 25
    assert version().price(Usage(9), HALF).amount == 90
    assert version(minimum=0, maximum=0).price(Usage(9)).amount == 0


def test_bounds_and_allowances_are_scaled_only_when_the_version_says_so():
    tiers = Graduated([Tier(10, unit_price=2), Tier(unit_price=1)])
    assert PriceVersion(tiers).price(Usage(10), HALF).amount == 20
    assert PriceVersion(tiers, scale_bounds=True).price(Usage(10), HALF).amount == 15
    assert version(included=4).price(Usage(4), HALF).amount == 0
    assert version(included=4, scale_bounds=True).price(Usage(4), HALF).amount == 20
    assert version(Package(10, 1, free=4), included=1).price(Usage(5), HALF).amount == 0
    assert version(Package(10, 1, free=4), included=2, scale_bounds=True).price(Usage(5), HALF).amount == 20


def test_plain_numbers_serve_as_ratio():
    assert version(minimum=50).price(Usage(1), "1/2").amount == 25
    assert PriceVersion(PerUnit(1)).price(Usage(1), 1).amount == 1
    with refused("money.is_float"):
        PriceVersion(PerUnit(1)).price(Usage(1), 0.5)


def test_adjustments_that_change_nothing_are_neutral():
    assert NO_ADJUSTMENTS.are_neutral
    assert Adjustments().are_neutral
    for field in ("included", "minimum", "maximum", "discount_percent"):
        assert not Adjustments(**{field: 1}).are_neutral
    assert not Adjustments(minimum=0).are_neutral
    assert not Adjustments(maximum=0).are_neutral


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"included": -1}, "pricing.allowance_negative"),
        ({"minimum": -1}, "pricing.bound_negative"),
        ({"maximum": -1}, "pricing.bound_negative"),
        ({"minimum": 2, "maximum": 1}, "pricing.minimum_above_maximum"),
        ({"discount_percent": -1}, "pricing.discount_percent"),
        ({"discount_percent": "100.01"}, "pricing.discount_percent"),
        ({"minimum": "1000000000000"}, "money.too_large"),
        ({"maximum": Fraction(10**12)}, "money.too_large"),
        ({"included": 1.5}, "money.is_float"),
        ({"discount_percent": 1.5}, "money.is_float"),
    ],
)
def test_adjustments_that_make_no_sense_are_refused(values, code):
    with refused(code):
        Adjustments(**values)


@pytest.mark.parametrize("model", [Percentage(1), GraduatedPercentage([Tier()]), Dynamic()])
def test_units_cannot_be_included_in_a_price_of_values(model):
    with refused("pricing.included_without_units"):
        version(model, included=1)
    assert version(model, minimum=5).price().amount == 5


def test_negative_usage_is_refused_also_behind_included_units():
    with refused("pricing.quantity_negative"):
        version(included=3).price(Usage(-1))


def test_the_identifier_is_handed_back_untouched():
    assert PriceVersion(Flat(1), identifier=17).identifier == 17


# -- rating ------------------------------------------------------------------------------------------------------------


def test_an_addition_costs_the_difference_it_makes():
    tiers = PriceVersion(Graduated([Tier(10, unit_price=3, flat=5), Tier(unit_price=1, flat=2)]))
    priced = rate(tiers, Usage(8), Usage(5))
    assert priced.amount == 6 + 2 + 3
    assert [(entry.quantity, entry.flat, entry.amount) for entry in priced.slices] == [(2, 0, 6), (3, 2, 5)]
    assert [(entry.lower, entry.upper, entry.unit_price) for entry in priced.slices] == [(0, 10, 3), (10, None, 1)]


def test_within_the_allowance_an_addition_is_a_line_of_nothing():
    priced = rate(version(included=10), Usage(2), Usage(3))
    assert priced.amount == 0
    assert [(entry.code, entry.quantity) for entry in priced.slices] == [("included", 3)]


def test_entering_a_volume_tier_rerates_what_was_before_and_shows_it():
    priced = rate(PriceVersion(Volume([Tier(10, unit_price=2), Tier(unit_price=1)])), Usage(10), Usage(2))
    assert priced.amount == -8
    assert [(entry.quantity, entry.unit_price, entry.amount) for entry in priced.slices] == [(12, 1, 12), (-10, 2, -20)]


def test_a_correction_gives_back_what_it_takes_away():
    assert rate(version(), Usage(5), Usage(-2)).amount == -20
    with refused("pricing.quantity_negative"):
        rate(version(), Usage(1), Usage(-2))


def test_events_are_rated_in_the_order_in_which_they_came():
    free_first = PriceVersion(Percentage(10, free_events=1))
    assert rate(free_first, Usage(), Usage(1, (50,))).amount == 0
    assert rate(free_first, Usage(1, (50,)), Usage(1, (80,))).amount == 8


def test_two_equal_slices_are_not_mistaken_for_one():
    percent = PriceVersion(Graduated([Tier(10, unit_price=1), Tier(unit_price=1)]), Adjustments(minimum=3))
    assert rate(percent, Usage(1), Usage(1)).amount == 0
    assert codes(rate(percent, Usage(1), Usage(1))) == [("tier", 1), ("minimum", -1)]


def test_dynamic_amounts_add_up():
    assert rate(PriceVersion(Dynamic()), Usage(1, (), 3), Usage(1, (), exact("4.5"))).amount == exact("4.5")


def test_bounds_of_a_short_period_hold_for_additions_too():
    tiers = PriceVersion(Graduated([Tier(10, unit_price=2), Tier(unit_price=1)]), scale_bounds=True)
    assert rate(tiers, Usage(4), Usage(2), HALF).amount == 3


def test_nothing_added_costs_nothing():
    assert rate(version(minimum=5)).slices == ()


def test_case_B9_a_tax_within_the_price_is_taken_off_last():
    version = PriceVersion(PerUnit(12), Adjustments(discount_percent=10, minimum=60, net_share="5/6"))
    assert version.price(Usage(10)).amount == 90
    assert version.price(Usage(1)).amount == 50
    assert version.price(Usage(10)).slices[-1].code == "tax_within"
    assert PriceVersion(PerUnit(12), Adjustments(net_share="5/6")).price(Usage(0)).slices == ()
    for share in (0, "-1/2"):
        with refused("pricing.net_share"):
            Adjustments(net_share=share)
