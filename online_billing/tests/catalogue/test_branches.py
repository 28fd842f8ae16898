from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestBranches(BillingCase):
    """A branch bills by the catalogue of the companies above it; nobody uses that of a company below or beside."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env["res.company"].create({"name": "Branch", "parent_id": cls.company.id})
        cls.other = cls.env["res.company"].create({"name": "Stranger"})
        cls.env.cr.precommit.run()  # Odoo gives a branch the accounts of its parent at the end of the transaction
        cls.env.user.company_ids |= cls.branch | cls.other
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=[cls.company.id, cls.branch.id]))
        cls.category = cls.env["billing.category"].create({"name": "Access", "company_id": cls.company.id})
        cls.resource = cls.env["billing.resource"].create({"name": "Hour", "company_id": cls.company.id})
        cls.net = cls.make_code("NET", price=50, category_id=cls.category.id)
        cls.plan = cls.make_plan(cls.net, alignment="calendar")

    def make_branch_account(self):
        partner = self.env["res.partner"].create({"name": "Ada Lovelace", "email": "ada@example.com"})
        account = self.env["billing.account"].create(
            {"partner_id": partner.id, "company_id": self.branch.id, "timezone": "UTC"}
        )
        account.action_activate()
        return account

    def test_case_B5_a_branch_bills_by_plan_price_and_code_of_its_parent(self):
        account = self.make_branch_account()
        self.subscribe(account, self.plan, "2026-08-01")
        preview = self.env["billing.run"].with_company(self.branch).preview("2026-08-31", account.mapped("name"))
        self.assertEqual((preview["invoices"], preview["parked"]), (1, 0))
        run = self.env["billing.run"].with_company(self.branch)._bill_accounts(account, self.day("2026-08-31"))
        self.assertEqual((run.invoice_count, run.parked_count), (1, 0))
        self.assertInvoices(account, [("2026-08-01", "50.00")])
        self.assertEqual(self.get_invoices(account).company_id, self.branch)

    def test_case_B5_a_plan_of_the_branch_takes_codes_of_the_parent_and_prices_them(self):
        plan = self.make_plan(self.net, name="Local", company_id=self.branch.id)
        own = self.make_price(self.net, 40, plan_id=self.plan.id)
        self.assertEqual(own.company_id, self.company)
        account = self.make_branch_account()
        self.subscribe(account, plan, "2026-08-01")
        self.env["billing.run"].with_company(self.branch)._bill_accounts(account, self.day("2026-08-31"))
        self.assertInvoices(account, [("2026-08-01", "50.00")])

    def test_case_B5_a_code_of_the_branch_takes_category_and_resource_of_the_parent(self):
        code = self.make_code(
            "LOCAL",
            price=5,
            company_id=self.branch.id,
            category_id=self.category.id,
            resource_ids=[Command.create({"resource_id": self.resource.id})],
        )
        self.assertEqual(code.company_id, self.branch)

    def test_case_B5_a_charge_at_once_in_the_branch(self):
        account = self.make_branch_account()
        [result] = (
            self.env["billing.charge"]
            .with_company(self.branch)
            .record([{"account": account.name, "code": "NET", "key": "1", "invoice": "now"}])
        )
        self.assertEqual((result["status"], result["amount"]), ("created", 50.0))
        self.assertTrue(result["invoice"])

    def test_case_B5_a_product_made_for_a_branch_gets_the_default_tax_of_the_parent(self):
        tax = self.env["account.tax"].create({"name": "Ten", "amount": 10, "type_tax_use": "sale"})
        self.company.account_sale_tax_id = tax
        self.branch.account_sale_tax_id = False
        code = self.env["billing.code"].create({"code": "L", "name": "Local", "company_id": self.branch.id})
        self.assertEqual(code.product_id.taxes_id, tax)
        below = self.env["res.company"].create({"name": "Counter", "parent_id": self.branch.id})
        code = self.env["billing.code"].create({"code": "L", "name": "Local", "company_id": below.id})
        self.assertEqual(code.product_id.taxes_id, tax)

    def test_case_B5_the_parent_does_not_use_what_is_the_branch_s(self):
        local = self.make_code("LOCAL", price=5, company_id=self.branch.id)
        with self.assertRaises(UserError):
            self.make_plan(local)

    def test_case_B5_nor_does_a_company_beside_it(self):
        with self.assertRaises(UserError):
            self.make_plan(self.net, company_id=self.other.id)
        with self.assertRaises(UserError):
            self.make_code("X", company_id=self.other.id, category_id=self.category.id)
