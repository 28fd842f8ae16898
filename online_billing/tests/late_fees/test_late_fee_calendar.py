"""A customer gets one thread of messages: the invoice of a late fee joins the calendar of its debt."""

from odoo.tests import tagged

from ..collection.collection_common import CollectionCase
from .late_fee_common import LateFeeCase


@tagged("post_install", "-at_install")
class TestLateFeeCalendar(CollectionCase, LateFeeCase):
    REMINDED = [("2025-12-29", 1), ("2026-01-08", 2), ("2026-01-15", 3), ("2026-01-22", 4)]

    def setUp(self):
        super().setUp()
        self.make_policy(("before", 3), ("overdue", 7), ("overdue", 14), ("overdue", 21))
        self.account = self.make_account()
        self.debt = self.make_debt(self.account)

    def make_fee(self):
        """Let the debt be reminded four times, and a fee be charged on an invoice of its own afterwards."""
        self.collect_days("2025-12-28", "2026-01-24")
        self.make_rule(invoice_timing="now")
        self.charge_on(self.account, self.day("2026-01-24"))
        [fee] = self.get_fees(self.debt)
        self.assertTrue(fee.invoice_id)
        self.assertNotEqual(fee.invoice_id, self.debt)
        self.env["billing.late.fee.rule"].search([]).sudo()._switch(False)
        return fee.invoice_id

    def test_case_D4_the_invoice_of_a_fee_is_not_reminded_apart_from_its_debt(self):
        fee = self.make_fee()
        self.collect_days("2026-01-25", "2026-03-15")
        self.assertGreater(fee.amount_residual, 0)
        self.assertEqual(self.get_log(self.account), self.REMINDED)
        self.assertEqual(len(self.get_messages(self.account)), 4)

    def test_case_D4_once_the_debt_is_paid_the_fee_is_reminded_by_itself(self):
        self.make_fee()  # due on 24 January
        self.collect_days("2026-01-25", "2026-02-10")
        self.pay(self.debt, self.debt.amount_residual, "2026-02-10")
        self.collect_days("2026-02-11", "2026-03-01")
        own = [("2026-02-11", 2), ("2026-02-12", 3), ("2026-02-14", 4)]
        self.assertEqual(self.get_log(self.account), [*self.REMINDED, *own])

    def test_case_D4_a_bill_with_a_fee_on_it_is_reminded_as_every_bill(self):
        self.collect_days("2025-12-28", "2026-01-24")
        other = self.make_debt(self.account, due=self.day("2026-02-20"))
        self.collect_days("2026-01-25", "2026-03-01")
        self.assertEqual(self.get_log(self.account), [*self.REMINDED, ("2026-02-17", 1), ("2026-02-27", 2)])
        self.assertIn(other, self.get_messages(self.account)[-1].move_ids)
