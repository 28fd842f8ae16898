"""Why this amount: the breakdown as plain data."""

import json
from datetime import date
from fractions import Fraction

import pytest
from engine_builders import as_billed, day, line
from engine_strategies import usages, versions
from hypothesis import given

from online_billing.engine import (
    Adjustments,
    Basis,
    Flat,
    Graduated,
    PriceVersion,
    Tier,
    Usage,
    abbreviate,
    abbreviate_priced,
    as_exact,
    due,
    exact_text,
    explain,
    spell_out,
    spell_out_priced,
)
from online_billing.engine.period import ONE_DAY


def describe(item):
    """What is stored of an item, read back beside what its charge says."""
    served = item.affected or item.service
    charge = {
        "kind": item.kind,
        "sequence": item.sequence,
        "due_date": item.due_date,
        "version": item.version_identifier,
        "quantity": item.quantity,
        "period": (item.period.start, item.period.end - ONE_DAY),
        "service": (served.start, served.end - ONE_DAY),
    }
    return spell_out(json.loads(json.dumps(abbreviate(item))), charge)


def describe_priced(priced):
    return spell_out_priced(json.loads(json.dumps(abbreviate_priced(priced))))


def test_a_part_of_a_month_is_explained_by_its_days():
    (item,) = due(line("2026-08-10", price="50"), day("2026-08-31"))
    assert describe(item) == {
        "kind": "period",
        "sequence": 0,
        "due_date": "2026-08-10",
        "period": {"first": "2026-08-01", "last": "2026-08-31"},
        "service": {"first": "2026-08-10", "last": "2026-08-31"},
        "days_served": 22,
        "days_of_period": 31,
        "ratio": "22/31",
        "basis": "actual",
        "quantity": "1.00",
        "version": "v1",
        "amount": {"exact": "1100/31", "decimal": "35.4838709677"},
        "segments": [
            {
                "service": {"first": "2026-08-10", "last": "2026-08-31"},
                "days": 22,
                "quantity": "1.00",
                "ratio": "22/31",
                "price": {"exact": "50/1", "decimal": "50.00"},
                "amount": {"exact": "1100/31", "decimal": "35.4838709677"},
                "slices": [
                    {
                        "code": "unit",
                        "quantity": "1.00",
                        "unit_price": "50.00",
                        "flat": "0.00",
                        "lower": None,
                        "upper": None,
                        "amount": {"exact": "50/1", "decimal": "50.00"},
                    }
                ],
            }
        ],
    }


def test_one_day_has_a_first_and_a_last_one():
    (item,) = due(line("2026-08-31"), day("2026-08-31"))
    assert describe(item)["service"] == {"first": "2026-08-31", "last": "2026-08-31"}


def test_another_way_of_counting_days_is_kept():
    (item,) = due(line("2026-08-10", basis=Basis.thirty_360), day("2026-08-31"))
    found = describe(item)
    assert (found["basis"], found["ratio"]) == ("thirty_360", "7/10")


def test_tiers_are_explained_by_their_bounds():
    seats = PriceVersion(
        Graduated([Tier(5, unit_price=10, flat=3), Tier(unit_price="7.255")]), Adjustments(discount_percent=10)
    )
    (item,) = due(line(prices=((day("2026-01-01"), seats),), quantity=7), day("2026-01-31"))
    shown = [
        (entry["code"], entry["quantity"], entry["unit_price"], entry["flat"], entry["lower"], entry["upper"])
        for entry in describe(item)["segments"][0]["slices"]
    ]
    assert shown == [
        ("tier", "5.00", "10.00", "3.00", "0.00", "5.00"),
        ("tier", "2.00", "7.255", "0.00", "5.00", None),
        ("discount", "0.00", "0.00", "0.00", None, None),
    ]


def test_an_adjustment_and_a_full_credit_can_be_explained():
    billed = as_billed(due(line(), day("2026-01-01")))
    (item,) = due(line(end="2026-01-01"), day("2026-01-31"), day("2026-02-01"), billed, day("2026-01-01"))
    explained = describe(item)
    assert (explained["kind"], explained["sequence"]) == ("adjustment", 1)
    assert explained["service"] == {"first": "2026-01-01", "last": None}
    assert (explained["days_served"], explained["version"], explained["segments"]) == (0, None, [])
    assert explained["amount"]["decimal"] == "-31.00"


def test_usage_is_explained_by_its_slices():
    priced = PriceVersion(Graduated([Tier(unit_price=2)])).price(Usage(3))
    explained = describe_priced(priced)
    assert explained["amount"] == {"exact": "6/1", "decimal": "6.00"}
    assert [entry["amount"]["decimal"] for entry in explained["slices"]] == ["6.00"]


def test_decimals_are_shown_as_far_as_they_go():
    for number, expected in (("0.000123", "0.000123"), ("12.5", "12.50"), ("1/3", "0.3333333333"), ("100", "100.00")):
        priced = PriceVersion(Graduated([Tier(flat=number)])).price()
        assert describe_priced(priced)["amount"]["decimal"] == expected


@given(versions(), usages)
def test_every_explanation_is_json_and_gives_the_exact_amount_back(version, usage):
    priced = version.price(usage)
    explained = describe_priced(priced)
    assert as_exact(explained["amount"]["exact"]) == priced.amount
    assert sum(as_exact(entry["amount"]["exact"]) for entry in explained["slices"]) == priced.amount
    assert exact_text(Fraction(1, 3)) == "1/3"


