from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestAmounts(BillingCase):
    """An invoice comes to what its charges say, whatever Odoo rounds and however the line is shown."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accounts = cls.env["billing.account"].union(*(cls.make_account(f"Number {one}") for one in range(4)))
        cls.account = cls.accounts[0]

    def make_tax(self, amount, name="Tax", **vals):
        return self.env["account.tax"].create({"name": name, "amount": amount, "type_tax_use": "sale", **vals})

    def charge(self, account, code, quantity, timing="next", day="2026-08-01", **vals):
        return self.env["billing.charge"].create(
            {
                "account_id": account.id,
                "code_id": code.id,
                "quantity": quantity,
                "charge_date": day,
                "invoice_timing": timing,
                **vals,
            }
        )

    def set_quantity_digits(self, digits):
        self.env.ref("uom.decimal_product_uom").digits = digits
        self.env.registry.clear_cache()

    def assertAgree(self, accounts=None):
        """See that each invoice comes to its charges: before tax, or with tax where these say so."""
        accounts = accounts or self.accounts
        moves = self.env["account.move"].search([("billing_account_id", "in", accounts.ids)])
        self.assertTrue(moves)
        for move in moves:
            sign = -1 if move.move_type == "out_refund" else 1
            charges = self.env["billing.charge"].search([("invoice_id", "=", move.id)])
            included = charges.filtered("tax_included")
            owed = move.amount_total if included else move.amount_untaxed
            self.assertAlmostEqual(sign * owed, sum(charges.mapped("amount")), 2, move.name)
        return moves

    # -- B1: what Odoo rounds after us ----------------------------------------------------------------------------

    def test_case_B1_quantity_is_not_rounded_into_another_amount(self):
        code = self.make_code("HOUR", price=80)
        for account, quantity in zip(self.accounts, (0.125, 0.004, 0.125, 1.5), strict=True):
            charge = self.charge(account, code, quantity)
            self.env["billing.invoicing"].invoice_now(charge)
        amounts = [self.get_invoices(account).amount_untaxed for account in self.accounts]
        self.assertEqual(amounts, [10.0, 0.32, 10.0, 120.0])
        self.assertIn("0.125", self.get_invoices(self.account).invoice_line_ids.name)

    def test_case_B1_in_a_batch_of_a_plan(self):
        code = self.make_code("HOUR", price=80)
        plan = self.make_plan((code, {"quantity": 0.125}))
        for account in self.accounts:
            self.subscribe(account, plan, "2026-08-01")
        run = self.bill(self.accounts, "2026-08-01")
        self.assertGreater(run.rendered_count, 0)
        self.assertEqual(self.assertAgree().mapped("amount_untaxed"), [10.0] * 4)

    def test_case_B1_without_decimals_of_quantities(self):
        self.set_quantity_digits(0)
        code = self.make_code("DAY", price=100)
        for account in self.accounts:
            self.charge(account, code, 1.5)
        self.bill(self.accounts, "2026-08-01")
        self.assertEqual(self.assertAgree().mapped("amount_untaxed"), [150.0] * 4)

    def test_case_B1_where_taxes_are_rounded_for_the_whole_invoice(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        code = self.make_code("CALL", price=3.333, tax=self.make_tax(10))
        for account in self.accounts:
            for day in range(1, 11):
                self.charge(account, code, 3, day=f"2026-08-{day:02d}")
            self.subscribe(account, self.make_plan(self.make_code(f"N{account.id}", price=1)), "2026-08-20")
        self.bill(self.accounts, "2026-08-20")
        self.assertEqual(self.assertAgree().mapped("amount_untaxed"), [101.0] * 4)

    def test_case_B1_a_difference_that_nobody_foresaw_is_not_posted(self):
        code = self.make_code("NET", price=50)
        for account in self.accounts:
            self.charge(account, code, 1)
        tax = self.make_tax(10, price_include_override="tax_included")
        lines = self.env["billing.bill.lines"]
        self.patch(type(lines), "_get_unit_price", lambda self, item: 49.0)
        self.patch(type(lines), "_gives", lambda self, *_numbers: True)
        run = self.bill(self.accounts, "2026-08-01")
        self.assertEqual((run.parked_count, run.invoice_count), (4, 0))
        self.assertIn("add up to", self.account.parked_reason)
        self.assertTrue(tax)

    # -- B3: the total with tax decides ---------------------------------------------------------------------------

    def bill_two(self, first, second):
        """Bill two charges of (price, tax) on one day for every account; return the preview and the run."""
        codes = [
            self.make_code(f"C{number}", price=1, tax=tax) for number, (_amount, tax) in enumerate((first, second))
        ]
        for account in self.accounts:
            for code, (amount, _tax) in zip(codes, (first, second), strict=True):
                self.charge(account, code, 1, amount=amount)
        preview = self.env["billing.run"].preview("2026-08-01", self.accounts.mapped("name"))
        return preview, self.bill(self.accounts, "2026-08-01")

    def test_case_B3_an_invoice_whose_net_amount_is_negative(self):
        preview, run = self.bill_two((100, self.make_tax(20)), (-110, None))
        self.assertEqual((run.parked_count, run.invoice_count, preview["parked"]), (0, 4, 0))
        moves = self.assertAgree()
        self.assertEqual(set(moves.mapped("move_type")), {"out_invoice"})
        self.assertEqual(moves.mapped("amount_total"), [10.0] * 4)
        self.assertEqual({line["document"] for line in preview["lines"]}, {"invoice"})

    def test_case_B3_a_credit_note_whose_net_amount_is_positive(self):
        preview, run = self.bill_two((-100, self.make_tax(20)), (110, None))
        self.assertEqual((run.parked_count, run.invoice_count), (0, 4))
        moves = self.assertAgree()
        self.assertEqual(set(moves.mapped("move_type")), {"out_refund"})
        self.assertEqual(moves.mapped("amount_total"), [10.0] * 4)
        self.assertEqual({line["document"] for line in preview["lines"]}, {"credit note"})

    def test_case_B3_amounts_that_cancel_out_and_leave_a_tax_are_not_nothing(self):
        self.company.billing_zero_invoice = "skip"
        _preview, run = self.bill_two((100, self.make_tax(20)), (-100, None))
        self.assertEqual((run.parked_count, run.invoice_count), (0, 4))
        self.assertEqual(self.assertAgree().mapped("amount_tax"), [20.0] * 4)

    def test_case_B3_what_comes_to_nothing_with_tax_does_not_lose_its_tax(self):
        self.company.billing_zero_invoice = "skip"
        _preview, run = self.bill_two((100, self.make_tax(20)), (-120, None))
        self.assertEqual((run.parked_count, run.invoice_count), (0, 4))
        self.assertEqual(self.assertAgree().mapped("amount_tax"), [20.0] * 4)

    def test_case_B3_nothing_at_all_is_skipped_and_the_preview_says_so(self):
        self.company.billing_zero_invoice = "skip"
        preview, run = self.bill_two((100, None), (-100, None))
        self.assertEqual((preview["invoices"], run.invoice_count), (0, 0))
        self.assertEqual({line["document"] for line in preview["lines"]}, {"nothing"})

    # -- B8: taxes of a fixed amount per unit ---------------------------------------------------------------------

    def test_case_B8_a_tax_per_unit_counts_the_true_quantity(self):
        deposit = self.make_tax(0.25, amount_type="fixed")
        code = self.make_code(
            "CRATE",
            {"model": "graduated", "tiers": [{"up_to": 2, "unit_price": 5}, {"unit_price": 3.33}]},
            tax=deposit,
        )
        for account in self.accounts:
            self.charge(account, code, 7)
        self.bill(self.accounts, "2026-08-01")
        moves = self.assertAgree()
        self.assertEqual(moves.mapped("amount_untaxed"), [26.65] * 4)
        self.assertEqual(moves.mapped("amount_tax"), [1.75] * 4)

    def test_case_B8_a_short_period_of_seven_has_seven_deposits(self):
        code = self.make_code("CRATE", price=10, tax=self.make_tax(0.25, amount_type="fixed"))
        plan = self.make_plan((code, {"quantity": 7}), alignment="calendar")
        for account in self.accounts:
            self.subscribe(account, plan, "2026-08-10")
        self.bill(self.accounts, "2026-08-10")
        moves = self.assertAgree()
        self.assertEqual(moves.mapped("amount_untaxed"), [49.68] * 4)
        self.assertEqual(moves.mapped("amount_tax"), [1.75] * 4)

    def test_case_B8_a_quantity_that_odoo_cannot_hold_is_parked_and_the_preview_says_so(self):
        code = self.make_code("HOUR", price=80, tax=self.make_tax(8, name="Levy", amount_type="fixed"))
        for account in self.accounts:
            self.charge(account, code, 0.125)
        preview = self.env["billing.run"].preview("2026-08-01", self.accounts.mapped("name"))
        run = self.bill(self.accounts, "2026-08-01")
        self.assertEqual((run.parked_count, preview["parked"]), (4, 4))
        self.assertIn("Levy", self.account.parked_reason)
        self.set_quantity_digits(3)
        self.bill(self.accounts, "2026-08-01")
        moves = self.assertAgree()
        self.assertEqual(moves.mapped("amount_tax"), [1.0] * 4)

    # -- B9: prices with tax --------------------------------------------------------------------------------------

    def test_case_B9_a_charge_says_that_its_amount_is_with_tax(self):
        tax = self.make_tax(20, price_include_override="tax_included")
        code = self.make_code("NET", price=120, tax=tax)
        plan = self.make_plan(code)
        for account in self.accounts:
            self.subscribe(account, plan, "2026-08-01")
        self.bill(self.accounts, "2026-08-01")
        moves = self.assertAgree()
        self.assertEqual(moves.mapped("amount_total"), [120.0] * 4)
        self.assertEqual(moves.mapped("amount_untaxed"), [100.0] * 4)
        self.assertTrue(all(self.account.charge_ids.mapped("tax_included")))

    def make_abroad(self, *destinations):
        """Have half of the customers owe other taxes than those of the price list."""
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        for tax in destinations:
            tax.fiscal_position_ids = position
        self.accounts[:2].partner_id.property_account_position_id = position
        return self.accounts[:2], self.accounts[2:]

    def test_case_B9_the_net_amount_is_kept_for_customers_who_owe_no_tax(self):
        tax = self.make_tax(20, price_include_override="tax_included")
        none = self.make_tax(0, name="None", original_tax_ids=[Command.set(tax.ids)])
        abroad, at_home = self.make_abroad(none)
        code = self.make_code("NET", price=120, tax=tax)
        plan = self.make_plan(code, alignment="calendar")
        for account in self.accounts:
            self.subscribe(account, plan, "2026-08-01")
            self.charge(account, code, 1)
        self.bill(self.accounts, "2026-08-01")
        self.assertAgree()
        for account in abroad:
            self.assertEqual(self.get_invoices(account).amount_total, 200.0)
            self.assertEqual(account.charge_ids.mapped("amount"), [100.0] * 2)
            self.assertFalse(any(account.charge_ids.mapped("tax_included")))
        for account in at_home:
            self.assertEqual(self.get_invoices(account).amount_total, 240.0)

    def test_case_B9_nothing_is_corrected_that_has_not_changed(self):
        tax = self.make_tax(20, price_include_override="tax_included")
        none = self.make_tax(0, name="None", original_tax_ids=[Command.set(tax.ids)])
        abroad, _at_home = self.make_abroad(none)
        code = self.make_code("NET", price=10.03, tax=tax)
        plan = self.make_plan(code, alignment="calendar")
        for account in abroad:
            self.subscribe(account, plan, "2026-08-01")
        self.bill(abroad, "2026-08-01")
        abroad.subscription_ids.line_ids.sudo().recheck_from = "2026-08-01"
        self.bill(abroad, "2026-09-01")
        self.assertTrue(abroad)
        for account in abroad:
            self.assertCharges(account, [("2026-08-01", "8.36"), ("2026-09-01", "8.36")])

    def test_case_B9_another_tax_within_the_price(self):
        tax = self.make_tax(20, price_include_override="tax_included")
        other = self.make_tax(
            10, name="Other", price_include_override="tax_included", original_tax_ids=[Command.set(tax.ids)]
        )
        abroad, _at_home = self.make_abroad(other)
        code = self.make_code("NET", price=120, tax=tax)
        for account in abroad:
            self.charge(account, code, 1, amount=240)
        self.bill(abroad, "2026-08-01")
        self.assertEqual(self.assertAgree(abroad).mapped("amount_total"), [220.0] * 2)
        self.assertTrue(all(abroad.charge_ids.mapped("tax_included")))

    def test_case_B9_amounts_without_tax_say_so_too(self):
        code = self.make_code("NET", price=120, tax=self.make_tax(20))
        self.charge(self.account, code, 1)
        self.bill(self.account, "2026-08-01")
        self.assertAgree(self.account)
        self.assertFalse(self.account.charge_ids.tax_included)

    def test_case_B9_with_tax_rounded_for_the_whole_invoice(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        code = self.make_code("NET", price=9.99, tax=self.make_tax(19, price_include_override="tax_included"))
        for account in self.accounts:
            for _number in range(7):
                self.charge(account, code, 3)
        self.bill(self.accounts, "2026-08-01")
        self.assertEqual(self.assertAgree().mapped("amount_total"), [209.79] * 4)

    # -- B10: rounding of the currency ----------------------------------------------------------------------------

    def test_case_B10_amounts_are_multiples_of_what_the_currency_is_rounded_to(self):
        currency = self.env["res.currency"].create({"name": "XFR", "symbol": "X", "rounding": 0.05})
        code = self.make_code("NET", price=30.09, currency=currency)
        once = self.make_code("ONCE", price=7.026, currency=currency, kind="one_time")
        plan = self.make_plan(code, alignment="calendar")
        accounts = self.env["billing.account"].union(
            *(self.make_account(f"Swiss {one}", currency_id=currency.id) for one in range(3))
        )
        for account in accounts:
            self.subscribe(account, plan, "2026-08-10")
            self.charge(account, once, 1, day="2026-08-10")
        self.bill(accounts, "2026-09-01")
        for account in accounts:
            self.assertCharges(account, [("2026-08-10", "7.05"), ("2026-08-10", "21.35"), ("2026-09-01", "30.10")])
        self.assertAgree(accounts)

    def test_quantities_of_a_billion_are_written_in_plain_digits(self):
        code = self.make_code("BYTE", price=0.0000001)
        charge = self.charge(self.account, code, 1_000_000_000.125)
        self.env["billing.invoicing"].invoice_now(charge)
        self.assertIn("1000000000.125", self.get_invoices(self.account).invoice_line_ids.name)
        self.assertAgree(self.account)

    def test_an_invoice_that_is_wrong_is_no_error_of_the_server(self):
        with self.assertRaises(UserError):
            self.env["billing.posting"].create_posted(
                [
                    {
                        "move_type": "out_invoice",
                        "partner_id": self.account.partner_id.id,
                        "invoice_line_ids": [Command.create({"name": "x", "price_unit": 5, "tax_ids": []})],
                    }
                ],
                expected=[(4.0, None)],
            )
