"""Late fees, worked example by worked example."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from engine_builders import day, refused

from online_billing.engine import (
    Band,
    Cadence,
    EarlierFee,
    FeeTerms,
    OverdueDebt,
    Period,
    RateTable,
    accrue,
    as_exact,
    describe_late_fee,
    fees_due,
    look_again,
    trigger_day,
    triggers,
)

UK_BANDS = (Band(0, 40), Band(1000, 70), Band(10000, 100))
BASE_RATE = RateTable(
    (
        (day("2023-08-03"), "5.25"),
        (day("2024-08-01"), "5.00"),
        (day("2024-11-07"), "4.75"),
        (day("2025-02-06"), "4.50"),
        (day("2025-05-08"), "4.25"),
    ),
    known_until=day("2025-08-31"),
)


def debt(*steps, due="2026-01-01", **more):
    """A debt of 1,000.00 unless steps of (day, overdue at its end) say otherwise."""
    return OverdueDebt(day(due), tuple((day(when), amount) for when, amount in steps or ((due, 1000),)), **more)


def terms(**given):
    return FeeTerms(digits=given.pop("digits", 2), **given)


def shown(fees):
    return [(fee.number, fee.day.isoformat(), str(fee.amount)) for fee in fees]


def days_of(segments):
    return [(one.first.isoformat(), one.last.isoformat(), one.days, one.rate, one.base) for one in segments]


# -- when ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("grace", "late", "arises"), [(0, 0, False), (0, 1, True), (5, 5, False), (5, 6, True)])
def test_a_fee_arises_on_the_first_day_after_due_date_and_grace(grace, late, arises):
    as_of = day("2026-01-01") + timedelta(days=late)
    assert bool(fees_due(terms(fixed=25, grace_days=grace), debt(), as_of)) == arises


def test_once_is_once():
    assert shown(fees_due(terms(fixed=25), debt(), day("2030-01-01"))) == [(1, "2026-01-02", "25.00")]


def test_every_so_many_days_counts_from_the_first_trigger():
    found = fees_due(terms(fixed=5, grace_days=9, repeat=Cadence("day", 14)), debt(), day("2026-02-08"))
    assert shown(found) == [(1, "2026-01-11", "5.00"), (2, "2026-01-25", "5.00"), (3, "2026-02-08", "5.00")]


def test_every_month_keeps_the_last_day_of_the_month():
    found = fees_due(terms(fixed=5, repeat=Cadence("month")), debt(due="2026-01-30"), day("2026-04-30"))
    assert [fee.day.isoformat() for fee in found] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]


def test_at_most_so_many_times():
    found = fees_due(terms(fixed=5, repeat=Cadence("day", 7), most=2), debt(), day("2026-12-31"))
    assert [fee.number for fee in found] == [1, 2]


def test_triggers_are_the_days_up_to_a_day():
    rule = terms(fixed=5, grace_days=2, repeat=Cadence("day", 10))
    assert list(triggers(rule, day("2026-01-01"), day("2026-01-14"))) == [
        (1, day("2026-01-04")),
        (2, day("2026-01-14")),
    ]
    assert trigger_day(rule, day("2026-01-01"), 3) == day("2026-01-24")


def test_what_exists_already_does_not_arise_again():
    rule = terms(fixed=5, repeat=Cadence("day", 7))
    assert shown(
        fees_due(rule, debt(earlier=(EarlierFee(day("2026-01-02")), EarlierFee(day("2026-01-16")))), day("2026-01-16"))
    ) == [(2, "2026-01-09", "5.00")]


def test_a_rule_that_follows_another_begins_after_what_that_one_charged():
    rule = terms(yearly_rate="36.5", repeat=Cadence("day", 10))
    one = debt(settled_until=day("2026-01-12"))
    [fee] = fees_due(rule, one, day("2026-01-22"))
    assert (fee.number, days_of(fee.segments)) == (3, [("2026-01-13", "2026-01-22", 10, Fraction("36.5"), 1000)])
    [fee] = fees_due(rule, debt(settled_until=day("2026-01-15")), day("2026-01-22"))
    assert days_of(fee.segments) == [("2026-01-16", "2026-01-22", 7, Fraction("36.5"), 1000)]
    assert fees_due(rule, one, day("2026-01-12")) == ()


# -- on what ---------------------------------------------------------------------------------------------------------


def test_the_base_is_what_is_overdue_on_the_day_of_the_trigger():
    rule = terms(percent=10, repeat=Cadence("day", 10))
    one = debt(("2026-01-01", 1000), ("2026-01-05", 400))
    assert [(fee.base, str(fee.amount)) for fee in fees_due(rule, one, day("2026-01-12"))] == [
        (1000, "100.00"),
        (400, "40.00"),
    ]


def test_a_payment_on_the_day_of_the_trigger_saves_the_fee_and_one_the_day_after_does_not_bring_it():
    for paid in ("2026-01-06", "2026-01-07", "2026-01-08"):
        one = debt(("2026-01-01", 1000), (paid, 0))
        assert fees_due(terms(fixed=25, grace_days=5), one, day("2026-02-01")) == ()
    part = debt(("2026-01-01", 1000), ("2026-01-07", 300))
    [fee] = fees_due(terms(percent=10, grace_days=5), part, day("2026-01-07"))
    assert fee.base == 300


def test_a_debt_whose_payment_came_back_owes_again():
    one = debt(("2026-01-01", 1000), ("2026-01-05", 0), ("2026-01-20", 1000))
    rule = terms(fixed=25, repeat=Cadence("day", 7))
    assert [fee.number for fee in fees_due(rule, one, day("2026-01-23"))] == [1, 4]
    assert fees_due(rule, one, day("2026-01-19")) == ()


def test_a_residual_below_the_tolerance_is_left_alone():
    rule = terms(fixed=25, tolerance=10)
    assert fees_due(rule, debt(("2026-01-01", "9.99")), day("2026-02-01")) == ()
    assert len(fees_due(rule, debt(("2026-01-01", 10)), day("2026-02-01"))) == 1
    assert fees_due(rule, debt(("2026-01-01", 1000), ("2026-01-15", 5)), day("2026-02-01")) == ()


def test_a_debt_that_becomes_overdue_later_than_its_due_date_owes_nothing_before():
    one = OverdueDebt(day("2026-01-01"), ((day("2026-01-10"), 500),))
    assert fees_due(terms(fixed=25), one, day("2026-01-09")) == ()
    # at the only trigger, 2 January, nothing was overdue
    assert fees_due(terms(fixed=25), one, day("2026-02-01")) == ()
    assert fees_due(terms(fixed=25), OverdueDebt(day("2026-01-01"), ()), day("2026-02-01")) == ()


def test_an_overpaid_debt_owes_nothing():
    assert fees_due(terms(fixed=25), debt(("2026-01-01", -5)), day("2026-02-01")) == ()


# -- limits ----------------------------------------------------------------------------------------------------------


def test_minimum_and_cap_of_an_occurrence():
    [fee] = fees_due(terms(percent=1, minimum=15), debt(), day("2026-01-02"))
    assert (str(fee.amount), fee.exact, fee.parts[1].amount) == ("15.00", 15, 15)
    assert str(fees_due(terms(percent=1, minimum=5), debt(), day("2026-01-02"))[0].amount) == "10.00"
    [fee] = fees_due(terms(percent=1, cap="7.50"), debt(), day("2026-01-02"))
    assert (str(fee.amount), fee.exact, [part.code for part in fee.parts]) == (
        "7.50",
        Fraction("7.5"),
        ["percent", "cap"],
    )
    assert fee.parts[1].amount == Fraction("7.5")


def test_the_total_cap_counts_what_was_charged_before():
    rule = terms(fixed=20, total_cap=50, repeat=Cadence("day", 7))
    assert [str(fee.amount) for fee in fees_due(rule, debt(), day("2026-03-01"))] == ["20.00", "20.00", "10.00"]
    rest = fees_due(
        rule, debt(earlier=(EarlierFee(day("2026-01-02"), 20), EarlierFee(day("2026-01-09"), 25))), day("2026-03-01")
    )
    assert shown(rest) == [(3, "2026-01-16", "5.00")]
    assert fees_due(rule, debt(earlier=(EarlierFee(day("2026-01-02"), 60),)), day("2026-03-01")) == ()


def test_the_minimum_gives_way_to_the_total_cap():
    [fee] = fees_due(terms(percent=1, minimum=15, total_cap=12), debt(), day("2026-01-02"))
    assert (str(fee.amount), [part.code for part in fee.parts]) == ("12.00", ["percent", "minimum", "total_cap"])


def test_a_cap_finer_than_the_currency_is_never_passed():
    [fee] = fees_due(terms(fixed=2000, cap="1500.9", digits=0), debt(), day("2026-01-02"))
    assert fee.amount == Decimal("1500")


def test_the_amount_is_rounded_once_half_up():
    [fee] = fees_due(terms(percent="1.5"), debt(("2026-01-01", "83.67")), day("2026-01-02"))
    assert (fee.exact, str(fee.amount)) == (Fraction("1.25505"), "1.26")
    [fee] = fees_due(terms(percent="1.5", digits=3), debt(("2026-01-01", "83.67")), day("2026-01-02"))
    assert str(fee.amount) == "1.255"


def test_compound_counts_fees_that_are_still_open():
    rule = terms(percent=2, repeat=Cadence("month"), compound=True)
    assert shown(fees_due(rule, debt(), day("2026-02-28"))) == [(1, "2026-01-02", "20.00"), (2, "2026-02-02", "20.40")]
    paid = debt(earlier=(EarlierFee(day("2026-01-02"), 20, 0),))
    assert shown(fees_due(rule, paid, day("2026-02-28"))) == [(2, "2026-02-02", "20.00")]
    simple = terms(percent=2, repeat=Cadence("month"))
    still_open = debt(earlier=(EarlierFee(day("2026-01-02"), 20, 20),))
    assert shown(fees_due(simple, still_open, day("2026-02-28"))) == [(2, "2026-02-02", "20.00")]
    interest = terms(yearly_rate="36.5", repeat=Cadence("day", 10), compound=True)
    assert [str(fee.amount) for fee in fees_due(interest, debt(), day("2026-01-12"))] == ["1.00", "10.01"]


# -- interest --------------------------------------------------------------------------------------------------------


def test_interest_runs_from_the_day_after_the_due_date_and_includes_the_day_of_payment():
    rule = terms(yearly_rate="36.5", closing=True)
    one = debt(("2026-01-01", 1000), ("2026-01-11", 0))
    [fee] = fees_due(rule, one, day("2026-01-11"))
    assert (shown([fee]), days_of(fee.segments)) == (
        [(1, "2026-01-11", "10.00")],
        [("2026-01-02", "2026-01-11", 10, Fraction("36.5"), 1000)],
    )
    assert fees_due(rule, one, day("2026-01-10")) == (), "while it is open, interest that is charged once waits"


def test_a_part_payment_lowers_the_base_from_the_next_day_on():
    segments = accrue(
        terms(yearly_rate="36.5"),
        debt(("2026-01-01", 1000), ("2026-01-05", 400)),
        day("2026-01-02"),
        day("2026-01-11"),
    )
    assert days_of(segments) == [
        ("2026-01-02", "2026-01-05", 4, Fraction("36.5"), 1000),
        ("2026-01-06", "2026-01-11", 6, Fraction("36.5"), 400),
    ]
    assert [segment.amount for segment in segments] == [4, Fraction("2.4")]


def test_days_before_the_debt_was_overdue_bear_no_interest():
    assert accrue(terms(yearly_rate=10), debt(), day("2025-12-01"), day("2026-01-01")) == ()
    [segment] = accrue(terms(yearly_rate=10), debt(), day("2025-12-01"), day("2026-01-02"))
    assert segment.days == 1


def test_interest_of_every_trigger_covers_the_days_since_the_one_before():
    rule = terms(yearly_rate="36.5", grace_days=4, repeat=Cadence("day", 10))
    found = fees_due(rule, debt(), day("2026-01-20"))
    assert [days_of(fee.segments)[0][:3] for fee in found] == [
        ("2026-01-02", "2026-01-06", 5),
        ("2026-01-07", "2026-01-16", 10),
    ]


def test_the_rest_of_the_interest_is_charged_when_the_debt_is_paid():
    rule = terms(yearly_rate="36.5", fixed=3, bands=UK_BANDS, repeat=Cadence("day", 10), closing=True)
    one = debt(("2026-01-01", 1000), ("2026-01-15", 0))
    assert shown(fees_due(rule, one, day("2026-03-01"))) == [
        (1, "2026-01-02", "74.00"),
        (2, "2026-01-12", "13.00"),
        (3, "2026-01-15", "3.00"),
    ]
    # paid on the day of a trigger: that number is the closing one
    on_trigger = debt(("2026-01-01", 1000), ("2026-01-12", 0))
    assert shown(fees_due(rule, on_trigger, day("2026-03-01"))) == [
        (1, "2026-01-02", "74.00"),
        (2, "2026-01-12", "10.00"),
    ]
    limited = terms(yearly_rate="36.5", repeat=Cadence("day", 10), closing=True, most=2)
    assert [fee.number for fee in fees_due(limited, one, day("2026-03-01"))] == [1, 2]


def test_a_closing_within_the_grace_costs_nothing():
    rule = terms(yearly_rate=10, bands=UK_BANDS, closing=True, grace_days=5)
    assert fees_due(rule, debt(("2026-01-01", 1000), ("2026-01-06", 0)), day("2026-02-01")) == ()
    [fee] = fees_due(rule, debt(("2026-01-01", 1000), ("2026-01-07", 0)), day("2026-02-01"))
    assert (fee.segments[0].days, fee.parts[0].amount, str(fee.amount)) == (6, 70, "71.64")


def test_only_interest_has_a_closing():
    rule = terms(fixed=25, repeat=Cadence("day", 10), closing=True)
    one = debt(("2026-01-01", 1000), ("2026-01-15", 0))
    assert [fee.number for fee in fees_due(rule, one, day("2026-03-01"))] == [1, 2], "what had arisen stays owed"


def test_part_payments_before_the_end_do_not_shrink_the_size_of_the_debt():
    one = debt(("2026-01-01", 10000), ("2026-01-20", 10), ("2026-02-01", 0))
    [fee] = fees_due(terms(yearly_rate=1, bands=UK_BANDS, closing=True), one, day("2026-02-01"))
    assert [part.amount for part in fee.parts] == [100]


def test_compensation_comes_with_the_first_occurrence_alone():
    rule = terms(bands=UK_BANDS, fixed=1, repeat=Cadence("day", 10))
    assert [str(fee.amount) for fee in fees_due(rule, debt(), day("2026-01-12"))] == ["71.00", "1.00"]


def test_fees_do_not_enlarge_the_debt_that_is_compensated():
    rule = terms(bands=UK_BANDS, compound=True, repeat=Cadence("month"))
    [fee] = fees_due(
        rule, debt(("2026-01-01", "999.99"), earlier=(EarlierFee(day("2026-01-09"), 50, 50),)), day("2026-01-02")
    )
    assert str(fee.amount) == "40.00"
    assert fee.base == Fraction("1049.99")


def test_below_the_lowest_band_there_is_no_compensation():
    assert fees_due(terms(bands=(Band(100, 40),)), debt(("2026-01-01", "99.99")), day("2026-01-02")) == ()


def test_a_year_of_actual_days_is_split_at_the_turn_of_a_leap_year():
    rule = terms(yearly_rate=10, year_days="actual")
    segments = accrue(rule, debt(due="2027-12-29"), day("2027-12-30"), day("2028-01-03"))
    assert [(one.days, one.amount) for one in segments] == [(2, Fraction(200, 365)), (3, Fraction(300, 366))]
    one_year = accrue(rule, debt(due="2025-12-29"), day("2025-12-30"), day("2026-01-03"))
    assert [one.days for one in one_year] == [5], "years of one length are one segment"


def test_the_interest_of_a_day_can_be_rounded():
    rule = terms(yearly_rate="12.25", rounding="day", repeat=Cadence("day", 10))
    [fee] = fees_due(rule, debt(("2026-01-01", 5000)), day("2026-01-02"))
    assert (str(fee.amount), fee.exact) == ("1.68", Fraction("612.5") / 365)
    assert fee.segments[0].daily == Fraction("1.68")


# -- reference rates -------------------------------------------------------------------------------------------------


def test_a_margin_follows_every_change_of_the_reference_rate():
    one = debt(due="2025-01-31")
    segments = accrue(terms(yearly_rate=8), one, day("2025-02-01"), day("2025-02-10"), BASE_RATE)
    assert days_of(segments) == [
        ("2025-02-01", "2025-02-05", 5, Fraction("12.75"), 1000),
        ("2025-02-06", "2025-02-10", 5, Fraction("12.5"), 1000),
    ]


def test_the_rate_of_the_eve_holds_for_the_half_year():
    rule = terms(yearly_rate=8, fixing="half_year_eve")
    segments = accrue(rule, debt(due="2024-06-28"), day("2024-06-29"), day("2025-07-02"), BASE_RATE)
    assert [(one.first.isoformat(), one.rate) for one in segments] == [
        ("2024-06-29", Fraction("13.25")),
        ("2025-01-01", Fraction("12.75")),
        ("2025-07-01", Fraction("12.25")),
    ]


def test_the_rate_of_the_first_day_holds_for_the_half_year():
    table = RateTable(((day("2024-06-12"), "4.25"), (day("2024-07-01"), "4.00"), (day("2024-09-18"), "3.65")))
    rule = terms(yearly_rate=8, fixing="half_year_first")
    segments = accrue(rule, debt(due="2024-06-28"), day("2024-07-01"), day("2025-01-01"), table)
    assert [(one.first.isoformat(), one.rate) for one in segments] == [
        ("2024-07-01", Fraction("12")),
        ("2025-01-01", Fraction("11.65")),
    ]
    by_eve = terms(yearly_rate=8, fixing="half_year_eve")
    eve = accrue(by_eve, debt(due="2024-06-28"), day("2024-07-01"), day("2024-07-01"), table)
    assert eve[0].rate == Fraction("12.25")


def test_a_locked_rate_is_that_of_the_first_day_of_interest():
    rule = terms(yearly_rate=8, fixing="half_year_eve", locked=True)
    [segment] = accrue(rule, debt(due="2024-06-30"), day("2024-07-01"), day("2026-07-02"), BASE_RATE)
    assert segment.rate == Fraction("13.25")
    [segment] = accrue(rule, debt(due="2024-12-31"), day("2025-03-01"), day("2025-12-31"), BASE_RATE)
    assert segment.rate == Fraction("12.75")


def test_a_negative_reference_rate_never_pays_the_customer():
    table = RateTable(((day("2020-01-01"), "-9"),))
    assert accrue(terms(yearly_rate=8), debt(), day("2026-01-02"), day("2026-01-05"), table)[0].amount == 0


def test_a_rate_that_nobody_knows_is_not_guessed():
    assert BASE_RATE.on(day("2025-08-31")) == Fraction("4.25")
    assert BASE_RATE.on(day("2025-05-07")) == Fraction("4.5")
    with refused("late_fee.rate_missing"):
        BASE_RATE.on(day("2025-09-01"))
    with refused("late_fee.rate_missing"):
        BASE_RATE.on(day("2023-08-02"))
    with refused("late_fee.rate_missing"):
        RateTable(()).on(day("2026-01-01"))
    endless = RateTable(((day("2020-01-01"), 1),))
    assert endless.on(day("2090-01-01")) == 1
    # the half year is fixed before its end, so what is known in June is enough up to December
    rule = terms(yearly_rate=8, fixing="half_year_eve")
    assert accrue(rule, debt(due="2025-07-01"), day("2025-07-02"), day("2025-12-31"), BASE_RATE)
    with refused("late_fee.rate_missing"):
        accrue(rule, debt(due="2025-07-01"), day("2025-07-02"), day("2026-01-01"), BASE_RATE)


def test_a_rate_is_known_up_to_the_last_day_of_interest_or_refused():
    one = debt(due="2025-08-20")
    assert accrue(terms(yearly_rate=8), one, day("2025-08-21"), day("2025-08-31"), BASE_RATE)
    with refused("late_fee.rate_missing"):
        accrue(terms(yearly_rate=8), one, day("2025-08-21"), day("2025-09-01"), BASE_RATE)
    with refused("late_fee.rate_missing"):
        accrue(terms(yearly_rate=8), debt(due="2023-08-01"), day("2023-08-02"), day("2023-08-03"), BASE_RATE)


def test_the_half_year_is_fixed_on_its_first_day_or_on_the_eve_and_on_no_other():
    days = ("2024-12-31", "2025-01-01", "2025-01-02", "2025-06-30", "2025-07-01", "2025-07-02")
    table = RateTable(tuple((day(text), percent) for percent, text in enumerate(days, 1)))
    daily, eve, first = (
        terms(fixing=name, yearly_rate=0).fixing for name in ("daily", "half_year_eve", "half_year_first")
    )
    for asked, expected in {
        "2025-01-01": (2, 1, 2),
        "2025-03-10": (3, 1, 2),
        "2025-06-30": (4, 1, 2),
        "2025-07-01": (5, 4, 5),
        "2025-12-31": (6, 4, 5),
    }.items():
        assert tuple(table.fixed_on(day(asked), fixing) for fixing in (daily, eve, first)) == expected


def test_a_table_names_the_days_on_which_it_changes():
    daily, eve = terms(yearly_rate=1).fixing, terms(yearly_rate=1, fixing="half_year_eve").fixing
    assert BASE_RATE.changes(daily, day("2025-02-06"), day("2025-05-08")) == [day("2025-05-08")]
    assert BASE_RATE.changes(daily, day("2025-02-05"), day("2025-05-07")) == [day("2025-02-06")]
    assert BASE_RATE.changes(eve, day("2025-01-01"), day("2026-01-01")) == [day("2025-07-01"), day("2026-01-01")]
    assert BASE_RATE.changes(eve, day("2025-06-30"), day("2025-12-31")) == [day("2025-07-01")]


# -- what is refused and what is told --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"fixed": -1},
        {"percent": "-0.1"},
        {"yearly_rate": -1},
        {"minimum": -1},
        {"cap": -1},
        {"total_cap": -1},
        {"tolerance": -1},
        {"grace_days": -1},
        {"bands": (Band(-1, 5),)},
        {"bands": (Band(1, -5),)},
    ],
)
def test_nothing_in_the_terms_is_negative(given):
    with refused("late_fee.negative"):
        terms(**given)


def test_a_band_may_give_nothing():
    assert fees_due(terms(bands=(Band(0, 0), Band(100, 40))), debt(("2026-01-01", 99)), day("2026-01-02")) == ()


def test_a_minimum_above_the_cap_is_refused():
    with refused("late_fee.minimum_above_cap"):
        terms(minimum=10, cap=9)
    assert terms(minimum=10, cap=10).cap == 10


@pytest.mark.parametrize("name", ["year_days", "rounding", "fixing"])
def test_an_unknown_option_is_refused(name):
    with refused("late_fee.option_unknown"):
        terms(**{name: "sometimes"})


def test_steps_and_rates_come_in_order():
    with refused("late_fee.not_in_order"):
        debt(("2026-01-05", 1), ("2026-01-02", 2))
    with refused("late_fee.not_in_order"):
        debt(("2026-01-05", 1), ("2026-01-05", 2))
    with refused("late_fee.not_in_order"):
        debt(("2025-12-31", 1))
    with refused("late_fee.not_in_order"):
        RateTable(((day("2026-01-02"), 1), (day("2026-01-01"), 1)))
    with refused("period.not_a_date"):
        OverdueDebt("2026-01-01", ())


def test_the_terms_are_the_same_in_numbers_or_texts():
    assert terms(percent="2", cap="10.0") == terms(percent=2, cap=Decimal(10))
    assert EarlierFee(day("2026-01-02"), "2.50", "0") == EarlierFee(day("2026-01-02"), as_exact("2.5"))
    assert terms().only_closing is False
    assert terms(yearly_rate=0, closing=True).only_closing is True
    assert terms(yearly_rate=0, closing=True, repeat=Cadence("month")).only_closing is False
    assert terms(yearly_rate=0).only_closing is False
    assert terms(fixed=1, closing=True).only_closing is False


def test_the_breakdown_says_why():
    rule = terms(yearly_rate="12.25", bands=UK_BANDS, closing=True, rounding="day")
    one = debt(("2026-01-01", 5000), ("2026-04-12", 0))
    [fee] = fees_due(rule, one, day("2026-04-12"))
    assert describe_late_fee(rule, one, fee) == {
        "kind": "late_fee",
        "due_date": "2026-01-01",
        "day": "2026-04-12",
        "days_late": 101,
        "occurrence": 1,
        "base": {"exact": "5000/1", "decimal": "5000.00"},
        "added": {"exact": "0/1", "decimal": "0.00"},
        "minimum": "0.00",
        "bands": [["0.00", "40.00"], ["1000.00", "70.00"], ["10000.00", "100.00"]],
        "rounding": "day",
        "year_days": "365",
        "parts": [
            {
                "code": "compensation",
                "base": {"exact": "5000/1", "decimal": "5000.00"},
                "rate": "0.00",
                "amount": {"exact": "70/1", "decimal": "70.00"},
            }
        ],
        "segments": [
            {
                "first": "2026-01-02",
                "last": "2026-04-12",
                "days": 101,
                "rate": "12.25",
                "base": {"exact": "5000/1", "decimal": "5000.00"},
                "daily": {"exact": "42/25", "decimal": "1.68"},
                "amount": {"exact": "24745/146", "decimal": "169.4863013699"},
            }
        ],
        "amount": {"exact": "34965/146", "decimal": "239.4863013699"},
    }


def test_a_fixed_fee_and_a_percentage_name_their_parts():
    [fee] = fees_due(terms(fixed=5, percent=2), debt(), day("2026-01-02"))
    assert [(part.code, part.base, part.rate, part.amount) for part in fee.parts] == [
        ("fixed", 1000, 0, 5),
        ("percent", 1000, 2, 20),
    ]
    assert fee.segments == ()


def test_days_on_which_nothing_of_the_debt_was_open_bear_no_interest_on_fees_either():
    one = debt(("2026-01-01", 1000), ("2026-01-03", 0), ("2026-01-05", 500))
    segments = accrue(terms(yearly_rate="36.5"), one, day("2026-01-02"), day("2026-01-06"), added=100)
    assert days_of(segments) == [
        ("2026-01-02", "2026-01-03", 2, Fraction("36.5"), 1100),
        ("2026-01-06", "2026-01-06", 1, Fraction("36.5"), 600),
    ]


# -- what is spared, what comes back ----------------------------------------------------------------------------------


def spared(*pairs):
    """Days that bear nothing: (first, last), both included."""
    return tuple(Period(day(first), day(last) + timedelta(days=1)) for first, last in pairs)


@pytest.mark.parametrize(
    ("given_terms", "expected"),
    [
        ({"percent": "1.333"}, "13.35"),
        ({"fixed": "9.99"}, "10.00"),
        ({"fixed": "0.01", "minimum": "4.99"}, "5.00"),
        ({"fixed": "50", "cap": "12.49"}, "12.45"),
        ({"fixed": "50", "total_cap": "0.04"}, None),
        ({"yearly_rate": "12.25", "repeat": Cadence("month"), "rounding": "day"}, "0.35"),
    ],
)
def test_case_B10_a_fee_is_rounded_by_the_currency(given_terms, expected):
    found = fees_due(terms(digits=Decimal("0.05"), **given_terms), debt(("2026-01-01", "1000.00")), day("2026-01-02"))
    assert [str(fee.amount) for fee in found] == ([expected] if expected else [])


def test_case_C8_a_stop_spares_and_does_not_delay():
    rule = terms(percent=1, repeat=Cadence("month"))
    one = debt(due="2026-01-10", spared=spared(("2026-01-01", "2026-03-31")))
    assert shown(fees_due(rule, one, day("2026-04-10"))) == []
    assert shown(fees_due(rule, one, day("2026-05-11"))) == [(1, "2026-04-11", "10.00"), (2, "2026-05-11", "10.00")]


def test_case_C8_spared_days_bear_no_interest_before_and_after_they_do():
    rule = terms(yearly_rate="36.5", repeat=Cadence("month"))
    one = debt(spared=spared(("2026-01-05", "2026-01-06"), ("2026-01-20", "2026-02-03")))
    found = fees_due(rule, one, day("2026-03-02"))
    assert shown(found) == [
        (1, "2026-01-02", "1.00"),
        (2, "2026-03-02", str(Decimal(1 * (59 - 2 - 15)).quantize(Decimal("0.01")))),
    ]
    assert [(str(one.first), one.days) for one in found[1].segments] == [
        ("2026-01-03", 2), ("2026-01-07", 13), ("2026-02-04", 27)
    ]  # fmt: skip


def test_case_C8_interest_at_payment_leaves_spared_days_out_also_where_the_payment_fell_on_one():
    rule = terms(yearly_rate="36.5", bands=UK_BANDS, closing=True)
    one = debt(("2026-01-01", 1000), ("2026-01-21", 0), spared=spared(("2026-01-12", "2026-01-31")))
    [fee] = fees_due(rule, one, day("2026-02-10"))
    assert (fee.day, str(fee.amount), fee.parts) == (day("2026-01-21"), "10.00", ())
    wholly = debt(("2026-01-01", 1000), ("2026-01-21", 0), spared=spared(("2026-01-01", "2026-01-31")))
    assert fees_due(rule, wholly, day("2026-02-10")) == ()


def test_case_C8_a_fee_that_arises_once_and_was_spared_never_arises():
    one = debt(spared=spared(("2026-01-02", "2026-01-02")))
    assert fees_due(terms(fixed=25), one, day("2027-01-01")) == ()


def test_case_C8_what_was_spared_is_no_occurrence_for_the_most_that_may_arise():
    rule = terms(fixed=5, repeat=Cadence("day", 10), most=2, bands=UK_BANDS)
    one = debt(spared=spared(("2026-01-02", "2026-01-15")))
    assert shown(fees_due(rule, one, day("2026-12-31"))) == [(1, "2026-01-22", "75.00"), (2, "2026-02-01", "5.00")]


def test_case_C10_a_debt_that_was_paid_came_back_and_was_paid_again_bears_all_its_days():
    rule = terms(yearly_rate=12, closing=True)
    first = fees_due(rule, debt(("2026-01-01", 1000), ("2026-01-21", 0)), day("2026-01-25"))
    assert shown(first) == [(1, "2026-01-21", "6.58")]
    known = tuple(EarlierFee(fee.day, fee.amount, fee.amount) for fee in first)
    again = debt(("2026-01-01", 1000), ("2026-04-01", 0), earlier=known)
    [rest] = fees_due(rule, again, day("2026-06-01"))
    assert (rest.day, str(rest.amount + first[0].amount)) == (day("2026-04-01"), "29.59")
    assert str(rest.segments[0].first) == "2026-01-22"


def test_case_C10_compensation_is_owed_once_however_often_a_payment_comes_back():
    rule = terms(yearly_rate="36.5", bands=UK_BANDS, closing=True)
    known = (EarlierFee(day("2026-01-11"), 80, 0),)
    again = debt(("2026-01-01", 1000), ("2026-01-31", 0), earlier=known)
    assert [str(fee.amount) for fee in fees_due(rule, again, day("2026-02-01"))] == ["20.00"]


def test_case_C10_a_payment_entered_long_after_its_day_bears_the_same_interest():
    rule = terms(yearly_rate=12, closing=True)
    one = debt(("2026-01-01", 1000), ("2026-07-20", 0))
    for looked in ("2026-07-20", "2026-12-31", "2029-01-01"):
        assert shown(fees_due(rule, one, day(looked))) == [(1, "2026-07-20", "65.75")]


def test_case_C22_fees_of_other_days_do_not_stand_for_one_that_arises_now():
    rule = terms(fixed=25, repeat=Cadence("month"))
    earlier = tuple(EarlierFee(day(when), 25, 25) for when in ("2026-01-11", "2026-02-11", "2026-03-11"))
    planned = debt(due="2026-04-11", earlier=earlier)
    assert shown(fees_due(rule, planned, day("2026-04-12"))) == [(1, "2026-04-12", "25.00")]


@pytest.mark.parametrize(
    ("given_terms", "expected"),
    [
        # the fee of the 8th stands for a moment that is gone: of two there may be one more
        ({"repeat": Cadence("day", 10), "most": 2}, ["2026-01-12"]),
        ({"repeat": Cadence("day", 10), "most": 3}, ["2026-01-12", "2026-01-22"]),
        ({"repeat": Cadence("day", 10)}, ["2026-01-12", "2026-01-22", "2026-02-01"]),
        ({}, []),
    ],
)
def test_case_C22_a_fee_whose_moment_is_gone_is_one_of_the_most_that_may_arise(given_terms, expected):
    moved = debt(due="2026-01-11", earlier=(EarlierFee(day("2026-01-08"), 25, 25),))
    found = fees_due(terms(fixed=25, **given_terms), moved, day("2026-02-05"))
    assert [str(fee.day) for fee in found] == expected


# -- looked at again ---------------------------------------------------------------------------------------------------


def looked_at(rule, charged_on, known, as_of, rates=None, **more):
    """What is left of the last fee of a debt, once more of its debt is known: (charged, left)."""
    fee = fees_due(rule, charged_on, day(as_of), rates)[-1]
    found = look_again(rule, known, describe_late_fee(rule, charged_on, fee), **more)
    return str(fee.amount), str(found.amount) if found else None


@pytest.mark.parametrize(
    ("given_terms", "expected"),
    [
        ({"percent": 5}, ("50.00", "30.00")),
        ({"percent": 5, "minimum": 40}, ("50.00", "40.00")),
        ({"percent": 5, "cap": 35}, ("35.00", "30.00")),
        ({"percent": 5, "cap": 20}, ("20.00", "20.00")),
        ({"percent": 5, "total_cap": 35}, ("35.00", "30.00")),
        ({"fixed": 25}, ("25.00", "25.00")),
        ({"fixed": 5, "percent": 5}, ("55.00", "35.00")),
        ({"bands": UK_BANDS}, ("70.00", "40.00")),
    ],
)
def test_case_C16_a_part_paid_in_time_makes_a_fee_lower(given_terms, expected):
    rule = terms(**given_terms)
    assert looked_at(rule, debt(), debt(("2026-01-01", 600)), "2026-01-02") == expected


def test_case_C16_what_is_looked_at_again_says_of_what_it_is_worked_out():
    rule = terms(percent=5, bands=UK_BANDS)
    fee = fees_due(rule, debt(), day("2026-01-02"))[-1]
    found = look_again(rule, debt(("2026-01-01", 600)), describe_late_fee(rule, debt(), fee))
    parts = [(part.code, part.base, part.rate, part.amount) for part in found.parts]
    assert parts == [("percent", 600, 5, 30), ("compensation", 600, 0, 40)]
    assert (found.base, found.added, str(found.amount)) == (600, 0, "70.00")


def test_case_C16_of_a_fee_on_fees_what_was_added_counts_no_higher_than_it_did():
    rule = terms(percent=10, compound=True, repeat=Cadence("day", 10))
    charged = debt(earlier=(EarlierFee(day("2026-01-02"), 50, 50),))
    [fee] = fees_due(rule, charged, day("2026-01-12"))
    described = describe_late_fee(rule, charged, fee)
    assert (fee.base, str(fee.amount)) == (1050, "105.00")
    for added, base in ((50, 650), (20, 620), (70, 650)):
        found = look_again(rule, debt(("2026-01-01", 600)), described, added)
        assert (found.base, found.amount) == (base, base / 10)


def test_case_C16_a_part_paid_later_makes_no_fee_lower_and_what_came_back_makes_none_higher():
    rule = terms(percent=5)
    assert looked_at(rule, debt(), debt(("2026-01-01", 1000), ("2026-01-03", 600)), "2026-01-02") == ("50.00", "50.00")
    assert looked_at(rule, debt(("2026-01-01", 600)), debt(), "2026-01-02") == ("30.00", "30.00")


def test_case_C16_a_fee_is_looked_at_by_the_terms_of_its_charge():
    fee = fees_due(terms(percent=5, minimum=10), debt(), day("2026-01-02"))[-1]
    described = describe_late_fee(terms(percent=5, minimum=10), debt(), fee)
    now = terms(percent=9, minimum=70, cap=80, closing=True)
    assert str(look_again(now, debt(("2026-01-01", 600)), described).amount) == "30.00"
    assert str(look_again(now, debt(("2026-01-01", 100)), described).amount) == "10.00"


def test_case_C16_interest_is_lower_from_the_day_after_the_payment():
    rule = terms(yearly_rate="36.5", repeat=Cadence("month"))
    known = debt(("2026-01-01", 1000), ("2026-01-12", 400))
    charged = debt()
    fee = fees_due(rule, charged, day("2026-02-02"))[-1]
    found = look_again(rule, known, describe_late_fee(rule, charged, fee))
    assert str(fee.amount) == "31.00"
    assert [(str(one.first), one.days, one.base) for one in found.segments] == [
        ("2026-01-03", 10, 1000), ("2026-01-13", 21, 400)
    ]  # fmt: skip
    assert str(found.amount) == "18.40"


def test_case_C16_interest_at_the_rates_of_its_charge():
    rule = terms(yearly_rate="8", closing=True)
    charged = debt(("2024-11-01", 36500), ("2024-11-11", 0), due="2024-11-01")
    known = debt(("2024-11-01", 36500), ("2024-11-06", 18250), ("2024-11-11", 0), due="2024-11-01")
    assert looked_at(rule, charged, known, "2024-11-11", BASE_RATE) == ("128.75", "96.88")


def test_case_C16_earlier_fees_that_bore_a_fee_count_with_what_is_left_of_them():
    rule = terms(percent=2, compound=True, repeat=Cadence("month"))
    first = fees_due(rule, debt(), day("2026-01-02"))[0]
    charged = debt(earlier=(EarlierFee(first.day, first.amount, first.amount),))
    known = debt(("2026-01-01", 500))
    assert looked_at(rule, charged, known, "2026-02-02", added=Fraction(10)) == ("20.40", "10.20")


def test_case_C8_days_that_were_spared_give_back_their_interest_each_once():
    rule = terms(yearly_rate="36.5", closing=True)
    steps = (("2026-01-01", 1000), ("2026-01-21", 0))
    both = spared(("2026-01-03", "2026-01-10"), ("2026-01-08", "2026-01-12"), ("2026-01-13", "2026-01-14"))
    assert looked_at(rule, debt(*steps), debt(*steps, spared=both), "2026-01-21") == ("20.00", "8.00")
    wholly = spared(("2026-01-01", "2026-01-12"), ("2026-01-10", "2026-01-31"))
    assert looked_at(rule, debt(*steps), debt(*steps, spared=wholly), "2026-01-21") == ("20.00", None)


def test_case_C8_no_minimum_is_charged_where_all_days_were_spared():
    rule = terms(yearly_rate="36.5", closing=True, minimum=5)
    steps = (("2026-01-01", 1000), ("2026-01-21", 0))
    wholly = spared(("2026-01-01", "2026-01-12"), ("2026-01-13", "2026-01-31"))
    assert fees_due(rule, debt(*steps, spared=wholly), day("2026-02-10")) == ()
    assert looked_at(rule, debt(*steps), debt(*steps, spared=wholly), "2026-01-21") == ("20.00", None)
