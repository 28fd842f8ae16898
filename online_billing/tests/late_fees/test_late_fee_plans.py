"""Late fees rest while an installment plan is kept, and fall on the installments that were missed."""

from datetime import date
from decimal import Decimal

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..installments.installment_common import TODAY, InstallmentCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLateFeePlans(InstallmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rule = cls.env["billing.late.fee.rule"].create(
            {
                "name": "Ten percent",
                "method": "percent",
                "percent": 10,
                "announce": False,
                "account_ids": [Command.set(cls.account.ids)],
            }
        )
        rule.sudo()._switch(True)
        cls.move = cls.make_invoice(900)

    def charge(self, day):
        ids = self.account.ids
        self.env["billing.late.fee.charging"].charge_due(ids, dict.fromkeys(ids, date.fromisoformat(day)))
        fees = self.env["billing.late.fee"].search([("move_id", "=", self.move.id), ("state", "=", "charged")])
        return sorted((str(fee.due_date), fee.amount) for fee in fees)

    def check_plan(self, plan, missed):
        """Nothing while the plan is kept; then a fee on the missed installment, and on that alone."""
        self.assertFalse(self.charge("2026-06-30"))
        self.assertFalse(self.charge("2026-07-02"), "late, but not judged as missed")
        self.review(plan, "2026-07-02")
        self.assertEqual(self.charge("2026-07-02"), missed)
        self.assertEqual(self.charge("2026-07-20"), missed)

    def test_a_kept_plan_stops_fees_and_a_missed_installment_bears_one(self):
        self.check_plan(self.plan(self.move, grace_days=0, missed_limit=0), [("2026-07-01", 30)])

    def test_the_installments_of_a_virtual_plan_do_the_same(self):
        self.company.fiscalyear_lock_date = "2026-05-31"
        parts = tuple(("amount", Decimal(amount), None) for amount in (500, 300, 100))
        plan = self.plan(self.move, method="parts", parts=parts, grace_days=0, missed_limit=0)
        self.assertEqual(plan.mode, "virtual")
        self.check_plan(plan, [("2026-07-01", 50)])
