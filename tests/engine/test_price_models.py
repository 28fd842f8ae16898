"""The nine price models, each by its own worked cases: bounds, zero, switches, slices and refusals."""

from fractions import Fraction

import pytest
from engine_builders import exact, refused

from online_billing.engine import (
    PRICE_MODELS,
    Dynamic,
    EngineError,
    Flat,
    Graduated,
    GraduatedPercentage,
    Package,
    Percentage,
    PerUnit,
    PriceModel,
    StairStep,
    Tier,
    Usage,
    Volume,
    build_price_model,
)

STEPS = (Tier(10, unit_price=3, flat=5), Tier(20, unit_price=2, flat=7), Tier(None, unit_price=1, flat=9))


def amount(model, quantity=0, events=(), money=0, ratio=Fraction(1)):
    return model.price(Usage(quantity, events, money), ratio).amount


def slices(model, quantity=0, events=(), money=0, ratio=Fraction(1)):
    return [
        (entry.code, entry.quantity, entry.unit_price, entry.flat, entry.amount, entry.lower, entry.upper)
        for entry in model.price(Usage(quantity, events, money), ratio).slices
    ]


# -- flat, per unit, dynamic -------------------------------------------------------------------------------------------


def test_flat_costs_the_same_for_any_quantity_and_nothing_without_one():
    assert amount(Flat("49.90"), 1) == amount(Flat("49.90"), 7) == amount(Flat("49.90"), "0.5") == exact("49.90")
    assert slices(Flat(5), 0) == []
    assert slices(Flat(5), 2) == [("flat", 2, 0, 5, 5, None, None)]


def test_per_unit_multiplies_without_rounding_the_unit_price():
    assert amount(PerUnit("0.000123"), 1001) == exact("0.123123")
    assert slices(PerUnit("0.5"), 3) == [("unit", 3, exact("0.5"), 0, exact("1.5"), None, None)]
    assert slices(PerUnit(5), 0) == []


def test_a_negative_unit_price_is_a_credit():
    assert amount(PerUnit("-2.50"), 4) == -10


def test_dynamic_takes_the_amounts_that_came_with_the_events():
    assert amount(Dynamic(), 3, money="12.34") == exact("12.34")
    assert slices(Dynamic(), 3, money=-2) == [("dynamic", 3, 0, 0, -2, None, None)]
    assert slices(Dynamic(), 3, money=0) == [("dynamic", 3, 0, 0, 0, None, None)]
    assert slices(Dynamic(), 0, money=4) == [("dynamic", 0, 0, 0, 4, None, None)]
    assert slices(Dynamic()) == []


# -- package -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "expected"), [(0, 0), ("0.001", 15), (1, 15), (10, 15), ("10.001", 30), (20, 30), (21, 45)]
)
def test_a_started_package_costs_a_whole_one(quantity, expected):
    assert amount(Package(15, 10), quantity) == expected


def test_free_units_are_taken_off_before_packages_are_counted():
    model = Package(100, 10, free=5)
    assert [amount(model, quantity) for quantity in (0, 5, 6, 15, 16)] == [0, 0, 100, 100, 200]
    assert slices(model, 16) == [("free", 5, 0, 0, 0, None, None), ("package", 2, 100, 0, 200, None, None)]
    assert slices(model, 3) == [("free", 3, 0, 0, 0, None, None)]


def test_a_package_can_be_charged_without_usage_by_switch():
    assert amount(Package(15, 10), 0) == 0
    model = Package(15, 10, free=3, charge_flat_on_zero=True)
    assert [amount(model, quantity) for quantity in (0, 3, 13, 14)] == [15, 15, 15, 30]


def test_free_units_follow_the_ratio_they_are_scaled_by():
    assert amount(Package(100, 10, free=10), 16, ratio=Fraction(1, 2)) == 200
    assert amount(Package(100, 10, free=10), 15, ratio=Fraction(1, 2)) == 100


@pytest.mark.parametrize("size", [0, -1])
def test_a_package_holds_something(size):
    with refused("pricing.package_size"):
        Package(15, size)


