"""The worked examples of tests/golden, met by real price versions, subscriptions and runs."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from odoo.addons.online_billing.engine import PriceVersion, Usage, rate
from odoo.addons.online_billing.tests.common import BillingCase
from odoo.tests import tagged

from tests.golden.loader import load

PRICE_FIELDS = {"fixed": "fixed_amount", "minimum": "event_minimum", "maximum": "event_maximum"}
TIER_FIELDS = {"flat": "flat_amount"}
ADJUSTMENTS = {
    "included": "included_quantity",
    "minimum": "minimum_amount",
    "maximum": "maximum_amount",
    "discount_percent": "discount_percent",
}


def number(text):
    """Return the float that a form would send; the adapter turns it into the exact number again."""
    return float(Fraction(text))


@tagged("post_install", "-at_install")
class TestPublishedFigures(BillingCase):
    def test_price_versions_rate_as_published(self):
        examples = load("price", "prorated_price")
        self.assertGreater(len(examples), 40)
        for place, example in enumerate(examples):
            with self.subTest(example["id"]):
                version = self.env["billing.price.terms"].get_price_version(self.make_version(place, example["inputs"]))
                self.assertEqual(self.rate(version, example), Fraction(example["expected"]["amount"]))

    def make_version(self, place, inputs):
        vals = {"model": inputs["model"]}
        for name, value in inputs["values"].items():
            if name == "tiers":
                vals["tiers"] = [self.make_tier(tier) for tier in value]
            elif name == "charge_flat_on_zero":
                vals[name] = "yes" if value else "no"
            else:
                vals[PRICE_FIELDS.get(name, name)] = number(value)
        for name, value in inputs.get("adjustments", {}).items():
            vals[ADJUSTMENTS[name]] = number(value)
        vals["scale_bounds"] = bool(inputs.get("scale_bounds"))
        return self.make_price(self.make_code(f"G{place}"), vals)

    def make_tier(self, tier):
        bound = number(tier["up_to"]) if tier["up_to"] is not None else 0
        rest = {TIER_FIELDS.get(name, name): number(value) for name, value in tier.items() if name != "up_to"}
        return {"up_to": bound, **rest}

    def rate(self, version: PriceVersion, example):
        inputs = example["inputs"]
        usage, share = self.make_usage(inputs["usage"]), Fraction(inputs.get("ratio", "1"))
        if example["kind"] == "prorated_price":
            return version.price(usage).amount * share
        if "before" in inputs:
            return rate(version, self.make_usage(inputs["before"]), usage, share).amount
        return version.price(usage, share).amount

    def make_usage(self, usage):
        events = tuple(Fraction(event) for event in usage.get("events", ()))
        return Usage(Fraction(usage.get("quantity", len(events))), events=events)

    def test_subscriptions_are_billed_as_published(self):
        examples = load("line")
        self.assertGreater(len(examples), 9)
        for place, example in enumerate(examples):
            with self.subTest(example["id"]):
                account = self.bill_example(place, example["inputs"])
                charges = account.charge_ids
                if example["inputs"].get("billed_before_end"):
                    charges = charges.filtered(lambda c: c.kind == "adjustment")
                shown = [
                    (charge.kind, str(charge.service_start), str(charge.service_end), f"{charge.amount:.2f}")
                    for charge in charges.sorted("charge_date")
                ]
                expected = [
                    (item["kind"], item["first"], item["last"], item["amount"]) for item in example["expected"]["items"]
                ]
                if example["inputs"].get("billed_before_end"):
                    # an adjustment names the period that it corrects; its sign and amount are what was published
                    shown = [(kind, amount) for kind, _first, _last, amount in shown]
                    expected = [(kind, amount) for kind, _first, _last, amount in expected]
                self.assertEqual(shown, expected)
                for item in example["expected"]["items"]:
                    if "total" in item:
                        move = charges.invoice_id
                        self.assertEqual(
                            (f"{move.amount_tax:.2f}", f"{move.amount_total:.2f}"), (item["tax"], item["total"])
                        )

    def bill_example(self, place, inputs):
        tax = self.env["account.tax"]
        if "tax_percent" in inputs:
            tax = tax.create({"name": f"Tax {place}", "amount": float(inputs["tax_percent"]), "type_tax_use": "sale"})
        code = self.make_code(f"L{place}", price=number(inputs["price"]), tax=tax)
        plan = self.make_plan(
            code,
            name=f"Example {place}",
            interval_unit=inputs.get("unit", "month"),
            interval_count=inputs.get("count", 1),
            alignment=inputs.get("alignment", "anniversary"),
        )
        account = self.make_account(f"Example {place}", billing_day=inputs.get("billing_day", 1))
        trial = (
            (date.fromisoformat(inputs["trial_end"]) - date.fromisoformat(inputs["start"])).days
            if "trial_end" in inputs
            else 0
        )
        subscription = self.subscribe(account, plan, inputs["start"], activate=False, trial_days=trial)
        if "anchor" in inputs:
            subscription.write({"anchor_date": inputs["anchor"], "anchor_day": 0})
        if "billed_until" in inputs:
            subscription.line_ids.billed_until = inputs["billed_until"]
        subscription.action_activate()
        if "end" in inputs:
            last = date.fromisoformat(inputs["end"]) - timedelta(days=1)
            if inputs.get("billed_before_end"):
                self.bill(account, str(last))
            self.env["billing.subscription.lifecycle"].set_end(subscription, last)
        self.bill(account, inputs["until"])
        return account

    def test_periods_begin_on_the_published_days(self):
        examples = load("boundaries")
        self.assertGreater(len(examples), 6)
        code = self.make_code("DAYS", price=1)
        for place, example in enumerate(examples):
            with self.subTest(example["id"]):
                inputs, expected = example["inputs"], example["expected"]["after_start"]
                plan = self.make_plan(
                    code,
                    name=f"Days {place}",
                    interval_unit=inputs["unit"],
                    interval_count=inputs["count"],
                    alignment=inputs["alignment"],
                )
                account = self.make_account(f"Days {place}", billing_day=inputs.get("billing_day", 1))
                self.subscribe(account, plan, inputs["start"])
                self.bill(account, expected[-1])
                days = [str(charge.charge_date) for charge in account.charge_ids.sorted("charge_date")]
                self.assertEqual([day for day in days if day > inputs["start"]], expected)
