"""Late fees of debts in another currency than the account: charged in the currency of the debt, never renamed."""

from datetime import date

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .late_fee_common import LateFeeCase


@tagged("post_install", "-at_install")
class TestLateFeeCurrencies(LateFeeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.franc = cls.env["res.currency"].create({"name": "XFR", "symbol": "X", "rounding": 0.05})
        cls.franc.rate_ids.create({"currency_id": cls.franc.id, "rate": 4.0, "name": "2020-01-01"})
        cls.account = cls.make_account()

    def make_foreign_debt(self, amount=1000.0):
        """Return a posted invoice of the account in francs, due on 1 January 2026."""
        with freeze_time("2026-01-01"):
            move = self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.account.partner_id.id,
                    "billing_account_id": self.account.id,
                    "currency_id": self.franc.id,
                    "invoice_date": "2026-01-01",
                    "invoice_date_due": "2026-01-01",
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": self.debt_code.product_id.id,
                                "price_unit": amount,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
            move.action_post()
        return move

    def assertSame(self, fee, amount):
        """Compare fee, charge and invoice with an amount of francs."""
        self.env.invalidate_all()
        charge, invoice = fee.charge_id, fee.invoice_id
        self.assertEqual((fee.currency_id, charge.currency_id, invoice.currency_id), (self.franc,) * 3)
        self.assertEqual((fee.amount, charge.amount, invoice.amount_untaxed), (amount,) * 3)

    def test_case_C9_a_fee_is_charged_in_the_currency_of_its_invoice(self):
        self.make_rule(method="percent", percent=2, currency_id=False)
        move, own = self.make_foreign_debt(), self.make_debt(self.account)
        self.charge_on(self.account, self.after(1))
        self.assertSame(self.get_fees(move), 20.0)
        self.assertEqual(self.get_fees(own).invoice_id.currency_id, self.account.currency_id)
        self.assertEqual(self.get_fees(own).invoice_id.amount_untaxed, 20.0)

    def test_case_C9_a_fee_is_a_multiple_of_what_its_currency_is_rounded_to(self):
        self.make_rule(method="percent", percent=1.333, currency_id=False)
        move = self.make_foreign_debt()
        self.charge_on(self.account, self.after(1))
        self.assertSame(self.get_fees(move), 13.35)
        for record in (self.get_fees(move), self.get_fees(move).charge_id):
            self.assertIn("a multiple of 0.05", record.explanation)

    def test_case_C9_interest_by_the_day_is_rounded_by_the_currency_too(self):
        self.make_rule(method="interest", interest_rate=12.25, rounding="day", repeat_unit="month", currency_id=False)
        move = self.make_foreign_debt()
        self.charge_on(self.account, self.after(1))
        # 0.3356... a day is 0.35 in francs
        self.assertSame(self.get_fees(move), 0.35)

    def test_case_C9_a_rule_with_amounts_holds_for_its_currency_and_the_simulation_says_what_it_leaves_out(self):
        rule = self.make_rule()
        move, own = self.make_foreign_debt(), self.make_debt(self.account)
        answer = self.env["billing.late.fee.estimate"].simulate(rule, self.after(1))
        self.assertEqual((answer["fees"], answer["left_out"]), (1, ["XFR"]))
        self.charge_on(self.account, self.after(1))
        self.assertFees(move, [])
        self.assertFees(own, [(1, "2026-01-02", "25.00", "charged")])

    def test_case_C9_each_currency_has_its_own_rule(self):
        self.make_rule()
        self.make_rule(currency_id=self.franc.id, fixed_amount=90)
        move, own = self.make_foreign_debt(), self.make_debt(self.account)
        self.charge_on(self.account, self.after(1))
        self.assertSame(self.get_fees(move), 90.0)
        self.assertFees(own, [(1, "2026-01-02", "25.00", "charged")])

    def test_case_C9_interest_of_a_foreign_invoice_that_was_paid_late_is_charged(self):
        self.make_rule(method="interest", interest_rate=36.5, closing=True, currency_id=False)
        move = self.make_foreign_debt()
        self.pay(move, 1000, self.after(10))
        self.charge_on(self.account, self.after(11))
        self.assertSame(self.get_fees(move), 10.0)
        self.charge_on(self.account, self.after(12))
        self.assertEqual(len(self.get_fees(move)), 1)

    def test_case_C9_a_fee_that_waits_for_the_next_bill_gets_one_of_its_own(self):
        self.make_rule(method="percent", percent=2, currency_id=False, invoice_timing="next")
        move, own = self.make_foreign_debt(), self.make_debt(self.account)
        self.subscribe(self.account, self.make_plan(self.make_code("SUB", price=50)), "2026-01-01")
        self.charge_on(self.account, self.after(1))
        run = self.bill(self.account, "2026-02-01")
        self.assertSame(self.get_fees(move), 20.0)
        self.assertNotEqual(self.get_fees(own).invoice_id, self.get_fees(move).invoice_id)
        self.assertEqual(self.get_fees(own).invoice_id.currency_id, self.account.currency_id)
        amounts = {one.currency_id: one.amount for one in run.outcome_ids if one.account_id == self.account}
        self.assertEqual(amounts[self.franc], 20.0)
        self.assertEqual(run.account_done, 1)

    def test_case_C9_what_was_invoiced_at_once_in_another_currency_is_not_listed_on_a_bill(self):
        self.company.billing_list_instant_charges = True
        self.make_rule(method="percent", percent=2, currency_id=False)
        self.make_foreign_debt()
        self.charge_on(self.account, self.after(1))
        self.subscribe(self.account, self.make_plan(self.make_code("SUB", price=50)), "2026-02-01")
        self.bill(self.account, "2026-02-01")
        bill = self.get_invoices(self.account).filtered(lambda move: str(move.invoice_date) == "2026-02-01")
        self.assertNotIn("Late fee", " ".join(bill.invoice_line_ids.mapped("name")))

    def test_case_C9_a_foreign_fee_leaves_the_account_as_it_is_and_no_sum_mixes_currencies(self):
        self.make_rule(method="percent", percent=2, currency_id=False, invoice_timing="next")
        self.make_foreign_debt()
        self.charge_on(self.account, self.after(1))
        self.assertEqual(self.env["billing.account"].get_balance(self.account.name)["pending"], 0.0)
        self.account.partner_id = self.env["res.partner"].create(
            {"name": "Bookkeeping", "parent_id": self.account.partner_id.id}
        )
        self.assertTrue(self.account.charge_ids)

    def test_case_C9_a_foreign_fee_is_given_back_in_its_currency(self):
        self.make_rule(method="percent", percent=2, currency_id=False)
        move = self.make_foreign_debt()
        self.charge_on(self.account, self.after(1))
        note = self.env["billing.late.fee.waiver"].waive(self.get_fees(move), "A mistake", self.after(2))
        self.assertEqual((note.currency_id, note.amount_total), (self.franc, 20.0))

    def test_case_C9_a_foreign_fee_is_announced_in_its_currency(self):
        self.make_rule(method="percent", percent=2, currency_id=False, announce=True, notice_days=7)
        move = self.make_foreign_debt()
        self.charge_on(self.account, self.after(1), reminded=False)
        notice = self.get_fees(move).notice_id
        self.assertEqual((notice.currency_id, notice.amount), (self.franc, 1000.0))
        self.send_notices(self.account)
        self.charge_on(self.account, self.after(8), reminded=False)
        self.assertSame(self.get_fees(move), 20.0)

    # -- promises -----------------------------------------------------------------------------------------------------

    def test_case_C9_another_invoice_does_not_rename_the_amount_of_a_promise(self):
        move, own = self.make_foreign_debt(), self.make_debt(self.account)
        promise = self.env["billing.payment.promise"].create(
            {"account_id": self.account.id, "amount": 100, "date": date(2027, 1, 1), "move_ids": own.ids}
        )
        with self.assertRaises(ValidationError):
            promise.move_ids = move
        self.assertEqual(promise.currency_id, self.account.currency_id)

    def test_case_C9_a_promise_from_a_foreign_invoice_is_in_its_currency(self):
        move = self.make_foreign_debt()
        action = move.action_new_billing_promise()
        with Form(self.env["billing.payment.promise"].with_context(**action["context"])) as form:
            form.date = date(2027, 1, 1)
        promise = form.record
        self.assertEqual((promise.currency_id, promise.amount, promise.move_ids), (self.franc, 1000.0, move))
