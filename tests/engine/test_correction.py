"""Adjustments: what should have been billed minus what was billed, each due on the day of its change."""

from dataclasses import replace
from fractions import Fraction

import pytest
from engine_builders import as_billed, day, exact, line, period, shown

from online_billing.engine import Anchor, Billed, PerUnit, PriceVersion, due

JANUARY = [Billed(day("2026-01-01"), "period", 0, 31)]
FEBRUARY = day("2026-02-01")


def recheck(terms, until, billed=JANUARY, billed_until=FEBRUARY, recheck_from="2026-01-01"):
    return shown(due(terms, day(until), billed_until, billed, day(recheck_from)))


def quantities(*dated):
    return tuple((day(text), quantity) for text, quantity in dated)


def test_what_did_not_change_is_not_adjusted():
    assert recheck(line(), "2026-01-31") == []


def test_more_units_are_charged_from_the_day_of_the_change():
    terms = line(quantities=quantities(("2026-01-01", 1), ("2026-01-11", 2)))
    assert recheck(terms, "2026-01-10") == []
    assert recheck(terms, "2026-01-11") == [("adjustment:2026-01-01:1", "2026-01-11", "21.00")]


def test_fewer_units_are_credited_from_the_day_of_the_change():
    terms = line(quantities=quantities(("2026-01-01", 1), ("2026-01-22", 0)))
    assert recheck(terms, "2026-01-31") == [("adjustment:2026-01-01:1", "2026-01-22", "-10.00")]


def test_unused_days_are_credited_when_the_line_ends():
    terms = line(end="2026-01-22")
    assert recheck(terms, "2026-01-21") == []
    assert recheck(terms, "2026-01-31") == [("adjustment:2026-01-01:1", "2026-01-22", "-10.00")]


def test_unused_days_are_kept_where_the_terms_say_so():
    assert recheck(line(end="2026-01-22", credit_unused=False), "2026-01-31") == []
    fewer = quantities(("2026-01-01", 1), ("2026-01-11", 0), ("2026-01-22", 2))
    terms = line(credit_unused=False, quantities=fewer)
    # 10 days at 1, 11 days at 0, 10 days at 2 are 30.00, and 31.00 were paid
    assert recheck(terms, "2026-01-31") == []
    more = line(credit_unused=False, quantities=(*fewer[:2], (day("2026-01-22"), 3)))
    assert recheck(more, "2026-01-31") == [("adjustment:2026-01-01:1", "2026-01-22", "9.00")]


def test_a_line_that_never_was_is_credited_in_full():
    for end in ("2026-01-01", "2025-12-15"):
        (item,) = due(line(end=end), day("2026-01-31"), FEBRUARY, JANUARY, day("2026-01-01"))
        assert shown([item]) == [("adjustment:2026-01-01:1", "2026-01-01", "-31.00")]
        assert (item.service.days, item.segments, item.quantity, item.ratio) == (0, (), 0, 0)
        assert item.version_identifier is None


def test_periods_billed_ahead_are_credited_when_the_line_ends_before_them():
    billed = [*JANUARY, Billed(day("2026-02-01"), "period", 0, 31)]
    assert recheck(line(end="2026-01-22"), "2026-02-28", billed, day("2026-03-01")) == [
        ("adjustment:2026-01-01:1", "2026-01-22", "-10.00"),
        ("adjustment:2026-02-01:1", "2026-02-01", "-31.00"),
    ]


def test_an_end_that_is_taken_back_charges_the_days_again():
    billed = [*JANUARY, Billed(day("2026-01-01"), "adjustment", 1, -10)]
    assert recheck(line(), "2026-01-25", billed) == [("adjustment:2026-01-01:2", "2026-01-01", "10.00")]


def test_each_change_is_an_adjustment_of_its_own_day():
    terms = line(quantities=quantities(("2026-01-01", 1), ("2026-01-11", 2), ("2026-01-21", 3)), end="2026-01-31")
    assert recheck(terms, "2026-01-31") == [
        ("adjustment:2026-01-01:1", "2026-01-11", "21.00"),
        ("adjustment:2026-01-01:2", "2026-01-21", "11.00"),
        ("adjustment:2026-01-01:3", "2026-01-31", "-3.00"),
    ]


def test_what_was_adjusted_before_is_not_adjusted_again():
    terms = line(quantities=quantities(("2026-01-01", 1), ("2026-01-11", 2), ("2026-01-21", 3)))
    once = [*JANUARY, Billed(day("2026-01-01"), "adjustment", 1, 21)]
    assert recheck(terms, "2026-01-20", once) == []
    assert recheck(terms, "2026-01-21", once) == [("adjustment:2026-01-01:2", "2026-01-21", "11.00")]


