from odoo.fields import Command
from odoo.tests import tagged

from .posting_common import InvoiceWriterCase


@tagged("post_install", "-at_install")
class TestInvoiceWriterShapes(InvoiceWriterCase):
    """Every kind of tax and line: what the writer leaves equals what Odoo leaves."""

    # ---- taxes

    def test_tax_excluded(self):
        result = self.assert_equal_to_odoo(self.invoices())
        self.assertEqual(result.reasons["example"], 2)
        self.assertEqual(result.rendered, 4)

    def test_tax_included(self):
        tax = self.make_tax("Included", 21, price_include_override="tax_included")
        self.assert_equal_to_odoo(
            self.invoices(
                lambda number: [
                    self.line(9.99 + number, tax_ids=[Command.set(tax.ids)]),
                    self.line(0.33, quantity=7, tax_ids=[Command.set(tax.ids)]),
                ]
            )
        )

    def test_included_and_excluded_taxes_together(self):
        included = self.make_tax(
            "Included", 10, price_include_override="tax_included", include_base_amount=True, sequence=1
        )
        excluded = self.make_tax("On top", 5, sequence=2)
        self.assert_equal_to_odoo(
            self.invoices(
                lambda number: [
                    self.line(17.77 + number, tax_ids=[Command.set((included | excluded).ids)]),
                    self.line(5.55, tax_ids=[Command.set(excluded.ids)]),
                ]
            )
        )

    def test_group_of_taxes(self):
        children = self.make_tax("State", 6.25) | self.make_tax("County", 1.75)
        group = self.make_tax("Sales tax", 0, amount_type="group", children_tax_ids=[Command.set(children.ids)])
        self.assert_equal_to_odoo(
            self.invoices(lambda number: [self.line(19.99 + number, tax_ids=[Command.set(group.ids)]), self.line(1.01)])
        )

    def test_several_taxes_of_which_one_raises_the_base(self):
        first = self.make_tax("Duty", 3, include_base_amount=True, sequence=1)
        second = self.make_tax("Sales", 20, sequence=2)
        self.assert_equal_to_odoo(
            self.invoices(lambda number: [self.line(33.33 + number, tax_ids=[Command.set((first | second).ids)])])
        )

    def test_fixed_tax(self):
        fixed = self.make_tax("Eco", 0.12, amount_type="fixed", include_base_amount=True, sequence=1)
        self.assert_equal_to_odoo(
            self.invoices(
                lambda number: [
                    self.line(8 + number, quantity=number + 1, tax_ids=[Command.set((fixed | self.tax).ids)])
                ]
            )
        )

    def test_division_tax(self):
        tax = self.make_tax("Division", 10, amount_type="division")
        self.assert_equal_to_odoo(
            self.invoices(lambda number: [self.line(8.5 + number, tax_ids=[Command.set(tax.ids)])])
        )

    def test_reverse_charge_with_tags(self):
        tags = self.env["account.account.tag"].create(
            [
                {"name": name, "applicability": "taxes", "country_id": self.company.account_fiscal_country_id.id}
                for name in ("base", "plus", "minus")
            ]
        )
        account = self.company_data["default_account_tax_sale"]

        def repartition():
            return [
                Command.create({"repartition_type": "base", "tag_ids": [Command.set(tags[0].ids)]}),
                Command.create(
                    {
                        "repartition_type": "tax",
                        "factor_percent": 100,
                        "account_id": account.id,
                        "tag_ids": [Command.set(tags[1].ids)],
                    }
                ),
                Command.create(
                    {
                        "repartition_type": "tax",
                        "factor_percent": -100,
                        "account_id": account.copy().id,
                        "tag_ids": [Command.set(tags[2].ids)],
                    }
                ),
            ]

        tax = self.make_tax(
            "Reverse", 19, invoice_repartition_line_ids=repartition(), refund_repartition_line_ids=repartition()
        )
        self.assert_equal_to_odoo(
            self.invoices(lambda number: [self.line(41.7 + number, tax_ids=[Command.set(tax.ids)]), self.line(2.5)])
        )

    def test_tax_split_over_accounts(self):
        account = self.company_data["default_account_tax_sale"]

        def repartition():
            return [
                Command.create({"repartition_type": "base"}),
                Command.create({"repartition_type": "tax", "factor_percent": 60, "account_id": account.id}),
                Command.create({"repartition_type": "tax", "factor_percent": 40}),
            ]

        tax = self.make_tax(
            "Split", 17, invoice_repartition_line_ids=repartition(), refund_repartition_line_ids=repartition()
        )
        self.assert_equal_to_odoo(
            self.invoices(
                lambda number: [
                    self.line(13.13 + number, tax_ids=[Command.set(tax.ids)]),
                    self.line(7.77, tax_ids=[Command.set(tax.ids)]),
                ]
            )
        )

    def test_tax_due_on_payment(self):
        transition = self.company_data["default_account_tax_sale"].copy({"reconcile": True})
        self.company.tax_exigibility = True
        tax = self.make_tax(
            "Cash basis", 12, tax_exigibility="on_payment", cash_basis_transition_account_id=transition.id
        )
        self.assert_equal_to_odoo(
            self.invoices(lambda number: [self.line(21 + number, tax_ids=[Command.set(tax.ids)])])
        )

    def test_rounding_of_taxes_per_line_and_over_the_document(self):
        def lines_of(number):
            return [
                self.line(price, quantity=quantity)
                for price, quantity in ((0.83 + number, 3), (1.115, 7), (2.345, 1), (0.005, 99), (4.44, 2.5))
            ]

        for method in ("round_per_line", "round_globally"):
            with self.subTest(method):
                self.company.tax_calculation_rounding_method = method
                self.assert_equal_to_odoo(self.invoices(lines_of))

    def test_included_tax_rounded_over_the_document(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        tax = self.make_tax("Included", 21, price_include_override="tax_included")
        self.assert_equal_to_odoo(
            self.invoices(
                lambda number: [self.line(21.53 + number, tax_ids=[Command.set(tax.ids)]) for _time in range(3)]
            )
        )

    def test_tax_too_small_to_be_written(self):
        self.assert_equal_to_odoo(
            self.invoices(lambda number: [self.line(0.02 + number * 10), self.line(0.01, tax_ids=[Command.clear()])]),
            rendered=True,
        )

    def test_no_tax(self):
        self.assert_equal_to_odoo(self.invoices(lambda number: [self.line(12 + number, tax_ids=[Command.clear()])]))

    # ---- lines

    def test_notes_and_sections(self):
        self.assert_equal_to_odoo(
            self.invoices(
                lambda number: [
                    Command.create({"display_type": "line_section", "name": f"Period {number}\nwith\ttab and \\ back"}),
                    self.line(5 + number),
                    Command.create({"display_type": "line_note", "name": "100% of it"}),
                    self.line(6 + number, sequence=50),
                ]
            )
        )

    def test_discounts_and_odd_quantities(self):
        self.assert_equal_to_odoo(
            self.invoices(
                lambda number: [
                    self.line(99.99, discount=33.333 + number),
                    self.line(0.0123456, quantity=1234.56789),
                    self.line(7, quantity=0),
                ]
            )
        )

    def test_negative_line_within_a_positive_invoice(self):
        self.assert_equal_to_odoo(
            self.invoices(lambda number: [self.line(100 + number), self.line(-12.5), self.line(3, quantity=-1)])
        )

    def test_different_numbers_of_lines(self):
        result = self.assert_equal_to_odoo(
            self.invoices(
                lambda number: [self.line(4 + step, product=self.services[step % 3]) for step in range(number + 1)]
            )
        )
        self.assertEqual(result.reasons["example"], 2)

    def test_account_given_and_no_product(self):
        account = self.company_data["default_account_revenue"].copy()
        line = Command.create(
            {
                "name": "By hand",
                "account_id": account.id,
                "quantity": 1,
                "price_unit": 50,
                "tax_ids": [Command.set(self.tax.ids)],
            }
        )
        self.assert_equal_to_odoo(self.invoices(lambda number: [line, self.line(4 + number)]))

    def test_income_account_that_is_reconciled(self):
        account = self.company_data["default_account_revenue"].copy({"reconcile": True})
        self.services[0].property_account_income_id = account
        self.assert_equal_to_odoo(self.invoices())

    def test_other_unit_of_measure(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self.assert_equal_to_odoo(self.invoices(lambda number: [self.line(4 + number, product_uom_id=dozen.id)]))

    def test_analytic_distribution(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        accounts = self.env["account.analytic.account"].create([{"name": name, "plan_id": plan.id} for name in "AB"])
        analytic_tax = self.make_tax("Analytic", 7, analytic=True)
        distribution = {str(accounts[0].id): 33.33, str(accounts[1].id): 66.67}
        self.assert_equal_to_odoo(
            self.invoices(
                lambda number: [
                    self.line(10 + number, analytic_distribution=distribution, tax_ids=[Command.set(analytic_tax.ids)]),
                    self.line(1.5 + number),
                ]
            )
        )
