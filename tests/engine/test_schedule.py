"""What falls due on a line up to a day."""

from datetime import date
from fractions import Fraction

import pytest
from engine_builders import MONTHLY, as_billed, day, exact, line, period, refused, shown

from online_billing.engine import (
    Adjustments,
    Anchor,
    Billed,
    Cadence,
    Flat,
    Graduated,
    PerUnit,
    PriceVersion,
    Tier,
    Timing,
    anchor_for,
    due,
    forecast,
    next_due_date,
)


def bill(terms, until, **more):
    return shown(due(terms, day(until), **more))


def versions(*dated):
    return tuple((day(text), PriceVersion(PerUnit(price), identifier=text)) for text, price in dated)


# -- which periods, and when -------------------------------------------------------------------------------------------


def test_in_advance_a_period_falls_due_on_its_first_day():
    assert bill(line(), "2025-12-31") == []
    assert bill(line(), "2026-01-01") == [("period:2026-01-01", "2026-01-01", "31.00")]


def test_in_arrears_a_period_falls_due_on_the_day_after_its_last():
    assert bill(line(timing="arrears"), "2026-01-31") == []
    assert bill(line(timing=Timing.arrears), "2026-02-01") == [("period:2026-01-01", "2026-02-01", "31.00")]


def test_in_arrears_a_period_can_fall_due_on_its_last_day():
    terms = line(timing="arrears", arrears_same_day=True)
    assert bill(terms, "2026-01-30") == []
    assert bill(terms, "2026-01-31") == [("period:2026-01-01", "2026-01-31", "31.00")]
    assert bill(line(arrears_same_day=True), "2026-01-01") == [("period:2026-01-01", "2026-01-01", "31.00")]


def test_every_missed_period_is_billed_in_order():
    assert bill(line(), "2026-03-15") == [
        ("period:2026-01-01", "2026-01-01", "31.00"),
        ("period:2026-02-01", "2026-02-01", "31.00"),
        ("period:2026-03-01", "2026-03-01", "31.00"),
    ]


def test_billing_goes_on_where_it_stopped():
    assert bill(line(), "2026-02-28", billed_until=day("2026-02-01")) == [("period:2026-02-01", "2026-02-01", "31.00")]
    assert bill(line(), "2026-02-28", billed_until=day("2026-03-01")) == []


def test_a_period_that_is_known_as_billed_is_not_billed_again():
    billed = [Billed(day("2026-01-01"), "period", 0, 31)]
    assert bill(line(), "2026-02-28", billed=billed) == [("period:2026-02-01", "2026-02-01", "31.00")]


def test_a_line_that_starts_within_a_period_pays_the_days_from_there():
    assert bill(line("2026-01-11"), "2026-01-31") == [("period:2026-01-01", "2026-01-11", "21.00")]
    assert bill(line("2026-01-11", timing="arrears"), "2026-02-01") == [("period:2026-01-01", "2026-02-01", "21.00")]


def test_a_line_that_ends_within_a_period_pays_the_days_up_to_there():
    terms = line(end="2026-02-15", price="28")
    assert bill(terms, "2026-12-31")[1:] == [("period:2026-02-01", "2026-02-01", "14.00")]
    arrears = line(end="2026-02-15", price="28", timing="arrears")
    assert bill(arrears, "2026-12-31")[1:] == [("period:2026-02-01", "2026-02-15", "14.00")]


def test_a_line_that_ends_with_a_period_has_no_part_of_the_next():
    assert [key for key, _due, _amount in bill(line(end="2026-02-01"), "2026-12-31")] == ["period:2026-01-01"]


@pytest.mark.parametrize("end", ["2026-01-10", "2026-01-09"])
def test_a_line_that_ends_before_it_costs_anything_is_never_billed(end):
    terms = line("2026-01-10", end=end)
    assert bill(terms, "2026-12-31") == []
    assert next_due_date(terms) is None


def test_the_trial_costs_nothing_and_the_rest_of_its_period_is_prorated():
    terms = line("2026-01-01", trial_end=day("2026-01-11"))
    assert terms.first_charged_day == day("2026-01-11")
    assert bill(terms, "2026-02-01") == [
        ("period:2026-01-01", "2026-01-11", "21.00"),
        ("period:2026-02-01", "2026-02-01", "31.00"),
    ]


