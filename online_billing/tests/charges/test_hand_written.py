"""Credit notes that a clerk writes by hand, from nothing, for a customer of the billing."""

import re

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
        return self.env["billing.charge.standing"].get_standing(self.charge)[self.charge]

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
        self.assertEqual((self.move.payment_state, december.payment_state), ("reversed", "not_paid"))
        standing = self.env["billing.charge.standing"]
        self.assertEqual(list(standing.get_standing(december.billing_charge_ids).values()), [100])

    def test_case_B2_several_lines_are_told_apart_by_their_product_or_chosen(self):
        line = self.make_code("LINE", price=40, tax=self.tax)
        account = self.make_account("Grace Hopper")
        plan = self.make_plan(self.net, line, alignment="calendar", name="Both")
        self.subscribe(account, plan, "2026-11-01")
        self.bill(account, "2026-11-01")
        move, service = self.get_invoices(account), self.env["billing.charge.standing"]
        partner = {"partner_id": account.partner_id.id, "invoice": move}
        self.write_note((line.product_id, 15), **partner).action_post()
        standing = {charge.code_id.code: amount for charge, amount in service.get_standing(account.charge_ids).items()}
        self.assertEqual((standing["NET"], account.charge_ids.grouped("amount")[40].code_id), (100, line))
        self.assertEqual(sorted(service.get_standing(move.billing_charge_ids).values()), [25, 100])
        note = self.write_note((self.env["product.product"], 5), **partner)
        with self.assertRaisesRegex(UserError, "column “Credits”"), self.cr.savepoint():
            note.action_post()
        note.invoice_line_ids.billing_origin_line_id = move.invoice_line_ids.filtered(
            lambda one: one.product_id == self.net.product_id
        )
        note.action_post()
        self.assertEqual(sorted(service.get_standing(move.billing_charge_ids).values()), [25, 95])

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

    # -- together they never give back more than there was ------------------------------------------------------------

    def assert_refused(self, act, left):
        """Check that a credit is refused with what was left before, and that nothing of it stays."""
        standing = self.get_standing()
        with self.assertRaisesRegex(UserError, f"only .*{left}.* left to give back"), self.cr.savepoint():
            act()
        self.env.invalidate_all()
        self.assertEqual(self.get_standing(), standing)

    def test_case_B2_more_than_the_invoice_is_refused(self):
        note = self.write_note(150)
        self.assert_refused(note.action_post, "100.00")
        note.invoice_line_ids.price_unit = 100
        note.action_post()
        self.assertEqual((self.get_standing(), self.get_open()), (0, 0))

    def test_case_B2_by_hand_and_by_the_button_count_together(self):
        self.write_note(70).action_post()
        self.assert_refused(lambda: self.reverse(self.move), "30.00")
        self.reverse(self.move, edit=lambda note: setattr(note.invoice_line_ids, "price_unit", 30))
        self.assertEqual((self.get_standing(), self.get_open()), (0, 0))
        self.assert_refused(self.write_note(0.01).action_post, "0.00")

    def test_case_B2_the_button_twice_is_refused(self):
        self.reverse(self.move)
        self.assert_refused(lambda: self.reverse(self.move), "0.00")

    def test_case_B2_by_hand_after_the_run_credited_a_half(self):
        self.end("2026-11-15")
        self.assert_refused(self.write_note(50.01).action_post, "50.00")
        self.write_note(50).action_post()
        self.assertEqual((self.get_standing(), self.get_open()), (0, 0))

    def test_case_B2_two_notes_that_are_posted_together(self):
        notes = self.write_note(60) | self.write_note(60)
        self.assert_refused(notes.action_post, "100.00")
        self.assertEqual(set(notes.mapped("state")), {"draft"})

    def test_case_B2_a_cancelled_note_comes_back_when_another_one_took_its_place(self):
        note = self.write_note(100)
        note.action_post()
        self.cancel(note)
        self.write_note(80).action_post()
        note.button_draft()
        with self.assertRaisesRegex(UserError, "only .*20.00.* left"), self.cr.savepoint():
            note.action_post()
        note.invoice_line_ids.price_unit = 20
        note.action_post()
        self.assertEqual((self.get_standing(), self.get_open()), (0, 0))

    def test_case_B2_lines_of_both_signs_count_by_their_sum(self):
        self.write_note(130, -30).action_post()
        self.assertEqual((self.get_standing(), self.get_open()), (0, 0))

    def test_case_B2_what_a_note_gave_back_and_took_again_can_be_given_back_anew(self):
        self.reverse(self.reverse(self.move))
        self.assertEqual(self.get_standing(), 100)
        self.reverse(self.move)
        self.assertEqual(self.get_standing(), 0)

    def test_case_B2_a_charge_that_was_billed_again_is_given_back_where_it_stands(self):
        self.reverse(self.move)
        self.env["billing.charging"].bill_again(self.charge, "now")
        self.assert_refused(self.write_note(100).action_post, "0.00")

    def test_case_B2_a_charge_of_nothing_has_nothing_to_give_back(self):
        free = self.make_code("FREE", price=0)
        account = self.make_account("Grace Hopper")
        self.subscribe(account, self.make_plan(self.net, free, alignment="calendar", name="Both"), "2026-11-01")
        self.bill(account, "2026-11-01")
        move = self.get_invoices(account)
        note = self.write_note((free.product_id, 5), partner_id=account.partner_id.id, invoice=move)
        note.invoice_line_ids.billing_origin_line_id = move.invoice_line_ids.filtered(lambda line: not line.price_unit)
        with self.assertRaisesRegex(UserError, "only .*0.00.* left"), self.cr.savepoint():
            note.action_post()

    # -- the taxes are those of the invoice ---------------------------------------------------------------------------

    def test_case_B2_a_note_with_other_taxes_is_refused_with_both(self):
        other = self.env["account.tax"].create({"name": "20 %", "amount": 20, "type_tax_use": "sale"})
        for taxes, said in ((self.env["account.tax"], "no tax"), (other, "20 %"), (self.tax | other, "6 %, 20 %")):
            note = self.write_note(100)
            note.invoice_line_ids.tax_ids = taxes
            self.assertIn(f"has {said}, but", note.billing_tax_difference)
            with self.assertRaisesRegex(UserError, f"has {said}, but .* charged with 6 %"), self.cr.savepoint():
                note.action_post()
        self.assertEqual((self.get_standing(), self.get_open()), (100, 106))

    def test_case_B2_the_tax_of_the_invoice_is_given_back_without_a_question(self):
        note = self.write_note(33.33)
        self.assertFalse(note.billing_tax_difference)
        note.action_post()
        self.assertEqual((self.get_standing(), self.get_open()), (66.67, 70.67))

    def test_case_B2_with_a_reason_what_is_given_back_with_tax_decides(self):
        note = self.write_note(53, billing_tax_reason="Ordered by the tax office")
        note.invoice_line_ids.tax_ids = False
        note.action_post()
        self.assertEqual((self.get_standing(), self.get_open()), (50, 53))
        self.assertIn("Ordered by the tax office", note.message_ids.mapped("body")[0])
        note.button_draft()
        note.action_post()
        self.assertEqual((self.get_standing(), self.get_open()), (50, 53))
        self.end("2026-11-15")
        self.assertEqual((self.get_new(note).ids, self.get_open()), ([], 53))

    def test_case_B2_with_a_reason_no_more_than_the_invoice_with_tax(self):
        note = self.write_note(106, billing_tax_reason="Exempt")
        note.invoice_line_ids.tax_ids = False
        note.action_post()
        self.assertEqual((self.get_standing(), self.get_open(), self.move.payment_state), (0, 0, "reversed"))
        other = self.env["account.tax"].create({"name": "20 %", "amount": 20, "type_tax_use": "sale"})
        typed = self.type_invoice(100)
        note = self.write_note(100, invoice=typed, billing_tax_reason="A higher rate")
        note.invoice_line_ids.tax_ids = other
        with self.assertRaisesRegex(UserError, "gives back .*113.21.* only .*100.00.* left"), self.cr.savepoint():
            note.action_post()

    def test_case_B2_a_rate_that_changed_since_is_not_that_of_the_invoice(self):
        self.tax.amount = 7
        note = self.write_note(100)
        with (
            self.assertRaisesRegex(UserError, "gives back .*7.00 of tax.*6.00 of tax was charged"),
            self.cr.savepoint(),
        ):
            note.action_post()
        note.billing_tax_reason = "The new rate holds for credits too"
        note.invoice_line_ids.price_unit = 53
        note.action_post()
        self.assertEqual(self.get_open(), 49.29)
        self.assertAlmostEqual(self.get_standing(), 46.5)

    def test_case_B2_taxes_that_were_changed_on_a_note_made_by_the_button(self):
        def untax(note):
            note.invoice_line_ids.tax_ids = False

        with self.assertRaisesRegex(UserError, "has no tax, but"), self.cr.savepoint():
            self.reverse(self.move, edit=untax)
        self.assertEqual((self.get_standing(), self.get_open()), (100, 106))

    def test_case_B2_the_form_says_that_the_taxes_differ(self):
        moves = self.env["account.move"].with_context(default_move_type="out_refund")
        with Form(moves) as form:
            form.partner_id = self.account.partner_id
            form.billing_credited_invoice_id = self.move
            with form.invoice_line_ids.new() as line:
                line.product_id = self.net.product_id
                line.price_unit = 30
                line.tax_ids.clear()
            self.assertIn("has no tax, but on", form.billing_tax_difference)
            form.billing_tax_reason = "Ordered by the tax office"
        form.record.action_post()
        self.assertEqual(form.record.state, "posted")

    # -- naming another invoice, or none ------------------------------------------------------------------------------

    def test_case_B2_the_field_is_emptied_on_the_draft(self):
        note = self.write_note(100)
        note.action_post()
        note.button_draft()
        note.billing_credited_invoice_id = False
        self.assertEqual((self.get_standing(), note.billing_can_credit_invoice), (100, True))
        note.action_post()
        self.assertEqual((note.billing_account_id.id, note.reversed_entry_id.id), (False, False))
        self.assertEqual(self.get_standing(), 100)
        self.assertFalse(note.invoice_line_ids.billing_origin_line_id)
        self.assertEqual(self.move.payment_state, "not_paid")

    def test_case_B2_the_field_is_emptied_and_filled_again(self):
        note = self.write_note(100)
        note.action_post()
        note.button_draft()
        note.billing_credited_invoice_id = False
        note.billing_credited_invoice_id = self.move
        note.action_post()
        self.assertEqual((note.reversed_entry_id, self.get_standing(), self.get_open()), (self.move, 0, 0))

    def test_case_B2_the_field_is_emptied_in_the_form(self):
        note = self.write_note(40)
        note.action_post()
        note.button_draft()
        with Form(note) as form:
            form.billing_credited_invoice_id = self.env["account.move"]
            self.assertTrue(form.billing_can_credit_invoice)
        note.action_post()
        self.assertEqual((note.reversed_entry_id.id, self.get_standing()), (False, 100))

    def test_case_B2_after_it_was_emptied_the_note_may_be_of_another_customer(self):
        note = self.write_note(100)
        note.action_post()
        note.button_draft()
        note.write(
            {"billing_credited_invoice_id": False, "partner_id": self.make_account("Grace Hopper").partner_id.id}
        )
        note.action_post()
        self.assertEqual((note.state, self.get_standing()), ("posted", 100))

    def test_case_B2_another_line_is_chosen_on_the_draft(self):
        line = self.make_code("LINE", price=40, tax=self.tax)
        account = self.make_account("Grace Hopper")
        self.subscribe(account, self.make_plan(self.net, line, alignment="calendar", name="Both"), "2026-11-01")
        self.bill(account, "2026-11-01")
        move, service = self.get_invoices(account), self.env["billing.charge.standing"]
        note = self.write_note((line.product_id, 15), partner_id=account.partner_id.id, invoice=move)
        note.action_post()
        self.assertEqual(sorted(service.get_standing(move.billing_charge_ids).values()), [25, 100])
        note.button_draft()
        note.invoice_line_ids.billing_origin_line_id = move.invoice_line_ids.filtered(
            lambda one: one.product_id == self.net.product_id
        )
        note.action_post()
        self.assertEqual(sorted(service.get_standing(move.billing_charge_ids).values()), [40, 85])

    # -- the field on posted notes ------------------------------------------------------------------------------------

    def test_case_B2_the_field_of_a_posted_note_stays(self):
        none, account = self.env["account.move"], self.account
        said, unsaid = self.write_note(60), self.write_note(40, invoice=none)
        (said | unsaid).action_post()
        cancelled = self.write_note(10)
        cancelled.button_cancel()
        for note, invoice in ((said, none), (unsaid, self.move), (cancelled, none)):
            with self.subTest(note.name), self.assertRaisesRegex(UserError, "to draft first"), self.cr.savepoint():
                note.sudo().billing_credited_invoice_id = invoice
        self.env.invalidate_all()
        loaded = none.load(
            ["id", "billing_credited_invoice_id"], [[unsaid.export_data(["id"])["datas"][0][0], self.move.name]]
        )
        self.assertIn("to draft first", loaded["messages"][0]["message"])
        said.billing_credited_invoice_id = self.move  # the same once more
        self.assertEqual(
            (said.billing_account_id, unsaid.billing_account_id.id, self.get_standing()), (account, False, 40)
        )

    def test_case_B2_what_the_lines_of_a_posted_note_credit_stays(self):
        note = self.write_note(60)
        note.action_post()
        with self.assertRaisesRegex(UserError, "to draft first"), self.cr.savepoint():
            note.invoice_line_ids.billing_origin_line_id = False

    # -- an invoice without charges -----------------------------------------------------------------------------------

    def type_invoice(self, *amounts):
        """Return a posted invoice on the account that somebody typed: its lines have no charges."""
        line = {"product_id": self.net.product_id.id, "tax_ids": [Command.set(self.tax.ids)]}
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.account.partner_id.id,
                "invoice_date": "2026-11-05",
                "billing_account_id": self.account.id,
                "invoice_line_ids": [Command.create({**line, "price_unit": amount}) for amount in amounts],
            }
        )
        move.action_post()
        return move

    def test_case_B2_an_invoice_with_one_line_of_no_charge(self):
        typed = self.type_invoice(80)
        self.write_note(80, invoice=typed).action_post()
        self.assertEqual((typed.payment_state, self.get_open(), self.get_standing()), ("reversed", 106, 100))

    def test_case_B2_a_line_of_no_charge_is_given_back_once(self):
        typed = self.type_invoice(80)
        first = self.write_note(50, invoice=typed)
        first.action_post()
        self.assert_refused(lambda: self.reverse(typed), "30.00")
        self.assert_refused(self.write_note(31, invoice=typed).action_post, "30.00")
        self.reverse(first)
        self.write_note(80, invoice=typed).action_post()
        self.assertEqual(self.get_open(), 106)

    def test_case_B2_of_two_lines_of_no_charge_the_one_with_something_left(self):
        typed = self.type_invoice(80, 50)
        note = self.write_note(50, invoice=typed)
        with self.assertRaisesRegex(UserError, "column “Credits”"), self.cr.savepoint():
            note.action_post()
        note.invoice_line_ids.billing_origin_line_id = typed.invoice_line_ids[1]
        note.action_post()
        last = self.write_note(80, invoice=typed)
        last.action_post()
        self.assertEqual(last.invoice_line_ids.billing_origin_line_id, typed.invoice_line_ids[0])
        self.assertEqual(typed.payment_state, "reversed")

    # -- the invoice goes ---------------------------------------------------------------------------------------------

    def test_case_B2_an_invoice_that_a_note_names_says_so_when_it_is_deleted(self):
        note = self.write_note(100)
        self.move.button_draft()
        said = f"cannot be deleted.*{re.escape(note.display_name)}.*“Credits Invoice”"
        with self.assertRaisesRegex(UserError, said), self.cr.savepoint():
            self.move.unlink()
        self.assertEqual((self.charge.state, self.charge.invoice_id), ("invoiced", self.move))
        note.billing_credited_invoice_id = False
        self.move.unlink()
        self.assertEqual(self.charge.state, "pending")

    def test_case_B2_an_invoice_goes_together_with_the_note_that_names_it(self):
        note = self.write_note(100)
        self.move.button_draft()
        both = note | self.move
        both.unlink()
        self.assertFalse(both.exists())

    def test_case_B2_a_fee_that_was_given_back_by_hand_is_not_given_back_again(self):
        once = self.make_code("ONCE", price=25, kind="fee", tax=self.tax)
        charge = self.env["billing.charge"].create({"account_id": self.account.id, "code_id": once.id})
        charge.action_invoice_now()
        self.write_note((once.product_id, 25), invoice=charge.invoice_id).action_post()
        self.assertEqual(self.env["billing.charge.standing"].get_standing(charge), {charge: 0})

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
