"""B-40, B-70, B-75: what somebody typed is shown in every format, and obeyed in none."""

import io
from decimal import Decimal

import openpyxl
from lxml import html
from odoo.tests import tagged

from ...services.shared.spreadsheets import LONGEST_TEXT, fit_into_cell, neutralise, write_csv
from .formats_common import CODES, FormatsCase

FORMULAS = (
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "\u00a0=1",
    "\u200b=1",
)
HARMLESS = ("Fibre 250", "A=B", "1-2", "", "محمد", "'quoted'")
MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{ 7*7 }}",
    "${7*7}",
    '<t t-out="object.env"/>',
    "{0.__class__}",
    "]]>&amp;",
)


@tagged("post_install", "-at_install")
class TestFormatInjection(FormatsCase):
    def test_case_B40_a_text_that_looks_like_a_formula_is_marked_and_no_other(self):
        for text in FORMULAS:
            self.assertEqual(neutralise(text), f"'{text}")
        for text in HARMLESS:
            self.assertEqual(neutralise(text), text)

    def test_case_B40_numbers_stay_numbers(self):
        content = write_csv(("a", "b", "c"), [(Decimal("-1.50"), Decimal("1E+3"), -2)])
        self.assertEqual(content.decode("utf-8-sig"), "a,b,c\r\n-1.50,1000,-2\r\n")

    def make_hostile(self, text):
        account = self.make_receiver(*CODES, name=f"x{text}", ref=text)
        account.partner_id.name = text.strip() or text
        lines = [{"name": text, "price_unit": 10}, {"display_type": "line_note", "name": text}]
        return self.make_invoice(account, lines=lines, ref=text, narration=f"<p>{'x'}</p>")

    def test_case_B40_no_cell_of_csv_or_workbook_is_a_formula(self):
        for text in FORMULAS:
            move = self.make_hostile(text)
            with self.subTest(text=text):
                rows = self.get_csv_rows(self.render(move, "csv"))
                self.assertEqual([row["description"] for row in rows[:2]], [f"'{move.invoice_line_ids[0].name}"] * 2)
                for row in rows:
                    for name, cell in row.items():
                        if name not in ("quantity", "unit_price", "discount_percent", "net", "tax", "gross", "open"):
                            self.assertFalse(cell and neutralise(cell) != cell, (name, cell))
                book = openpyxl.load_workbook(io.BytesIO(self.render(move, "xlsx")))
                kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
                self.assertNotIn("f", kinds)
                self.assertFalse(
                    [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink]
                )

    def test_case_B40_a_text_that_is_too_long_for_a_cell_is_cut_and_says_so(self):
        self.assertEqual(fit_into_cell("x" * LONGEST_TEXT), "x" * LONGEST_TEXT)
        cut = fit_into_cell("x" * (LONGEST_TEXT + 1))
        self.assertEqual((len(cut), cut[-1]), (LONGEST_TEXT, "…"))

    def test_case_B75_markup_is_shown_on_the_page_and_not_obeyed(self):
        for text in MARKUP:
            move = self.make_hostile(text)
            with self.subTest(text=text):
                page = html.fromstring(self.render(move, "html"))
                self.assertFalse(page.xpath("//script | //svg | //img[@onerror] | //*[@onload]"))
                self.assertEqual(page.xpath("string(//tr[@class='line']/td[1])"), text)
                self.assertEqual(page.xpath("string(//tr[@class='note']/td[1])"), text)
                self.assertIn(text, page.xpath("string(//main)"))

    def test_case_B60_a_link_of_the_customer_leads_nowhere(self):
        move = self.make_hostile("javascript:alert(1)")
        links = html.fromstring(self.render(move, "html")).xpath("//a/@href")
        self.assertEqual(links, [move._get_billing_pay_url()])
