from decimal import Decimal

import stripe
from odoo.tests import BaseCase, tagged

from ..services.amounts import from_units, to_units, write_amount
from ..services.client import API_VERSION


@tagged("post_install", "-at_install")
class TestAmounts(BaseCase):
    def test_amounts_go_to_stripe_in_its_units_and_come_back_as_they_were(self):
        for amount, currency, units in (
            ("119.00", "EUR", 11900), ("0.50", "usd", 50), ("1234", "JPY", 1234), ("1.230", "KWD", 1230),
            ("5", "ISK", 500), ("5", "UGX", 500), ("10.5", "HUF", 1050), ("7", "MGA", 7),
            ("999999999999.99", "EUR", 99999999999999),
        ):  # fmt: skip
            with self.subTest(amount=amount, currency=currency):
                self.assertEqual(to_units(Decimal(amount), currency), units)
                self.assertEqual(from_units(units, currency), Decimal(amount))

    def test_what_is_finer_than_stripe_charges_is_refused(self):
        for amount, currency in (("1.234", "KWD"), ("5.5", "ISK"), ("0.5", "JPY"), ("1.005", "EUR"), ("1.5", "UGX")):
            with self.subTest(amount=amount, currency=currency), self.assertRaises(ValueError):
                to_units(Decimal(amount), currency)

    def test_amounts_are_written_as_the_currency_writes_them(self):
        self.assertEqual(write_amount(11900, "eur", 2), "119.00")
        self.assertEqual(write_amount(500, "isk", 0), "5")
        self.assertEqual(write_amount(550, "isk", 0), "5.50")
        self.assertEqual(write_amount(1230, "kwd", 3), "1.230")

    def test_the_pinned_version_is_the_one_that_the_sdk_speaks(self):
        self.assertEqual(stripe.api_version, API_VERSION)
