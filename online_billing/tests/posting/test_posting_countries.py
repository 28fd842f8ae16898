import os
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from ...services.posting import overrides
from .posting_common import InvoiceWriterCase

MANY = 300
SHARES = "BILLING_SHARES"


@tagged("post_install", "-at_install")
class TestPostingInCountries(InvoiceWriterCase):
    """Case E5: with the chart of each country that is installed, what is written in batches equals Odoo's own.

    Beside nothing else, that is the generic chart; the nightly tests install one country after the other.
    """

    def get_charts(self):
        """Return {code: chart} of one chart for each country that is installed."""
        charts = self.env["account.chart.template"]._get_chart_template_mapping()
        found = {}
        for code, chart in charts.items():
            if chart["installed"] and chart["visible"]:
                found.setdefault(chart["module"], (code, chart))
        return dict(found.values())

    def settle(self, code, chart):
        """Work for a company of the country from here on."""
        cls = type(self)
        with (
            patch.object(cls, "chart_template", code),
            patch.object(cls, "country_code", chart.get("country_code") or "US"),
        ):
            data = cls.setup_other_company(name=f"Company of {code}")
        self.company, self.journal = data["company"], data["default_journal_sale"]
        self.env = self.env(context={**self.env.context, "allowed_company_ids": self.company.ids})
        self.writer = self.env["billing.posting"]
        self.tax = data["default_tax_sale"]
        self.data = data
        self.services = self.make_services(self.tax)
        self.customers = self.make_customers(6, country_id=self.company.country_id.id)

    def make_services(self, taxes):
        return self.env["product.product"].create(
            [
                {
                    "name": f"Service {number}",
                    "type": "service",
                    "lst_price": 10,
                    "taxes_id": [Command.set(taxes.ids)],
                    "property_account_income_id": self.data["default_account_revenue"].id,
                }
                for number in range(3)
            ]
        )

    def make_customers(self, count, **values):
        return self.env["res.partner"].create(
            [{"name": f"Customer {number}", "email": f"c{number}@example.com", **values} for number in range(count)]
        )

    def test_case_E5_invoices_and_credit_notes_of_each_country(self):
        charts = self.get_charts()
        self.assertTrue(charts)
        for code, chart in charts.items():
            with self.subTest(code), self.in_country(code, chart):
                self.assert_equal_to_odoo(self.invoices())
                self.assert_equal_to_odoo(self.invoices(lambda number: [self.line(100000 * (number + 1))]))
                days = ("2026-03-20", "2026-03-20", "2026-03-05", "2026-03-26", "2026-03-24", "2026-03-22")
                dated = self.invoices()
                for vals, day in zip(dated, days, strict=True):
                    vals["invoice_date"] = day
                self.assert_equal_to_odoo(dated)
                notes = self.writer.create_posted(self.invoices(move_type="out_refund"))
                self.assertEqual(set(notes.moves.mapped("state")), {"posted"})

    def test_case_E5_customers_of_other_countries(self):
        """Whatever the position is: what is written equals Odoo's own, and where it is not sure Odoo makes it."""
        countries = ["base.us", "base.de", "base.fr", "base.be", "base.in", "base.ch"]
        charts = self.get_charts()
        self.assertTrue(charts)
        for code, chart in charts.items():
            with self.subTest(code), self.in_country(code, chart):
                for partner, country in zip(self.customers, countries, strict=True):
                    partner.country_id = self.env.ref(country)
                self.assert_equal_to_odoo(self.invoices() * 4, rendered=None)

    def test_case_E5_each_tax_of_each_country(self):
        charts = self.get_charts()
        self.assertTrue(charts)
        for code, chart in charts.items():
            with self.in_country(code, chart):
                # some charts bring taxes that are not in use yet
                every_tax = self.env["account.tax"].with_context(active_test=False)
                taxes = every_tax.search([("type_tax_use", "=", "sale"), ("company_id", "=", self.company.id)])
                self.assertTrue(taxes)
                taxes.active = True
                self.env.invalidate_all()
                self.env.registry.clear_cache()
                for tax in taxes[:12]:
                    with self.subTest(code, tax=tax.name), self.env.cr.savepoint() as savepoint:
                        self.services = self.make_services(tax)
                        self.assert_equal_to_odoo(self.invoices(), rendered=None)
                        savepoint.rollback()

    def test_case_E5_nearly_all_go_the_fast_way(self):
        charts = self.get_charts()
        self.assertTrue(charts)
        for code, chart in charts.items():
            with self.subTest(code), self.in_country(code, chart):
                self.customers = self.make_customers(MANY, country_id=self.company.country_id.id)
                result = self.writer.create_posted(self.invoices(count=MANY))
                found = overrides.get_overrides(self.env)
                self.tell(
                    f"{chart['module']} ({code}): {result.rendered / MANY:.1%} of {MANY} went the fast way,"
                    f" left to Odoo: {dict(result.reasons)}; {len(found.codes)} methods watched,"
                    f" computed after writing: {sorted(set().union(*found.later.values()))}"
                )
                self.assertGreaterEqual(result.rendered / MANY, 0.99, result.reasons)

    def tell(self, line):
        if path := os.environ.get(SHARES):
            with open(path, "a") as file:
                file.write(line + "\n")

    def in_country(self, code, chart):
        """Settle in a country; at the end everything is as before."""
        return _InCountry(self, code, chart)


class _InCountry:
    _KEPT = ("env", "company", "journal", "writer", "tax", "services", "customers")

    def __init__(self, case, code, chart):
        self.case, self.code, self.chart = case, code, chart

    def __enter__(self):
        self.before = {name: getattr(self.case, name) for name in self._KEPT}
        self.savepoint = self.case.env.cr.savepoint()
        self.savepoint.__enter__()
        self.case.settle(self.code, self.chart)

    def __exit__(self, *error):
        for name, value in self.before.items():
            setattr(self.case, name, value)
        self.savepoint.rollback()
        self.savepoint.__exit__(None, None, None)
