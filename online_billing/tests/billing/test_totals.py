"""What a bill to come comes to with tax is what its invoice says."""

from decimal import Decimal

from odoo.fields import Command
from odoo.tests import tagged

from ..common import BillingCase

DAY = "2026-08-01"


@tagged("post_install", "-at_install")
class TestTotals(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.vat = cls.make_tax(19)

    @classmethod
    def make_tax(cls, amount, name="Tax", **vals):
        name = f"{name} {amount} {vals.get('price_include_override', '')}"
        return cls.env["account.tax"].create({"name": name, "amount": amount, "type_tax_use": "sale", **vals})

    def foretell(self, accounts=None, until=DAY):
        """Return what the bills of accounts would come to with tax, nothing of it saved."""
        accounts = accounts or self.account
        prepared = self.env["billing.rating"].prepare(dict.fromkeys(accounts.ids, self.day(until)))
        self.assertFalse(prepared.obstacles)
        return self.env["billing.bill.lines"].get_totals(prepared.bills)

    def assertForetold(self, expected=None):
        """See that each bill comes to what its invoice says afterwards."""
        totals = self.foretell()
        self.assertTrue(all(isinstance(total, Decimal) for total in totals))
        self.bill(self.account, DAY)
        moves = self.get_invoices(self.account)
        billed = [-move.amount_total if move.move_type == "out_refund" else move.amount_total for move in moves]
        self.assertEqual([f"{total:.2f}" for total in totals], [f"{total:.2f}" for total in billed])
        if expected:
            self.assertEqual([f"{total:.2f}" for total in totals], expected)

    def subscribe_to(self, *codes, account=None, **vals):
        plan = self.make_plan(*codes)
        return self.subscribe(account or self.account, plan, DAY, **vals)

    def test_tax_beside_the_price(self):
        self.subscribe_to(self.make_code("NET", price=50, tax=self.vat))
        self.assertForetold(["59.50"])

    def test_several_taxes_and_none(self):
        low = self.make_tax(7)
        self.subscribe_to(
            self.make_code("NET", price=13.37, tax=self.vat),
            self.make_code("BOOK", price=29.99, tax=low),
            self.make_code("FREE", price=7.01),
        )
        self.assertForetold()

    def test_tax_within_the_price(self):
        included = self.make_tax(19, price_include_override="tax_included")
        self.subscribe_to(self.make_code("NET", price=11.90, tax=included))
        self.assertForetold(["11.90"])

    def test_a_fiscal_position_maps_the_tax(self):
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        self.make_tax(
            5,
            name="Abroad",
            fiscal_position_ids=[Command.set(position.ids)],
            original_tax_ids=[Command.set(self.vat.ids)],
        )
        self.account.fiscal_position_id = position
        self.subscribe_to(self.make_code("NET", price=100, tax=self.vat))
        self.assertForetold(["105.00"])

    def test_an_amount_per_unit(self):
        levy = self.make_tax(1.5, name="Levy", amount_type="fixed")
        code = self.make_code("BIN", price=10, tax=levy)
        self.subscribe_to((code, {"quantity": 3}))
        self.assertForetold(["34.50"])

    def test_taxes_that_are_rounded_for_each_line_or_for_the_whole(self):
        codes = [self.make_code(f"T{number}", price=0.13, tax=self.vat) for number in range(5)]
        self.subscribe_to(*codes)
        found = set()
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            found.add(f"{self.foretell()[0]:.2f}")
        self.assertEqual(found, {"0.75", "0.77"})  # 5 x (0.13 + 0.02), and 0.65 + 0.12
        self.assertForetold()

    def test_terms_whose_tax_is_of_the_discounted_amount(self):
        self.account.payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "2 %",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "mixed",
            }
        )
        levy = self.make_tax(1, name="Levy", amount_type="fixed")
        self.subscribe_to(
            self.make_code("NET", price=100, tax=self.vat),
            self.make_code("BOOK", price=33.33, tax=self.make_tax(7)),
            self.make_code("BIN", price=10, tax=levy),
            self.make_code("FREE", price=10),
        )
        # 19 % of 98 and 7 % of 32.66 on 153.33, and the levy
        self.assertForetold([f"{153.33 + 18.62 + 2.29 + 1:.2f}"])

    def test_what_is_given_back_is_below_zero(self):
        code = self.make_code("BACK", price=50, kind="credit", tax=self.vat)
        self.env["billing.charge"].create(
            {"account_id": self.account.id, "code_id": code.id, "quantity": 1, "charge_date": DAY}
        )
        self.assertForetold(["-59.50"])

    def test_many_accounts_take_as_many_queries_as_few(self):
        code = self.make_code("NET", price=50, tax=self.vat)
        accounts = self.env["billing.account"].union(*(self.make_account(f"Number {one}") for one in range(12)))
        for account in accounts:
            self.subscribe_to(code, account=account)

        def count(group):
            bills = self.env["billing.rating"].prepare(dict.fromkeys(group.ids, self.day(DAY))).bills
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.env["billing.bill.lines"].get_totals(bills)), len(group))
            return self.env.cr.sql_log_count - before

        count(accounts)
        self.assertEqual(count(accounts), count(accounts[:2]))

    # -- the next twelve bills ----------------------------------------------------------------------------------------

    def test_the_next_bills_of_a_subscription_are_with_tax(self):
        subscription = self.subscribe_to(self.make_code("NET", price=50, tax=self.vat))
        text = str(subscription.forecast)
        self.assertEqual(text.count("59.50"), 12)
        self.assertIn("With tax", text)
        totals = self.env["billing.rating"]._get_forecast_totals(
            subscription, self.env["billing.rating"]._get_forecast(subscription)
        )
        self.bill(self.account, "2026-10-01")
        billed = {move.invoice_date: move.amount_total for move in self.get_invoices(self.account)}
        self.assertEqual(len(billed), 3)
        for day, total in billed.items():
            self.assertEqual(float(totals[day]), total)

    def test_a_credit_of_a_plan_lowers_the_next_bills(self):
        rebate = self.make_code("REBATE", price=10, tax=self.vat, kind="credit")
        subscription = self.subscribe_to(self.make_code("NET", price=50, tax=self.vat), rebate)
        totals = self.env["billing.rating"]._get_forecast_totals(
            subscription, self.env["billing.rating"]._get_forecast(subscription)
        )
        self.assertEqual({f"{total:.2f}" for total in totals.values()}, {"47.60"})
        self.assertForetold(["47.60"])

    def test_a_subscription_that_is_still_typed_shows_what_it_knows(self):
        plan = self.make_plan(self.make_code("NET", price=50, tax=self.vat))
        typed = self.env["billing.subscription"].new(
            {"account_id": self.account.id, "plan_id": plan.id, "start_date": DAY}
        )
        self.assertIn("59.50", str(typed.forecast))
