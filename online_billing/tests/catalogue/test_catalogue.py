from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestCatalogue(BillingCase):
    def test_code_without_product_gets_a_service_product_of_its_name(self):
        code = self.env["billing.code"].create({"code": "TV", "name": "Television"})
        self.assertEqual((code.product_id.name, code.product_id.type), ("Television", "service"))

    def test_code_is_unique_in_the_company(self):
        self.make_code("NET")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env["billing.code"].create({"code": "NET", "name": "Other"})

    def test_same_code_is_free_in_another_company(self):
        self.make_code("NET")
        other = self.env["res.company"].create({"name": "Other company"})
        code = self.env["billing.code"].create({"code": "NET", "name": "Net", "company_id": other.id})
        self.assertEqual(code.product_id.company_id, other)

    def test_blank_code_is_refused(self):
        with self.assertRaises(ValidationError):
            self.env["billing.code"].create({"code": " NET", "name": "Net"})

    def test_full_unit_cost_adds_the_resources_of_a_unit(self):
        hour = self.env["billing.resource"].create({"name": "Technician", "unit_cost": 40})
        code = self.make_code("FIX", unit_cost=2.5, resource_ids=[(0, 0, {"resource_id": hour.id, "quantity": 1.5})])
        self.assertEqual(code.total_unit_cost, 62.5)

    def test_price_of_a_day_is_the_latest_version_that_has_begun(self):
        code = self.make_code("NET", price=50)
        newer = self.make_price(code, 55, valid_from="2026-06-01")
        currency = self.company.currency_id
        self.assertEqual(code._get_price(self.day("2026-05-31"), currency).unit_price, 50)
        self.assertEqual(code._get_price(self.day("2026-06-01"), currency), newer)

    def test_price_of_the_plan_goes_before_the_general_one(self):
        code = self.make_code("NET", price=50)
        plan = self.make_plan(code)
        special = self.make_price(code, 40, plan_id=plan.id)
        self.assertEqual(code._get_price(self.day("2026-01-01"), self.company.currency_id, plan), special)
        self.assertEqual(code._get_price(self.day("2026-01-01"), self.company.currency_id).unit_price, 50)

    def test_expired_price_is_not_valid(self):
        code = self.make_code("NET", price={"model": "per_unit", "unit_price": 50, "valid_to": "2026-01-31"})
        self.assertFalse(code._get_price(self.day("2026-02-01"), self.company.currency_id))

    def test_overlapping_versions_are_refused(self):
        code = self.make_code("NET", price={"unit_price": 50, "valid_to": "2026-12-31"})
        with self.assertRaises(ValidationError):
            self.make_price(code, 60, valid_from="2026-06-01")

    def test_two_versions_from_the_same_day_are_refused(self):
        code = self.make_code("NET", price=50)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.make_price(code, 60)

    def test_tiered_price_without_open_tier_is_refused_with_what_to_do(self):
        code = self.make_code("CALL")
        with self.assertRaises(ValidationError) as caught:
            self.make_price(code, {"model": "graduated", "tiers": [{"up_to": 10, "unit_price": 1}]})
        self.assertIn("without limit", str(caught.exception))

    def test_tiered_price_without_tiers_is_refused(self):
        with self.assertRaises(ValidationError):
            self.make_price(self.make_code("CALL"), {"model": "volume"})

    def test_used_price_cannot_change_but_gets_a_successor(self):
        code = self.make_code("NET", price=50)
        self.subscribe(self.make_account(), self.make_plan(code), "2026-01-01")
        price = code.price_ids
        with self.assertRaises(UserError):
            price.unit_price = 51
        action = price.action_new_version()
        successor = self.env["billing.price"].browse(action["res_id"])
        successor.unit_price = 51
        self.assertEqual((price.unit_price, successor.unit_price), (50, 51))
        self.assertGreater(successor.valid_from, price.valid_from)

    def test_tiers_of_a_used_price_cannot_change(self):
        tiers = [{"up_to": 10, "unit_price": 2}, {"up_to": 0, "unit_price": 1}]
        code = self.make_code("SEAT", price={"model": "graduated", "tiers": tiers})
        self.subscribe(self.make_account(), self.make_plan(code), "2026-01-01")
        with self.assertRaises(UserError):
            code.price_ids.tier_ids[0].unit_price = 3
        with self.assertRaises(UserError):
            code.price_ids.tier_ids[0].unlink()

    def test_charged_code_cannot_be_deleted(self):
        code = self.make_code("NET", price=50)
        account = self.make_account()
        self.subscribe(account, self.make_plan(code), "2026-01-01")
        self.bill(account, "2026-01-01")
        with self.assertRaises(UserError):
            code.unlink()

    def test_price_summary_shows_all_decimals_of_a_unit_price(self):
        code = self.make_code("CALL", price=0.00125)
        self.assertIn("0.00125", code.price_ids.summary)

    def test_comparable_amount_is_the_price_of_one_unit(self):
        tiers = [{"up_to": 10, "unit_price": 2, "flat_amount": 5}, {"up_to": 0, "unit_price": 1}]
        code = self.make_code("SEAT", price={"model": "graduated", "tiers": tiers})
        self.assertEqual(code.price_ids.comparable_amount, 7)

    def test_plan_by_days_cannot_follow_the_calendar(self):
        with self.assertRaises(ValidationError):
            self.make_plan(self.make_code("NET"), interval_unit="day", alignment="calendar")

    def test_usage_code_is_refused_on_a_plan(self):
        with self.assertRaises(ValidationError):
            self.make_plan(self.make_code("CALL", kind="usage"))

    def test_estimate_lists_dates_and_amounts_without_saving(self):
        plan = self.make_plan(self.make_code("NET", price=50), alignment="calendar")
        before = self.env["billing.subscription"].search_count([])
        estimate = self.env["billing.plan"].estimate(plan.id, start="2026-08-10", count=2, quantities={"NET": 2})
        self.assertEqual(
            [(one["date"], one["amount"]) for one in estimate["dates"]], [("2026-08-10", 70.97), ("2026-09-01", 100.0)]
        )
        self.assertEqual(self.env["billing.subscription"].search_count([]), before)

    def test_estimate_refuses_what_it_does_not_know(self):
        plan = self.make_plan(self.make_code("NET", price=50))
        for wrong in (
            {"currency": "XXX"},
            {"count": 0},
            {"count": 61},
            {"start": "2026-02-30"},
            {"quantities": {"TV": 1}},
        ):
            with self.assertRaises(UserError, msg=wrong):
                self.env["billing.plan"].estimate(plan.id, **wrong)

    def test_comparable_amount_of_a_package_is_that_of_the_first_paid_one(self):
        code = self.make_code(
            "API", price={"model": "package", "unit_price": 5, "package_size": 1000, "free_units": 50}
        )
        self.assertEqual(code.price_ids.comparable_amount, 5)
