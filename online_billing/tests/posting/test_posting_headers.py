from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ...services.posting.customers import Customers
from .posting_common import InvoiceWriterCase


@tagged("post_install", "-at_install")
class TestInvoiceWriterHeaders(InvoiceWriterCase):
    """Every kind of customer, payment term, currency and company: what the writer leaves equals what Odoo leaves."""

    # ---- customers and payment terms

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

    def test_payment_terms_of_invoices_made_after_their_date_count_from_the_day_they_were_made(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half at once",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 14}),
                ],
            }
        )
        for terms_date, dues in (
            ("2026-04-02", ["2026-04-02", "2026-04-16"]),
            ("2026-01-02", ["2026-03-10", "2026-03-24"]),
        ):
            values = self.invoices(
                invoice_payment_term_id=term.id, invoice_date="2026-03-10", billing_terms_date=terms_date
            )
            self.assert_equal_to_odoo(values)
            move = self.writer.create_posted(values).moves[0]
            lines = move.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")
            self.assertEqual([day.isoformat() for day in lines.mapped("date_maturity")], dues)

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

    def test_partners_are_called_as_odoo_calls_them(self):
        partners = self.env["res.partner"].create(
            [
                {"name": "  Alone \n\n Corp  "},
                {"name": "Of a Company", "company_name": "Company in Words"},
                {"name": "Parent", "is_company": True, "child_ids": [Command.create({"type": "invoice"})]},
                {"name": "", "type": "invoice", "parent_id": self.customers[0].id},
                {"name": "Employee", "parent_id": self.customers[0].id, "vat": "X1", "email": "e@example.com"},
            ]
        )
        partners |= partners.child_ids
        called, by_odoo = [], []
        for context in ({}, {"show_email": True}, {"show_vat": True, "show_address": True}):
            env = self.env(context={**self.env.context, **context})
            customers = Customers(env)
            customers.prefetch((self.company.id, partner.id) for partner in partners)
            called += [customers.get(self.company.id, partner_id).display_name for partner_id in partners.ids]
            by_odoo += partners.with_env(env).mapped("display_name")
        self.assertEqual((called, len(called)), (by_odoo, 18))

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
        result = self.writer.create_posted(
            [dict(vals, partner_id=partner.id) for vals, partner in zip(self.invoices(count=5), partners, strict=True)]
        )
        self.assertEqual(result.rendered, 3, result.reasons)
        self.assertEqual(set(partners.mapped("customer_rank")), {1})

    # ---- companies, currencies, users

    def test_payment_references_of_every_kind(self):
        """Of some, Odoo makes numbers with a check: a wrong one is a payment that no bank can match."""
        journals = self.env["account.journal"]
        kinds = {name for name, _label in journals._fields["invoice_reference_model"]._description_selection(self.env)}
        self.assertGreaterEqual(kinds, {"odoo", "euro", "number"})
        for model in ("odoo", "euro", "number"):
            for kind in ("invoice", "partner"):
                with self.subTest(model=model, kind=kind):
                    self.journal.write({"invoice_reference_model": model, "invoice_reference_type": kind})
                    moves = self.assert_equal_to_odoo(self.invoices()).moves
                    self.assertEqual(len(set(moves.mapped("payment_reference"))), len(moves))
                    self.assertTrue(all(moves.mapped("payment_reference")))

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
