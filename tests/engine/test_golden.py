"""Published figures of other systems, as data in tests/golden; the addons' tests read the same files."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from engine_builders import as_billed, day, period
from golden_loader import load

from online_billing.engine import (
    Adjustments,
    Anchor,
    Band,
    Cadence,
    EngineError,
    FeeTerms,
    InstallmentTerms,
    LineTerms,
    OverdueDebt,
    Part,
    Period,
    PerUnit,
    PriceVersion,
    Usage,
    anchor_for,
    as_exact,
    boundary,
    build_price_model,
    due,
    fees_due,
    index_of,
    installment_schedule,
    period_of,
    rate,
    ratio,
    round_half_up,
    true_up,
)
from online_billing.engine.pricing.tiers import check_tiers, spans

COLLECTION = {"retries", "unpaid_states", "collection"}  # test_collection.py, test_retry.py
NOT_OF_THE_ENGINE = {"local_day"} | COLLECTION


def _named(example):
    return example["id"]


def _examples(kind):
    return pytest.mark.parametrize("example", load(kind), ids=_named)


def _version(inputs):
    return PriceVersion(
        build_price_model(inputs["model"], **inputs["values"]),
        Adjustments(**inputs.get("adjustments", {})),
        scale_bounds=inputs.get("scale_bounds", False),
    )


@_examples("price")
def test_published_price_is_met(example):
    inputs, expected = example["inputs"], example["expected"]
    version = _version(inputs)
    usage = Usage(**inputs["usage"])

    if "before" in inputs:
        priced = rate(version, Usage(**inputs["before"]), usage)
    else:
        priced = version.price(usage)

    assert priced.amount == Fraction(expected["amount"])
    if "slices" in expected:
        assert [entry.amount for entry in priced.slices] == [Fraction(amount) for amount in expected["slices"]]


@_examples("prorated_price")
def test_published_prorated_price_is_met(example):
    inputs = example["inputs"]
    priced = _version(inputs).price(Usage(**inputs["usage"]))
    assert priced.amount * as_exact(inputs["ratio"]) == Fraction(example["expected"]["amount"])


@_examples("bounds")
def test_published_scaled_bounds_are_met(example):
    tiers = check_tiers(example["inputs"]["tiers"])
    uppers = [upper for _lower, upper, _tier in spans(tiers, as_exact(example["inputs"]["ratio"]))]
    assert uppers == [*map(Fraction, example["expected"]["bounds"]), None]


def _terms(inputs):
    start = day(inputs["start"])
    cadence = Cadence(inputs.get("unit", "month"), inputs.get("count", 1))
    if "anchor" in inputs:
        anchor = Anchor(day(inputs["anchor"]))
    else:
        anchor = anchor_for(inputs.get("alignment", "anniversary"), start, cadence, inputs.get("billing_day"))
    return LineTerms(
        start=start,
        end=None,
        anchor=anchor,
        cadence=cadence,
        trial_end=day(inputs["trial_end"]) if "trial_end" in inputs else None,
        quantities=((start, 1),),
        prices=((start, PriceVersion(PerUnit(inputs["price"]))),),
    )


@_examples("line")
def test_published_charge_of_a_line_is_met(example):
    inputs = example["inputs"]
    terms, until = _terms(inputs), day(inputs["until"])
    if inputs.get("billed_before_end"):
        earlier = due(terms, until - timedelta(days=1))
        ended = replace(terms, end=day(inputs["end"]))
        items = due(ended, until, earlier[-1].period.end, as_billed(earlier), terms.start)
    else:
        items = due(terms, until, day(inputs["billed_until"]) if "billed_until" in inputs else None)

    assert [
        {
            "kind": item.kind,
            "first": item.service.start.isoformat(),
            "last": item.service.last_day.isoformat(),
            "amount": str(round_half_up(item.amount, 2)),
            "due_date": item.due_date.isoformat(),
        }
        for item in items
    ] == [
        {key: item[key] for key in ("kind", "first", "last", "amount", "due_date")}
        for item in example["expected"]["items"]
    ]


@_examples("commitment")
def test_published_true_up_is_met(example):
    inputs = example["inputs"]
    cadence = Cadence(inputs["unit"], inputs["count"])
    served = Period(day(inputs["first"]), day(inputs["last"]) + timedelta(days=1))
    whole = period_of(anchor_for(inputs["alignment"], served.start, cadence), cadence, served.start)
    share = ratio(served, whole)

    missing = true_up(inputs["minimum"], as_exact(inputs["plan"]) * share, share, digits=2)

    assert str(missing) == example["expected"]["amount"]


@_examples("ratio")
def test_published_ratio_is_met(example):
    inputs, expected = example["inputs"], example["expected"]
    share = ratio(period(*inputs["part"]), period(*inputs["whole"]), inputs["basis"], inputs["month_days"])
    assert share == Fraction(expected["ratio"])
    if "price" in inputs:
        assert str(round_half_up(as_exact(inputs["price"]) * share, 2)) == expected["amount"]


@_examples("boundaries")
def test_published_boundaries_are_met(example):
    inputs = example["inputs"]
    start, cadence = day(inputs["start"]), Cadence(inputs["unit"], inputs["count"])
    anchor = anchor_for(inputs["alignment"], start, cadence, inputs.get("billing_day"))
    k = index_of(anchor, cadence, start)
    expected = example["expected"]["after_start"]
    assert [boundary(anchor, cadence, k + n).isoformat() for n in range(1, len(expected) + 1)] == expected


@_examples("late_fee")
def test_published_late_fee_is_met(example):
    inputs = example["inputs"]
    given = dict(inputs["terms"])
    given["bands"] = tuple(Band(*band) for band in given.get("bands", ()))
    given["repeat"] = Cadence(*given["repeat"]) if "repeat" in given else None
    terms = FeeTerms(digits=2, **given)
    debt = OverdueDebt(day(inputs["due"]), tuple((day(when), amount) for when, amount in inputs["steps"]))

    fees = fees_due(terms, debt, day(inputs["as_of"]))

    expected = example["expected"]["fees"]
    assert [(fee.number, fee.day.isoformat(), str(fee.amount)) for fee in fees] == [
        (fee["number"], fee["day"], fee["amount"]) for fee in expected
    ]
    for fee, one in zip(fees, expected, strict=True):
        if "interest" in one:
            amounts = [
                segment.daily * segment.days if terms.rounding.value == "day" else segment.amount
                for segment in fee.segments
            ]
            assert str(round_half_up(sum(amounts), 2)) == one["interest"]
            assert sum(segment.days for segment in fee.segments) == one["days"]
        if "compensation" in one:
            [part] = [part for part in fee.parts if part.code == "compensation"]
            assert part.amount == Fraction(one["compensation"])


def _installment_terms(inputs):
    return InstallmentTerms(
        total=as_exact(inputs["total"]),
        digits=inputs["digits"],
        first_date=day(inputs["first_date"]),
        cadence=Cadence(inputs["unit"], inputs.get("interval", 1)),
        method=inputs["method"],
        count=inputs.get("count", 1),
        parts=tuple(Part(kind, as_exact(value), *days) for kind, value, *days in inputs.get("parts", ())),
        annual_percent=as_exact(inputs.get("annual_percent", "0")),
        remainder=inputs.get("remainder", "last"),
    )


@_examples("installments")
def test_published_installments_are_met(example):
    inputs, expected = example["inputs"], example["expected"]
    if "error" in expected:
        with pytest.raises(EngineError) as caught:
            installment_schedule(_installment_terms(inputs))
        assert caught.value.code == expected["error"]
        assert str(caught.value.details["sequence"]) == expected["sequence"]
        assert caught.value.details["amount"] == expected["amount"]
        return
    rows = installment_schedule(_installment_terms(inputs))
    assert rows[-1].sequence == inputs.get("count", len(inputs.get("parts", ())))
    for number, figures in expected["rows"].items():
        row = rows[int(number) - 1]
        shown = {
            name: str(round_half_up(getattr(row, name), 2))
            for name in ("principal", "interest", "payment", "balance")
            if name in figures
        }
        shown |= {"due_date": row.due_date.isoformat()} if "due_date" in figures else {}
        assert shown == figures
    assert str(round_half_up(sum(as_exact(row.interest) for row in rows), 2)) == expected["interest"]


def test_every_kind_of_example_is_answered_here_or_known_to_need_more_than_the_engine():
    answered = {"price", "prorated_price", "bounds", "line", "commitment", "ratio", "boundaries"}
    answered |= {"late_fee", "installments"}
    assert {example["kind"] for example in load()} == answered | NOT_OF_THE_ENGINE


def test_every_published_example_of_the_first_three_groups_is_there():
    groups = {example["id"].split(".")[0] for example in load()}
    assert groups >= {f"V{number:02}" for number in (1, 2, 4, 6, 8, 10, 12, 15, 18, 21, 24)}
    assert groups >= {f"V{number}" for number in (27, 29, 31, 34, 36, 39, 40, 43, 51, 44, 46, 47, 58)}
    assert groups >= {"V69", "V72", "V74", "V75"}
    assert groups >= {"V64b", "V65", "V66", "V66d"}
    ids = [example["id"] for example in load()]
    assert len(ids) == len(set(ids))