def test_free_units_are_not_negative():
    assert Package(15, 10, free=0).free == 0
    with refused("pricing.allowance_negative"):
        Package(15, 10, free=-1)


# -- tiers -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [(0, 5), ("0.5", "6.5"), (9, 32), (10, 35), ("10.5", 43), (11, 44), (20, 62), ("20.5", "71.5"), (21, 72)],
)
def test_graduated_prices_each_unit_in_its_own_tier(quantity, expected):
    assert amount(Graduated(STEPS), quantity) == exact(expected)


@pytest.mark.parametrize(
    ("quantity", "expected"), [(0, 5), (1, 8), (10, 35), ("10.5", 28), (11, 29), (20, 47), ("20.5", "29.5"), (21, 30)]
)
def test_volume_prices_all_units_in_one_tier(quantity, expected):
    assert amount(Volume(STEPS), quantity) == exact(expected)


@pytest.mark.parametrize(
    ("quantity", "expected"), [(0, 5), (1, 5), (10, 5), ("10.5", 7), (11, 7), (20, 7), ("20.01", 9), (500, 9)]
)
def test_stair_step_is_one_amount_up_to_each_bound(quantity, expected):
    model = StairStep([Tier(10, flat=5), Tier(20, flat=7), Tier(flat=9)])
    assert amount(model, quantity) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0, 5), (10, "5.30"), (11, "12.32"), (20, "12.50"), (21, "21.51"), ("0.5", "5.015")]
)
def test_graduated_percentage_takes_each_part_of_the_value_at_its_own_rate(value, expected):
    model = GraduatedPercentage([Tier(10, rate=3, flat=5), Tier(20, rate=2, flat=7), Tier(rate=1, flat=9)])
    assert amount(model, value) == exact(expected)
    assert amount(model, events=(value,)) == exact(expected)


def test_graduated_percentage_is_taken_of_the_sum_of_the_events():
    model = GraduatedPercentage([Tier(10, rate=3), Tier(rate=1)])
    assert amount(model, quantity=2, events=(8, 4)) == exact("0.32")


@pytest.mark.parametrize("model", [Graduated, Volume])
def test_the_first_flat_fee_without_usage_is_a_switch(model):
    assert amount(model(STEPS), 0) == 5
    assert amount(model(STEPS, charge_flat_on_zero=False), 0) == 0
    assert amount(model(STEPS, charge_flat_on_zero=False), 1) == 8


@pytest.mark.parametrize("model", [StairStep, GraduatedPercentage])
def test_the_first_step_without_usage_is_a_switch(model):
    tiers = [Tier(10, flat=5), Tier(flat=9)]
    assert amount(model(tiers), 0) == 5
    assert amount(model(tiers, charge_flat_on_zero=False), 0) == 0
    assert amount(model(tiers, charge_flat_on_zero=False), 1) == 5


def test_graduated_shows_a_slice_for_each_tier_it_reached():
    assert slices(Graduated(STEPS), 21) == [
        ("tier", 10, 3, 5, 35, 0, 10),
        ("tier", 10, 2, 7, 27, 10, 20),
        ("tier", 1, 1, 9, 10, 20, None),
    ]
    assert slices(Graduated(STEPS), 10) == [("tier", 10, 3, 5, 35, 0, 10)]


def test_volume_and_stair_step_show_the_one_tier_with_its_bounds():
    assert slices(Volume(STEPS), 11) == [("tier", 11, 2, 7, 29, 10, 20)]
    steps = [Tier(10, flat=5), Tier(flat=9)]
    assert slices(StairStep(steps), 11) == [("tier", 11, 0, 9, 9, 10, None)]
    assert slices(StairStep(steps, charge_flat_on_zero=False), 0) == []


def test_graduated_percentage_shows_the_rate_as_the_price_of_one_unit_of_value():
    model = GraduatedPercentage([Tier(10, rate="2.5", flat=1), Tier(rate=1)])
    assert slices(model, 30) == [
        ("tier", 10, exact("0.025"), 1, exact("1.25"), 0, 10),
        ("tier", 20, exact("0.01"), 0, exact("0.2"), 10, None),
    ]