def test_a_trial_over_several_periods_skips_them():
    terms = line("2026-01-01", trial_end=day("2026-03-01"))
    assert bill(terms, "2026-03-01") == [("period:2026-03-01", "2026-03-01", "31.00")]


def test_a_trial_that_ended_before_the_start_means_nothing():
    assert line("2026-01-11", trial_end=day("2026-01-05")).first_charged_day == day("2026-01-11")


def test_the_31st_is_billed_on_the_last_day_of_short_months():
    terms = line("2026-01-31", anchor=Anchor(day("2026-01-31")))
    assert [due_date for _key, due_date, _amount in bill(terms, "2026-05-30")] == [
        "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30",
    ]  # fmt: skip


def test_a_moved_anchor_leaves_a_bridge_that_is_charged_once():
    moved = line("2026-01-01", anchor=Anchor(day("2026-01-01"), 7), price="30")
    (bridge, following) = due(moved, day("2026-03-07"), billed_until=day("2026-03-01"))
    assert bridge.period == period("2026-02-07", "2026-03-07")
    assert bridge.service == period("2026-03-01", "2026-03-07")
    assert bridge.ratio == Fraction(6, 28)
    assert shown([bridge, following]) == [
        ("period:2026-03-01", "2026-03-01", "6.43"),
        ("period:2026-03-07", "2026-03-07", "30.00"),
    ]


def test_the_key_of_a_bridge_is_never_that_of_a_billed_period():
    yearly = line(
        "2026-01-01", cadence=Cadence("year"), anchor=anchor_for("calendar", day("2026-01-01"), Cadence("year"))
    )
    assert bill(yearly, "2026-03-01", billed_until=day("2026-03-01")) == [("period:2026-03-01", "2026-03-01", "25.99")]


# -- how much ----------------------------------------------------------------------------------------------------------


def test_a_change_of_quantity_splits_the_period_into_segments():
    terms = line(quantities=((day("2026-01-01"), 1), (day("2026-01-11"), 3)))
    (item, *_rest) = due(terms, day("2026-01-31"))
    assert [(segment.service, segment.quantity, segment.amount) for segment in item.segments] == [
        (period("2026-01-01", "2026-01-11"), 1, 10),
        (period("2026-01-11", "2026-02-01"), 3, 63),
    ]
    assert (item.amount, item.quantity, item.ratio) == (73, 3, 1)


def test_the_last_of_several_changes_on_one_day_counts():
    terms = line(quantities=((day("2026-01-01"), 1), (day("2026-01-11"), 9), (day("2026-01-11"), 1)))
    assert bill(terms, "2026-01-31") == [("period:2026-01-01", "2026-01-01", "31.00")]
    at_start = line(quantities=((day("2026-01-01"), 9), (day("2026-01-01"), 2)))
    assert bill(at_start, "2026-01-31") == [("period:2026-01-01", "2026-01-01", "62.00")]
    up_twice = line(quantities=((day("2026-01-01"), 1), (day("2026-01-11"), 9), (day("2026-01-11"), 2)))
    (item,) = due(up_twice, day("2026-01-31"))
    assert [(segment.service.days, segment.quantity) for segment in item.segments] == [(10, 1), (21, 2)]


def test_a_change_to_the_same_quantity_splits_nothing():
    terms = line(quantities=((day("2026-01-01"), 1), (day("2026-01-11"), 1)))
    assert len(due(terms, day("2026-01-31"))[0].segments) == 1


def test_changes_on_the_first_day_and_after_the_last_split_nothing():
    terms = line(end="2026-01-21", quantities=((day("2026-01-01"), 2), (day("2026-01-21"), 9)))
    assert bill(terms, "2026-01-31") == [("period:2026-01-01", "2026-01-01", "40.00")]


def test_quantity_zero_costs_nothing_but_is_billed_as_a_period():
    assert bill(line(quantity=0), "2026-01-31") == [("period:2026-01-01", "2026-01-01", "0.00")]


def test_a_running_line_keeps_the_version_with_which_its_period_began():
    prices = versions(("2025-01-01", "31"), ("2026-01-11", "62"), ("2026-03-01", "93"))
    items = due(line(prices=prices), day("2026-03-31"))
    assert [(item.amount, item.version_identifier) for item in items] == [
        (31, "2025-01-01"), (62, "2026-01-11"), (93, "2026-03-01"),
    ]  # fmt: skip


