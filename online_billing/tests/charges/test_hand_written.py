"""Credit notes that a clerk writes by hand, from nothing, for a customer of the billing."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .test_documents import DocumentCase


@tagged("post_install", "-at_install")
class TestHandWritten(DocumentCase):
    def write_note(self, *amounts, invoice=None, **vals):
        """Return a draft credit note with lines of these amounts, or of (product, amount), as somebody types it."""
        lines = [amount if isinstance(amount, tuple) else (self.net.product_id, amount) for amount in amounts]
        return self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.account.partner_id.id,
                "invoice_date": "2026-11-10",
                "billing_credited_invoice_id": (self.move if invoice is None else invoice).id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "name": "Given back",
                            "price_unit": amount,
                            "tax_ids": [Command.set(self.tax.ids)],
                        }
                    )
                    for product, amount in lines
                ],
                **vals,
            }
        )

    def get_standing(self):
        return self.env["billing.charge.book"].get_standing(self.charge)[self.charge]

    def test_case_B2_a_note_from_nothing_counts_where_it_names_the_invoice(self):
        note = self.write_note(100)
        note.action_post()
        self.assertEqual((note.billing_account_id, note.reversed_entry_id), (self.account, self.move))
        self.assertEqual((self.move.payment_state, self.get_open(), self.get_standing()), ("reversed", 0, 0))
        self.end("2026-11-15")
        self.assertFalse(self.get_new(note))

    def test_case_B2_a_part_of_it_is_taken_off_what_the_run_credits(self):
        note = self.write_note(30)
        note.action_post()
        self.assertEqual(self.get_open(), 74.2)
        self.end("2026-11-15")
        self.assertEqual(self.get_new(note).amount_untaxed, 20)
        self.assertEqual(self.account.charge_ids.filtered("corrects_id").corrects_id, self.charge)

    def test_case_B2_in_full_by_hand_it_can_be_billed_again(self):
        self.write_note(60, 40).action_post()
        self.assertTrue(self.charge.can_bill_again)
        self.env["billing.charging"].bill_again(self.charge, "now")
        self.assertEqual(self.get_open(), 106)

    def test_case_B2_a_note_that_is_cancelled_counts_no_longer_and_comes_back(self):
        note = self.write_note(100)
        note.action_post()
        self.cancel(note)
        self.assertEqual(self.get_standing(), 100)
        note.button_draft()
        note.action_post()
        self.assertEqual(self.get_standing(), 0)

    def test_case_B2_a_posted_note_is_told_afterwards_what_it_credits(self):
        note = self.write_note(100, invoice=self.env["account.move"])
        note.action_post()
        self.assertEqual((note.billing_account_id.id, self.get_standing()), (False, 100))
        note.button_draft()
        note.billing_credited_invoice_id = self.move
        note.action_post()
        self.assertEqual((note.billing_account_id, self.get_standing(), self.get_open()), (self.account, 0, 0))

    def test_case_B2_a_note_that_named_the_wrong_invoice(self):
        self.bill(self.account, "2026-12-01")
        december = self.get_new()
        note = self.write_note(100, invoice=december)
        note.action_post()
        self.assertEqual(self.get_standing(), 100)
        note.button_draft()
        note.billing_credited_invoice_id = self.move
        note.action_post()
        self.assertEqual((note.reversed_entry_id, self.get_standing()), (self.move, 0))
        book = self.env["billing.charge.book"]
        self.assertEqual(list(book.get_standing(december.billing_charge_ids).values()), [100])

    def test_case_B2_several_lines_are_told_apart_by_their_product_or_chosen(self):
        line = self.make_code("LINE", price=40, tax=self.tax)
        account = self.make_account("Grace Hopper")
        plan = self.make_plan(self.net, line, alignment="calendar", name="Both")
        self.subscribe(account, plan, "2026-11-01")
        self.bill(account, "2026-11-01")
        move, book = self.get_invoices(account), self.env["billing.charge.book"]
        partner = {"partner_id": account.partner_id.id, "invoice": move}
        self.write_note((line.product_id, 15), **partner).action_post()
        standing = {charge.code_id.code: amount for charge, amount in book.get_standing(account.charge_ids).items()}
        self.assertEqual((standing["NET"], account.charge_ids.grouped("amount")[40].code_id), (100, line))
        self.assertEqual(sorted(book.get_standing(move.billing_charge_ids).values()), [25, 100])
        note = self.write_note((self.env["product.product"], 5), **partner)
        with self.assertRaisesRegex(UserError, "column “Credits”"), self.cr.savepoint():
            note.action_post()
        note.invoice_line_ids.billing_origin_line_id = move.invoice_line_ids.filtered(
            lambda one: one.product_id == self.net.product_id
        )
        note.action_post()
        self.assertEqual(sorted(book.get_standing(move.billing_charge_ids).values()), [25, 95])

    def test_case_B2_the_invoice_of_somebody_else_or_in_another_currency_is_refused(self):
        other = self.make_account("Grace Hopper")
        note = self.write_note(100)
        note.partner_id = other.partner_id
        with self.assertRaisesRegex(UserError, "cannot credit"), self.cr.savepoint():
            note.action_post()
        for wrong in (self.write_note(1), self.move.copy()):  # a credit note, and a draft
            note = self.write_note(100, invoice=wrong)
            with self.assertRaisesRegex(UserError, "cannot credit"), self.cr.savepoint():
                note.action_post()

    def test_case_B2_a_fee_that_was_given_back_by_hand_is_not_given_back_again(self):
        once = self.make_code("ONCE", price=25, kind="fee", tax=self.tax)
        charge = self.env["billing.charge"].create({"account_id": self.account.id, "code_id": once.id})
        charge.action_invoice_now()
        self.write_note((once.product_id, 25), invoice=charge.invoice_id).action_post()
        self.assertEqual(self.env["billing.charge.book"].get_standing(charge), {charge: 0})

    def test_case_B2_an_accountant_writes_it_in_the_form(self):
        accountant = new_test_user(
            self.env, "books", "online_billing.group_billing_user,account.group_account_invoice", email="a@example.com"
        )
        moves = self.env["account.move"].with_user(accountant).with_context(default_move_type="out_refund")
        with Form(moves) as form:
            form.partner_id = self.account.partner_id
            form.billing_credited_invoice_id = self.move
            with form.invoice_line_ids.new() as line:
                line.product_id = self.net.product_id
                line.price_unit = 30
        form.record.action_post()
        self.assertEqual((form.record.billing_account_id.id, self.get_standing()), (self.account.id, 70))

    def test_a_customer_without_account_is_not_asked(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        note = self.write_note(5, invoice=self.env["account.move"], partner_id=stranger.id)
        self.assertEqual(
            [note.billing_can_credit_invoice, self.write_note(1).billing_can_credit_invoice], [False, True]
        )
        note.action_post()
        self.assertFalse(note.billing_account_id)