def test_bounds_follow_the_ratio_they_are_scaled_by():
    assert slices(Graduated(STEPS), 6, ratio=Fraction(1, 2)) == [
        ("tier", 5, 3, 5, 20, 0, 5),
        ("tier", 1, 2, 7, 9, 5, 10),
    ]
    assert slices(Volume(STEPS), 6, ratio=Fraction(1, 2)) == [("tier", 6, 2, 7, 19, 5, 10)]


def test_tiers_may_be_plain_mappings():
    assert Graduated([{"up_to": 10, "unit_price": 3}, {"unit_price": "2"}]) == Graduated(
        (Tier(10, unit_price=3), Tier(unit_price=2))
    )


@pytest.mark.parametrize("model", [Graduated, Volume, StairStep, GraduatedPercentage])
@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        ([], "pricing.tiers_missing"),
        ([10], "pricing.last_tier_not_open"),
        ([10, 20], "pricing.last_tier_not_open"),
        ([20, 10, None], "pricing.tiers_not_ascending"),
        ([10, 10, None], "pricing.tiers_not_ascending"),
        ([0, None], "pricing.tiers_not_ascending"),
        ([-5, None], "pricing.tiers_not_ascending"),
        ([None, None], "pricing.tiers_not_ascending"),
    ],
)
def test_tiers_ascend_to_an_open_end(model, bounds, code):
    with refused(code):
        model([Tier(bound) for bound in bounds])


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (Graduated, "rate"),
        (Volume, "rate"),
        (StairStep, "rate"),
        (StairStep, "unit_price"),
        (GraduatedPercentage, "unit_price"),
        (StairStep, "block"),
        (GraduatedPercentage, "block"),
    ],
)
def test_a_tier_field_that_the_model_would_ignore_is_refused(model, field):
    with refused("pricing.tier_not_for_model"):
        model([Tier(10), Tier(**{field: 1})])


@pytest.mark.parametrize(
    ("quantity", "expected"), [(0, 0), (1, 1), (100, 1), (101, 2), (1000, 10), (1001, 11), (2000, 11), (5325, 15)]
)
def test_case_A8_each_tier_has_blocks_of_its_own_size(quantity, expected):
    model = Graduated([Tier(1000, unit_price=1, block=100), Tier(unit_price=1, block=1000)])
    assert amount(model, quantity) == expected


def test_case_A8_blocks_stand_beside_single_units_and_flat_amounts():
    model = Graduated([Tier(10, unit_price=2), Tier(30, unit_price=15, block=10, flat=1), Tier(unit_price=1)])
    assert slices(model, 33) == [
        ("tier", 10, 2, 0, 20, 0, 10),
        ("block", 2, 15, 1, 31, 10, 30),
        ("tier", 3, 1, 0, 3, 30, None),
    ]


def test_case_A8_all_units_in_blocks_of_the_tier_reached():
    model = Volume([Tier(100, unit_price=5, block=10), Tier(unit_price=30, block=100)])
    assert [amount(model, quantity) for quantity in (10, "10.5", 100, 101, 250)] == [5, 10, 50, 60, 90]


def test_case_A8_a_block_has_a_size():
    for size in (0, -1):
        with refused("pricing.package_size"):
            Tier(block=size)


# -- percentage --------------------------------------------------------------------------------------------------------


def test_percentage_is_taken_of_every_event():
    assert amount(Percentage("2.5"), events=(100, 60)) == 4
    assert slices(Percentage("2.5"), events=(100, 60)) == [("rate", 160, exact("0.025"), 0, 4, None, None)]


def test_percentage_without_events_is_taken_of_the_quantity_as_one_value():
    assert amount(Percentage(10, fixed=1), 50) == 6
    assert amount(Percentage(10, fixed=1), 0) == 0
    assert amount(Percentage(10), 50, events=(20,)) == 2


