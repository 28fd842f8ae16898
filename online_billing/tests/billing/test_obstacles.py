from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestObstacles(BillingCase):
    """What Odoo would refuse is seen beforehand: the preview says what the run says, and nobody else is held up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.net = cls.make_code("NET", price=50)
        cls.plan = cls.make_plan(cls.net, alignment="calendar")
        cls.healthy = cls.env["billing.account"].union(*(cls.make_account(f"Healthy {number}") for number in range(5)))
        cls.poor = cls.make_account("Poor")
        for account in cls.healthy | cls.poor:
            cls.subscribe(account, cls.plan, "2026-08-01")

    def make_ledger_account(self, name, account_type="income", code="499998"):
        return self.env["account.account"].create(
            {"name": name, "code": code, "account_type": account_type, "reconcile": account_type != "income"}
        )

    def preview_and_run(self):
        """Return what the preview says of the poor account, having seen that the run says the same."""
        everybody = self.healthy | self.poor
        preview = self.env["billing.run"].with_user(self.manager).preview("2026-08-31", everybody.mapped("name"))
        run = self.bill(everybody, "2026-08-31")
        self.assertEqual(
            {error["account"]: error["reason"] for error in preview["errors"]},
            {account.name: account.parked_reason for account in everybody.filtered("is_parked")},
        )
        self.assertEqual((preview["parked"], preview["invoices"]), (run.parked_count, run.invoice_count))
        return run

    def assertPoorIsParked(self, *words):
        with self.assertNoLogs(
            "odoo.addons.online_billing.services.shared.work_loop", "INFO"
        ):  # the batch does not fail
            run = self.preview_and_run()
        self.assertEqual((run.parked_count, run.invoice_count, run.state), (1, 5, "done"))
        self.assertGreater(run.rendered_count, 0)
        for word in words:
            self.assertIn(word, self.poor.parked_reason)
        self.assertFalse(self.poor.charge_ids)
        self.assertEqual(self.poor.next_billing_date, self.day("2026-08-01"))
        self.assertEqual(len(self.poor.activity_ids), 1)

    def test_currency_that_is_switched_off(self):
        currency = self.env["res.currency"].create({"name": "XTS", "symbol": "X", "rounding": 0.01})
        self.make_price(self.net, 40, currency=currency)
        self.poor = self.make_account("Poor abroad", currency_id=currency.id)
        self.subscribe(self.poor, self.plan, "2026-08-01")
        currency.active = False
        self.assertPoorIsParked("XTS", "switched off")

    def test_journal_that_is_archived(self):
        journal = self.env["account.journal"].create({"name": "Special", "code": "SPEC", "type": "sale"})
        journal.active = False
        self.poor.journal_id = journal
        self.assertPoorIsParked("Special", "archived")

    def test_income_account_that_is_archived(self):
        income = self.make_ledger_account("Closed income")
        code = self.make_code("CLOSED", price=5)
        code.product_id.property_account_income_id = income
        self.subscribe(self.poor, self.make_plan(code, name="Closed", alignment="calendar"), "2026-08-01")
        income.active = False
        self.assertPoorIsParked("Closed income", "Service CLOSED")

    def subscribe_to_taxed(self):
        """Let the poor account have something that is taxed, and return (tax, product)."""
        tax = self.env["account.tax"].create({"name": "20 % old", "amount": 20, "type_tax_use": "sale"})
        code = self.make_code("TAXED", price=5, tax=tax)
        self.subscribe(self.poor, self.make_plan(code, name="Taxed", alignment="calendar"), "2026-08-01")
        return tax, code.product_id

    def test_taxes_of_which_all_are_archived(self):
        self.subscribe_to_taxed()[0].active = False
        self.assertPoorIsParked("20 % old", "Service TAXED", "without tax")

    def test_an_archived_tax_that_was_replaced_is_no_obstacle(self):
        tax, product = self.subscribe_to_taxed()
        other = self.env["account.tax"].create({"name": "21 %", "amount": 21, "type_tax_use": "sale"})
        for replace in (Command.link, lambda tax_id: Command.set([tax_id])):
            with self.subTest(replace), self.undone():
                product.taxes_id = [replace(other.id)]
                tax.active = False
                self.assertEqual(self.preview_and_run().parked_count, 0)
                [move] = self.get_invoices(self.poor)
                self.assertEqual(move.invoice_line_ids.tax_ids, other)
        income = self.make_ledger_account("Taxed income")
        income.tax_ids = other
        product.property_account_income_id = income
        tax.active = False
        self.assertEqual(self.preview_and_run().parked_count, 0)
        self.assertEqual(self.get_invoices(self.poor).invoice_line_ids.tax_ids, other)

    def test_receivable_account_that_is_archived(self):
        receivable = self.make_ledger_account("Closed receivable", "asset_receivable")
        self.poor.partner_id.property_account_receivable_id = receivable
        receivable.active = False
        self.assertPoorIsParked("Closed receivable")

    def test_line_without_price(self):
        # a price that was agreed cannot be taken away through the interface; a database can be repaired by hand
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE billing_subscription_line SET price_id = NULL, code_id = %s WHERE account_id = %s",
            [self.make_code("NOPRICE").id, self.poor.id],
        )
        self.env.invalidate_all()
        self.assertPoorIsParked("no price", "08/01/2026")

    def test_company_without_any_sales_journal(self):
        self.env["account.journal"].search([("type", "=", "sale"), ("company_id", "=", self.company.id)]).active = False
        run = self.preview_and_run()
        self.assertEqual((run.parked_count, run.invoice_count), (6, 0))
        self.assertIn("journal", self.poor.parked_reason)

    def test_archived_account_in_whose_place_a_fiscal_position_puts_another_is_no_obstacle(self):
        income = self.make_ledger_account("Closed income")
        other = self.make_ledger_account("Open income", code="499997")
        code = self.make_code("CLOSED", price=5)
        code.product_id.property_account_income_id = income
        self.subscribe(self.poor, self.make_plan(code, name="Closed", alignment="calendar"), "2026-08-01")
        income.active = False
        self.poor.partner_id.property_account_position_id = self.env["account.fiscal.position"].create(
            {
                "name": "Elsewhere",
                "account_ids": [Command.create({"account_src_id": income.id, "account_dest_id": other.id})],
            }
        )
        run = self.preview_and_run()
        self.assertEqual((run.parked_count, run.invoice_count), (0, 6))
        self.assertIn(other, self.get_invoices(self.poor).line_ids.account_id)

    def test_bill_of_nothing_that_is_not_issued_meets_no_obstacle(self):
        self.company.billing_zero_invoice = "skip"
        free = self.make_account("Free")
        self.subscribe(free, self.make_plan(self.make_code("FREE", price=0), name="Free"), "2026-08-01")
        journal = self.env["account.journal"].create({"name": "Special", "code": "SPEC", "type": "sale"})
        journal.active = False
        free.journal_id = journal
        self.bill(free, "2026-08-01")
        self.assertFalse(free.is_parked)
        self.assertEqual(free.charge_ids.state, "void")

    # -- B13, B21 -------------------------------------------------------------------------------------------------

    def make_mandatory_plan(self):
        """Return an analytic account of a plan that every invoice line has to be distributed over."""
        plan = self.env["account.analytic.plan"].create({"name": "Cost Centre", "default_applicability": "mandatory"})
        account = self.env["account.analytic.account"].create({"name": "Centre", "plan_id": plan.id})
        return plan, account

    def test_case_B13_a_mandatory_analytic_plan_parks(self):
        self.make_mandatory_plan()
        run = self.preview_and_run()
        self.assertEqual((run.parked_count, run.invoice_count), (6, 0))
        self.assertIn("Cost Centre", self.poor.parked_reason)

    def test_case_B13_customers_for_whom_a_model_distributes_are_billed(self):
        _plan, account = self.make_mandatory_plan()
        for partner in self.healthy.partner_id:
            self.env["account.analytic.distribution.model"].create(
                {"partner_id": partner.id, "analytic_distribution": {str(account.id): 100}}
            )
        run = self.preview_and_run()
        self.assertEqual((run.parked_count, run.invoice_count), (1, 5))
        self.assertIn("Cost Centre", self.poor.parked_reason)
        self.assertTrue(all(self.get_invoices(self.healthy[0]).invoice_line_ids.mapped("analytic_distribution")))

    def test_case_B13_half_a_distribution_is_none(self):
        _plan, account = self.make_mandatory_plan()
        self.env["account.analytic.distribution.model"].create({"analytic_distribution": {str(account.id): 50}})
        run = self.preview_and_run()
        self.assertEqual((run.parked_count, run.invoice_count), (6, 0))

    def test_case_B13_a_charge_at_once_is_refused_as_well(self):
        self.make_mandatory_plan()
        charge = self.env["billing.charge"].create({"account_id": self.poor.id, "code_id": self.net.id})
        with self.assertRaisesRegex(UserError, "Cost Centre"):
            self.env["billing.invoicing"].invoice_now(charge)

    def test_case_B21_a_customer_in_the_archive_parks(self):
        self.poor.partner_id.active = False
        self.assertPoorIsParked("Poor", "archive")

    def test_case_B20_the_preview_parks_what_the_run_parks(self):
        self.healthy[0].partner_id.active = False
        self.make_mandatory_plan()
        self.preview_and_run()
