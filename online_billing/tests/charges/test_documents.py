"""Documents that Odoo's own buttons make of the billing's, drafts edited by hand, and what is billed once more."""

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from ..common import BillingCase


class DocumentCase(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create({"name": "6 %", "amount": 6, "type_tax_use": "sale"})
        cls.net = cls.make_code("NET", price=100, tax=cls.tax)
        cls.plan = cls.make_plan(cls.net, alignment="calendar")
        cls.account = cls.make_account()
        cls.subscription = cls.subscribe(cls.account, cls.plan, "2026-11-01")
        cls.bill(cls.account, "2026-11-01")
        cls.move = cls.get_invoices(cls.account)
        cls.charge = cls.account.charge_ids

    def end(self, last_day):
        self.env["billing.subscription.lifecycle"].set_end(self.subscription, self.day(last_day))
        self.bill(self.account, "2026-12-31")

    def reverse(self, move, modify=False, edit=None):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"date": "2026-11-10", "journal_id": move.journal_id.id, "reason": "wrong"})
        )
        action = wizard.reverse_moves(is_modify=modify)
        made = self.env["account.move"].browse(action["res_id"])
        if edit:
            edit(made)
        if made.state == "draft":
            made.invoice_date = made.invoice_date or self.day("2026-11-10")
            made.action_post()
        return made

    def cancel(self, move):
        move.button_draft()
        move.button_cancel()

    def get_open(self):
        items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        return float(sum(item.amount for item in items))

    def get_new(self, *before):
        return self.get_invoices(self.account) - self.move.union(*before)


@tagged("post_install", "-at_install")
class TestCorrectionsOfWhatStands(DocumentCase):
    def test_case_B2_nothing_is_credited_of_a_cancelled_invoice(self):
        self.cancel(self.move)
        self.end("2026-11-15")
        self.assertFalse(self.get_new())

    def test_case_B2_nothing_is_credited_of_an_invoice_credited_by_hand(self):
        note = self.reverse(self.move)
        self.end("2026-11-15")
        self.assertFalse(self.get_new(note))

    def test_case_B2_the_dialogue_foretells_what_the_run_will_credit(self):
        def foretell():
            return [
                (str(one["first"]), str(one["last"]), float(one["amount"]))
                for one in self.env["billing.rating"].get_end_corrections(
                    self.subscription, self.day("2026-11-15"), True
                )
            ]

        self.assertEqual(foretell(), [("2026-11-16", "2026-11-30", -50.0)])
        self.reverse(self.move, edit=lambda note: setattr(note.invoice_line_ids, "price_unit", 30))
        self.assertEqual(foretell(), [("2026-11-16", "2026-11-30", -20.0)])
        self.reverse(self.move, edit=lambda note: setattr(note.invoice_line_ids, "price_unit", 70))
        self.assertEqual(foretell(), [])

    def test_case_B2_nothing_is_credited_of_a_voided_charge(self):
        self.move.button_draft()
        self.move.unlink()
        self.assertEqual(self.charge.state, "pending")
        self.env["billing.charge.void"].create(
            {"charge_ids": [Command.set(self.charge.ids)], "reason": "x"}
        ).action_void()
        self.end("2026-11-15")
        self.assertFalse(self.get_invoices(self.account))

    def test_case_B2_what_was_credited_by_hand_in_part_is_taken_off(self):
        def edit(note):
            note.invoice_line_ids.price_unit = 30

        note = self.reverse(self.move, edit=edit)
        self.end("2026-11-15")
        self.assertEqual(self.get_new(note).amount_untaxed, 20)
        self.assertEqual(self.account.charge_ids.filtered("corrects_id").mapped("corrects_id"), self.charge)

    def test_case_B2_a_cancelled_credit_note_counts_no_longer(self):
        note = self.reverse(self.move)
        self.cancel(note)
        self.end("2026-11-15")
        self.assertEqual(self.get_new(note).amount_untaxed, 50)

    def test_case_B2_what_balanced_on_its_bill_was_paid(self):
        """A bill that adds up to nothing is not issued; its charges stand nevertheless."""
        self.company.billing_zero_invoice = "skip"
        back = self.make_code("BACK", price=100, kind="credit", tax=self.tax)
        account = self.make_account("Grace Hopper")
        first = self.subscribe(account, self.plan, "2026-11-01")
        self.subscribe(account, self.make_plan(back, alignment="calendar", name="Back"), "2026-11-01")
        self.bill(account, "2026-11-01")
        self.assertFalse(self.get_invoices(account))
        self.env["billing.subscription.lifecycle"].set_end(first, self.day("2026-11-15"))
        self.bill(account, "2026-11-30")
        self.assertEqual(self.get_invoices(account).amount_untaxed, 50)


