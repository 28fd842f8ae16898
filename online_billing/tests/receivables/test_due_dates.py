"""When documents fall due: one file decides, whichever way the document was made."""

import ast
from datetime import date
from pathlib import Path

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ...models.receivables import due_dates
from ...services.installments.terms import PlanTerms
from ..common import BillingCase

ADDON = Path(due_dates.__file__).parents[2]


@tagged("post_install", "-at_install")
@freeze_time("2026-06-10")
class TestDueDates(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.code = cls.make_code("NET")
        cls.term = cls.env["account.payment.term"].create(
            {"name": "10 days", "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 10})]}
        )

    def make_invoice(self, **vals):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.account.partner_id.id,
                "billing_account_id": self.account.id,
                "invoice_date": "2026-05-01",
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": self.code.product_id.id, "price_unit": 90, "tax_ids": [Command.clear()]}
                    )
                ],
                **vals,
            }
        )
        move.action_post()
        return move

    def get_due(self, move):
        lines = move.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")
        return [str(day) for day in [*lines.mapped("date_maturity"), move.invoice_date_due]]

    def test_case_E10_a_term_counts_from_the_later_of_two_days(self):
        first, second = date(2026, 5, 1), date(2026, 5, 20)
        self.assertEqual(due_dates.get_counting_day(first), first)
        self.assertEqual(due_dates.get_counting_day(first, second), second)
        self.assertEqual(due_dates.get_counting_day(second, first), second)

    def test_case_E10_without_a_term_what_is_given_decides_before_the_day_of_making(self):
        given, counting = date(2026, 7, 1), date(2026, 5, 20)
        self.assertEqual(due_dates.get_due_day_without_term(given, counting), given)
        self.assertEqual(due_dates.get_due_day_without_term(None, counting), counting)

    def test_case_E10_each_source_decides_before_those_that_come_after_it(self):
        late = {"billing_terms_date": "2026-05-20"}
        given = self.make_invoice(invoice_date_due="2026-07-01", **late)
        self.assertEqual(self.get_due(given), ["2026-07-01"] * 2)
        by_term = self.make_invoice(invoice_payment_term_id=self.term.id, **late)
        self.assertEqual(self.get_due(by_term), ["2026-05-30"] * 2)
        terms = PlanTerms(first_date=date(2026, 8, 1), count=2)
        self.env["billing.installment.request"].request(
            by_term, terms, self.env["billing.installment.rule"], day=date(2026, 6, 10)
        )
        self.assertEqual(self.get_due(by_term), ["2026-08-01", "2026-09-01", "2026-09-01"])

    def test_case_E10_invoices_of_a_run_made_late_are_due_as_those_by_hand(self):
        for term in (self.env["account.payment.term"], self.term):
            with self.subTest(term=term.name or "none"):
                account = self.make_account(f"Customer of {term.name or 'none'}", payment_term_id=term.id)
                account.partner_id.property_payment_term_id = False
                self.code.price_ids or self.make_price(self.code, 90)
                self.subscribe(account, self.make_plan(self.code), "2026-05-01")
                self.bill(account, "2026-05-20")
                move = self.get_invoices(account)[:1]
                self.assertEqual((str(move.invoice_date), str(move.billing_terms_date)), ("2026-05-01", "2026-05-20"))
                self.assertEqual(self.get_due(move), ["2026-05-30" if term else "2026-05-20"] * 2)

    def test_case_E10_nobody_else_decides_a_due_date(self):
        """What a payment term counts from, and the order of the stored days, are written in one file."""
        found = set()
        for file in ADDON.rglob("*.py"):
            if "tests" in file.parts or file.name == "due_dates.py":
                continue
            for node in ast.walk(ast.parse(file.read_text())):
                text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
                decides = isinstance(node, ast.BoolOp) and {"date_maturity", "invoice_date_due"} <= {
                    part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)
                }
                counts = (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "id", "") == "max"
                    and "billing_terms_date" in ast.dump(node)
                )
                if decides or counts or "COALESCE(line.date_maturity" in text:
                    found.add(file.relative_to(ADDON))
        self.assertFalse(found)
