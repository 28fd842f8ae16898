"""The published installments of tests/golden, met by real invoices and plans."""

from __future__ import annotations

import os
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from odoo.addons.online_billing.services.installments.terms import PlanTerms
from odoo.addons.online_billing.tests.installments.installment_common import InstallmentCase
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from tests.golden.loader import load

PLANS = {"commit": 20, "nightly": 100}[os.environ.get("BILLING_TIER") or "commit"]
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
        return move, self.env["billing.installment.request"].request(
            move, self.make_terms(inputs), rule=rule, day=date(2019, 6, 1)
        )

    def test_plans_have_the_published_rows_and_invoices_their_dates(self):
        self.assertGreater(len(EXAMPLES), 5)
        for published in EXAMPLES:
            inputs, expected = published["inputs"], published["expected"]
            with self.subTest(published["id"]):
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

    @settings(max_examples=PLANS, deadline=None, suppress_health_check=list(HealthCheck))
    @example(cents=1, count=1, unit="month", first=60, remainder="last")
    @example(cents=100, count=100, unit="month", first=60, remainder="last")
    @example(cents=119, count=119, unit="day", first=0, remainder="first")
    @example(cents=123456, count=7, unit="month", first=60, remainder="last")
    @example(cents=9999999, count=120, unit="month", first=60, remainder="last")
    @example(cents=99_999_999_999_999, count=13, unit="week", first=1, remainder="last")
    @given(
        cents=st.integers(1, 10**4) | st.integers(1, 10**8) | st.integers(1, 10**14 - 1),
        count=st.integers(1, 12) | st.integers(1, 120),
        unit=st.sampled_from(["day", "week", "month"]),
        first=st.integers(0, 400),
        remainder=st.sampled_from(["first", "last"]),
    )
    def test_p03_parts_of_any_amount_and_number_sum_to_the_invoice(self, cents, count, unit, first, remainder):
        """P-03 through the ORM: 1 to 120 parts, of 0.01 and of the largest amount that an invoice can carry."""
        count = min(count, cents)
        with self.env.cr.savepoint() as savepoint:
            move = self.make_invoice(cents / 100, "2019-05-01")
            day = date(2019, 6, 1) + timedelta(days=first)
            plan = self.plan(
                move, day="2019-06-01", first_date=day, count=count, interval_unit=unit, remainder=remainder
            )
            parts = [round(line.amount_currency * 100) for line in self.ledger.get_terms(move)]
            self.assertEqual((len(parts), sum(parts)), (count, cents))
            self.assertLessEqual(max(parts) - min(parts), 1)
            self.assertEqual([round(row.amount * 100) for row in plan.installment_ids.sorted("date")], parts)
            self.assertConsistent(plan)
            savepoint.rollback()
        self.env.invalidate_all()
