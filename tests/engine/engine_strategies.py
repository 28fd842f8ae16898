"""What the random tests draw from: ordinary and awkward values of the engine's vocabulary."""

from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from online_billing.engine import (
    Adjustments,
    Anchor,
    Basis,
    Cadence,
    Dynamic,
    Flat,
    Graduated,
    GraduatedPercentage,
    Package,
    Percentage,
    Period,
    PerUnit,
    PriceVersion,
    StairStep,
    Tier,
    Usage,
    Volume,
    period_at,
)

days = st.dates(date(2015, 1, 1), date(2045, 12, 31))
# Leap days, ends of short months and turns of the year are where mistakes live.
awkward_days = st.one_of(
    days,
    st.sampled_from([date(2024, 2, 29), date(2027, 2, 28), date(2028, 1, 31), date(2027, 12, 31), date(2026, 4, 30)]),
)
cadences = st.builds(Cadence, st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 24))
month_cadences = st.builds(Cadence, st.sampled_from(["month", "year"]), st.integers(1, 12))
anchors = st.builds(Anchor, awkward_days, st.one_of(st.none(), st.integers(1, 31)))
bases = st.sampled_from(list(Basis))


def decimals(lowest, highest, places):
    return st.integers(lowest * 10**places, highest * 10**places).map(lambda units: Fraction(units, 10**places))


amounts = st.integers(-99999999999999, 99999999999999).map(lambda cents: Fraction(cents, 100))
prices = st.one_of(st.just(Fraction(0)), decimals(0, 100, 2), decimals(0, 1, 6))
quantities = st.one_of(st.integers(0, 60).map(Fraction), decimals(0, 60, 3))


@st.composite
def full_periods(draw, cadence=cadences):
    return period_at(draw(anchors), draw(cadence), draw(st.integers(-20, 20)))


@st.composite
def cut_periods(draw, most_cuts=4, cadence=cadences):
    """A full period and days within it, ascending, both ends among them."""
    whole = draw(full_periods(cadence))
    cuts = draw(st.lists(st.dates(whole.start, whole.end), max_size=most_cuts))
    return whole, sorted({whole.start, whole.end, *cuts})


def pieces(cuts):
    return [Period(first, end) for first, end in zip(cuts, cuts[1:])]


@st.composite
def tiers(draw, *fields):
    bounds = sorted(set(draw(st.lists(st.one_of(st.integers(1, 50).map(Fraction), decimals(1, 50, 1)), max_size=4))))
    return tuple(Tier(bound, **{field: draw(prices) for field in fields}) for bound in [*bounds, None])


switches = st.booleans()
graduated = st.builds(Graduated, tiers("unit_price", "flat"), switches)
volume = st.builds(Volume, tiers("unit_price", "flat"), switches)
stair_step = st.builds(StairStep, tiers("flat"), switches)
graduated_percentage = st.builds(GraduatedPercentage, tiers("rate", "flat"), switches)
package = st.builds(Package, prices, st.sampled_from([1, 5, 10, Fraction("2.5")]), st.integers(0, 20), switches)
linear_percentage = st.builds(Percentage, prices)


@st.composite
def percentage(draw):
    bounds = sorted(draw(st.lists(prices, min_size=2, max_size=2)))
    return Percentage(
        draw(prices),
        draw(prices),
        draw(st.integers(0, 3)),
        draw(st.integers(0, 30)),
        draw(st.sampled_from([None, bounds[0]])),
        draw(st.sampled_from([None, bounds[1]])),
    )


unit_models = st.one_of(st.builds(Flat, prices), st.builds(PerUnit, prices), package, graduated, volume, stair_step)
models = st.one_of(unit_models, percentage(), graduated_percentage, st.just(Dynamic()))


@st.composite
def adjustments(draw, included=True):
    bounds = sorted(draw(st.lists(decimals(0, 300, 2), min_size=2, max_size=2)))
    return Adjustments(
        draw(st.integers(0, 10)) if included else 0,
        draw(st.sampled_from([None, bounds[0]])),
        draw(st.sampled_from([None, bounds[1]])),
        draw(st.sampled_from([0, 10, Fraction("33.3"), 100])),
    )


@st.composite
def versions(draw, model=models):
    chosen = draw(model)
    return PriceVersion(chosen, draw(adjustments(included=chosen.counts_units)), draw(st.booleans()))


usages = st.builds(
    Usage, quantities, st.lists(st.one_of(quantities, st.integers(0, 2000).map(Fraction)), max_size=4).map(tuple), prices
)
ratios = st.sampled_from([Fraction(1), Fraction(1, 31), Fraction(15, 30), Fraction(45, 30)])
