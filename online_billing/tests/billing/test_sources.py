from decimal import Decimal

from odoo.tests import tagged

from ...services.shared.values import BillItem, FoundItem
from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestSources(BillingCase):
    """Whatever is billable comes onto bills through one seam; run and preview follow it alike."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls.make_plan(cls.make_code("NET", price=50), alignment="calendar")
        cls.account = cls.make_account("Ada Lovelace")
        cls.subscribe(cls.account, cls.plan, "2026-08-01")
        cls.gift = cls.make_code("GIFT", kind="credit")
        cls.charge = cls.env["billing.charge"].create(
            {"account_id": cls.account.id, "code_id": cls.gift.id, "amount": 5, "charge_date": "2026-09-10"}
        )

    def add_source(self, joins, day):
        """Have a source of its own give back a tenth of what the others have found, on a day."""
        original = type(self.env["billing.source.charges"]).collect
        test = self

        def collect(self, prepared, targets, found):
            items = original(self, prepared, targets, found)
            tenth = sum(one.item.amount for one in found) / 10
            item = BillItem(
                test.gift.id, test.gift.product_id.id, "Tenth", Decimal(1), -tenth, charge_id=test.charge.id
            )
            return [one for one in items if one.item.charge_id != test.charge.id] + [
                FoundItem(test.account.id, test.day(day), item, joins)
            ]

        self.patch(type(self.env["billing.source.charges"]), "collect", collect)

    def get_preview(self):
        lines = self.env["billing.run"].preview("2026-09-30", [self.account.name])["lines"]
        return [(line["date"], line["amount"]) for line in lines]

    def test_a_source_sees_what_the_others_found_and_joins_their_bills(self):
        self.add_source("next", "2026-08-15")
        expected = [("2026-08-01", 50.0), ("2026-09-01", 40.0)]
        self.assertEqual(self.get_preview(), expected)
        self.bill(self.account, "2026-09-30")
        self.assertInvoices(self.account, [(day, f"{amount:.2f}") for day, amount in expected])

    def test_what_waits_for_a_later_bill_is_not_billed_yet(self):
        self.add_source("next", "2026-09-15")
        self.assertEqual(self.get_preview(), [("2026-08-01", 50.0), ("2026-09-01", 50.0)])

    def test_what_is_not_to_wait_has_a_bill_of_its_own(self):
        self.add_source("soon", "2026-09-15")
        self.assertEqual(self.get_preview(), [("2026-08-01", 50.0), ("2026-09-01", 50.0), ("2026-09-15", -10.0)])

    def test_what_makes_a_bill_of_its_own_day_is_joined_by_others(self):
        self.add_source("own", "2026-08-20")
        self.assertEqual(self.get_preview(), [("2026-08-01", 50.0), ("2026-08-20", -10.0), ("2026-09-01", 50.0)])
