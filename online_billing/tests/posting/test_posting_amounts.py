"""What is added up without asking Odoo for each invoice equals what Odoo would have answered."""

from dataclasses import replace
from datetime import date
from random import Random
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import tagged

from ...services.posting import percentages
from ...services.posting.amounts import Calculator
from ...services.posting.request import Line
from .posting_common import InvoiceWriterCase


@tagged("post_install", "-at_install")
class TestInvoiceWriterAmounts(InvoiceWriterCase):
    COUNT = 150

    def make_requests(self, taxes, currency, rate, digits=2):
        """Invoices of one to five lines, with any quantities, prices, discounts and any of the taxes."""
        random, account_id = Random(2026), self.company_data["default_account_revenue"].id
        requests = []
        for _number in range(self.COUNT):
            lines = []
            for _line in range(random.randint(1, 5)):
                tax_ids = tuple(tax.id for tax in taxes if random.random() < 0.7)
                line = Line(
                    "product",
                    "Service",
                    self.services[0].id,
                    account_id,
                    self.services[0].uom_id.id,
                    tax_ids,
                    quantity=random.choice((1.0, 3.0, 12.5, random.randint(1, 99))),
                    price_unit=round(random.uniform(-20, 200), digits),
                    discount=random.choice((0.0, 0.0, 12.5)),
                )
                line.kind = (line.product_id, account_id, tax_ids, line.uom_id, None)
                lines.append(line)
            requests.append(
                SimpleNamespace(
                    company=self.company,
                    currency=currency,
                    rate=rate,
                    move_type="out_invoice",
                    lines=lines,
                    term_id=0,
                    due=date(2026, 3, 15),
                )
            )
        return requests

    def assert_as_by_odoo(self, requests):
        """Compare, and return how many invoices were worked out without Odoo's rounding of the whole."""
        quick, by_odoo = Calculator(self.env), Calculator(self.env)
        by_odoo._may_work_out = False
        quick._to_check = dict.fromkeys(quick._to_check, 0)
        with patch.object(quick, "_compute_by_odoo", wraps=quick._compute_by_odoo) as asked:
            for request in requests:
                quick.compute(request)
                ours = request.amounts
                by_odoo.compute(request)
                self.assertEqual(ours, request.amounts)
        return len(requests) - asked.call_count

    def test_amounts_are_those_of_odoo_however_it_rounds(self):
        two = self.tax | self.make_tax("Seven and a half", 7.5)
        based = self.make_tax("On top", 3.3, include_base_amount=True, sequence=0) | self.tax
        included = self.make_tax("Included", 21, price_include_override="tax_included") | self.tax
        euro = self.env.ref("base.EUR")
        # where an addon changes how Odoo computes or rounds, it is left to Odoo
        may_work_out, may_learn = Calculator(self.env)._may_work_out, percentages.may_learn(self.env["account.tax"])
        for method in ("round_globally", "round_per_line"):
            self.company.tax_calculation_rounding_method = method
            for name, taxes in (("one", self.tax), ("two", two), ("based", based), ("included", included)):
                for currency, rate in ((self.company.currency_id, 1.0), (euro, 0.8437)):
                    with self.subTest(method=method, taxes=name, currency=currency.name):
                        worked_out = self.assert_as_by_odoo(self.make_requests(taxes, currency, rate))
                        self.assertEqual(worked_out > 0, may_work_out)
                        if name in ("one", "two") and may_work_out and may_learn:
                            self.assertEqual(worked_out, self.COUNT)
                        elif method == "round_globally":
                            self.assertLess(worked_out, self.COUNT)

    def test_prices_with_many_decimals(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        requests = self.make_requests(self.tax, self.company.currency_id, 1.0, digits=6)
        self.assertEqual(self.assert_as_by_odoo(requests) == self.COUNT, percentages.may_learn(self.env["account.tax"]))

    def test_what_comes_to_nothing_before_rounding_is_not_spread(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        [request] = self.make_requests(self.tax, self.company.currency_id, 1.0, digits=3)[:1]
        request.lines = [
            replace(request.lines[0], price_unit=price, quantity=1.0, discount=0.0) for price in (0.005, 0.005, -0.01)
        ]
        self.assert_as_by_odoo([request])

    def test_rounding_that_somebody_changed_is_left_to_odoo(self):
        tax_class = type(self.env["account.tax"])

        def _round_base_lines_tax_details(taxes, base_lines, company, tax_lines=None):
            return original(taxes, base_lines, company, tax_lines=tax_lines)

        original = tax_class._round_base_lines_tax_details
        before = Calculator(self.env)._may_work_out
        with patch.object(tax_class, "_round_base_lines_tax_details", _round_base_lines_tax_details):
            self.assertFalse(Calculator(self.env)._may_work_out)
        self.assertEqual(Calculator(self.env)._may_work_out, before)

    def test_taxes_that_somebody_computes_otherwise_are_left_to_odoo(self):
        tax_class = type(self.env["account.tax"])

        def _eval_tax_amount_price_excluded(tax, batch, raw_base, evaluation_context):
            return original(tax, batch, raw_base, evaluation_context) * 2

        original = tax_class._eval_tax_amount_price_excluded
        requests = self.make_requests(self.tax, self.company.currency_id, 1.0)
        self.assert_as_by_odoo(requests)
        before = [request.amounts for request in requests]
        with patch.object(tax_class, "_eval_tax_amount_price_excluded", _eval_tax_amount_price_excluded):
            self.assert_as_by_odoo(requests)
        self.assertNotEqual([request.amounts for request in requests], before)

    def test_a_difference_to_odoo_ends_working_out(self):
        calculator = Calculator(self.env)
        round_alone = calculator._round_alone

        def wrong(*arguments):
            base_line = round_alone(*arguments)
            details = base_line["tax_details"]
            return {**base_line, "tax_details": {**details, "total_included_currency": 1.0}}

        calculator._round_alone = wrong
        by_odoo = Calculator(self.env)
        by_odoo._may_work_out = False
        for request in self.make_requests(self.tax, self.company.currency_id, 1.0):
            calculator.compute(request)
            ours = request.amounts
            by_odoo.compute(request)
            self.assertEqual(ours, request.amounts)
        self.assertFalse(calculator._may_work_out)
