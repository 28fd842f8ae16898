"""Credits for what is not used: made of what was posted, named after it, and matched with it."""

from odoo import Command
from odoo.tests import tagged

from .test_documents import DocumentCase


@tagged("post_install", "-at_install")
class TestCredits(DocumentCase):
    def change_quantity(self, day, quantity):
        line = self.subscription.line_ids
        self.env["billing.subscription.lifecycle"].change_quantity(line, self.day(day), quantity)
        self.bill(self.account, "2026-11-30")

    def test_case_A1_the_tax_of_a_credit_is_that_of_its_invoice(self):
        ten, twenty = (
            self.env["account.tax"].create({"name": f"{amount} %", "amount": amount, "type_tax_use": "sale"})
            for amount in (10, 20)
        )
        code = self.make_code("LINE", price=100, tax=ten)
        account = self.make_account("Grace Hopper")
        subscription = self.subscribe(account, self.make_plan(code, alignment="calendar"), "2026-04-01")
        self.bill(account, "2026-04-01")
        code.product_id.taxes_id = [Command.set(twenty.ids)]
        self.env["billing.subscription.lifecycle"].set_end(subscription, self.day("2026-04-01"))
        self.bill(account, "2026-04-30")
        _invoice, note = self.get_invoices(account)
        self.assertEqual((note.amount_untaxed, note.amount_tax, note.amount_total), (96.67, 9.67, 106.34))

    def test_case_A1_the_fiscal_position_of_today_does_not_matter(self):
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        zero = self.env["account.tax"].create(
            {
                "name": "0 %",
                "amount": 0,
                "type_tax_use": "sale",
                "fiscal_position_ids": [Command.set(position.ids)],
                "original_tax_ids": [Command.set(self.tax.ids)],
            }
        )
        self.account.fiscal_position_id = position
        self.end("2026-11-15")
        note = self.get_new()
        self.assertEqual((note.amount_untaxed, note.amount_tax), (50, 3))
        self.assertNotIn(zero, note.invoice_line_ids.tax_ids)

    def test_case_A1_the_tax_of_a_credit_is_that_of_its_invoice_also_once_it_is_archived(self):
        self.tax.active = False
        self.end("2026-11-15")
        note = self.get_new()
        self.assertEqual((note.amount_untaxed, note.amount_tax), (50, 3))
        self.assertFalse(self.account.parked_reason)

    def test_case_A1_a_credit_on_a_bill_with_other_things_has_the_tax_of_its_invoice(self):
        self.net.product_id.taxes_id = [Command.clear()]
        self.env["billing.subscription.lifecycle"].change_quantity(
            self.subscription.line_ids, self.day("2026-11-16"), 0.5
        )
        self.bill(self.account, "2026-12-01")
        self.subscription.line_ids.invalidate_recordset()
        credit = self.account.charge_ids.filtered(lambda charge: charge.kind == "adjustment").invoice_line_id
        self.assertEqual(credit.tax_ids, self.tax)
        self.assertIn(self.move.name, credit.name)

    def test_case_A4_three_partial_credits_sum_to_the_invoice(self):
        self.make_price(self.net, 353.85, valid_from="2026-10-01")
        account = self.make_account("Grace Hopper")
        line = self.subscribe(account, self.plan, "2026-11-01").line_ids
        self.bill(account, "2026-11-01")
        for day in ("2026-11-21", "2026-11-11", "2026-11-01"):
            self.env["billing.subscription.lifecycle"].change_quantity(line, self.day(day), 0)
            self.bill(account, "2026-11-30")
        invoice, *notes = self.get_invoices(account)
        self.assertEqual(invoice.amount_total, 375.08)
        self.assertEqual([note.move_type for note in notes], ["out_refund"] * 3)
        self.assertEqual([note.amount_total for note in notes], [125.03, 125.03, 125.02])
        self.assertEqual([note.amount_untaxed for note in notes], [117.95] * 3)
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("reversed", 0))

    def test_case_A4_the_same_by_hand(self):
        self.make_price(self.net, 353.85, valid_from="2026-10-01")
        account = self.make_account("Grace Hopper")
        self.subscribe(account, self.plan, "2026-11-01")
        self.bill(account, "2026-11-01")
        invoice = self.get_invoices(account)
        for _time in range(3):
            self.reverse(invoice, edit=lambda note: setattr(note.invoice_line_ids, "price_unit", 117.95))
        notes = invoice.reversal_move_ids
        self.assertEqual(round(sum(notes.mapped("amount_total")), 2), 375.08)

    def test_case_A5_a_credit_names_its_invoice_and_is_matched_with_it(self):
        self.end("2026-11-15")
        note = self.get_new()
        self.assertEqual((note.move_type, note.reversed_entry_id), ("out_refund", self.move))
        self.assertIn(self.move.name, note.ref)
        self.assertIn(self.move.name, note.invoice_line_ids.name)
        self.assertEqual((note.amount_residual, self.move.amount_residual), (0, 53))
        self.assertEqual(note.billing_charge_ids.corrects_id, self.charge)

    def test_case_A5_a_paid_invoice_is_named_and_the_credit_stays_open(self):
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=self.move.ids).create(
            {}
        )._create_payments()
        self.end("2026-11-15")
        note = self.get_new()
        self.assertEqual((note.reversed_entry_id, note.amount_residual), (self.move, 53))

    def test_case_A5_one_note_for_two_invoices_names_and_matches_both(self):
        other = self.subscribe(self.account, self.plan, "2026-11-02", name="Second")
        self.bill(self.account, "2026-11-02")
        second = self.get_new()
        for subscription in (self.subscription, other):
            self.env["billing.subscription.lifecycle"].set_end(subscription, self.day("2026-11-15"))
        self.bill(self.account, "2026-11-30")
        note = self.get_new(second)
        self.assertIn(self.move.name, note.ref)
        self.assertIn(second.name, note.ref)
        self.assertFalse(note.reversed_entry_id)
        self.assertEqual(
            (note.amount_residual, self.get_open()), (0, self.move.amount_residual + second.amount_residual)
        )

    def test_case_A5_several_notes_of_one_run_find_their_own_invoices(self):
        accounts = [self.make_account(name) for name in ("Grace Hopper", "Mary Shaw")]
        lines = [self.subscribe(account, self.plan, "2026-11-01").line_ids for account in accounts]
        for account in accounts:
            self.bill(account, "2026-11-01")
        for line in lines:
            for day, quantity in (("2026-11-11", 0.5), ("2026-11-21", 0)):
                self.env["billing.subscription.lifecycle"].change_quantity(line, self.day(day), quantity)
        self.bill(self.env["billing.account"].union(*accounts), "2026-11-30")
        for account in accounts:
            invoice, *notes = self.get_invoices(account)
            self.assertEqual(len(notes), 2)
            self.assertEqual({note.reversed_entry_id for note in notes}, {invoice})
            self.assertEqual([note.amount_residual for note in notes], [0, 0])
            self.assertEqual(invoice.amount_residual, 53)

    def test_case_B19_the_days_credited_are_named(self):
        self.end("2026-11-15")
        line = self.get_new().invoice_line_ids
        self.assertIn("Nov 16 – 30, 2026", line.name)
        self.assertNotIn("Nov 1 –", line.name)
        charge = self.get_new().billing_charge_ids
        self.assertEqual((charge.service_start, charge.service_end), (self.day("2026-11-16"), self.day("2026-11-30")))

    def test_case_B19_a_subscription_that_ends_on_its_first_day(self):
        self.end("2026-11-01")
        self.assertIn("Nov 2 – 30, 2026", self.get_new().invoice_line_ids.name)

    def test_case_B19_fewer_units_name_the_days_from_the_change_on(self):
        self.change_quantity("2026-11-21", 0)
        self.assertIn("Nov 21 – 30, 2026", self.get_new().invoice_line_ids.name)
