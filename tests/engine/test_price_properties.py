"""What holds for every price, whatever the numbers."""

from fractions import Fraction
from itertools import pairwise

from engine_strategies import (
    decimals,
    graduated,
    graduated_percentage,
    linear_percentage,
    models,
    package,
    percentage,
    prices,
    quantities,
    ratios,
    stair_step,
    unit_models,
    usages,
    versions,
    volume,
)
from hypothesis import given
from hypothesis import strategies as st

from online_billing.engine import (
    Dynamic,
    Flat,
    Graduated,
    GraduatedPercentage,
    Percentage,
    PerUnit,
    PriceVersion,
    StairStep,
    Tier,
    Usage,
    Volume,
    rate,
)


@given(versions(), st.lists(usages, max_size=4), ratios)
def test_additions_sum_to_the_price_of_the_total(version, additions, ratio):
    before, total = Usage(), Fraction(0)
    for added in additions:
        total += rate(version, before, added, ratio).amount
        before = before + added
    assert total == version.price(before, ratio).amount - version.price(ratio=ratio).amount


@given(versions(), usages, usages, ratios)
def test_an_amount_is_the_sum_of_its_slices_and_an_addition_shows_what_they_gained(version, before, added, ratio):
    added_price = rate(version, before, added, ratio)
    assert added_price.amount == sum(entry.amount for entry in added_price.slices)
    gained = {}
    for sign, priced in ((1, version.price(before + added, ratio)), (-1, version.price(before, ratio))):
        assert priced.amount == sum(entry.amount for entry in priced.slices)
        for entry in priced.slices:
            key = entry.code, entry.lower, entry.upper, entry.unit_price
            gained[key] = gained.get(key, 0) + sign * entry.amount
    shown = {}
    for entry in added_price.slices:
        key = entry.code, entry.lower, entry.upper, entry.unit_price
        shown[key] = shown.get(key, 0) + entry.amount
    assert {key: amount for key, amount in gained.items() if amount} == {
        key: amount for key, amount in shown.items() if amount
    }


MONOTONE = st.one_of(
    st.builds(Flat, prices), st.builds(PerUnit, prices), package, graduated, graduated_percentage, linear_percentage
)


@given(versions(MONOTONE), quantities, quantities, ratios)
def test_more_units_never_cost_less(version, less, more, ratio):
    less, more = sorted((less, more))
    assert version.price(Usage(less), ratio).amount <= version.price(Usage(more), ratio).amount


@given(percentage, st.lists(quantities, max_size=5), quantities)
def test_one_more_event_never_costs_less(model, values, one_more):
    assert model.price(Usage(0, tuple(values))).amount <= model.price(Usage(0, (*values, one_more))).amount


@given(models, usages)
def test_nothing_costs_less_than_nothing_and_no_usage_nothing_without_a_fee_on_zero(model, usage):
    assert model.price(usage).amount >= 0
    if not getattr(model, "charge_flat_on_zero", False):
        assert model.price(Usage()).amount == 0
        assert model.price(Usage()).slices == ()


@given(
    st.lists(st.integers(1, 1000), min_size=1, max_size=5, unique=True).map(sorted),
    st.lists(prices, min_size=6, max_size=6),
    st.lists(prices, min_size=6, max_size=6),
)
def test_prices_are_exact_just_below_at_and_just_above_every_bound(bounds, unit_prices, flats):
    tiers = [
        Tier(bound, unit_price=unit_price, flat=flat)
        for bound, unit_price, flat in zip([*bounds, None], unit_prices, flats, strict=False)
    ]
    steps = [Tier(tier.up_to, flat=tier.flat) for tier in tiers]
    assert len(tiers) == len(bounds) + 1 > 1
    lower, base = 0, Fraction(0)
    for tier, following in pairwise(tiers):
        bound = tier.up_to
        width = bound - lower
        at_bound = base + width * tier.unit_price + tier.flat
        for step in (Fraction(1), Fraction(1, 1000)):
            above = Usage(bound + step)
            assert Graduated(tiers).price(Usage(bound)).amount == at_bound
            assert Graduated(tiers).price(above).amount == at_bound + following.flat + step * following.unit_price
            assert Volume(tiers).price(Usage(bound)).amount == bound * tier.unit_price + tier.flat
            assert Volume(tiers).price(above).amount == above.quantity * following.unit_price + following.flat
            assert StairStep(steps).price(Usage(bound)).amount == tier.flat
            assert StairStep(steps).price(above).amount == following.flat
        if width > 1:
            assert Graduated(tiers).price(Usage(bound - 1)).amount == at_bound - tier.unit_price
            assert Volume(tiers).price(Usage(bound - 1)).amount == (bound - 1) * tier.unit_price + tier.flat
        lower, base = bound, at_bound