@tagged("post_install", "-at_install")
class TestSuccessors(DocumentCase):
    def test_case_A6_a_credit_note_by_hand_belongs_to_the_account(self):
        self.reverse(self.move, edit=lambda note: setattr(note.invoice_line_ids, "price_unit", 10))
        note = self.get_new()
        self.assertEqual((note.move_type, note.amount_total), ("out_refund", 10.6))
        self.assertEqual(self.get_open(), 95.4)
        back = note.billing_charge_ids
        self.assertEqual((back.amount, back.origin, back.corrects_id), (-10, "document", self.charge))
        self.assertEqual(back.subscription_line_id, self.charge.subscription_line_id)

    def test_case_B4_reverse_and_create_stays_on_the_account(self):
        new = self.reverse(self.move, modify=True)
        self.assertEqual((new.move_type, new.billing_account_id), ("out_invoice", self.account))
        self.assertEqual(self.get_open(), 106)
        self.assertEqual(self.move.payment_state, "reversed")
        again = new.billing_charge_ids
        self.assertEqual((again.key, again.generation, again.replaces_id), (self.charge.key, 2, self.charge))
        self.assertEqual(again.period_start, self.charge.period_start)
        self.end("2026-11-15")
        self.assertEqual(self.get_invoices(self.account).sorted("id")[-1].amount_untaxed, 50)

    def test_case_B4_a_duplicate_is_a_charge_of_its_own_while_the_first_stands(self):
        copy = self.move.copy({"invoice_date": "2026-11-10"})
        self.assertEqual(copy.billing_account_id, self.account)
        copy.action_post()
        charge = copy.billing_charge_ids
        self.assertEqual((charge.origin, charge.amount, charge.generation), ("document", 100, 1))
        self.assertFalse(charge.subscription_line_id)
        self.assertEqual(self.get_open(), 212)
        self.end("2026-11-15")
        self.assertEqual(self.get_new(copy).amount_untaxed, 50)

    def test_case_B4_a_copy_for_another_customer_has_no_account(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.assertFalse(self.move.copy({"partner_id": stranger.id}).billing_account_id)

    def test_case_B4_the_reversal_of_a_credit_note_brings_the_charge_back(self):
        note = self.reverse(self.move)
        self.reverse(note)
        self.assertEqual(self.env["billing.charge.standing"].get_standing(self.charge), {self.charge: 100})
        self.end("2026-11-15")
        self.assertEqual(self.get_invoices(self.account).sorted("id")[-1].amount_untaxed, 50)

    def test_case_B4_a_credit_note_that_goes_takes_its_charge_along(self):
        note = self.reverse(self.move)
        back = note.billing_charge_ids
        note.button_draft()
        note.unlink()
        self.assertEqual((back.state, back.invoice_id.id), ("void", False))
        self.assertEqual(self.env["billing.charge.standing"].get_standing(self.charge), {self.charge: 100})


@tagged("post_install", "-at_install")
class TestEditedDrafts(DocumentCase):
    def test_case_B11_another_amount_is_refused_with_what_to_do(self):
        self.move.button_draft()
        self.move.invoice_line_ids.price_unit = 5
        with self.assertRaisesRegex(UserError, "credit note"):
            self.move.action_post()
        self.assertEqual(self.charge.state, "invoiced")

    def test_case_B11_the_same_amount_by_other_figures_is_accepted(self):
        self.move.button_draft()
        self.move.invoice_line_ids.write({"price_unit": 50, "quantity": 2, "name": "Two halves"})
        self.move.action_post()
        self.assertEqual((self.move.state, self.charge.state), ("posted", "invoiced"))

    def get_other_currency(self):
        currencies = self.env.ref("base.EUR") | self.env.ref("base.USD")
        currencies.active = True
        return (currencies - self.move.currency_id)[0]

    def test_case_B11_another_currency_is_refused(self):
        other = (
            self.env.ref("base.EUR") if self.move.currency_id != self.env.ref("base.EUR") else self.env.ref("base.USD")
        )
        other.active = True
        self.move.button_draft()
        self.move.currency_id = other
        with self.assertRaisesRegex(UserError, "currency"):
            self.move.action_post()
        self.assertEqual(self.charge.state, "invoiced")

    def test_case_B11_a_credit_note_or_duplicate_in_another_currency_is_refused(self):
        other = (
            self.env.ref("base.EUR") if self.move.currency_id != self.env.ref("base.EUR") else self.env.ref("base.USD")
        )
        other.active = True
        for made in (self.move._reverse_moves([{}]), self.move.copy()):
            with self.subTest(kind=made.move_type):
                made.write({"currency_id": other.id, "invoice_date": self.day("2026-11-10")})
                with self.assertRaisesRegex(UserError, "currency"):
                    made.action_post()
                made.currency_id = self.move.currency_id
                made.action_post()
                self.assertEqual(made.state, "posted")

    def test_case_B11_a_credit_note_by_hand_changes_no_currency_on_its_draft(self):
        other = (
            self.env.ref("base.EUR") if self.move.currency_id != self.env.ref("base.EUR") else self.env.ref("base.USD")
        )
        other.active = True
        note = self.reverse(self.move)
        note.button_draft()
        note.currency_id = other
        with self.assertRaisesRegex(UserError, "currency"):
            note.action_post()

    def test_case_B11_the_charge_of_a_deleted_line_is_free_again(self):
        self.move.button_draft()
        with Form(self.move) as form:
            form.invoice_line_ids.remove(0)
            with form.invoice_line_ids.new() as line:
                line.name, line.price_unit = "Something else", 7
        self.move.action_post()
        self.assertEqual((self.charge.state, self.charge.invoice_id.id), ("pending", False))
        self.assertIn("pending again", self.move.message_ids[0].body + self.move.message_ids[1].body)
        self.bill(self.account, "2026-11-20")
        self.assertEqual(self.charge.invoice_id, self.get_new())
        self.assertIn("Nov", self.get_new().invoice_line_ids.name)

    def test_case_B11_a_credit_note_by_hand_may_change_on_its_draft(self):
        note = self.reverse(self.move)
        note.button_draft()
        note.invoice_line_ids.price_unit = 40
        note.action_post()
        back = note.billing_charge_ids
        self.assertEqual((back.amount, back.generation, back.state), (-40, 2, "invoiced"))
        self.assertEqual(self.env["billing.charge.standing"].get_standing(self.charge), {self.charge: 60})


@tagged("post_install", "-at_install")
class TestBilledAgain(DocumentCase):
    def bill_again(self, charges, timing="now"):
        wizard = self.env["billing.charge.again"].with_user(self.clerk)
        action = charges.with_user(self.clerk).action_bill_again()
        wizard.with_context(**action["context"]).create({"timing": timing}).action_bill_again()
        return charges.replaced_by_ids

    def test_case_B12_at_once_with_its_period_on_the_line(self):
        self.cancel(self.move)
        with freeze_time("2026-12-10"):
            again = self.bill_again(self.charge)
        self.assertEqual((again.state, again.generation, again.amount), ("invoiced", 2, 100))
        self.assertEqual(again.invoice_id.invoice_date, self.day("2026-12-10"))
        self.assertIn("Nov 1 – 30, 2026", again.invoice_id.invoice_line_ids.name)
        self.assertEqual(again.invoice_id.amount_total, 106)

    def test_case_B12_a_yearly_plan_does_not_wait_for_the_next_year(self):
        yearly = self.make_plan(self.net, name="Yearly", interval_unit="year")
        account = self.make_account("Grace Hopper")
        self.subscribe(account, yearly, "2026-11-01")
        self.bill(account, "2026-11-01")
        move = self.get_invoices(account)
        move.button_draft()
        move.unlink()
        self.assertEqual(account.next_billing_date, self.day("2026-11-01"))
        self.bill(account, "2026-11-20")
        move = self.get_invoices(account)
        self.assertEqual(move.amount_untaxed, 100)
        self.assertIn("Nov 1, 2026 – Oct 31, 2027", move.invoice_line_ids.name)

    def test_case_B12_by_the_next_run(self):
        self.reverse(self.move)
        with freeze_time("2026-11-20"):
            again = self.bill_again(self.charge, "soon")
        self.assertEqual((again.state, self.account.next_billing_date), ("pending", self.day("2026-11-20")))
        self.bill(self.account, "2026-11-21")
        self.assertEqual((again.state, again.invoice_id.invoice_date), ("invoiced", self.day("2026-11-20")))

    def test_case_B12_an_invoice_says_whether_it_can_be_billed_again(self):
        self.assertFalse(self.move.billing_can_bill_again)
        self.cancel(self.move)
        self.move.invalidate_recordset(["billing_can_bill_again"])
        self.assertTrue(self.move.billing_can_bill_again)
        action = self.move.with_user(self.clerk).action_bill_again()
        self.assertEqual(action["context"]["default_charge_ids"], self.charge.ids)
        self.bill_again(self.charge)
        self.move.invalidate_recordset(["billing_can_bill_again"])
        self.assertFalse(self.move.billing_can_bill_again)

    def test_case_B12_what_stands_or_was_billed_again_is_refused(self):
        with self.assertRaisesRegex(UserError, "is still billed"):
            self.bill_again(self.charge)
        self.cancel(self.move)
        self.bill_again(self.charge)
        with self.assertRaisesRegex(UserError, "already"):
            self.bill_again(self.charge)
        with self.assertRaisesRegex(UserError, "billed again already"), self.cr.savepoint():
            self.move.button_draft()

    def test_case_B12_what_the_billing_corrected_is_billed_again_with_it(self):
        self.end("2026-11-15")
        note = self.get_new()
        rest = self.reverse(self.move, edit=lambda made: setattr(made.invoice_line_ids, "price_unit", 50))
        self.assertEqual(self.env["billing.charge.standing"].get_standing(self.charge), {self.charge: 0})
        again = self.bill_again(self.charge)
        bill = self.get_new(note, rest)
        self.assertEqual(bill.amount_untaxed, 50)
        self.assertEqual(sorted(bill.billing_charge_ids.mapped("amount")), [-50, 100])
        self.assertEqual(self.env["billing.charge.standing"].get_standing(again), {again: 50})

    def test_case_B12_a_single_charge_is_billed_again_as_well(self):
        charge = self.env["billing.charge"].create(
            {
                "account_id": self.account.id,
                "code_id": self.net.id,
                "invoice_timing": "now",
                "charge_date": fields.Date.today(),
            }
        )
        charge.action_invoice_now()
        self.cancel(charge.invoice_id)
        again = self.bill_again(charge)
        self.assertEqual((again.state, again.amount), ("invoiced", charge.amount))

    # -- back and forth: of all generations of a key, one stands at most ----------------------------------------------

    def assert_stands(self, charge):
        """Check which one charge stands of those with its key, and that the ledger says so."""
        generations = self.env["billing.charge"].search([("key", "=", charge.key)])
        self.assertEqual(self.env["billing.charge.book"].find({(self.company.id, charge.key)}).popitem()[1], charge)
        self.assertEqual(self.get_open(), 106)
        standing = self.env["billing.charge.standing"].get_standing(generations)
        self.assertEqual([one for one in generations if standing[one]], [charge])

    def assert_credited_half(self):
        """End the subscription in the middle of its month: what stands is credited by half, whichever that is."""
        before = self.get_invoices(self.account)
        self.end("2026-11-15")
        self.assertEqual(self.get_new(before).amount_untaxed, 50)
        self.assertEqual(self.get_open(), 53)

    def test_case_B12_the_first_invoice_comes_back_once_its_replacement_is_void(self):
        self.cancel(self.move)
        again = self.bill_again(self.charge)
        self.cancel(again.invoice_id)
        self.move.button_draft()
        self.move.action_post()
        self.assert_stands(self.charge)
        with self.assertRaisesRegex(UserError, "billed again already"), self.cr.savepoint():
            again.invoice_id.button_draft()
        self.assert_credited_half()

    def test_case_B12_the_first_invoice_comes_back_once_its_replacement_is_credited(self):
        self.cancel(self.move)
        again = self.bill_again(self.charge)
        self.reverse(again.invoice_id)
        self.move.button_draft()
        self.move.action_post()
        self.assert_stands(self.charge)
        self.assert_credited_half()

    def test_case_B12_a_credit_note_is_no_draft_again_while_what_it_gave_back_is_billed_again(self):
        note = self.reverse(self.move)
        with freeze_time("2026-11-12"):
            charge = self.bill_again(self.charge, "soon")
        with self.assertRaisesRegex(UserError, "has been billed again already"), self.cr.savepoint():
            note.button_draft()
        self.assertEqual(note.state, "posted")
        self.bill(self.account, "2026-11-30")
        with self.assertRaisesRegex(UserError, "has been billed again already"), self.cr.savepoint():
            note.button_draft()
        self.reverse(charge.invoice_id)
        note.button_draft()
        self.assertEqual(note.state, "draft")

    def test_case_B12_what_was_billed_twice_again_is_numbered_on(self):
        self.cancel(self.move)
        second = self.bill_again(self.charge)
        self.cancel(second.invoice_id)
        third = self.bill_again(self.charge) - second
        self.assertEqual((third.generation, third.replaces_id), (3, self.charge))
        self.assert_stands(third)
        with self.assertRaisesRegex(UserError, "already"), self.cr.savepoint():
            self.bill_again(second)
        self.cancel(third.invoice_id)
        fourth = self.bill_again(self.charge | second | third)
        self.assertEqual(fourth.filtered(lambda one: one.state != "void").generation, 4)
        self.assert_stands(fourth.filtered(lambda one: one.state != "void"))
        self.assert_credited_half()

    def test_case_B12_a_replacement_that_waits_counts_and_a_voided_one_does_not(self):
        self.cancel(self.move)
        again = self.bill_again(self.charge, "soon")
        with self.assertRaisesRegex(UserError, "waits for the next run"), self.cr.savepoint():
            self.move.button_draft()
        self.env["billing.charging"].void(again, "A mistake")
        self.move.button_draft()
        self.move.action_post()
        self.assert_stands(self.charge)

    def test_case_B12_a_credit_note_stays_while_what_was_billed_again_stands(self):
        note = self.reverse(self.move)
        again = self.bill_again(self.charge)
        for act in (lambda: self.cancel(note), lambda: self.reverse(note)):
            with self.assertRaisesRegex(UserError, "billed twice"), self.cr.savepoint():
                act()
            self.env.invalidate_all()
        self.assert_stands(again)
        self.cancel(again.invoice_id)
        self.cancel(note)
        self.assert_stands(self.charge)

    def test_case_B12_credited_billed_again_and_cancelled(self):
        self.reverse(self.move)
        again = self.bill_again(self.charge)
        self.cancel(again.invoice_id)
        third = (again | self.charge).replaced_by_ids - again
        self.assertFalse(third)
        third = self.bill_again(again)
        self.assertEqual(third.generation, 3)
        self.assert_stands(third)
        self.assert_credited_half()

    def test_case_B12_reversed_and_created_anew_after_it_was_billed_again(self):
        self.cancel(self.move)
        again = self.bill_again(self.charge)
        self.cancel(again.invoice_id)
        self.move.button_draft()
        self.move.action_post()
        new = self.reverse(self.move, modify=True)
        self.assertEqual((new.billing_charge_ids.generation, new.billing_charge_ids.replaces_id), (3, self.charge))
        self.assert_stands(new.billing_charge_ids)

    def test_case_B12_a_cancelled_invoice_whose_credit_note_stays_is_not_billed_again(self):
        """The note would be a present: the customer had 100 back of an invoice that is none any more."""
        note = self.reverse(self.move)
        self.cancel(self.move)
        with self.assertRaisesRegex(UserError, "is still billed with"), self.cr.savepoint():
            self.bill_again(self.charge)
        self.cancel(note)
        again = self.bill_again(self.charge)
        self.assert_stands(again)

    def test_case_B12_invoice_and_correction_are_cancelled_and_billed_again_each(self):
        self.end("2026-11-15")
        note = self.get_new()
        credit = note.billing_charge_ids
        self.cancel(note)
        self.cancel(self.move)
        again = self.bill_again(self.charge)
        back = self.bill_again(credit)
        self.assertEqual((back.amount, back.corrects_id), (-50, again))
        self.assertEqual(self.get_open(), 53)

    def test_case_B12_a_charge_says_whether_it_can_be_billed_again(self):
        free = self.env["billing.charge"].create({"account_id": self.account.id, "code_id": self.net.id, "amount": 0.0})
        self.assertEqual([self.charge.can_bill_again, free.can_bill_again], [False, False])
        self.cancel(self.move)
        self.env.invalidate_all()
        self.assertTrue(self.charge.can_bill_again)
        self.cancel(self.bill_again(self.charge).invoice_id)
        self.env.invalidate_all()
        self.assertEqual([one.can_bill_again for one in self.charge | self.charge.replaced_by_ids], [True, True])

    def test_case_B12_a_line_of_nothing_is_billed_once_as_well(self):
        nothing = self.make_code("FREE", price=0)
        account = self.make_account("Grace Hopper")
        self.subscribe(account, self.make_plan(nothing, self.net, alignment="calendar", name="Both"), "2026-11-01")
        self.bill(account, "2026-11-01")
        free = account.charge_ids.filtered(lambda charge: not charge.amount)
        self.assertEqual(free.mapped("can_bill_again"), [False])
        self.cancel(free.invoice_id)
        again = self.bill_again(account.charge_ids)
        with self.assertRaisesRegex(UserError, "already"), self.cr.savepoint():
            self.bill_again(free)
        self.assertEqual(sorted(again.mapped("amount")), [0, 100])
