"""Many rows written at once."""

from datetime import date
from decimal import Decimal

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ...services.shared.rows import insert_rows, update_rows

DAY, MOMENT = date(2026, 1, 31), fields.Datetime.to_datetime("2026-01-31 12:30:00")
ROWS = [
    # a column of one kind, of several kinds, of equal values, of equal numbers that are written differently
    (1, "plain", None, True, Decimal("1.0"), DAY, MOMENT, {"a": 1}, 1),
    (2, "tab\tback\\slash\nline\rend\x0b", "t", True, Decimal("1.00"), DAY, MOMENT, [1], True),
    (3, "\\N", "", True, Decimal("-0.50"), DAY, MOMENT, None, 2),
    (4, "Grüße — ١٢", None, True, Decimal(7), DAY, MOMENT, {"text": "é\\\t"}, 0),
]
COLUMNS = ("id", "text", "other", "flag", "amount", "day", "moment", "json", "mixed")


@tagged("post_install", "-at_install")
class TestRows(TransactionCase):
    def setUp(self):
        super().setUp()
        self.env.cr.execute(
            """
            CREATE TEMPORARY TABLE billing_test_rows (
                id integer, text varchar, other varchar, flag boolean, amount numeric, day date, moment timestamp,
                json jsonb, mixed varchar) ON COMMIT DROP
            """
        )

    def read(self):
        self.env.cr.execute(
            "SELECT id, text, other, flag, amount::text, day, moment, json, mixed FROM billing_test_rows"
        )
        return sorted(self.env.cr.fetchall())

    def test_values_of_every_kind_come_back_as_they_are(self):
        insert_rows(self.env.cr, "billing_test_rows", COLUMNS, ROWS)
        expected = [(*row[:4], str(row[4]), *row[5:8]) for row in ROWS]
        self.assertEqual([row[:-1] for row in self.read()], expected)
        self.assertEqual([row[-1] for row in self.read()], ["1", "t", "2", "0"])

    def test_equal_numbers_keep_their_own_decimals(self):
        insert_rows(self.env.cr, "billing_test_rows", ("id", "amount"), [(1, Decimal("1.0")), (2, Decimal("1.00"))])
        self.assertEqual([row[4] for row in self.read()], ["1.0", "1.00"])

    def test_no_rows_are_written_without_asking(self):
        insert_rows(self.env.cr, "billing_test_rows", COLUMNS, [])
        self.assertEqual(self.read(), [])

    def test_what_cannot_be_written_in_bulk_is_refused(self):
        with self.assertRaisesRegex(TypeError, "bytes cannot be written in bulk"):
            insert_rows(self.env.cr, "billing_test_rows", ("id", "text"), [(1, b"x"), (2, b"y")])
        with self.assertRaisesRegex(TypeError, "bytes cannot be written in bulk"):
            update_rows(self.env.cr, "billing_test_rows", ("text",), [(1, b"x")])

    def test_rows_of_different_length_are_refused(self):
        with self.assertRaises(ValueError):
            insert_rows(self.env.cr, "billing_test_rows", ("id", "text"), [(1, "x"), (2,)])
