"""What the random tests draw from: ordinary and awkward values of the engine's vocabulary."""

from datetime import date
from fractions import Fraction
from itertools import pairwise

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


# One draw for each number: what a random test costs is its draws. The last digits decide how many decimals it has.
amounts = st.integers(-99999999999999, 99999999999999).map(lambda cents: Fraction(cents, 100))
prices = st.integers(0, 100_000).map(lambda number: Fraction(number, 10 ** (number % 7)) if number % 5 else Fraction(0))
quantities = st.integers(0, 60_000).map(lambda number: Fraction(number if number % 3 else number // 1000 * 1000, 1000))


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
    return [Period(first, end) for first, end in pairwise(cuts)]


tier_bounds = st.lists(st.integers(1, 100).map(lambda number: Fraction(number, 2)), max_size=3, unique=True)


@st.composite
def tiers(draw, *fields):
    bounds = sorted(draw(tier_bounds))
    return tuple(Tier(bound, **{field: draw(prices) for field in fields}) for bound in [*bounds, None])


switches = st.booleans()
graduated = st.builds(Graduated, tiers("unit_price", "flat"), switches)
volume = st.builds(Volume, tiers("unit_price", "flat"), switches)
stair_step = st.builds(StairStep, tiers("flat"), switches)
graduated_percentage = st.builds(GraduatedPercentage, tiers("rate", "flat"), switches)
package = st.builds(Package, prices, st.sampled_from([1, 5, 10, Fraction("2.5")]), st.integers(0, 20), switches)
linear_percentage = st.builds(Percentage, prices)


allowances = st.sampled_from([(0, 0), (1, 0), (3, 0), (0, 30), (0, "12.5"), (2, 40), (3, 5)])
bounds = st.sampled_from(
    [(None, None), (0, 0), ("1.75", None), (None, 12), ("1.75", 12), (5, 5), (None, "0.5"), (40, 300)]
)
percentage = st.builds(
    lambda rate, fixed, allowance, bound: Percentage(rate, fixed, *allowance, *bound),
    prices,
    prices,
    allowances,
    bounds,
)


unit_models = st.one_of(st.builds(Flat, prices), st.builds(PerUnit, prices), package, graduated, volume, stair_step)
models = st.one_of(unit_models, percentage, graduated_percentage, st.just(Dynamic()))


@st.composite
def versions(draw, model=models):
    chosen = draw(model)
    minimum, maximum = draw(bounds)
    discount = draw(st.sampled_from([0, 0, 10, "33.3", 100]))
    included = draw(st.sampled_from([0, 3, "7.5"])) if chosen.counts_units else 0
    return PriceVersion(chosen, Adjustments(included, minimum, maximum, discount), draw(st.booleans()))


usages = st.builds(Usage, quantities, st.lists(quantities, max_size=4).map(tuple), prices)
ratios = st.sampled_from([Fraction(1), Fraction(1, 31), Fraction(15, 30), Fraction(45, 30)])