def test_a_change_that_was_known_when_the_period_was_billed_is_not_adjusted():
    terms = line(quantities=quantities(("2026-01-01", 1), ("2026-01-11", 2)), end="2026-01-22")
    billed = due(terms, day("2026-01-01"))
    assert recheck(terms, "2026-01-05", as_billed(billed)) == []
    assert recheck(terms, "2026-12-31", as_billed(billed)) == []


def test_a_later_end_does_not_hold_back_an_earlier_change():
    terms = line(quantities=quantities(("2026-01-01", 1), ("2026-01-11", 2)), end="2026-01-29")
    assert recheck(terms, "2026-01-12") == [("adjustment:2026-01-01:1", "2026-01-11", "21.00")]


def test_a_price_that_is_corrected_for_the_past_is_adjusted_at_once():
    terms = line(price="62")
    assert recheck(terms, "2026-01-01") == [("adjustment:2026-01-01:1", "2026-01-01", "31.00")]
    assert recheck(terms, "2025-12-31") == []


def test_a_correction_of_the_past_counts_changes_that_are_still_to_come():
    terms = line(price="62", end="2026-01-22")
    assert recheck(terms, "2026-01-05") == [("adjustment:2026-01-01:1", "2026-01-01", "11.00")]
    assert recheck(terms, "2026-01-25") == [("adjustment:2026-01-01:1", "2026-01-22", "11.00")]


def test_only_periods_with_days_from_the_asked_day_on_are_checked():
    terms = line(price="62")
    assert recheck(terms, "2026-01-31", recheck_from="2026-01-31") != []
    assert recheck(terms, "2026-01-31", recheck_from="2026-02-01") == []
    assert shown(due(terms, day("2026-01-31"), FEBRUARY, JANUARY)) == []


def test_adjustments_come_in_order_with_the_periods_that_fall_due():
    terms = line(quantities=quantities(("2026-01-01", 1), ("2026-01-11", 2)))
    assert recheck(terms, "2026-02-01") == [
        ("adjustment:2026-01-01:1", "2026-01-11", "21.00"),
        ("period:2026-02-01", "2026-02-01", "62.00"),
    ]
    late = line(quantities=quantities(("2026-01-01", 1), ("2026-01-11", 2)), timing="arrears")
    assert recheck(late, "2026-03-01") == [
        ("adjustment:2026-01-01:1", "2026-02-01", "21.00"),
        ("period:2026-02-01", "2026-03-01", "62.00"),
    ]


def test_in_arrears_an_adjustment_is_not_due_before_its_period():
    terms = line(quantities=quantities(("2026-01-01", 1), ("2026-01-11", 2)), timing="arrears")
    assert recheck(terms, "2026-01-31") == []
    assert recheck(terms, "2026-02-01") == [("adjustment:2026-01-01:1", "2026-02-01", "21.00")]


def test_without_proration_days_are_neither_charged_nor_credited():
    terms = line(prorate=False, quantities=quantities(("2026-01-01", 1), ("2026-01-11", 2)), end="2026-01-22")
    assert recheck(terms, "2026-01-31") == []


def test_a_change_on_the_first_day_of_a_period_is_no_change_within_it():
    terms = line(quantities=quantities(("2025-12-01", 1), ("2026-01-01", 2)))
    assert recheck(terms, "2026-01-31") == [("adjustment:2026-01-01:1", "2026-01-01", "31.00")]
    later = line(quantities=quantities(("2026-01-01", 1), ("2026-02-01", 2)))
    assert recheck(later, "2026-01-31") == []


def test_the_trial_that_is_extended_gives_its_days_back():
    terms = line(trial_end=day("2026-01-11"))
    assert recheck(terms, "2026-01-31") == [("adjustment:2026-01-01:1", "2026-01-11", "-10.00")]


def test_a_bridge_is_corrected_for_its_own_days_alone():
    moved = line("2026-01-01", anchor=Anchor(day("2026-01-01"), 7), price="28")
    (bridge,) = due(moved, day("2026-03-01"), billed_until=day("2026-03-01"))
    ended = replace(moved, end=day("2026-03-05"))
    assert bridge.amount == 6
    assert recheck(ended, "2026-03-06", as_billed([bridge]), bridge.period.end, "2026-03-01") == [
        ("adjustment:2026-03-01:1", "2026-03-05", "-2.00")
    ]


def test_an_adjustment_shows_what_the_whole_period_should_cost():
    terms = line(quantities=quantities(("2026-01-01", 1), ("2026-01-11", 2)))
    (item,) = due(terms, day("2026-01-31"), FEBRUARY, JANUARY, day("2026-01-01"))
    assert (item.kind, item.sequence, item.amount) == ("adjustment", 1, 21)
    assert (item.period, item.service) == (period("2026-01-01", "2026-02-01"), period("2026-01-01", "2026-02-01"))
    assert sum(segment.amount for segment in item.segments) == 52
    assert (item.quantity, item.ratio, item.version_identifier) == (2, 1, "v1")