@given(st.one_of(volume, stair_step), quantities)
def test_volume_and_stair_step_choose_exactly_one_tier(model, quantity):
    quantity += 1
    (entry,) = model.price(Usage(quantity)).slices
    assert entry.lower < quantity
    assert entry.upper is None or quantity <= entry.upper
    assert entry.quantity == quantity


@given(st.one_of(graduated, graduated_percentage), quantities)
def test_graduated_slices_hold_every_unit_once_and_touch(model, quantity):
    entries = model.price(Usage(quantity)).slices
    assert sum(entry.quantity for entry in entries) == quantity
    assert all(one.upper == other.lower for one, other in pairwise(entries))
    assert not entries or entries[0].lower == 0


@given(st.lists(st.tuples(st.integers(1, 40), prices), min_size=1, max_size=4), decimals(0, 200, 2), decimals(0, 1, 4))
def test_graduated_without_flat_fees_has_no_jumps(widths, quantity, step):
    bounds, total = [], 0
    for width, _price in widths:
        total += width
        bounds.append(total)
    tiers = [Tier(bound, unit_price=price) for bound, (_width, price) in zip([*bounds[:-1], None], widths, strict=True)]
    jump = rate(PriceVersion(Graduated(tiers)), Usage(quantity), Usage(step)).amount
    assert 0 <= jump <= step * max(tier.unit_price for tier in tiers)


LINEAR = st.one_of(st.builds(PerUnit, prices), linear_percentage, st.just(Dynamic()))


@given(LINEAR, st.lists(quantities, min_size=1, max_size=6))
def test_one_event_equals_many_that_sum_to_it(model, parts):
    whole = Usage(sum(parts), (sum(parts),), sum(parts))
    split = Usage()
    for part in parts:
        split = split + Usage(part, (part,), part)
    assert model.price(whole).amount == model.price(split).amount


UNORDERED = st.one_of(
    unit_models,
    graduated_percentage,
    st.just(Dynamic()),
    # Only an allowance asks which event came first.
    st.builds(Percentage, prices, fixed=prices, minimum=prices),
)


@given(versions(UNORDERED), st.lists(usages, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_additions_does_not_change_the_bill(version, additions, chance):
    shuffled = list(additions)
    chance.shuffle(shuffled)
    assert sum(additions, Usage()).quantity == sum(shuffled, Usage()).quantity
    assert version.price(sum(additions, Usage())).amount == version.price(sum(shuffled, Usage())).amount


@given(st.one_of(graduated, volume, package), quantities, st.sampled_from([Fraction(1, 2), Fraction(45, 30)]))
def test_scaled_bounds_price_a_scaled_quantity_in_the_same_tiers(model, quantity, ratio):
    scaled = PriceVersion(model, scale_bounds=True).price(Usage(quantity * ratio), ratio)
    plain = PriceVersion(model).price(Usage(quantity))
    assert [entry.code for entry in scaled.slices if entry.code == "tier"] == [
        entry.code for entry in plain.slices if entry.code == "tier"
    ]
    for one, other in zip(scaled.slices, plain.slices, strict=False):
        if one.code == "tier":
            assert one.quantity == other.quantity * ratio
            assert one.flat == other.flat


def test_graduated_percentage_is_graduated_with_the_rate_as_price():
    percent = GraduatedPercentage([Tier(10, rate=50, flat=1), Tier(rate=25)])
    units = Graduated([Tier(10, unit_price="0.5", flat=1), Tier(unit_price="0.25")])
    for quantity in range(30):
        assert percent.price(Usage(quantity)).amount == units.price(Usage(quantity)).amount