def test_the_fixed_fee_is_added_to_every_paying_event():
    model = Percentage(1, fixed="0.25", free_events=1)
    assert slices(model, events=(500, 100, 300)) == [
        ("free", 500, 0, 0, 0, None, None),
        ("rate", 400, exact("0.01"), 0, 4, None, None),
        ("fixed", 2, exact("0.25"), 0, exact("0.5"), None, None),
    ]


def test_a_paying_event_without_value_still_pays_the_fixed_fee():
    assert amount(Percentage(1, fixed="0.25"), events=(0,)) == exact("0.25")
    assert amount(Percentage(1, fixed="0.25", free_events=1), events=(0,)) == 0
    assert amount(Percentage(1, fixed="0.25", free_amount=20), events=(20, 0)) == exact("0.25")


def test_floor_and_ceiling_apply_to_each_paying_event_after_the_fixed_fee():
    model = Percentage(10, fixed=1, minimum=3, maximum=6)
    assert [amount(model, events=(value,)) for value in (0, 10, 20, 30, 50, 60)] == [3, 3, 3, 4, 6, 6]
    assert slices(model, events=(10, 60)) == [
        ("rate", 70, exact("0.1"), 0, 7, None, None),
        ("fixed", 2, 1, 0, 2, None, None),
        ("event_minimum", 0, 0, 0, 1, None, None),
        ("event_maximum", 0, 0, 0, -1, None, None),
    ]


def test_free_events_end_by_number():
    model = Percentage(10, free_events=2)
    assert [amount(model, events=(10,) * count) for count in range(5)] == [0, 0, 0, 1, 2]


def test_the_free_amount_covers_an_event_in_part():
    model = Percentage(10, free_amount=25)
    assert amount(model, events=(10, 10, 10)) == exact("0.5")
    assert amount(model, events=(25,)) == 0
    assert amount(model, events=(25, 10)) == 1
    assert amount(model, events=("24.5", 10)) == exact("0.95")
    assert slices(model, events=(10, 20)) == [
        ("free", 25, 0, 0, 0, None, None),
        ("rate", 5, exact("0.1"), 0, exact("0.5"), None, None),
    ]


def test_the_allowance_ends_with_whichever_limit_is_reached_first():
    model = Percentage(10, free_events=2, free_amount=100)
    assert amount(model, events=(10, 10, 10)) == 1
    assert amount(model, events=(150, 10)) == 6


def test_an_event_that_is_covered_in_part_pays_fixed_fee_and_floor():
    assert amount(Percentage(10, fixed=1, free_amount=25, minimum=3), events=(30,)) == 3
    assert amount(Percentage(10, fixed=1, free_amount=25), events=(30,)) == exact("1.5")


def test_allowances_follow_the_ratio_and_only_whole_events_are_free():
    half = Fraction(1, 2)
    assert amount(Percentage(10, free_amount=50), events=(30,), ratio=half) == exact("0.5")
    assert amount(Percentage(10, free_events=3), events=(10, 10), ratio=half) == 1
    assert amount(Percentage(10, free_events=4), events=(10, 10, 10), ratio=half) == 1


@pytest.mark.parametrize("field", ["free_events", "free_amount"])
def test_a_negative_allowance_is_refused(field):
    with refused("pricing.allowance_negative"):
        Percentage(1, **{field: -1})


def test_a_floor_is_not_above_its_ceiling_and_neither_is_negative():
    assert Percentage(1, minimum=2, maximum=2).maximum == 2
    assert Percentage(1, minimum=0, maximum=0).minimum == 0
    with refused("pricing.minimum_above_maximum"):
        Percentage(1, minimum=3, maximum=2)
    for field in ("minimum", "maximum"):
        with refused("pricing.bound_negative"):
            Percentage(1, **{field: -1})


# -- every model -------------------------------------------------------------------------------------------------------

ONE_OF_EACH = [
    Flat(1), PerUnit(1), Package(1, 1), Graduated([Tier()]), Volume([Tier()]), StairStep([Tier()]), Percentage(1),
    GraduatedPercentage([Tier()]), Dynamic(),
]  # fmt: skip


