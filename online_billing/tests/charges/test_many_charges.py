"""G6: a list of charges costs a fixed number of statements, whoever they are for and whatever they are for."""

from odoo.fields import Command
from odoo.tests import tagged

from ..common import BillingCase

FEW, MANY = 10, 100
# Odoo's search and our inserts may take several statements for very long lists
ALLOWED = 3


@tagged("post_install", "-at_install")
class TestManyCharges(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"].create([{"name": f"Customer {number}"} for number in range(2 * MANY)])
        cls.accounts = cls.env["billing.account"].create(
            [{"partner_id": partner.id, "timezone": "UTC", "delivery_channel": "portal"} for partner in partners]
        )
        cls.accounts.action_activate()
        tiers = [{"up_to": 5, "unit_price": 2}, {"up_to": 0, "unit_price": 1}]
        cls.codes = [
            cls.make_code(f"C{number}", price={"model": "graduated", "tiers": tiers}, kind="one_time")
            for number in range(5)
        ]
        cls.plan = cls.make_plan(cls.codes[0])
        cls.number = 0

    def give(self, count, **vals):
        """Return charges of as many accounts that none was given before."""
        accounts = self.accounts[:count]
        type(self).number += 1
        return [
            {
                "account": account.name,
                "code": self.codes[position % len(self.codes)].code,
                "key": f"{self.number}-{position}",
                "quantity": 7,
                "date": "2026-08-20",
                **vals,
            }
            for position, account in enumerate(accounts)
        ]

    def count(self, charges, status="created"):
        """Return how many statements a call takes that begins with an empty cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        answers = self.env["billing.charge"].with_user(self.clerk).record(charges)
        statements = self.env.cr.sql_log_count - before
        self.assertEqual([answer["status"] for answer in answers], [status] * len(charges))
        return statements

    def assertFixed(self, prepare, status="created"):
        self.count(prepare(1))  # what is asked for once in a process
        few, many = prepare(FEW), prepare(MANY)
        if status != "created":
            self.env["billing.charge"].with_user(self.clerk).record(few + many)
        counts = self.count(few, status), self.count(many, status)
        self.assertLess(counts[0], 80)
        self.assertLessEqual(counts[1] - counts[0], ALLOWED, counts)

    def test_case_G6_charges_of_many_accounts_take_the_statements_of_few(self):
        self.assertFixed(self.give)

    def test_case_G6_accounts_with_subscriptions_and_prices_of_their_plan(self):
        other = self.make_plan(self.codes[1], name="Other")
        for number, code in enumerate(self.codes):
            self.make_price(code, 3 + number, plan_id=self.plan.id)
        for position, account in enumerate(self.accounts[:MANY]):
            self.subscribe(account, other if position % 2 else self.plan, "2026-08-01")
        self.assertFixed(self.give)
        answers = self.env["billing.charge"].with_user(self.clerk).record(self.give(4))
        self.assertEqual([answer["amount"] for answer in answers], [21.0, 12.0, 35.0, 12.0])

    def test_case_G6_keys_that_are_known_already(self):
        self.assertFixed(self.give, status="duplicate")

    def test_case_G6_prices_with_taxes_in_them(self):
        tax = self.env["account.tax"].create(
            {"name": "20 in it", "amount": 20, "price_include_override": "tax_included", "type_tax_use": "sale"}
        )
        abroad = self.env["account.fiscal.position"].create({"name": "Abroad"})
        none = self.env["account.tax"].create(
            {"name": "None", "amount": 0, "original_tax_ids": [Command.set(tax.ids)], "type_tax_use": "sale",
             "fiscal_position_ids": [Command.set(abroad.ids)]}
        )  # fmt: skip
        self.assertTrue(none)
        for code in self.codes:
            code.product_id.taxes_id = tax
        for account in self.accounts[:MANY:2]:
            account.fiscal_position_id = abroad
        self.assertFixed(self.give)
        answers = self.env["billing.charge"].with_user(self.clerk).record(self.give(2))
        self.assertEqual([answer["amount"] for answer in answers], [10.0, 12.0])

    def test_case_G6_lists_with_bad_entries(self):
        def prepare(count):
            charges = self.give(count)
            return [{**charge, "code": "NONE"} if position % 2 else charge for position, charge in enumerate(charges)]

        def count(charges):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            answers = self.env["billing.charge"].with_user(self.clerk).record(charges)
            self.assertEqual({answer["status"] for answer in answers}, {"created", "error"})
            return self.env.cr.sql_log_count - before

        count(prepare(2))
        few, many = count(prepare(FEW)), count(prepare(MANY))
        self.assertLessEqual(many - few, ALLOWED, (few, many))
