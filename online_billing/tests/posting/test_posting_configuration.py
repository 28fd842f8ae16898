"""What was read of the configuration is relied on as long as one look finds it unchanged, and not a moment longer."""

from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from ...services.posting import configuration
from ...services.posting.amounts import Calculator
from ...services.posting.configuration import MEMORIES
from ...services.posting.kept import KEPT
from ..statements import Statements
from .posting_common import InvoiceWriterCase


@tagged("post_install", "-at_install")
class TestConfiguration(InvoiceWriterCase):
    def setUp(self):
        super().setUp()
        KEPT.clear()
        self.addCleanup(KEPT.clear)
        self.account, self.asked = self.company_data["default_account_revenue"], 0
        self.company.tax_calculation_rounding_method = "round_globally"

    def read(self):
        """Read a tax, an account and a product as whoever makes invoices does; return the statements."""
        self.env.flush_all()
        self.env.invalidate_all()
        product = self.product_a
        with configuration.held(self.env, self.company.ids), Statements() as statements:
            self.seen = {
                "tax": self.tax.amount,
                "parts": self.tax.invoice_repartition_line_ids.mapped("factor_percent"),
                "sign": self._get_sign(),
                "author": self.env.user.partner_id.name,
                "account": (self.account.active, self.account.account_type),
                "product": product.with_company(self.company).property_account_income_id.id,
                "taxes of the product": product.taxes_id.ids,
                "company": self.company.tax_calculation_rounding_method,
                "answer": configuration.once(self.env, "journals", self._count_journals),
                "answer of the product": configuration.once(self.env, "taxes", self._get_taxes, product.id),
            }
            configuration.get_held(self.env).learn(self.env)
        return statements

    def _get_sign(self):
        """Return what Odoo's arithmetic sees of a tax, as the writer of invoices lets it."""
        Calculator(self.env)._prime_signs(self.tax)
        return self.tax.has_negative_factor

    def _get_taxes(self):
        self.asked += 1
        return self.product_a.taxes_id.ids

    def _count_journals(self):
        return self.env["account.journal"].search_count([])

    def read_again(self):
        """Read it until nothing more is learned; return the statements of the last time."""
        for _time in range(6):
            statements = self.read()
        return statements

    def test_case_G7_what_was_read_is_not_read_again(self):
        self.assertGreater(len(self.read()), 5)
        # which rows a relation holds depends on who reads it, and is asked each time
        relations = ("account_tax_repartition_line", "product_taxes_rel")
        again = [query for query in self.read_again() if not any(name in query for name in relations)]
        self.assertEqual(again, [])

    def test_case_G7_what_a_product_comes_to_is_asked_once_and_anew_when_it_changes(self):
        self.read_again()
        asked = self.asked
        self.read()
        self.assertEqual(self.asked, asked)
        self.product_a.taxes_id = [Command.clear()]
        self.read()
        self.assertEqual((self.asked, self.seen["answer of the product"]), (asked + 1, []))

    def test_case_G7_each_change_is_seen_at_once(self):
        other = self.make_tax("Other", 9)
        changes = {
            "tax": lambda: self.tax.write({"amount": 21.0}),
            "parts": lambda: self.tax.invoice_repartition_line_ids[:1].write({"account_id": self.account.id}),
            "sign": lambda: self.tax.write(
                {
                    f"{document}_repartition_line_ids": [
                        Command.create({"repartition_type": "tax", "factor_percent": -100})
                    ]
                    for document in ("invoice", "refund")
                }
            ),
            "author": lambda: self.env.user.partner_id.write({"name": "Another Name"}),
            "account": lambda: self.account.write({"active": False}),
            "product": lambda: self.product_a.write(
                {"property_account_income_id": self.company_data["default_account_expense"].id}
            ),
            "taxes of the product": lambda: self.product_a.write({"taxes_id": [Command.link(other.id)]}),
            "company": lambda: self.company.write({"tax_calculation_rounding_method": "round_per_line"}),
            "answer": lambda: self.env["account.journal"].create({"name": "New", "code": "NEWJ", "type": "sale"}),
        }
        for name, change in changes.items():
            with self.subTest(changed=name):
                self.read_again()
                before = dict(self.seen)
                change()
                statements = self.read()
                self.assertGreater(len(statements), 0)
                if name != "parts":
                    self.assertNotEqual(self.seen[name], before[name])
                expected = {
                    "tax": self.tax.amount,
                    "sign": self.tax.has_negative_factor,
                    "author": self.env.user.partner_id.name,
                    "account": (self.account.active, self.account.account_type),
                    "taxes of the product": self.product_a.taxes_id.ids,
                    "answer": self._count_journals(),
                    "answer of the product": self.product_a.taxes_id.ids,
                }
                self.assertEqual({name: self.seen[name] for name in expected}, expected)

    def test_case_G7_a_change_that_is_taken_back_leaves_nothing(self):
        self.read_again()
        with self.env.cr.savepoint() as savepoint:
            self.tax.amount = 33.0
            self.read_again()
            self.assertEqual(self.seen["tax"], 33.0)
            savepoint.rollback()
        self.env.invalidate_all()
        self.read()
        self.assertEqual(self.seen["tax"], 15.0)

    def test_case_G7_nobody_relies_on_it_after_a_rollback(self):
        with configuration.held(self.env, self.company.ids):
            with self.env.cr.savepoint() as savepoint:
                savepoint.rollback()
            self.assertIsNone(configuration.get_held(self.env))

    def test_case_G7_what_is_changed_meanwhile_is_not_learned(self):
        with configuration.held(self.env, self.company.ids):
            self.assertEqual(self.tax.amount, 15.0)
            self.tax.amount = 16.0
            configuration.get_held(self.env).learn(self.env)
        self.assertFalse(MEMORIES._by_key)

    def test_case_G7_another_user_context_or_company_has_one_of_its_own(self):
        self.read_again()
        other = self.env["res.company"].create({"name": "Another Company"})
        user = self.env(user=self.env.ref("base.user_admin"))
        for env, companies in (
            (user, self.company),
            (self.env(context=dict(self.env.context, anything="else")), self.company),
            (self.env, self.company | other),
        ):
            with configuration.held(env, companies.ids):
                self.assertEqual(configuration.once(env, "journals", lambda: "asked"), "asked")

    def test_case_G7_models_that_are_set_up_anew_are_asked_again(self):
        self.read_again()
        before = configuration.look(self.env, self.company.ids)
        with patch.object(self.env.registry, "_field_triggers", dict(self.env.registry._field_triggers)):
            self.assertNotEqual(configuration.look(self.env, self.company.ids).registry, before.registry)
            self.assertGreater(len(self.read()), 5)

    def test_case_G7_what_one_user_looked_at_is_not_anothers(self):
        with configuration.held(self.env, self.company.ids):
            other = self.env(user=self.env.ref("base.user_admin"))
            self.assertIsNone(configuration.get_held(other))
            with configuration.held(other, self.company.ids):
                self.assertEqual(configuration.get_held(other).uid, other.uid)
            self.assertEqual(configuration.get_held(self.env).uid, self.env.uid)

    def test_case_G7_the_charts_of_other_companies_do_not_count(self):
        def get_fingerprint(company):
            return configuration.look(self.env, company.ids).of(company.id)

        other = self.env["res.company"].create({"name": "Another Company"})
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        before = [get_fingerprint(company) for company in (self.company, branch, other)]
        values = {"name": "New", "code": "987654", "account_type": "income"}
        created = self.env["account.account"].with_company(other).create({**values, "company_ids": other.ids})
        after = [get_fingerprint(company) for company in (self.company, branch, other)]
        self.assertEqual(after[:2], before[:2])
        self.assertNotEqual(after[2], before[2])
        own = created.with_company(self.company)
        own.write({"company_ids": [Command.link(self.company.id)], "code": "987654"})
        shared = [get_fingerprint(company) for company in (self.company, branch)]
        self.assertNotEqual(shared[0], before[0])
        self.assertNotEqual(shared[1], before[1])

    def read_prices(self, products):
        self.env.flush_all()
        self.env.invalidate_all()
        with configuration.held(self.env, self.company.ids):
            prices = products.mapped("product_tmpl_id.list_price")
            configuration.get_held(self.env).learn(self.env)
        return prices

    def test_case_G7_more_products_than_are_remembered(self):
        products = self.env["product.product"].create(
            [{"name": f"Product {number}", "list_price": number + 1} for number in range(5)]
        )
        with patch.object(configuration, "_MOST_PRODUCTS", 3):
            for some in (products[:2], products[2:], products, products[:1], products):
                self.assertEqual(self.read_prices(some), [products.ids.index(one.id) + 1 for one in some])
                [memory] = MEMORIES._by_key.values()
                self.assertLessEqual(len(memory.seen.products), 3)
            for product in products:  # whether it is looked at or not
                product.list_price += 100
                self.assertEqual(self.read_prices(product), [products.ids.index(product.id) + 101])
            self.assertEqual(self.read_prices(products), [101, 102, 103, 104, 105])