def test_a_line_begins_with_the_version_of_its_start_though_its_period_began_before():
    prices = versions(("2025-01-01", "31"), ("2026-01-11", "62"))
    assert bill(line("2026-01-11", prices=prices), "2026-01-31") == [("period:2026-01-01", "2026-01-11", "42.00")]


def test_of_two_versions_from_one_day_the_last_one_counts():
    prices = versions(("2025-01-01", "31"), ("2025-01-01", "62"))
    assert bill(line(prices=prices), "2026-01-31") == [("period:2026-01-01", "2026-01-01", "62.00")]


def test_without_proration_a_started_period_costs_its_full_price():
    for terms in (
        line("2026-01-20", prorate=False, quantities=((day("2026-01-20"), 2), (day("2026-01-25"), 5))),
        line("2026-01-20", basis="none", quantities=((day("2026-01-20"), 2), (day("2026-01-25"), 5))),
    ):
        (item, following) = due(terms, day("2026-02-01"))
        assert (item.amount, item.ratio, item.quantity, len(item.segments)) == (62, 1, 2, 1)
        assert following.amount == 155


def test_a_full_period_is_never_prorated_whatever_the_basis():
    for basis in ("actual", "actual_360", "thirty_360", "months_then_days"):
        amounts = [item.amount for item in due(line(basis=basis), day("2026-03-01"))]
        assert amounts == [31, 31, 31]


def test_a_part_of_a_period_never_costs_more_than_all_of_it():
    quarter = Cadence("month", 3)
    terms = line("2026-07-02", cadence=quarter, anchor=Anchor(day("2026-07-01")), basis="actual_360", price="90")
    assert bill(terms, "2026-07-02") == [("period:2026-07-01", "2026-07-02", "90.00")]


def test_the_360_bases_count_a_fixed_month():
    assert bill(line("2026-01-11", basis="actual_360", price="30"), "2026-01-31")[0][2] == "21.00"
    assert bill(line("2026-01-11", basis="thirty_360", price="30"), "2026-01-31")[0][2] == "20.00"
    assert bill(line("2026-01-11", basis="actual_360", price="28", month_days=28), "2026-01-31")[0][2] == "21.00"


def test_four_weeks_are_not_a_month_even_in_february():
    weeks = Cadence("week", 4)
    terms = line("2027-02-08", cadence=weeks, anchor=Anchor(day("2027-02-01")), basis="actual_360", price="28")
    assert bill(terms, "2027-02-08") == [("period:2027-02-01", "2027-02-08", "21.00")]


def test_any_price_model_serves_a_recurring_line():
    seats = PriceVersion(Graduated([Tier(5, unit_price=10), Tier(unit_price=8)]), Adjustments(discount_percent=50))
    terms = line("2026-01-17", prices=((day("2026-01-01"), seats),), quantity=7)
    assert due(terms, day("2026-01-31"))[0].amount == Fraction(66, 2) * Fraction(15, 31)
    flat = line(prices=((day("2026-01-01"), PriceVersion(Flat(20))),), quantity=7)
    assert bill(flat, "2026-01-31") == [("period:2026-01-01", "2026-01-01", "20.00")]


def test_an_amount_that_no_invoice_can_carry_is_refused():
    with refused("money.too_large"):
        due(line(price="999999999999", quantity=2), day("2026-01-31"))


# -- once --------------------------------------------------------------------------------------------------------------


def test_a_single_item_falls_due_on_the_first_day_in_full():
    terms = line("2026-01-20", once=True, timing="arrears", quantity=2)
    assert bill(terms, "2026-01-19") == []
    (item,) = due(terms, day("2026-12-31"))
    assert shown([item]) == [("once:2026-01-20", "2026-01-20", "62.00")]
    assert item.service == item.period == period("2026-01-20", "2026-01-21")
    assert next_due_date(terms) == day("2026-01-20")


def test_a_single_item_waits_for_the_end_of_the_trial():
    terms = line("2026-01-20", once=True, trial_end=day("2026-02-03"))
    assert bill(terms, "2026-12-31") == [("once:2026-02-03", "2026-02-03", "31.00")]


def test_a_single_item_is_billed_once():
    terms = line("2026-01-20", once=True)
    (item,) = due(terms, day("2026-01-20"))
    assert bill(terms, "2026-12-31", billed=as_billed([item])) == []
    assert bill(terms, "2026-12-31", billed_until=item.period.end) == []
    assert next_due_date(terms, item.period.end) is None
    assert bill(terms, "2026-12-31", billed_until=day("2026-01-20")) == shown([item])