def test_case_G9_nothing_is_stored_that_the_charge_or_the_rest_says():
    (item,) = due(line("2026-08-01", price="50", quantity=3), day("2026-08-01"))
    assert abbreviate(item) == {"p": "50.00"}
    (item,) = due(line("2026-08-10", price="50"), day("2026-08-31"))
    assert abbreviate(item) == {"r": "22/31", "p": "50.00"}


def test_case_G9_the_same_reason_is_the_same_in_every_month_and_for_every_customer():
    texts = {
        json.dumps(abbreviate(item))
        for start in ("2026-01-01", "2026-02-01", "2026-05-01")
        for item in due(line(start, price="9.99"), day("2026-12-31"))
    }
    assert len(texts) == 1


def test_case_G9_numbers_that_are_not_written_in_full_keep_their_exact_amount():
    for number in ("1/3", "0.00000000001", "22/7"):
        priced = PriceVersion(Graduated([Tier(unit_price=number, flat="1/7")])).price(Usage(3))
        found = describe_priced(priced)
        assert [as_exact(entry["amount"]["exact"]) for entry in found["slices"]] == [
            entry.amount for entry in priced.slices
        ]
        assert as_exact(found["amount"]["exact"]) == priced.amount


@given(versions(), usages)
def test_case_G9_every_slice_comes_back_as_it_was(version, usage):
    priced = version.price(usage)
    assert as_exact(describe_priced(priced)["amount"]["exact"]) == priced.amount
    for entry, found in zip(priced.slices, describe_priced(priced)["slices"], strict=True):
        assert found["code"] == entry.code
        assert as_exact(found["amount"]["exact"]) == entry.amount
        for name in ("quantity", "unit_price", "flat", "lower", "upper"):
            number = getattr(entry, name)
            assert found[name] is number is None or abs(as_exact(found[name]) - number) < Fraction(1, 10**10)


def test_case_G9_what_changed_within_a_month_comes_back_by_its_days():
    changed = line("2026-08-01", price="31", quantities=((day("2026-08-01"), 2), (day("2026-08-11"), 5)))
    (item,) = due(changed, day("2026-08-31"))
    found = describe(item)["segments"]
    assert [(segment["service"], segment["days"], segment["quantity"]) for segment in found] == [
        ({"first": "2026-08-01", "last": "2026-08-10"}, 10, "2.00"),
        ({"first": "2026-08-11", "last": "2026-08-31"}, 21, "5.00"),
    ]
    assert [segment["amount"]["decimal"] for segment in found] == ["20.00", "105.00"]
    assert [as_exact(segment["ratio"]) for segment in found] == [segment.ratio for segment in item.segments]


def test_case_G9_a_change_of_days_that_were_billed_names_all_days_of_its_period():
    start = day("2026-08-01")
    billed = as_billed(due(line("2026-08-01"), start))
    changed = line("2026-08-01", quantities=((start, 1), (day("2026-08-21"), 2)))
    (item,) = due(changed, day("2026-08-31"), day("2026-09-01"), billed, day("2026-08-21"))
    assert item.affected
    found = describe(item)
    assert found["service"] == {"first": "2026-08-01", "last": "2026-08-31"}
    assert found["amount"]["exact"] == exact_text(item.amount)
    assert [segment["days"] for segment in found["segments"]] == [segment.service.days for segment in item.segments]


@pytest.mark.parametrize(
    ("terms", "stored"),
    [
        ({"price": "50", "quantity": 3}, {"p": "50.00"}),
        ({"price": "50", "quantity": Fraction(1, 8)}, {"p": "50.00"}),
        ({"price": "0", "quantity": 3}, {"p": "0.00"}),
        ({"prices": ((date(2000, 1, 1), PriceVersion(Flat("29.9"))),)}, {"f": "29.90"}),
        # what a charge does not say exactly, and what is not one price of all, is told at length
        ({"price": "50", "quantity": Fraction(1, 3)}, None),
        ({"price": "50", "quantity": 10**9}, None),
        ({"price": Fraction(1, 3), "quantity": 3}, None),
        (
            {
                "prices": (
                    (date(2000, 1, 1), PriceVersion(Graduated([Tier(up_to=1, unit_price=9), Tier(unit_price=8)]))),
                )
            },
            None,
        ),
    ],
)
def test_case_N5_a_short_breakdown_says_all_that_the_long_one_says(monkeypatch, terms, stored):
    (item,) = due(line("2026-08-01", **terms), day("2026-08-01"))
    short, explained = abbreviate(item), describe(item)
    monkeypatch.setattr(explain, "_fold", lambda content, _quantity: content)
    assert "s" in abbreviate(item), "that is the long one"
    assert explained == describe(item)
    if stored is None:
        assert short == abbreviate(item)
    else:
        assert short == stored


def test_case_N5_a_part_of_a_period_and_a_credit_are_short_too():
    (item,) = due(line("2026-08-10", price="50"), day("2026-08-31"))
    assert abbreviate(item).keys() == {"r", "p"}
    billed = as_billed(due(line(), day("2026-01-01")))
    (item,) = due(line(end="2026-01-11"), day("2026-01-31"), day("2026-02-01"), billed, day("2026-01-01"))
    assert item.kind == "adjustment"
    assert abbreviate(item).keys() >= {"p", "a"}
    assert describe(item)["amount"]["decimal"] == "-21.00"
