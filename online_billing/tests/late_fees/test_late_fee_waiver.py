"""Waiving: announced fees are given up, charged ones voided or credited with their tax; who may waive how much."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .late_fee_common import LateFeeCase


@tagged("post_install", "-at_install")
class TestLateFeeWaiver(LateFeeCase):
    def waive(self, fees, reason="Goodwill", user=None):
        action = fees.with_user(user or self.clerk).action_waive()
        dialogues = self.env[action["res_model"]].with_user(user or self.clerk).with_context(**action["context"])
        form = Form(dialogues)
        form.reason = reason
        return form.save().action_waive()

    def make_fee(self, **rule):
        self.make_rule(**rule)
        account = self.make_account()
        move = self.make_debt(account)
        self.charge_on(account, self.after(1))
        return self.get_fees(move)

    def test_an_announced_fee_is_given_up_and_does_not_come_back(self):
        self.make_rule(announce=True, notice_days=7)
        account = self.make_account()
        move = self.make_debt(account)
        self.announce_on(account, self.after(1))
        self.waive(self.get_fees(move))
        for days in (8, 9, 30):
            self.charge_on(account, self.after(days), reminded=False)
            self.announce_on(account, self.after(days))
        self.assertFees(move, [(1, "2026-01-02", "25.00", "waived")])
        fee = self.get_fees(move)
        self.assertEqual((fee.reason, fee.waived_by_id), ("Goodwill", self.clerk))

    def test_a_fee_that_waits_for_the_next_bill_is_voided(self):
        fee = self.make_fee(invoice_timing="next")
        self.waive(fee)
        self.assertEqual((fee.state, fee.charge_id.state), ("waived", "void"))
        self.assertIn("Goodwill", fee.charge_id.void_reason)
        self.assertFalse(fee.credit_note_id)

    def void(self, charges, user=None):
        action = charges.with_user(user or self.clerk).action_void()
        dialogues = self.env[action["res_model"]].with_user(user or self.clerk).with_context(**action["context"])
        form = Form(dialogues)
        form.reason = "Agreed by phone"
        return form.save().action_void()

    def test_voiding_the_charge_of_a_fee_waives_the_fee_for_the_same_reason(self):
        fee = self.make_fee(invoice_timing="next")
        [answer] = self.env["billing.charge"].record(
            [{"account": fee.account_id.name, "code": "DEBT", "key": "more", "amount": 500, "date": "2026-01-02"}]
        )
        other = self.env["billing.charge"].browse(answer["id"])
        self.void(fee.charge_id | other)
        self.assertEqual((fee.state, fee.reason, fee.waived_by_id), ("waived", "Agreed by phone", self.clerk))
        self.assertEqual((fee.charge_id.state, other.state), ("void", "void"))
        self.assertIn("Agreed by phone", fee.charge_id.void_reason)
        self.assertEqual(other.void_reason, "Agreed by phone")
        self.charge_on(fee.account_id, self.after(30))
        self.assertFees(fee.move_id, [(1, "2026-01-02", "25.00", "waived")])

    def test_a_clerk_voids_no_fee_that_is_above_what_clerks_may_waive(self):
        fee = self.make_fee(invoice_timing="next")
        self.company.billing_late_fee_waive_limit = 24.99
        with self.assertRaisesRegex(UserError, "billing manager"):
            self.void(fee.charge_id)
        self.assertEqual((fee.state, fee.charge_id.state), ("charged", "pending"))
        self.void(fee.charge_id, self.manager)
        self.assertEqual((fee.state, fee.charge_id.state), ("waived", "void"))

    def test_the_credit_note_reverses_the_invoice_of_the_fee_and_its_tax(self):
        tax = self.env["account.tax"].create({"name": "Twenty", "amount": 20, "type_tax_use": "sale"})
        code = self.make_code("FEE", kind="fee", tax=tax)
        fee = self.make_fee(code_id=code.id)
        invoice = fee.invoice_id
        self.assertEqual(invoice.amount_total, 30)
        action = self.waive(fee)
        note = fee.credit_note_id
        self.assertEqual(action["domain"], [("id", "in", note.ids)])
        self.assertEqual((note.move_type, note.state, note.reversed_entry_id), ("out_refund", "posted", invoice))
        self.assertEqual((note.amount_untaxed, note.amount_tax), (25, 5))
        booked = sorted((line.account_id.id, line.tax_line_id.id, line.balance) for line in invoice.line_ids)
        back = sorted((line.account_id.id, line.tax_line_id.id, -line.balance) for line in note.line_ids)
        self.assertEqual(back, booked)
        self.assertEqual((invoice.amount_residual, note.amount_residual), (0, 0))
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertEqual((fee.state, fee.charge_id.state), ("waived", "invoiced"))
        back = self.env["billing.charge"].search([("key", "=", f"late_fee_waiver:{fee.id}")])
        self.assertEqual((back.amount, back.invoice_id, back.state), (-25, note, "invoiced"))
        self.assertIn("Goodwill", back.explanation)
        self.assertEqual(note.billing_account_id, fee.account_id)
        self.assertEqual(note.billing_delivery_state, "pending")

    def test_on_a_bill_with_other_things_only_the_fee_is_given_back(self):
        fee = self.make_fee(invoice_timing="next")
        account = fee.account_id
        self.env["billing.charge"].record(
            [{"account": account.name, "code": "DEBT", "key": "more", "amount": 500, "date": "2026-01-02"}]
        )
        self.bill(account, "2026-01-02")
        self.assertEqual(fee.invoice_id.amount_total, 525)
        self.waive(fee)
        self.assertEqual(fee.credit_note_id.amount_total, 25)
        self.assertEqual(fee.invoice_id.amount_residual, 500)

    def test_a_paid_fee_is_given_back_as_a_credit_of_the_customer(self):
        fee = self.make_fee()
        self.pay(fee.invoice_id, 25, self.after(5))
        self.waive(fee)
        self.assertEqual(fee.credit_note_id.amount_residual, 25)

    def test_several_fees_are_waived_at_once(self):
        self.make_rule()
        accounts = [self.make_account("One"), self.make_account("Two")]
        moves = self.env["account.move"].union(*[self.make_debt(account) for account in accounts])
        for account in accounts:
            self.charge_on(account, self.after(1))
        fees = self.get_fees(moves)
        self.waive(fees)
        self.assertEqual(set(fees.mapped("state")), {"waived"})
        self.assertEqual(len(fees.credit_note_id), 2)

    def test_a_waived_fee_counts_towards_the_most_times(self):
        self.make_rule(repeat_unit="day", repeat_count=7, max_count=2)
        account = self.make_account()
        move = self.make_debt(account)
        self.charge_on(account, self.after(1))
        self.waive(self.get_fees(move))
        self.charge_on(account, self.after(60))
        self.assertFees(move, [(1, "2026-01-02", "25.00", "waived"), (2, "2026-01-09", "25.00", "charged")])

    def test_clerks_waive_up_to_the_limit_and_managers_above_it(self):
        self.company.billing_late_fee_waive_limit = 50
        fee = self.make_fee(fixed_amount=50.01)
        with self.assertRaisesRegex(UserError, "50.00.*manager"):
            self.waive(fee)
        self.waive(fee, user=self.manager)
        self.assertEqual(fee.state, "waived")

    def test_a_reason_is_needed_and_waiving_twice_is_refused(self):
        fee = self.make_fee()
        with self.assertRaisesRegex(UserError, "reason"):
            self.waive(fee, reason="   ")
        self.waive(fee)
        with self.assertRaisesRegex(UserError, "nothing to waive"):
            self.waive(fee)

    def test_rows_are_kept_by_the_billing_alone(self):
        fee = self.make_fee()
        for user in (self.clerk, self.manager):
            with self.assertRaises(AccessError):
                fee.with_user(user).write({"state": "dropped"})
            with self.assertRaises(AccessError):
                fee.with_user(user).unlink()
        with self.assertRaises(UserError):
            fee.unlink()

    def test_the_accounts_own_fees_and_those_of_an_invoice_are_behind_buttons(self):
        fee = self.make_fee()
        for record, method in (
            (fee.account_id, "action_view_late_fees"),
            (fee.move_id, "action_view_billing_late_fees"),
            (fee.rule_id, "action_view_fees"),
        ):
            action = getattr(record.with_user(self.clerk), method)()
            found = self.env[action["res_model"]].with_user(self.clerk).search(action["domain"])
            self.assertEqual(found, fee)
        self.assertEqual((fee.account_id.late_fee_count, fee.move_id.billing_late_fee_count), (1, 1))

    def test_case_D12_the_sum_under_the_list_does_not_count_waived_fees(self):
        fee = self.make_fee()
        lists = [
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_late_fee_action"),
            fee.account_id.action_view_late_fees(),
            fee.move_id.action_view_billing_late_fees(),
            fee.rule_id.action_view_fees(),
        ]
        self.assertTrue(all(fee in self.find_at_first(action) for action in lists))
        self.waive(fee)
        self.assertFalse([action for action in lists if fee in self.find_at_first(action)])

    def test_forms_open_for_the_clerk(self):
        fee = self.make_fee()
        index = self.env.ref("online_billing.reference_index_ecb")
        for record in (fee, fee.rule_id, index):
            self.assertEqual(Form(record.with_user(self.clerk)).id, record.id)
        self.assertTrue(index.is_outdated)

    def test_a_reference_rate_that_a_rule_follows_stays(self):
        index = self.env["billing.reference.index"].create(
            {"name": "Own", "source": "x", "rate_ids": [Command.create({"valid_from": "2026-01-01", "percent": 2})]}
        )
        self.make_rule(method="interest", rate_index_id=index.id, repeat_unit="month", closing=True)
        with self.assertRaisesRegex(UserError, "Archive"):
            index.unlink()

    def test_case_B12_a_late_fee_billed_again_shows_its_new_charge(self):
        fee = self.make_fee(invoice_timing="now")
        first = fee.charge_id
        first.invoice_id.button_draft()
        first.invoice_id.button_cancel()
        again = self.env["billing.charging"].bill_again(first, "now")
        self.assertEqual((fee.charge_id, again.origin, again.generation), (again, "late_fee", 2))
        self.assertEqual(again.invoice_id.amount_untaxed, 25)

    def test_case_B12_a_waived_fee_is_not_billed_again(self):
        fee = self.make_fee(invoice_timing="now")
        move = fee.charge_id.invoice_id
        self.waive(fee)
        self.assertFalse(move.billing_can_bill_again)
        with self.assertRaisesRegex(UserError, "waived"):
            self.env["billing.charging"].bill_again(fee.charge_id, "now")

    def test_case_B4_a_credit_note_by_hand_takes_a_fee_back(self):
        fee = self.make_fee(invoice_timing="now")
        note = self.credit(fee.charge_id.invoice_id, self.after(5))
        self.assertEqual(note.billing_account_id, fee.account_id)
        self.assertEqual(note.billing_charge_ids.corrects_id, fee.charge_id)
        self.assertEqual(self.env["billing.charge.standing"].get_standing(fee.charge_id), {fee.charge_id: 0})

    @freeze_time("2026-06-01 13:00:00")
    def test_the_credit_note_of_a_waived_fee_has_the_local_day_of_the_account(self):
        self.make_rule()
        account = self.make_account(timezone="Pacific/Auckland")
        move = self.make_debt(account)
        self.charge_on(account, self.after(1))
        [note] = self.env["billing.late.fee.waiver"].waive(self.get_fees(move), "Goodwill")
        self.assertEqual(str(note.invoice_date), "2026-06-02")

    def test_case_B4_waiving_gives_back_only_what_no_credit_note_by_hand_gave_back(self):
        for given, left in ((25, 0), (10, 15)):
            with self.subTest(given=given):
                fee = self.make_fee()
                self.credit(fee.charge_id.invoice_id, self.after(5), given)
                self.waive(fee)
                self.assertEqual((fee.state, fee.credit_note_id.amount_total), ("waived", left))
                self.assertEqual(fee.invoice_id.amount_residual, 0)
                self.assertEqual(self.get_standing(fee), 0)
                self.assertFalse(fee.invoice_id.billing_can_bill_again)

    def test_case_B4_what_is_left_of_a_fee_is_given_back_with_its_tax(self):
        tax = self.env["account.tax"].create(
            {"name": "Included", "amount": 20, "type_tax_use": "sale", "price_include_override": "tax_included"}
        )
        fee = self.make_fee(code_id=self.make_code("FEE", kind="fee", tax=tax).id)
        total = fee.invoice_id.amount_total
        self.credit(fee.invoice_id, self.after(5), 10)
        self.waive(fee)
        self.assertEqual(fee.credit_note_id.amount_total, total - 10)
        self.assertEqual((self.get_standing(fee), fee.invoice_id.amount_residual), (0, 0))

    def get_standing(self, fee):
        [standing] = self.env["billing.charge.standing"].get_standing(fee.charge_id).values()
        return standing

    def test_case_B4_a_cancelled_waiver_brings_the_fee_back_and_forth(self):
        fee = self.make_fee()
        self.waive(fee)
        note = fee.credit_note_id
        note.button_draft()
        note.button_cancel()
        self.assertEqual((fee.state, self.get_standing(fee)), ("charged", 25))
        self.assertFalse(fee.credit_note_id or fee.waived_by_id or fee.reason)
        note.button_draft()
        self.assertEqual((fee.state, fee.reason, fee.credit_note_id), ("waived", "Goodwill", note))
        note.action_post()
        self.assertEqual((fee.state, self.get_standing(fee)), ("waived", 0))

    def test_case_B4_a_fee_that_came_back_is_waived_again_and_its_first_note_stays_away(self):
        fee = self.make_fee()
        self.waive(fee)
        first = fee.credit_note_id
        first.button_draft()
        first.button_cancel()
        self.waive(fee, reason="After all")
        self.assertEqual((fee.state, fee.reason, self.get_standing(fee)), ("waived", "After all", 0))
        self.assertNotEqual(fee.credit_note_id, first)
        with self.assertRaisesRegex(UserError, "given back once more already"), self.cr.savepoint():
            first.button_draft()

    def test_case_B4_a_deleted_waiver_brings_the_fee_back(self):
        fee = self.make_fee()
        self.waive(fee)
        fee.credit_note_id.button_draft()
        fee.credit_note_id.with_context(force_delete=True).unlink()
        self.assertEqual((fee.state, self.get_standing(fee)), ("charged", 25))

    def test_case_B4_a_fee_credited_by_hand_and_waived_comes_back_with_its_charge(self):
        fee = self.make_fee()
        note = self.credit(fee.invoice_id, self.after(5))
        self.waive(fee)
        note.button_draft()
        note.button_cancel()
        self.assertEqual((fee.state, self.get_standing(fee)), ("charged", 25))