@pytest.mark.parametrize("model", ONE_OF_EACH, ids=lambda model: model.name)
def test_negative_usage_has_no_price(model):
    with refused("pricing.quantity_negative"):
        model.price(Usage(-1))
    with refused("pricing.quantity_negative"):
        model.price(Usage(0, (5, -1)))


@pytest.mark.parametrize("model", ONE_OF_EACH, ids=lambda model: model.name)
@pytest.mark.parametrize("ratio", [0, -1, Fraction(-1, 2)])
def test_a_period_without_length_has_no_price(model, ratio):
    with refused("pricing.ratio_not_positive"):
        model.price(Usage(1), ratio)


@pytest.mark.parametrize("model", ONE_OF_EACH, ids=lambda model: model.name)
def test_a_float_never_comes_in(model):
    with refused("money.is_float"):
        model.price(Usage(1.5))
    with refused("money.is_float"):
        model.price(Usage(1), 0.5)
    with refused("money.is_float"):
        Usage(Fraction(1), (), 1.5)
    with refused("money.is_float"):
        Usage(Fraction(1), (1.5,))


@pytest.mark.parametrize(
    "build",
    [
        Flat,
        PerUnit,
        lambda money: Package(money, 1),
        lambda money: Percentage(1, fixed=money),
        lambda money: Percentage(1, free_amount=money),
        lambda money: Percentage(1, minimum=money),
        lambda money: Percentage(1, maximum=money),
        lambda money: Tier(unit_price=money),
        lambda money: Tier(flat=money),
    ],
)
@pytest.mark.parametrize("kind", [str, Fraction])
def test_prices_beyond_any_invoice_are_refused(build, kind):
    build(kind("999999999999.99"))
    with refused("money.too_large"):
        build(kind("1000000000000"))


def test_units_are_counted_by_all_models_but_those_that_price_values():
    assert {model.name for model in ONE_OF_EACH if not model.counts_units} == {
        "percentage", "graduated_percentage", "dynamic",
    }  # fmt: skip


def test_a_model_says_how_it_prices():
    with pytest.raises(NotImplementedError):
        PriceModel().price(Usage(1))


# -- the factory -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("flat", {"unit_price": 5}, Flat(5)),
        ("per_unit", {"unit_price": "0.5"}, PerUnit("0.5")),
        ("package", {"unit_price": 5, "package_size": 10, "free_units": 2}, Package(5, 10, 2)),
        ("package", {"unit_price": 5, "charge_flat_on_zero": True}, Package(5, 1, 0, True)),
        ("graduated", {"tiers": STEPS}, Graduated(STEPS)),
        ("graduated", {"tiers": STEPS, "charge_flat_on_zero": False}, Graduated(STEPS, False)),
        ("volume", {"tiers": STEPS}, Volume(STEPS, True)),
        ("stair_step", {"tiers": [{"flat": 4}]}, StairStep([Tier(flat=4)])),
        (
            "percentage",
            {"rate": 1, "fixed": 2, "free_events": 3, "free_amount": 4, "minimum": 5, "maximum": 6},
            Percentage(1, 2, 3, 4, 5, 6),
        ),
        ("percentage", {}, Percentage(0)),
        ("graduated_percentage", {"tiers": [{"rate": 4}]}, GraduatedPercentage([Tier(rate=4)])),
        ("dynamic", {"unit_price": 5}, Dynamic()),
        ("flat", {}, Flat(0)),
    ],
)
def test_a_model_is_built_from_plain_values(name, values, expected):
    assert build_price_model(name, **values) == expected


def test_every_model_can_be_built_by_its_name():
    assert set(PRICE_MODELS) == {model.name for model in ONE_OF_EACH}


def test_an_unknown_model_is_refused():
    with refused("pricing.model_unknown"):
        build_price_model("barter")


def test_a_refusal_keeps_its_code_and_its_details():
    with pytest.raises(EngineError) as caught:
        Package(15, "-2.5")
    assert caught.value.details == {"size": "-5/2"}