def test_amounts_that_were_stored_rounded_are_compared_rounded():
    terms = line("2026-01-11", price="50")
    rounded = [Billed(day("2026-01-01"), "period", 0, "33.87")]
    ended = replace(terms, end=day("2026-01-22"))
    checked = {"billed_until": FEBRUARY, "billed": rounded, "recheck_from": day("2026-01-01"), "digits": 2}
    assert due(terms, day("2026-01-31"), **checked) == ()
    # The line goes on until its end, and so does its price: no credit before.
    assert due(ended, day("2026-01-21"), **checked) == ()
    (credit,) = due(ended, day("2026-01-22"), **checked)
    assert shown([credit]) == [("adjustment:2026-01-01:1", "2026-01-22", "-16.13")]
    assert credit.amount + exact("33.87") == Fraction(50 * 11, 31)
    credited = [*rounded, Billed(day("2026-01-01"), "adjustment", 1, "-16.13")]
    assert due(ended, day("2026-01-31"), **{**checked, "billed": credited}) == ()


def test_up_and_back_on_the_same_day_costs_nothing():
    terms = line(quantities=quantities(("2026-01-01", 1), ("2026-01-11", 5), ("2026-01-11", 1)))
    assert recheck(terms, "2026-01-31") == []


@pytest.mark.parametrize("end", ["2026-01-20", "2026-01-01"])
def test_a_single_item_is_credited_in_full_when_its_line_never_began(end):
    ended = line("2026-01-20", once=True, end=end)
    billed = [Billed(day("2026-01-20"), "once", 0, 31)]
    assert recheck(ended, "2026-01-19", billed, None) == []
    assert recheck(ended, "2026-01-20", billed, None) == [("adjustment:2026-01-20:1", "2026-01-20", "-31.00")]
    credited = [*billed, Billed(day("2026-01-20"), "adjustment", 1, -31)]
    assert recheck(ended, "2026-12-31", credited, None) == []
    kept = replace(ended, credit_unused=False)
    assert recheck(kept, "2026-12-31", billed, None) == []


def test_a_single_item_is_never_prorated_or_repriced():
    billed = [Billed(day("2026-01-20"), "once", 0, 31)]
    for changed in (
        line("2026-01-20", once=True, end="2026-01-21"),
        line("2026-01-20", once=True),
        line("2026-01-20", once=True, prices=((day("2026-01-01"), PriceVersion(PerUnit(99))),)),
    ):
        assert recheck(changed, "2026-12-31", billed, None) == []


def given_back(amount, billed=31):
    """Return January billed in advance, of which so much stands no longer."""
    return [
        Billed(day("2026-01-01"), "period", 0, billed),
        Billed(day("2026-01-01"), "adjustment", 0, 0, given_up=amount),
    ]


def test_case_B2_what_stands_no_longer_is_not_credited_again():
    ended = line(end="2026-01-22")  # 10 days are not used
    assert recheck(ended, "2026-01-31", given_back(31)) == []
    assert recheck(ended, "2026-01-31", given_back(10)) == []
    assert recheck(ended, "2026-01-31", given_back(4)) == [("adjustment:2026-01-01:1", "2026-01-22", "-6.00")]
    assert recheck(line(end="2026-01-01"), "2026-01-31", given_back(31)) == []
    assert recheck(line(end="2026-01-01"), "2026-01-31", given_back(11)) == [
        ("adjustment:2026-01-01:1", "2026-01-01", "-20.00")
    ]


def test_case_B2_a_voided_charge_is_not_credited():
    voided = [Billed(day("2026-01-01"), "period", 0, 31, given_up=31)]
    assert recheck(line(end="2026-01-22"), "2026-01-31", voided) == []


def test_case_B2_more_units_are_charged_by_their_difference_alone():
    terms = line(quantities=quantities(("2026-01-01", 1), ("2026-01-11", 2)))
    assert recheck(terms, "2026-01-11", given_back(31)) == [("adjustment:2026-01-01:1", "2026-01-11", "21.00")]
    fewer_then_more = line(quantities=quantities(("2026-01-01", 1), ("2026-01-11", 0), ("2026-01-22", 1)))
    assert recheck(fewer_then_more, "2026-01-21", given_back(31)) == []


def test_case_B2_a_credit_after_a_partial_one_is_found_again():
    """Having credited what was left to credit, the next look finds nothing to do."""
    ended = line(end="2026-01-22")
    credited = [*given_back(4), Billed(day("2026-01-01"), "adjustment", 1, -6)]
    assert recheck(ended, "2026-01-31", credited) == []


def test_case_B2_a_credit_that_was_voided_is_not_made_anew():
    ended = line(end="2026-01-22")
    voided = [*JANUARY, Billed(day("2026-01-01"), "adjustment", 1, -10, given_up=-10)]
    assert recheck(ended, "2026-01-31", voided) == []
