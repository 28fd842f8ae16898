"""What holds for every line: nothing twice, nothing lost, no drift."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from engine_builders import as_billed
from hypothesis import assume, given
from hypothesis import strategies as st

from online_billing.engine import (
    Adjustments,
    Alignment,
    Anchor,
    Basis,
    Billed,
    Cadence,
    Flat,
    Graduated,
    LineTerms,
    Package,
    PerUnit,
    PriceVersion,
    Tier,
    anchor_for,
    as_exact,
    due,
    forecast,
    next_due_date,
    round_half_up,
)

START = date(2027, 1, 1)
DAYS = st.integers(0, 240).map(lambda number: START + timedelta(days=number))
PERHAPS_DAYS = st.integers(-80, 240).map(lambda number: None if number < 0 else START + timedelta(days=number))
FAR = date(2028, 10, 1)
CADENCES = st.sampled_from([Cadence(*each) for each in (("month",), ("month", 3), ("week", 4), ("day", 45), ("year",))])
QUANTITIES = st.integers(0, 5)
STEPS = Graduated([Tier(2, unit_price=30, flat=5), Tier(unit_price="12.345")])
VERSIONS = st.sampled_from(
    [
        PriceVersion(PerUnit(0)),
        PriceVersion(PerUnit(31)),
        PriceVersion(PerUnit("0.01")),
        PriceVersion(PerUnit("99.99"), Adjustments(discount_percent="33.3")),
        PriceVersion(PerUnit("0.5"), Adjustments(minimum=20)),
        PriceVersion(STEPS),
        PriceVersion(STEPS, Adjustments(included=1, maximum=60)),
        PriceVersion(Package("7.77", 2), identifier="packages"),
        PriceVersion(Flat("49.90")),
    ]
)
UNCHANGING_BASES = st.sampled_from([Basis.actual, Basis.thirty_360, Basis.months_then_days])


@st.composite
def dated_quantities(draw, start):
    changes = draw(st.lists(st.tuples(DAYS, QUANTITIES), max_size=4))
    later = sorted((change for change in changes if change[0] > start), key=lambda change: change[0])
    return ((start, draw(QUANTITIES)), *later)


ANY_BASIS = st.sampled_from(list(Basis))
EITHER = st.booleans()


@st.composite
def lines(draw, basis=ANY_BASIS, prorate=EITHER):
    start, cadence = draw(DAYS), draw(CADENCES)
    return LineTerms(
        start=start,
        end=draw(PERHAPS_DAYS),
        anchor=anchor_for(draw(st.sampled_from(list(Alignment))), start, cadence, draw(st.integers(1, 7))),
        cadence=cadence,
        timing=draw(st.sampled_from(["advance", "arrears"])),
        basis=draw(basis),
        prorate=draw(prorate),
        trial_end=draw(PERHAPS_DAYS),
        quantities=draw(dated_quantities(start)),
        prices=((START, draw(VERSIONS)),),
        arrears_same_day=draw(st.booleans()),
    )


class Ledger:
    """What a program that bills a line remembers of it: exact amounts, or what the invoices showed."""

    def __init__(self, digits=None):
        self.digits = digits
        self.billed = []
        self.billed_until = None
        self.keys = []

    def run(self, terms, until):
        items = due(terms, until, self.billed_until, self.billed, START, self.digits)
        self.billed += as_billed(items) if self.digits is None else self.rounded(items)
        self.keys += [item.key for item in items]
        for item in items:
            if item.kind == "period":
                self.billed_until = max(self.billed_until or item.period.end, item.period.end)
        return items

    def rounded(self, items):
        """Round as the invoices do: each of several steps in one run is the difference of rounded wholes."""
        exact, shown = self.totals(), self.totals()
        entries = []
        for item in items:
            start = item.identified_by
            exact[start] = exact.get(start, 0) + item.amount
            whole = as_exact(round_half_up(exact[start], self.digits))
            entries.append(Billed(start, item.kind, item.sequence, whole - shown.get(start, 0)))
            shown[start] = whole
        return entries

    def totals(self):
        totals = {}
        for entry in self.billed:
            totals[entry.period_start] = totals.get(entry.period_start, 0) + entry.amount
        return {start: amount for start, amount in totals.items() if amount}


def totals_of(items, digits=None):
    totals = {item.identified_by: item.amount for item in items}
    if digits is not None:
        totals = {start: as_exact(round_half_up(amount, digits)) for start, amount in totals.items()}
    return {start: amount for start, amount in totals.items() if amount}


@given(lines(), DAYS, DAYS)
def test_a_second_run_finds_nothing_and_two_runs_are_one(terms, first, second):
    first, second = sorted((first, second))
    ledger = Ledger()
    items = ledger.run(terms, first)
    assert ledger.run(terms, first) == ()
    assert items + ledger.run(terms, second) == due(terms, second)
    assert len(ledger.keys) == len(set(ledger.keys))


@given(lines(), DAYS)
def test_billed_periods_tile_the_life_of_the_line(terms, until):
    items = due(terms, until)
    first_day = terms.first_charged_day
    for item in items:
        assert item.service.start == first_day
        assert item.service.days > 0
        assert item.period.covers(item.service)
        assert item.due_date <= until
        first_day = item.service.end
    if terms.end is not None and terms.end > terms.first_charged_day and until >= terms.end:
        assert first_day == terms.end
    assert sum(segment.service.days for item in items for segment in item.segments) == sum(
        item.service.days for item in items
    )


@given(lines(), DAYS)
def test_the_next_due_date_and_the_forecast_say_what_will_be_billed(terms, some_day):
    everything = due(terms, FAR)
    ahead = [item for item in everything if item.due_date >= some_day]
    assert forecast(terms, some_day, 3) == tuple(ahead[:3]) or len(ahead) < 3
    assert forecast(terms, some_day, 3)[: len(ahead)] == tuple(ahead[:3])
    assert next_due_date(terms) == (everything[0].due_date if everything else None)


def test_two_changes_in_one_run_are_rounded_as_a_whole():
    """A cent a unit and year: 0.01, then 0.03, then almost nothing, because the line ends in its first months."""
    start, change, end = date(2027, 3, 9), date(2027, 3, 11), date(2027, 5, 10)
    price = ((START, PriceVersion(PerUnit(Fraction(1, 100)))),)
    terms = LineTerms(start, None, Anchor(start), Cadence("year", 1), "advance", quantities=((start, 1),), prices=price)
    ledger = Ledger(2)
    ledger.run(terms, start)
    assert ledger.totals() == {start: Fraction(1, 100)}
    ledger.run(replace(terms, end=end, quantities=((start, 1), (change, 3))), FAR)
    # 2 days of one unit and 60 days of three are 0.0050, less by a hair: 0.00
    assert ledger.totals() == {}


@given(lines(), st.lists(st.tuples(DAYS, PERHAPS_DAYS, st.data()), max_size=4), st.sampled_from([None, 0, 2]))
def test_whatever_was_changed_and_when_the_sum_is_what_should_have_been_billed(terms, changes, digits):
    ledger = Ledger(digits)
    run_days = sorted(run_day for run_day, _end, _data in changes)
    for run_day, (_day, end, data) in zip(run_days, changes, strict=True):
        ledger.run(terms, run_day)
        terms = replace(terms, end=end, quantities=data.draw(dated_quantities(terms.start)))
    ledger.run(terms, FAR)
    assert ledger.totals() == totals_of(due(terms, FAR), digits)
    assert ledger.run(terms, FAR) == ()
    assert len(ledger.keys) == len(set(ledger.keys))


@given(lines(), st.sets(DAYS, min_size=1, max_size=5), dated_quantities(START), PERHAPS_DAYS)
def test_how_often_a_run_looks_does_not_change_what_it_finds(terms, run_days, quantities, end):
    changed = replace(
        terms,
        end=end,
        quantities=((terms.start, quantities[0][1]), *(change for change in quantities[1:] if change[0] > terms.start)),
    )
    first, *rest = sorted(run_days)
    often, seldom = Ledger(), Ledger()
    for ledger in (often, seldom):
        ledger.run(replace(changed, end=None, quantities=changed.quantities[:1]), first)
    for run_day in rest:
        often.run(changed, run_day)
    often.run(changed, FAR)
    seldom.run(changed, FAR)
    assert sorted(often.keys) == sorted(seldom.keys)
    assert often.totals() == seldom.totals()


@given(lines(basis=UNCHANGING_BASES, prorate=st.just(True)), st.lists(DAYS, min_size=1, max_size=4), DAYS)
def test_up_down_and_up_again_returns_to_the_start(terms, change_days, run_day):
    steady = replace(terms, quantities=((terms.start, 2),))
    ledger = Ledger()
    ledger.run(steady, run_day)
    for change_day in change_days:
        if change_day > terms.start:
            ledger.run(replace(steady, quantities=((terms.start, 2), (change_day, 5))), run_day)
            ledger.run(steady, run_day)
    ledger.run(steady, FAR)
    assert ledger.totals() == totals_of(due(steady, FAR))


@given(lines(basis=UNCHANGING_BASES, prorate=st.just(True)), DAYS)
def test_ending_a_line_and_starting_the_same_one_that_day_changes_nothing(terms, change_day):
    if change_day <= terms.first_charged_day or (terms.end is not None and change_day >= terms.end):
        return
    # Where the new line pays with the same version, its days cost what the old line would have asked for them.
    steady = replace(terms, quantities=((terms.start, 2),), timing="advance")
    ledger = Ledger()
    ledger.run(steady, change_day - timedelta(days=1))
    ledger.run(replace(steady, end=change_day), FAR)
    old = sum(ledger.totals().values())
    new = sum(item.amount for item in due(replace(steady, start=change_day, trial_end=None), FAR))
    assert old + new == sum(item.amount for item in due(steady, FAR))


@given(lines())
def test_no_period_costs_more_than_its_dearest_quantity_for_all_of_it(terms):
    (_since, version), *_more = terms.prices
    items = due(terms, FAR)
    assume(items)
    for item in items:
        assert item.amount == sum(segment.amount for segment in item.segments)
        assert all(0 <= segment.ratio <= 1 for segment in item.segments)
        assert all(segment.amount <= segment.priced.amount for segment in item.segments)
        assert item.version_identifier == version.identifier