def test_a_single_item_of_a_line_that_ended_before_is_not_billed():
    assert bill(line("2026-01-20", once=True, end="2026-01-20"), "2026-12-31") == []
    assert len(bill(line("2026-01-20", once=True, end="2026-01-21"), "2026-12-31")) == 1


# -- looking ahead -----------------------------------------------------------------------------------------------------


def test_the_next_due_date_is_the_one_of_the_first_unbilled_period():
    assert next_due_date(line("2026-01-11")) == day("2026-01-11")
    assert next_due_date(line("2026-01-11"), day("2026-02-01")) == day("2026-02-01")
    assert next_due_date(line(timing="arrears"), day("2026-02-01")) == day("2026-03-01")
    assert next_due_date(line(end="2026-02-01"), day("2026-02-01")) is None


def test_the_forecast_shows_the_next_items():
    assert shown(forecast(line("2026-01-11"), day("2026-01-01"), 2)) == [
        ("period:2026-01-01", "2026-01-11", "21.00"),
        ("period:2026-02-01", "2026-02-01", "31.00"),
    ]
    assert [item.key for item in forecast(line(), day("2026-01-02"), 2)] == ["period:2026-02-01", "period:2026-03-01"]
    assert [item.key for item in forecast(line(), day("2026-02-01"), 1)] == ["period:2026-02-01"]


def test_the_forecast_in_arrears_begins_with_the_period_that_is_ending():
    found = forecast(line("2025-06-01", timing="arrears"), day("2026-02-01"), 2)
    assert [(item.key, item.due_date.isoformat()) for item in found] == [
        ("period:2026-01-01", "2026-02-01"),
        ("period:2026-02-01", "2026-03-01"),
    ]


def test_the_forecast_ends_with_the_line():
    assert len(forecast(line(end="2026-03-01"), day("2026-01-01"), 12)) == 2
    assert forecast(line(end="2026-03-01"), day("2027-01-01"), 12) == ()
    assert forecast(line(), day("2026-01-01"), 0) == ()


def test_the_forecast_of_a_single_item_is_that_item_until_its_day_has_passed():
    terms = line("2026-01-20", once=True)
    assert [item.key for item in forecast(terms, day("2026-01-20"), 12)] == ["once:2026-01-20"]
    assert forecast(terms, day("2026-01-21"), 12) == ()


def test_a_forecast_of_less_than_nothing_is_refused():
    with refused("schedule.count_negative"):
        forecast(line(), day("2026-01-01"), -1)


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_a_line_without_a_quantity_or_a_price_in_force_cannot_be_billed():
    with refused("schedule.quantity_missing"):
        due(line(quantities=()), day("2026-01-01"))
    with refused("schedule.quantity_missing"):
        due(line(quantities=((day("2026-01-02"), 1),)), day("2026-01-01"))
    with refused("schedule.price_missing"):
        due(line(prices=()), day("2026-01-01"))
    with refused("schedule.price_missing"):
        due(line(prices=versions(("2026-01-02", "5"))), day("2026-01-01"))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"timing": "later"}, "schedule.timing_unknown"),
        ({"basis": "lunar"}, "proration.basis_unknown"),
        ({"trial_end": "2026-01-01"}, "period.not_a_date"),
        ({"quantities": ((date(2026, 1, 2), 1), (date(2026, 1, 1), 2))}, "schedule.not_in_order"),
        ({"prices": versions(("2026-01-02", "1"), ("2026-01-01", "1"))}, "schedule.not_in_order"),
        ({"quantities": ((date(2026, 1, 1), 1.5),)}, "money.is_float"),
    ],
)
def test_terms_that_make_no_sense_are_refused(values, code):
    with refused(code):
        line(**values)


def test_billed_items_are_of_a_known_kind_and_exact():
    with refused("schedule.kind_unknown"):
        Billed(day("2026-01-01"), "gift", 0, 1)
    with refused("money.is_float"):
        Billed(day("2026-01-01"), "period", 0, 1.0)
    assert Billed(day("2026-01-01"), "period", 0, "1.10").amount == exact("1.1")


def test_plain_text_and_enumeration_are_the_same_terms():
    assert line(timing="arrears", basis="thirty_360").timing is Timing.arrears
    assert line(cadence=MONTHLY) == line()
