"""The published installments of tests/golden, met by real invoices and plans."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from odoo.addons.online_billing.services.installment_terms import PlanTerms
from odoo.addons.online_billing.tests.installment_common import InstallmentCase
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from tests.golden.loader import load

# the database keeps cents; what is published unrounded is met by the engine
EXAMPLES = [example for example in load("installments") if example["inputs"]["digits"] == 2]


@tagged("post_install", "-at_install")
@freeze_time("2019-06-01")
class TestPublishedInstallments(InstallmentCase):
    def make_terms(self, inputs):
        first = date.fromisoformat(inputs["first_date"])
        return PlanTerms(
            first_date=first,
            method=inputs["method"],
            count=inputs.get("count", 1),
            interval_unit=inputs["unit"],
            interval_count=inputs.get("interval", 1),
            parts=tuple(
                (kind, Decimal(value), first + timedelta(days=days[0]) if days else None)
                for kind, value, *days in inputs.get("parts", ())
            ),
            annual_percent=Decimal(inputs.get("annual_percent", "0")),
            remainder=inputs.get("remainder", "last"),
            interest_code_id=self.code.id,
        )

    def request(self, inputs):
        move = self.make_invoice(float(inputs["total"]), "2019-05-01")
        rule = self.env["billing.installment.rule"]
        return move, self.service._request(move, self.make_terms(inputs), rule=rule, day=date(2019, 6, 1))

    def test_plans_have_the_published_rows_and_invoices_their_dates(self):
        self.assertGreater(len(EXAMPLES), 5)
        for example in EXAMPLES:
            inputs, expected = example["inputs"], example["expected"]
            with self.subTest(example["id"]):
                if "error" in expected:
                    with self.assertRaisesRegex(UserError, expected["amount"]):
                        self.request(inputs)
                    continue
                move, plan = self.request(inputs)
                for number, figures in expected["rows"].items():
                    row = plan.installment_ids.filtered(lambda row, number=number: row.sequence == int(number))
                    shown = {
                        "principal": f"{row.amount:.2f}",
                        "interest": f"{row.interest:.2f}",
                        "payment": f"{row.amount_total:.2f}",
                        "balance": f"{row.balance:.2f}",
                        "due_date": str(row.date),
                    }
                    self.assertEqual({name: shown[name] for name in figures}, figures)
                self.assertEqual(f"{plan.interest_total:.2f}", expected["interest"])
                self.assertEqual(
                    [(day, amount) for day, amount, _open in self.get_terms(move)],
                    [(str(row.date), f"{row.amount:.2f}") for row in plan.installment_ids],
                )
                self.assertConsistent(plan)

    def test_p03_parts_of_many_amounts_and_numbers_sum_to_the_invoice(self):
        """P-03 through the ORM: 1 to 120 parts, small amounts and the largest that an invoice can carry."""
        for amount, count in ((0.01, 1), (1.0, 100), (1.19, 119), (1234.56, 7), (99999.99, 120), (999999999999.99, 13)):
            with self.subTest(amount=amount, count=count):
                move = self.make_invoice(amount, "2019-05-01")
                plan = self.plan(move, day="2019-06-01", first_date=date(2019, 7, 31), count=count)
                cents = [round(line.amount_currency * 100) for line in self.ledger._get_terms(move)]
                self.assertEqual((len(cents), sum(cents)), (count, round(amount * 100)))
                self.assertLessEqual(max(cents) - min(cents), 1)
                self.assertConsistent(plan)
