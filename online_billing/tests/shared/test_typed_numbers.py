from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ...services.shared.numbers import typed_number

POINT, COMMA, BLANK = ".", ",", "\u202f"


@tagged("post_install", "-at_install")
class TestTypedNumbers(BaseCase):
    def test_a_number_is_read_as_the_language_writes_it(self):
        for text, grouping, number in (
            ("12.50", COMMA, "12.50"),
            ("12,50", POINT, "12.50"),
            ("12,50", COMMA, "12.50"),
            ("1,234.56", COMMA, "1234.56"),
            ("1.234,56", POINT, "1234.56"),
            ("1.234,56", COMMA, "1234.56"),
            ("1.234", POINT, "1234"),
            ("1.234", COMMA, "1.234"),
            ("1,234", COMMA, "1234"),
            ("1.234.567", COMMA, "1234567"),
            ("1\u202f234,5", BLANK, "1234.5"),
            ("1'234.50", COMMA, "1234.50"),
            (" 7 ", COMMA, "7"),
            ("١٬٢٣٤٫٥", COMMA, "1234.5"),
            ("۱۲٫۵", COMMA, "12.5"),
        ):
            with self.subTest(text=text, grouping=grouping):
                self.assertEqual(typed_number(text, grouping), Decimal(number))

    def test_what_could_be_two_numbers_or_none_is_none(self):
        for text in (
            "",
            "-5",
            "1e5",
            "NaN",
            "Infinity",
            "1.23.4",
            "1234.567,8",
            "1,23,4",
            ".",
            "1.",
            ".5",
            "１",
            "9" * 50,
        ):
            with self.subTest(text=text), self.assertRaises(ValueError):
                typed_number(text, COMMA)
