"""D20: an invoice says what each part of a quantity costs, and for which days it is charged."""

from odoo.tests import tagged

from ..common import BillingCase

GRADUATED = {
    "model": "graduated",
    "tiers": [{"up_to": 100, "unit_price": 0.1}, {"up_to": 500, "unit_price": 0.08}, {"unit_price": 0.05}],
}


@tagged("post_install", "-at_install")
class TestLineRates(BillingCase):
    def get_lines(self, account, until="2026-01-31"):
        run = self.bill(account, until)
        self.assertEqual(run.outcome_ids.filtered("reason").mapped("reason"), [])
        lines = self.get_invoices(account).invoice_line_ids
        return [line.name for line in lines.filtered(lambda line: line.display_type == "product")]

    def charge(self, price, quantity, **vals):
        account, code = self.make_account(), self.make_code("CALL", price, kind="one_time", name="Calls")
        charge = {"account": account.name, "code": code.code, "quantity": quantity, "key": "1", **vals}
        self.env["billing.charge"].record([charge])
        return self.get_lines(account)

    def test_case_D20_a_graduated_price_says_the_rate_of_each_tier(self):
        [name] = self.charge(GRADUATED, 620, date="2026-01-20")
        self.assertEqual(
            name.split("\n")[-3:],
            ["100 × 0.10 (up to 100)", "400 × 0.08 (above 100 up to 500)", "120 × 0.05 (above 500)"],
        )

    def test_case_D20_a_recorded_charge_names_its_period(self):
        account, code = self.make_account(), self.make_code("CALL", GRADUATED, kind="one_time", name="Calls")
        charge = {"account_id": account.id, "code_id": code.id, "quantity": 50, "charge_date": "2026-01-20"}
        self.env["billing.charge"].create({**charge, "service_start": "2026-01-01", "service_end": "2026-01-31"})
        [name] = self.get_lines(account)
        self.assertEqual(name.split("\n"), ["Calls", "Jan 1 – 31, 2026", "50 × 0.10 (up to 100)"])

    def test_case_D20_packages_flat_amounts_and_what_is_included_are_said(self):
        [name] = self.charge(
            {"model": "package", "unit_price": 5, "package_size": 10, "included_quantity": 5}, 32, date="2026-01-20"
        )
        self.assertEqual(name.split("\n")[-2:], ["Included: 5", "3 × 5.00"])

    def test_case_D20_a_single_rate_says_nothing_twice(self):
        self.assertEqual(self.charge(0.1, 50, date="2026-01-20"), ["Calls"])

    def test_case_D20_a_subscription_says_the_rates_of_its_period(self):
        code = self.make_code("SEAT", GRADUATED, name="Seats")
        account = self.make_account()
        self.subscribe(account, self.make_plan((code, {"quantity": 150})), "2026-01-01")
        [name] = self.get_lines(account, "2026-01-01")
        self.assertIn("Jan 1 – 31, 2026", name)
        self.assertEqual(name.split("\n")[-2:], ["100 × 0.10 (up to 100)", "50 × 0.08 (above 100 up to 500)"])

    def test_case_D20_numbers_are_written_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        account = self.make_account()
        account.partner_id.lang = "de_DE"
        code = self.make_code("CALL", GRADUATED, kind="one_time", name="Calls")
        self.env["billing.charge"].record(
            [{"account": account.name, "code": code.code, "quantity": 1500.5, "key": "1", "date": "2026-01-20"}]
        )
        [name] = self.get_lines(account)
        self.assertIn("1.000,5 × 0,05", name)
