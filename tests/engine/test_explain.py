"""Why this amount: the breakdown as plain data."""

import json
from fractions import Fraction

from engine_builders import as_billed, day, line
from engine_strategies import usages, versions
from hypothesis import given

from online_billing.engine import (
    Adjustments,
    Graduated,
    PriceVersion,
    Tier,
    Usage,
    as_exact,
    describe,
    describe_priced,
    due,
    exact_text,
)


def test_a_part_of_a_month_is_explained_by_its_days():
    (item,) = due(line("2026-08-10", price="50"), day("2026-08-31"))
    assert describe(item) == {
        "key": "period:2026-08-01",
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
    assert explained["key"] == "adjustment:2026-01-01:1"
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
    explained = json.loads(json.dumps(describe_priced(priced)))
    assert as_exact(explained["amount"]["exact"]) == priced.amount
    assert sum(as_exact(entry["amount"]["exact"]) for entry in explained["slices"]) == priced.amount
    assert exact_text(Fraction(1, 3)) == "1/3"
