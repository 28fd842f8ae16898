"""The calendar of the collection: worked examples, then properties over random policies, debts and days."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from golden_loader import load
from hypothesis import given
from hypothesis import strategies as st

from online_billing.engine import (
    Decision,
    Item,
    QuietDays,
    Rules,
    Situation,
    Step,
    Trigger,
    decide,
    fall_back,
    forecast_steps,
    get_furthest,
    get_own_steps,
    has_eased,
    next_decision,
    take,
)
from online_billing.engine.collection import HORIZON, end_of_month, next_of, reached_on

ONE_DAY = timedelta(days=1)
DUE = date(2026, 3, 10)


def steps(*given):
    """Return steps; each is (trigger, days) and perhaps fields of its own."""
    made = []
    for number, (trigger, days, *rest) in enumerate(given, 1):
        made.append(Step(number, Trigger(trigger), days, **(rest[0] if rest else {})))
    return tuple(made)


def item(key="a", due=DUE, amount=100, level=0, since=None, **fields):
    """Return an item that has had the first so many steps."""
    return Item(key, due, Decimal(amount), frozenset(range(1, level + 1)), since, **fields)


def level_of(item):
    """Return how many of the steps 1, 2, 3, ... an item has had."""
    assert item.had == frozenset(range(1, len(item.had) + 1))
    return len(item.had)


def steps_ahead(*asked):
    """Return [(day, step)] of a forecast."""
    return [(day, decision.step) for day, decision in forecast_steps(*asked)]


def on(days):
    return DUE + days * ONE_DAY


def taken(rules, situation, day):
    decision = decide(rules, situation, day)
    return decision.step.key if decision.step else decision.reason


STANDARD = steps(("before", 3), ("due", 0), ("overdue", 7), ("overdue", 14), ("after_previous", 10))


# -- worked examples --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", load("collection"), ids=lambda example: example["id"])
def test_published_calendar_is_met(example):
    inputs, expected = example["inputs"], example["expected"]
    rules = Rules(steps(*inputs["steps"]), Decimal(inputs["threshold"]), inputs["minimum_gap"])
    places, last, found = {}, None, {}
    for run in map(date.fromisoformat, inputs["runs"]):
        items = tuple(
            Item(one["key"], date.fromisoformat(one["due"]), Decimal(one["amount"]), *places.get(one["key"], ()))
            for one in inputs["items"]
            if date.fromisoformat(one["from"]) <= run
        )
        situation = Situation(items, last)
        decision = decide(rules, situation, run)
        if decision.step:
            found[run.isoformat()] = decision.step.key
            situation = take(situation, decision, run)
        places = {one.key: (one.had, one.since, one.counted_from) for one in situation.items}
        last = situation.last_message
    assert found == expected["steps"]
    assert {key: len(had) for key, (had, _since, _from) in places.items()} == expected["levels"]


def test_each_trigger_counts_from_its_own_day():
    before, due, overdue, month, after = steps(
        ("before", 3), ("due", 5), ("overdue", 7), ("end_of_month", 30), ("after_previous", 4)
    )
    assert reached_on(before, DUE, None) == date(2026, 3, 7)
    assert reached_on(due, DUE, None) == DUE
    assert reached_on(overdue, DUE, None) == date(2026, 3, 17)
    assert reached_on(month, DUE, None) == date(2026, 4, 30)
    assert reached_on(after, DUE, date(2026, 5, 1)) == date(2026, 5, 5)
    assert reached_on(after, DUE, None) is None


def test_the_end_of_a_month_is_its_last_day():
    assert [end_of_month(date(2028, 2, 1)), end_of_month(date(2026, 2, 28)), end_of_month(date(2026, 12, 31))] == [
        date(2028, 2, 29),
        date(2026, 2, 28),
        date(2026, 12, 31),
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-4, "no_step"), (-3, 1), (-1, 1), (0, 2), (1, 2), (6, 2), (7, 3), (13, 3), (14, 3), (30, 3)],
)
def test_a_fresh_item_takes_the_step_of_its_day_or_makes_up_for_the_first_one_missed(days, expected):
    assert taken(Rules(STANDARD), Situation((item(),)), on(days)) == expected


def test_a_notice_before_the_due_date_lapses_with_it():
    only = steps(("before", 3), ("overdue", 7))
    assert taken(Rules(only), Situation((item(),)), on(-1)) == 1
    assert taken(Rules(only), Situation((item(),)), DUE) == "no_step"
    assert taken(Rules(only), Situation((item(),)), on(7)) == 2
    assert taken(Rules(steps(("before", 3))), Situation((item(),)), on(1)) == "no_step"


def test_a_notice_of_the_due_date_lapses_as_soon_as_a_later_step_is_reached():
    only = steps(("due", 0), ("overdue", 7))
    assert taken(Rules(only), Situation((item(),)), on(6)) == 1
    assert taken(Rules(only), Situation((item(),)), on(7)) == 2
    assert taken(Rules(steps(("due", 0), ("before", 1))), Situation((item(),)), on(9)) == 1
    assert taken(Rules(steps(("due", 0), ("after_previous", 5))), Situation((item(),)), on(4)) == 1
    assert taken(Rules(steps(("due", 0), ("after_previous", 5))), Situation((item(),)), on(5)) == 2


def test_the_worst_item_leads_and_takes_all_late_ones_along():
    late, worse, coming = item("late", on(-8)), item("worse", on(-20), level=1, since=on(-10)), item("coming", on(5))
    rules = Rules(steps(("overdue", 7), ("overdue", 14)))
    decision = decide(rules, Situation((late, worse, coming)), DUE)
    assert decision.step.key == 2
    assert {one.key for one in decision.raised} == {"late", "worse"}
    after = take(Situation((late, worse, coming)), decision, DUE)
    assert [(level_of(one), one.since) for one in after.items] == [(2, DUE), (2, DUE), (0, None)]


def test_an_early_step_lifts_only_the_items_it_speaks_of():
    near, far, late = item("near", on(2)), item("far", on(20)), item("late", on(-30), level=2, since=on(-3))
    rules = Rules(steps(("before", 3), ("overdue", 7)))
    decision = decide(rules, Situation((near, far, late)), DUE)
    assert (decision.step.key, [one.key for one in decision.raised]) == (1, ["near"])


def test_what_is_due_on_the_day_is_not_late_yet_and_does_not_come_along():
    rules = Rules(steps(("overdue", 1)))
    decision = decide(rules, Situation((item(), item("older", on(-1)))), DUE)
    assert [one.key for one in decision.raised] == ["older"]


def test_what_is_not_said_is_nothing():
    assert (Step(1, Trigger.DUE).days, Step(1, Trigger.DUE).deadline_days) == (0, 0)
    assert Item("a", DUE, Decimal(1)).had == frozenset()
    assert (Decision().step, Decision().raised, Decision().reason) == (None, (), "")


def test_a_cent_is_collected_and_nothing_is_not():
    rules = Rules(steps(("overdue", 1)))
    assert taken(rules, Situation((item(amount="0.01"),)), on(1)) == 1
    assert taken(rules, Situation((item(amount="0.00"),)), on(1)) == "nothing_open"


def test_zero_days_after_the_due_date_is_the_due_date():
    rules = Rules(steps(("overdue", 0)))
    assert [one.key for one in decide(rules, Situation((item(),)), DUE).raised] == ["a"]
    assert taken(rules, Situation((item(),)), on(-1)) == "no_step"


def test_one_step_at_a_time_however_late():
    situation, rules = Situation((item(due=on(-100)),)), Rules(steps(("overdue", 7), ("overdue", 14), ("overdue", 21)))
    found = []
    for days in range(5):
        decision = decide(rules, situation, on(days))
        found.append(decision.step.key if decision.step else decision.reason)
        if decision.step:
            situation = take(situation, decision, on(days))
    assert found == [1, 2, 3, "no_step", "no_step"]


def test_a_step_after_the_previous_one_counts_from_when_that_was_taken():
    situation = Situation((item(due=on(-50), level=1, since=on(0)),))
    rules = Rules(steps(("overdue", 7), ("after_previous", 10)))
    assert taken(rules, situation, on(9)) == "no_step"
    assert taken(rules, situation, on(10)) == 2


FEE_RULES = Rules(steps(("before", 3), ("overdue", 7), ("overdue", 21), ("overdue", 35)))


def test_case_D4_what_follows_a_debt_asks_for_no_step_of_its_own_while_the_debt_is_open():
    debt, fee = item("debt", on(0), 100, 4, on(35)), item("fee", on(50), 5, follows=frozenset({"debt"}))
    assert [taken(FEE_RULES, Situation((debt, fee)), on(day)) for day in (47, 57, 71, 85)] == ["no_step"] * 4
    alone = replace(fee, follows=frozenset())
    assert [taken(FEE_RULES, Situation((debt, alone)), on(day)) for day in (47, 57)] == [1, 2]


def test_case_D4_it_comes_along_with_the_next_step_of_its_debt_once_it_is_late():
    debt, fee = item("debt", on(0), 100, 3, on(21)), item("fee", on(30), 5, follows=frozenset({"debt"}))
    for day, raised in ((35, {"debt", "fee"}), (30, set())):
        decision = decide(FEE_RULES, Situation((debt, fee)), on(day))
        assert {one.key for one in decision.raised} == raised
    soon = replace(fee, due_date=on(40))
    assert {one.key for one in decide(FEE_RULES, Situation((debt, soon)), on(35)).raised} == {"debt"}


def test_case_D4_it_goes_its_own_way_once_the_debt_is_paid_or_rests():
    fee = item("fee", on(50), 5, follows=frozenset({"debt", "other"}))
    assert taken(FEE_RULES, Situation((fee,)), on(57)) == 2
    resting = item("debt", on(0), 100, 4, on(35), is_resting=True)
    assert taken(FEE_RULES, Situation((resting, fee)), on(57)) == 2
    other = item("other", on(0), 100, 4, on(35))
    assert taken(FEE_RULES, Situation((resting, other, fee)), on(57)) == "no_step"


def test_case_D4_a_fee_on_a_fee_follows_too_and_other_bills_are_reminded_as_usual():
    debt = item("debt", on(0), 100, 4, on(35))
    fees = (
        item("fee", on(50), 5, follows=frozenset({"debt"})),
        item("fee of it", on(80), 1, follows=frozenset({"fee"})),
    )
    assert taken(FEE_RULES, Situation((debt, *fees)), on(90)) == "no_step"
    assert steps_ahead(FEE_RULES, Situation((debt, *fees)), on(60), 3) == []
    bill = item("bill", on(60), 100)
    decision = decide(FEE_RULES, Situation((debt, *fees, bill)), on(67))
    assert (decision.step.key, {one.key for one in decision.raised}) == (2, {"fee", "bill"})


def test_threshold_counts_what_is_late_and_for_early_steps_what_is_open():
    rules = Rules(steps(("before", 3), ("overdue", 7)), threshold=Decimal(150))
    late = (item("a", on(-9), 100), item("b", on(2), 60))
    assert taken(Rules(rules.steps[1:], Decimal(150)), Situation(late), DUE) == "threshold"
    assert taken(rules, Situation((item("a", on(2), 149),)), DUE) == "threshold"
    assert taken(rules, Situation((item("a", on(2), 150),)), DUE) == 1
    assert taken(rules, Situation((item("a", on(-9), 150),)), DUE) == 2
    assert taken(rules, Situation((item("a", on(-9), 90), item("b", DUE, 60))), DUE) == "threshold"


def test_resting_and_settled_items_count_nowhere():
    rules = Rules(steps(("overdue", 7)), threshold=Decimal(150))
    resting = item("a", on(-9), 100, is_resting=True)
    assert taken(rules, Situation((resting,)), DUE) == "nothing_open"
    assert taken(rules, Situation((resting, item("b", on(-9), 100))), DUE) == "threshold"
    assert taken(rules, Situation((item("a", on(-9), 0),)), DUE) == "nothing_open"
    decision = decide(Rules(rules.steps), Situation((resting, item("b", on(-9), 100))), DUE)
    assert [one.key for one in decision.raised] == ["b"]


def test_full_days_without_a_message_lie_between_two():
    rules = Rules(steps(("overdue", 7)), minimum_gap=2)
    for days, expected in ((0, "gap"), (1, "gap"), (2, "gap"), (3, 1)):
        assert taken(rules, Situation((item(due=on(-30)),), last_message=DUE), on(days)) == expected
    silent = Rules(steps(("overdue", 7, {"is_message": False})), minimum_gap=2)
    assert taken(silent, Situation((item(due=on(-30)),), last_message=DUE), DUE) == 1


def test_a_deadline_holds_the_next_reminder_but_no_early_notice():
    rules = Rules(steps(("before", 3), ("overdue", 7)))
    late, coming = item(due=on(-30)), item("b", on(2))
    assert taken(rules, Situation((late,), deadline=DUE), DUE) == "deadline"
    assert taken(rules, Situation((late,), deadline=DUE), on(1)) == 2
    assert taken(rules, Situation((coming,), deadline=on(9)), DUE) == 1


def test_what_is_postponed_waits_for_its_day():
    rules, situation = Rules(steps(("overdue", 7))), Situation((item(due=on(-30)),), not_before=on(5))
    assert [taken(rules, situation, on(days)) for days in (4, 5)] == ["postponed", 1]
    decision = decide(rules, situation, on(5))
    assert take(situation, decision, on(5)).not_before is None


def test_taking_a_step_notes_message_and_deadline():
    rules = Rules(steps(("overdue", 7, {"deadline_days": 14}), ("overdue", 8, {"is_message": False})))
    situation = Situation((item(due=on(-30)),), last_message=on(-9), deadline=on(-3))
    after = take(situation, decide(rules, situation, DUE), DUE)
    assert (after.last_message, after.deadline) == (DUE, on(14))
    last = take(after, decide(rules, after, on(15)), on(15))
    assert (last.last_message, last.deadline) == (DUE, on(14))


def test_quiet_days_pass_without_a_step():
    quiet = QuietDays(frozenset({5, 6}), frozenset({date(2026, 3, 16)}))
    rules, situation = Rules(steps(("overdue", 3)), quiet=quiet), Situation((item(),))
    assert [taken(rules, situation, date(2026, 3, day)) for day in (13, 14, 15, 16, 17)] == [
        1,
        "quiet",
        "quiet",
        "quiet",
        1,
    ]
    assert quiet.next_open(date(2026, 3, 14)) == date(2026, 3, 17)
    assert quiet.next_open(date(2026, 3, 13)) == date(2026, 3, 13)
    assert QuietDays(frozenset(range(7))).next_open(DUE) is None


def test_levels_fall_back_to_what_their_own_age_justifies():
    rules = steps(("overdue", 7), ("overdue", 14), ("after_previous", 10))
    assert [len(get_own_steps(rules, DUE, on(days))) for days in (6, 7, 13, 14, 23, 24, 99)] == [0, 1, 1, 2, 2, 3, 3]
    items = (item("a", on(-9), level=3, since=on(-1)), item("b", on(-99), level=1, since=on(-50)))
    assert [(level_of(one), one.since) for one in fall_back(rules, items, DUE)] == [(1, on(-1)), (1, on(-50))]


def test_less_open_than_before_is_noticed_and_more_is_not():
    assert not has_eased((item(amount=100, seen=Decimal(100)), item("new")))
    assert not has_eased((item(amount=101, seen=Decimal(100)),))
    assert has_eased((item(amount=99, seen=Decimal(100)),))
    assert has_eased((item("new"), item("less", amount=99, seen=Decimal(100))))
    assert has_eased((item(),), gone=[Decimal(5)])


def test_the_next_step_is_found_without_looking_at_every_day():
    quiet = QuietDays(frozenset({5, 6}))
    rules = Rules(steps(("overdue", 4), ("after_previous", 10)), minimum_gap=0, quiet=quiet)
    day, decision = next_decision(rules, Situation((item(),)), on(-60))
    assert (day, decision.step.key) == (date(2026, 3, 16), 1)  # the 14th is a Saturday
    assert steps_ahead(rules, Situation((item(),)), on(-60), 5) == [
        (date(2026, 3, 16), rules.steps[0]),
        (date(2026, 3, 26), rules.steps[1]),
    ]
    assert steps_ahead(rules, Situation((item(),)), on(-60), 1) == [(date(2026, 3, 16), rules.steps[0])]


def test_each_step_ahead_names_the_debts_it_is_for():
    rules = Rules(steps(("before", 5), ("overdue", 4)), minimum_gap=0)
    late, new = item("late", on(-5)), item("new", on(20))
    found = forecast_steps(rules, Situation((late, new)), DUE, 5)
    assert [(decision.step.key, [one.key for one in decision.raised]) for _day, decision in found] == [
        (2, ["late"]),
        (1, ["new"]),
        (2, ["new"]),
    ]


def test_nothing_comes_when_nothing_can():
    rules = Rules(steps(("overdue", 4)))
    assert next_decision(rules, Situation(()), DUE) is None
    assert next_decision(rules, Situation((item(level=1, since=DUE),)), DUE) is None
    assert next_decision(Rules(rules.steps, Decimal(101)), Situation((item(),)), DUE) is None
    assert next_decision(Rules(rules.steps, quiet=QuietDays(frozenset(range(7)))), Situation((item(),)), DUE) is None
    assert next_decision(rules, Situation((item(due=DUE + HORIZON),)), DUE) is None
    within = steps(("overdue", 0))
    assert next_decision(Rules(within), Situation((item(due=DUE + HORIZON),)), DUE)[0] == DUE + HORIZON
    assert HORIZON.days > 366  # a whole year ahead, whatever the year


def test_distance_deadline_and_postponement_are_days_on_which_something_can_come():
    rules = Rules(steps(("overdue", 4)), minimum_gap=3)
    late = (item(due=on(-30)),)
    assert next_decision(rules, Situation(late, last_message=DUE), DUE)[0] == on(4)
    assert next_decision(rules, Situation(late, deadline=on(9)), DUE)[0] == on(10)
    assert next_decision(rules, Situation(late, not_before=on(6)), DUE)[0] == on(6)
    two = Rules(rules.steps, Decimal(150))
    assert next_decision(two, Situation((*late, item("b", on(5), 60))), DUE)[0] == on(6)


# -- properties -------------------------------------------------------------------------------------------------------

some_steps = st.lists(
    st.tuples(
        st.sampled_from([trigger.value for trigger in Trigger]),
        st.integers(0, 40),
        st.fixed_dictionaries({"is_message": st.booleans(), "deadline_days": st.sampled_from([0, 0, 7])}),
    ),
    min_size=1,
    max_size=5,
).map(lambda given: steps(*given))
some_items = st.lists(st.tuples(st.integers(-60, 30), st.integers(1, 300)), min_size=1, max_size=4).map(
    lambda rows: tuple(item(number, on(days), amount) for number, (days, amount) in enumerate(rows))
)
some_rules = st.builds(
    Rules,
    some_steps,
    st.sampled_from([Decimal(0), Decimal(150)]),
    st.integers(0, 4),
    st.builds(QuietDays, st.sets(st.integers(0, 6), max_size=3).map(frozenset)),
)


def run(rules, situation, days):
    found = []
    for day in days:
        decision = decide(rules, situation, day)
        if decision.step:
            before = {one.key: one.had for one in situation.items}
            situation = take(situation, decision, day)
            found.append((day, decision.step, before))
    return situation, found


@given(some_rules, some_items)
def test_no_message_on_a_quiet_day_none_too_close_and_levels_only_rise(rules, items):
    days = [on(number) for number in range(90)]
    situation, found = run(rules, Situation(items), days)
    messages = [day for day, step, _before in found if step.is_message]
    assert not any(day in rules.quiet for day, _step, _before in found)
    assert all(later - earlier > rules.minimum_gap * ONE_DAY for earlier, later in pairwise(messages))
    for _day, step, before in found:
        assert any(step.key not in had for had in before.values())
    assert len(found) <= len(rules.steps) * len(items)
    assert all(one.since is None or one.had for one in situation.items)


@given(some_rules, some_items)
def test_the_forecast_is_what_the_days_then_bring(rules, items):
    days = [on(number) for number in range(120)]
    _situation, found = run(rules, Situation(items), days)
    expected = [(day, step) for day, step, _before in found][:4]
    told = [(day, step) for day, step in steps_ahead(rules, Situation(items), DUE, 4) if day <= days[-1]]
    assert told == expected


@given(some_items, st.integers(0, 40))
def test_after_an_outage_the_same_levels_are_reached_one_step_per_run(items, gap):
    rules = Rules(steps(("overdue", 3), ("overdue", 10), ("end_of_month", 20)))
    days = [on(number) for number in range(150)]
    daily, _found = run(rules, Situation(items), days)
    late, found = run(rules, Situation(items), days[gap:])
    assert [one.had for one in daily.items] == [one.had for one in late.items]
    assert len({day for day, _step, _before in found}) == len(found)


@given(some_steps, some_items, st.integers(0, 90))
def test_falling_back_never_lifts_and_is_done_once(rule, items, days):
    lifted = tuple(replace(one, had=frozenset(range(1, len(rule) + 1)), since=DUE) for one in items)
    fallen = fall_back(rule, lifted, on(days))
    assert all(after.had <= before.had for before, after in zip(lifted, fallen, strict=True))
    assert fall_back(rule, fallen, on(days)) == fallen


@given(some_steps, st.integers(-40, 90))
def test_an_item_passes_over_no_step_that_still_speaks_truly(rule, days):
    step = next_of(rule, item(), on(days))
    passed = [one for one in rule if step is None or one.key < step.key]
    assert all(one.trigger in (Trigger.BEFORE, Trigger.DUE) for one in passed)
    assert days >= 0 or not passed


# -- steps by identity, and due dates that move ------------------------------------------------------------------------

FOUR = steps(("before", 3), ("overdue", 7), ("overdue", 21), ("overdue", 35))
BEFORE, FIRST, SECOND, LAST = FOUR


def new(trigger, days):
    return Step("new", Trigger(trigger), days)


def walk(policy, one, first, last):
    """Return [(days after the due date, key)] of the steps that one item takes on the days from first to last."""
    _situation, found = run(Rules(policy), Situation((one,)), [on(days) for days in range(first, last + 1)])
    return [((day - DUE).days, step.key) for day, step, _before in found]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (FOUR, [(21, 3), (35, 4)]),
        ((FIRST, SECOND, LAST), [(21, 3), (35, 4)]),  # the first one is deleted
        ((BEFORE, SECOND, LAST), [(21, 3), (35, 4)]),  # the one that was had is deleted
        ((BEFORE, FIRST, LAST), [(35, 4)]),  # the next one is deleted
        ((BEFORE, FIRST, new("overdue", 14), SECOND, LAST), [(14, "new"), (21, 3), (35, 4)]),
        ((new("before", 10), BEFORE, FIRST, SECOND, LAST), [(21, 3), (35, 4)]),
        ((new("due", 0), BEFORE, FIRST, SECOND, LAST), [(21, 3), (35, 4)]),  # it speaks of a day that is over
        ((BEFORE, new("overdue", 3), FIRST, SECOND, LAST), [(10, "new"), (21, 3), (35, 4)]),
        ((LAST, SECOND, FIRST, BEFORE), [(35, 4), (36, 3)]),  # re-ordered: the first not yet had comes first
        ((BEFORE, FIRST, LAST, SECOND), [(35, 4), (36, 3)]),
    ],
)
def test_case_C4_steps_that_were_had_stay_had_and_the_next_is_the_first_not_yet_had(policy, expected):
    assert walk(policy, item(level=2, since=on(7), counted_from=DUE), 10, 60) == expected


@given(some_steps, st.integers(0, 5), st.data())
def test_case_C4_no_step_is_had_twice_however_the_policy_changes(policy, had, data):
    one = item(level=min(had, len(policy)), since=DUE, counted_from=DUE)
    changed = data.draw(st.permutations(policy).map(tuple))
    changed = (*changed[data.draw(st.integers(0, len(changed))) :], new("overdue", 14))
    taken_keys = [key for _days, key in walk(changed, one, 0, 200)]
    assert not one.had & {*taken_keys}
    assert len(set(taken_keys)) == len(taken_keys)
    assert "new" in taken_keys


def test_case_C4_the_furthest_step_is_told_by_the_present_order():
    assert get_furthest(FOUR, frozenset({2, 3})) is SECOND
    assert get_furthest((SECOND, FIRST), frozenset({2, 3})) is FIRST
    assert get_furthest(FOUR, frozenset({"gone"})) is None
    assert get_furthest((), frozenset({1})) is None


def test_case_C4_what_was_had_in_another_policy_stays_known_when_items_fall_back():
    one = replace(item(level=3, since=on(30), counted_from=DUE), had=frozenset({1, 2, 3, "old"}))
    [fallen] = fall_back(FOUR, (one,), on(8))
    assert fallen.had == {1, 2, "old"}
    [nothing] = fall_back(FOUR, (one,), on(-9))
    assert (nothing.had, nothing.since, nothing.counted_from) == (frozenset({"old"}), None, None)


def test_case_C14_a_due_date_that_moved_later_is_counted_from():
    moved = item(due=on(35), level=2, since=on(7), counted_from=DUE)
    assert has_eased((moved,))
    [counted] = fall_back(FOUR, (moved,), on(10))
    assert not counted.had
    assert not has_eased((counted,))
    assert walk(FOUR, counted, 10, 100) == [(32, 1), (42, 2), (56, 3), (70, 4)]


def test_case_C14_a_due_date_that_moved_earlier_or_not_at_all_changes_nothing():
    assert not has_eased((item(level=2, since=on(7), counted_from=DUE),))
    assert not has_eased((item(due=on(-5), level=2, since=on(7), counted_from=DUE),))
    assert not has_eased((item(due=on(5)),))


def test_case_C14_a_plan_that_moves_the_due_date_of_what_rests_does_not_take_the_place_away():
    planned = item(due=on(90), level=2, since=on(7), counted_from=DUE, is_resting=True)
    assert not has_eased((planned,))
    [kept] = fall_back(FOUR, (planned,), on(10))
    assert (kept.had, kept.counted_from) == (frozenset({1, 2}), DUE)
    broken = replace(kept, due_date=DUE, is_resting=False)
    assert not has_eased((broken,))
    assert walk(FOUR, broken, 20, 60) == [(21, 3), (35, 4)]
    [rests] = fall_back(FOUR, (item(due=on(-9), level=3, since=DUE, is_resting=True),), DUE)
    assert rests.had == {1, 2}


def test_case_C14_only_part_of_what_was_had_is_taken_back_by_a_few_days_more():
    [fallen] = fall_back(FOUR, (item(due=on(5), level=3, since=on(22), counted_from=DUE),), on(25))
    assert (fallen.had, fallen.since, fallen.counted_from) == (frozenset({1, 2}), on(22), on(5))
