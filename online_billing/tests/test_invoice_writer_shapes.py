from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .invoice_writer_common import InvoiceWriterCase


@tagged("post_install", "-at_install")
class TestInvoiceWriterShapes(InvoiceWriterCase):
    """Every kind of invoice: what the writer leaves equals what Odoo leaves."""

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

    # ---- headers

    def test_credit_notes(self):
        self.assert_equal_to_odoo(self.invoices(move_type="out_refund"))

    def test_credit_notes_in_the_sequence_of_invoices(self):
        self.journal.refund_sequence = False
        self.assert_equal_to_odoo(self.invoices(move_type="out_refund") + self.invoices())

    def test_payment_term_with_one_due_line(self):
        self.assert_equal_to_odoo(
            self.invoices(invoice_payment_term_id=self.env.ref("account.account_payment_term_30days").id)
        )

    def test_payment_term_with_several_due_lines(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "In thirds",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 33.33, "nb_days": 0}),
                    Command.create(
                        {"value": "fixed", "value_amount": 5, "nb_days": 10, "delay_type": "days_after_end_of_month"}
                    ),
                    Command.create({"value": "percent", "value_amount": 66.67, "nb_days": 60}),
                ],
            }
        )
        self.assert_equal_to_odoo(self.invoices(invoice_payment_term_id=term.id))

    def test_payment_terms_due_on_the_same_day_become_one_line(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Twice",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}) for _time in range(2)
                ],
            }
        )
        self.assert_equal_to_odoo(self.invoices(invoice_payment_term_id=term.id))

    def test_early_payment_discount(self):
        for computation in ("included", "excluded"):
            with self.subTest(computation):
                term = self.env["account.payment.term"].create(
                    {
                        "name": "2/7 net 30",
                        "early_discount": True,
                        "discount_percentage": 2,
                        "discount_days": 7,
                        "early_pay_discount_computation": computation,
                        "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
                    }
                )
                self.assert_equal_to_odoo(self.invoices(invoice_payment_term_id=term.id))

    def test_early_payment_discount_that_reduces_the_tax_is_left_to_odoo(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Mixed",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 7,
                "early_pay_discount_computation": "mixed",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        self.assert_equal_to_odoo(
            self.invoices(count=3, invoice_payment_term_id=term.id),
            rendered=False,
            reason="early payment discount at invoice",
        )

    def test_due_date_given(self):
        self.assert_equal_to_odoo(
            self.invoices(invoice_payment_term_id=False, invoice_date_due=fields.Date.to_date("2026-04-20"))
        )

    def test_payment_term_of_the_customer(self):
        self.customers.property_payment_term_id = self.env.ref("account.account_payment_term_end_following_month")
        self.assert_equal_to_odoo(self.invoices())

    def test_no_reference(self):
        self.assert_equal_to_odoo(self.invoices(ref=False))

    def test_payment_reference_given(self):
        self.assert_equal_to_odoo(self.invoices(payment_reference="RF18 5390 0754 7034"))

    def test_many_dates_of_one_month_need_no_more_examples(self):
        invoices = self.invoices()
        for number, vals in enumerate(invoices):
            vals["invoice_date"] = fields.Date.to_date(f"2026-03-{number + 1:02d}")
        result = self.assert_equal_to_odoo(invoices)
        self.assertEqual(result.reasons["example"], 2)

    def test_fiscal_position_of_the_customer(self):
        other = self.make_tax("Foreign", 8)
        account = self.company_data["default_account_revenue"].copy()
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "account_ids": [
                    Command.create(
                        {
                            "account_src_id": self.company_data["default_account_revenue"].id,
                            "account_dest_id": account.id,
                        }
                    )
                ],
            }
        )
        other.write(
            {"fiscal_position_ids": [Command.set(position.ids)], "original_tax_ids": [Command.set(self.tax.ids)]}
        )
        self.customers.property_account_position_id = position
        result = self.assert_equal_to_odoo(self.invoices())
        self.assertEqual(result.moves.invoice_line_ids.tax_ids, other)
        self.assertEqual(result.moves.invoice_line_ids.account_id, account)

    def test_fiscal_position_found_by_country(self):
        self.env["account.fiscal.position"].create(
            {"name": "Germany", "auto_apply": True, "country_id": self.env.ref("base.de").id}
        )
        self.customers[:3].country_id = self.env.ref("base.de")
        result = self.assert_equal_to_odoo(self.invoices())
        self.assertEqual(result.reasons["example"], 4, "two shapes")

    def test_fiscal_position_given(self):
        position = self.env["account.fiscal.position"].create({"name": "Given"})
        self.assert_equal_to_odoo(self.invoices(fiscal_position_id=position.id))

    def test_contacts_and_delivery_addresses(self):
        firm = self.env["res.partner"].create(
            {"name": "Firm", "is_company": True, "country_id": self.env.ref("base.us").id}
        )
        contacts = self.env["res.partner"].create(
            [
                {"name": f"Contact {number}", "parent_id": firm.id, "type": kind}
                for number, kind in enumerate(("invoice", "contact", "delivery"))
            ]
        )
        invoices = self.invoices()
        for vals, partner in zip(invoices, (firm, *contacts, firm, contacts[0]), strict=True):
            vals["partner_id"] = partner.id
        self.assert_equal_to_odoo(invoices)

    def test_customers_of_other_languages_and_salespeople(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.config_parameter"].sudo().set_param("account.use_invoice_terms", True)
        self.company.invoice_terms = "<p>Pay soon</p>"
        self.company.update_field_translations("invoice_terms", {"fr_FR": {"Pay soon": "Payez vite"}})
        self.customers.lang = "en_US"
        self.customers[::2].lang = "fr_FR"
        self.customers[:4].user_id = self.env.user.copy({"login": "seller"})
        result = self.assert_equal_to_odoo([*self.invoices(), *self.invoices(), *self.invoices()])
        self.assertEqual(set(result.moves.mapped("narration")), {"<p>Pay soon</p>", "<p>Payez vite</p>"})

    def test_receivable_account_of_the_customer(self):
        self.customers[2:4].property_account_receivable_id = self.company_data["default_account_receivable"].copy()
        self.assert_equal_to_odoo(self.invoices())

    def test_bank_account_of_the_company(self):
        self.env["res.partner.bank"].create(
            {"acc_number": "US001", "partner_id": self.company.partner_id.id, "allow_out_payment": True}
        )
        self.assert_equal_to_odoo(self.invoices())

    def test_a_new_customer_becomes_a_customer(self):
        partners = self.env["res.partner"].create([{"name": f"New {number}"} for number in range(5)])
        result = self.writer._create_posted(
            [dict(vals, partner_id=partner.id) for vals, partner in zip(self.invoices(count=5), partners, strict=True)]
        )
        self.assertEqual(result.rendered, 3, result.reasons)
        self.assertEqual(set(partners.mapped("customer_rank")), {1})

    # ---- companies, currencies, users

    def test_foreign_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.9137), ("2026-03-02", 0.8888)])
        invoices = self.invoices(currency_id=currency.id)
        for vals in invoices[3:]:
            vals["invoice_date"] = fields.Date.to_date("2026-03-05")
        self.assert_equal_to_odoo(invoices)

    def test_foreign_currency_with_payment_term_and_rounding_over_the_document(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        currency = self.setup_other_currency("EUR", rates=[("2026-01-01", 3.7)])
        term = self.env["account.payment.term"].create(
            {
                "name": "Half",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (10, 20)
                ],
            }
        )
        self.assert_equal_to_odoo(
            self.invoices(
                lambda number: [self.line(0.37 * step + number) for step in range(1, 6)],
                currency_id=currency.id,
                invoice_payment_term_id=term.id,
            )
        )

    def test_currencies_without_and_with_three_decimals(self):
        for name, rounding in (("JPY", 1.0), ("KWD", 0.001), ("CHF", 0.05)):
            with self.subTest(name):
                currency = self.setup_other_currency(name, rounding=rounding, rates=[("2026-01-01", 17.35)])
                self.assert_equal_to_odoo(
                    self.invoices(
                        lambda number: [self.line(123.4567 + number), self.line(9.87, quantity=3)],
                        currency_id=currency.id,
                    )
                )

    def test_second_company(self):
        data = self.setup_other_company()
        company = data["company"]
        self.services.with_company(company).property_account_income_id = data["default_account_revenue"]
        tax = data["default_tax_sale"]
        self.services.taxes_id += tax
        others = self.invoices(
            company_id=company.id, journal_id=data["default_journal_sale"].id, currency_id=company.currency_id.id
        )
        result = self.assert_equal_to_odoo(others + self.invoices())
        self.assertEqual(result.moves[:6].invoice_line_ids.tax_ids, tax)

    def test_user_without_technical_rights_and_the_system_itself(self):
        for user in (self.env.ref("base.user_root"), self.env.ref("base.user_admin")):
            with self.subTest(user.login):
                env = self.env(user=user, context=dict(self.env.context, allowed_company_ids=self.company.ids), su=True)
                self.writer = self.writer.with_env(env)
                self.env, before = env, self.env
                try:
                    self.assert_equal_to_odoo(self.invoices())
                finally:
                    self.env = before

    def test_without_tracking(self):
        for context in (
            {"tracking_disable": True},
            {"mail_create_nolog": True, "mail_notrack": True, "mail_create_nosubscribe": True},
        ):
            with self.subTest(str(context)):
                self.env, before = self.env(context=dict(self.env.context, **context)), self.env
                self.writer = self.writer.with_env(self.env)
                try:
                    self.assert_equal_to_odoo(self.invoices())
                finally:
                    self.env = before
