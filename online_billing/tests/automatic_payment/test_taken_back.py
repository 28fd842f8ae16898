"""Money that goes back: refunds with and without a credit note, charge-backs, returned debits."""

from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tests.common import freeze_time
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure, UniqueViolation

from ...services.automatic_payment.values import DECLINED, Answer
from .debit_common import DebitCase


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestTakenBack(DebitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = cls.owe(cls.account, "2026-11-01", 100), cls.owe(cls.account, "2026-11-01", 50)
        cls.agreed = cls.consent(cls.account)

    def setUp(self):
        super().setUp()
        self.run_jobs("2026-10-29 10:00:00")
        self.run_jobs("2026-11-01 10:00:00")
        self.payment = self.get_attempts(self.account).payment_id
        self.assertEqual(self.payment.amount, 178.5)

    def get_open(self):
        self.env.invalidate_all()
        items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        return sorted((item.kind, item.amount) for item in items)

    def refund(self, amount, credit_note=None):
        with self.worker() as env:
            payment = env["account.payment"].browse(self.payment.id)
            note = credit_note and env["account.move"].browse(credit_note.id)
            attempt = env["billing.payment.refunds"].refund(payment, amount, "Agreed", note)
        self.env.invalidate_all()
        return self.env["billing.payment.attempt"].browse(attempt.id)

    def test_a_refund_without_a_credit_note_opens_the_latest_bill_by_what_was_given_back(self):
        attempt = self.refund(20)
        self.assertEqual((attempt.kind, attempt.state, attempt.is_booked), ("refund", "succeeded", True))
        self.assertEqual((attempt.payment_id.payment_type, attempt.payment_id.amount), ("outbound", 20))
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (0, 20))
        self.assertEqual(self.get_open(), [("invoice", Decimal("20.00"))])

    def test_a_refund_settles_its_credit_note(self):
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=self.second.ids)
        action = wizard.create({"journal_id": self.second.journal_id.id}).refund_moves()
        note = self.env["account.move"].browse(action["res_id"])
        with self.worker() as env:
            env["account.move"].browse(note.id).action_post()
        attempt = self.refund(59.5, note)
        self.assertEqual((attempt.state, note.payment_state, note.amount_residual), ("succeeded", "paid", 0))
        self.assertEqual((self.first.payment_state, self.second.payment_state), ("paid", "paid"))
        self.assertEqual(self.get_open(), [])

    def make_note(self):
        """Return a posted credit note of the second bill, of 59.50."""
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=self.second.ids)
        action = wizard.create({"journal_id": self.second.journal_id.id}).refund_moves()
        with self.worker() as env:
            env["account.move"].browse(action["res_id"]).action_post()
        self.env.invalidate_all()
        return self.env["account.move"].browse(action["res_id"])

    def test_a_payment_that_was_taken_back_says_so_when_it_is_deleted(self):
        """Its entry was reversed by Odoo's own button; the payment is a draft again and cancelled afterwards."""
        payment = self.env["account.payment"].create(
            {"partner_id": self.account.partner_id.id, "amount": 10, "billing_account_id": self.account.id}
        )
        payment.action_post()
        reversal = payment.move_id._reverse_moves(cancel=True)
        self.assertEqual(reversal.billing_returned_payment_id, payment)
        payment.action_draft()
        payment.action_cancel()
        with self.assertRaisesRegex(UserError, f"cannot be deleted.*{reversal.name}.*Cancel it"):
            payment.unlink()

    def test_a_bill_that_was_debited_says_so_when_it_is_deleted(self):
        self.payment.move_id.line_ids.remove_move_reconcile()
        self.second.button_draft()
        with self.assertRaisesRegex(UserError, "cannot be deleted.*Payment Attempt: Debit of.*Cancel it"):
            self.second.unlink()

    def test_a_refund_that_was_corrected_as_a_draft_settles_its_credit_note_again(self):
        note, refunds = self.make_note(), self.env["billing.payment.refunds"]
        refund = self.refund(20, note).payment_id
        refund.action_draft()
        self.env.invalidate_all()
        self.assertEqual((note.amount_residual, refunds.get_left_of_note(note)), (39.5, Decimal("39.50")), "matched")
        with self.assertRaisesRegex(UserError, "39.50"):
            refunds.refund(self.payment, 39.51, "Agreed", note)
        refund.move_id.line_ids.remove_move_reconcile()
        self.env.invalidate_all()
        self.assertEqual((note.amount_residual, refunds.get_left_of_note(note)), (59.5, Decimal("39.50")))
        refund.action_post()
        self.env.invalidate_all()
        self.assertEqual((note.amount_residual, refunds.get_left_of_note(note)), (39.5, Decimal("39.50")))
        self.assertEqual(self.get_open(), [("credit", Decimal("-39.50"))])

    def test_a_refund_without_a_credit_note_that_was_corrected_opens_the_same_bill_again(self):
        refund = self.refund(20).payment_id
        refund.action_draft()
        refund.move_id.line_ids.remove_move_reconcile()
        refund.action_post()
        self.env.invalidate_all()
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (0, 20))
        self.assertEqual(self.get_open(), [("invoice", Decimal("20.00"))])

    def test_a_payment_without_a_name_is_offered_by_what_is_known_of_it(self):
        payment = self.payment.with_context(lang="en_US")
        payment.name = False
        reference = payment.payment_transaction_id.reference
        self.assertEqual(payment.display_name, f"{reference}, $\N{NO-BREAK SPACE}178.50, 11/01/2026")

    def test_never_more_than_is_left(self):
        refunds = self.env["billing.payment.refunds"]
        for amount in (0, -5, 178.51, float("nan")):
            with self.assertRaises(UserError, msg=amount):
                refunds.refund(self.payment, amount, "Agreed")
        self.refund(100)
        self.assertEqual(refunds.get_left(self.payment), Decimal("78.50"))
        with self.assertRaisesRegex(UserError, "78.50"):
            refunds.refund(self.payment, 78.51, "Agreed")
        self.refund(78.5)
        self.assertEqual(refunds.get_left(self.payment), Decimal("0.00"))

    def open_dialogue(self, amount, reason="Wrong bill"):
        form = Form(
            self.env["billing.payment.refund"].with_user(self.clerk).with_context(default_payment_id=self.payment.id)
        )
        form.amount = amount
        form.reason = reason
        return form.save()

    def press(self, dialogue):
        """Press the button of a dialogue; return the refund that it shows."""
        with self.worker() as env:
            action = dialogue.with_env(env(user=self.clerk.id)).action_refund()
        self.env.invalidate_all()
        return self.env["billing.payment.attempt"].browse(action["res_id"])

    def test_a_second_click_and_a_second_dialogue_of_the_same_refund_give_nothing_back_again(self):
        first, second = self.open_dialogue(20), self.open_dialogue(20)
        refund = self.press(first)
        self.assertEqual(self.press(first), refund)
        self.assertEqual(self.press(second), refund)
        self.assertEqual(self.payment.billing_refund_ids, refund)
        self.assertEqual((refund.intended_reason, refund.place), ("Wrong bill", 0))
        self.assertEqual(self.env["billing.payment.refunds"].get_left(self.payment), Decimal("158.50"))

    def test_a_dialogue_that_did_not_show_another_refund_is_refused(self):
        shown = self.open_dialogue(20), self.open_dialogue(30), self.open_dialogue(20, "Kind of us")
        refund = self.press(shown[0])
        for dialogue in shown[1:]:
            with self.assertRaisesRegex(UserError, "20.00 of .* has been given back meanwhile by"):
                self.press(dialogue)
        self.assertEqual(self.payment.billing_refund_ids, refund)
        # who has seen it gives as much back again
        self.press(self.open_dialogue(20))
        self.assertEqual(self.env["billing.payment.refunds"].get_left(self.payment), Decimal("138.50"))

    def test_a_second_dialogue_of_a_refund_that_was_declined_says_why_and_what_to_do(self):
        second, other = self.open_dialogue(20), self.open_dialogue(30)
        declined = Answer(DECLINED, code="expired", text="The card has expired.")
        adapter = self.env.registry["billing.payment.adapter.demo"]
        with patch.object(adapter, "_send_refund", return_value=declined):
            refund = self.press(self.open_dialogue(20))
            self.assertEqual((refund.state, refund.reason), ("failed", "The card has expired."))
            # what was decided before it was known is not tried by itself again: its page says why
            self.assertEqual(self.press(second), refund)
        with self.assertRaisesRegex(UserError, "did not go back: The card has expired. Nothing has moved"):
            self.press(other)
        again = self.open_dialogue(20)
        self.assertIn("The card has expired. Nothing has moved", again.decline)
        last = self.press(again)
        self.assertEqual((last.state, len(self.payment.billing_refund_ids)), ("succeeded", 2))
        self.assertEqual(self.press(second), last, "and not the one that was declined")
        self.assertFalse(self.open_dialogue(20).decline)

    def test_the_database_holds_one_refund_of_each_place(self):
        self.refund(20)
        attempt = self.payment.billing_refund_ids.sudo()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            attempt.copy({"key": "another", "place": attempt.place, "refunds_id": self.payment.id}).flush_recordset()

    def test_W12_a_charge_back_opens_exactly_what_was_paid_once_and_pauses_automatic_payment(self):
        returns = self.env["billing.payment.returns"]
        with self.worker() as env:
            own = env["account.payment"].browse(self.payment.id)
            day = self.day("2026-11-20")
            entry = env["billing.payment.returns"].take_back(own, Decimal("178.50"), day, "The bank", "dp_1")
            again = env["billing.payment.returns"].take_back(own, Decimal("178.50"), day, "The bank", "dp_1")
        self.assertTrue(entry)
        self.assertFalse(again)
        self.env.invalidate_all()
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (119, 59.5))
        self.assertEqual(self.get_open(), [("invoice", Decimal("59.50")), ("invoice", Decimal("119.00"))])
        self.assertEqual((self.agreed.state, self.agreed.reason), ("paused", "The bank"))
        self.assertEqual(self.get_attempts(self.account)[0].returned_amount, 178.5)
        with self.assertRaises(UserError):
            returns.take_back(self.payment, Decimal(0), self.day("2026-11-21"), "The bank", "dp_2")

    def test_what_is_taken_back_beyond_what_is_left_is_booked_and_somebody_is_told(self):
        self.refund(100)
        with self.worker() as env:
            own = env["account.payment"].browse(self.payment.id)
            env["billing.payment.returns"].take_back(own, Decimal("178.50"), self.day("2026-11-20"), "The bank", "dp_1")
        self.env.invalidate_all()
        self.assertEqual(sum(amount for _kind, amount in self.get_open()), Decimal("278.50"))
        self.assertIn("78.50", self.payment.activity_ids.note)

    def test_a_part_that_is_taken_back_opens_that_part(self):
        with self.worker() as env:
            own = env["account.payment"].browse(self.payment.id)
            env["billing.payment.returns"].take_back(own, Decimal("60.00"), self.day("2026-11-20"), "The bank", "dp_1")
        self.env.invalidate_all()
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (0.5, 59.5))

    def test_the_service_itself_asks_who_gives_money_back_and_for_which_credit_note(self):
        refunds = self.env["billing.payment.refunds"]
        visitor = new_test_user(self.env, "visitor", "base.group_portal")
        with self.assertRaises(AccessError):
            refunds.with_user(visitor).refund(self.payment.with_user(visitor), 1, "Please")
        with self.assertRaisesRegex(UserError, "posted credit note"):
            refunds.refund(self.payment, 1, "Agreed", self.first)
        self.assertEqual(refunds.get_left(self.payment), Decimal("178.50"))

    def test_a_race_after_the_answer_gives_nothing_back_twice(self):
        """Odoo begins a request anew that has lost a race: what was asked of the provider must not be part of it."""
        settling = self.env.registry["billing.attempt.settling"]
        with (
            patch.object(settling, "work", side_effect=SerializationFailure()),
            mute_logger(self.env.registry["billing.debit.sending"].__module__),
        ):
            self.refund(100)
        self.assertEqual(self.env["billing.payment.refunds"].get_left(self.payment), Decimal("78.50"))
        self.run_jobs("2026-11-02 10:00:00")
        refund = self.get_attempts(self.account).filtered(lambda one: one.kind == "refund")
        self.assertEqual((refund.state, refund.is_booked), ("succeeded", True))

    # -- the fee of a returned payment --------------------------------------------------------------------------------

    def set_fee(self, price=7.5):
        code = self.make_code("RETURNED", price, kind="fee")
        self.company.billing_return_fee_code_id = code
        self.env.flush_all()
        return code

    def return_payment(self, reference="dp_1"):
        with self.worker() as env:
            own = env["account.payment"].browse(self.payment.id)
            entry = env["billing.payment.returns"].take_back(
                own, Decimal("60.00"), self.day("2026-11-20"), "The bank", reference
            )
        self.env.invalidate_all()
        return entry and self.env["account.move"].browse(entry.id)

    def win(self, entry):
        with self.worker() as env:
            own, taken = env["account.payment"].browse(self.payment.id), env["account.move"].browse(entry.id)
            env["billing.payment.returns"].give_back(own, taken, self.day("2026-11-25"), "Won", "dp_1-won")
        self.env.invalidate_all()

    def get_fees(self):
        return self.env["billing.charge"].search([("account_id", "=", self.account.id), ("origin", "=", "returned")])

    def test_a_returned_payment_is_charged_once_where_the_company_has_a_fee(self):
        self.return_payment("dp_0")
        self.assertFalse(self.get_fees(), "no fee is set")
        code = self.set_fee()
        self.return_payment()
        self.assertFalse(self.return_payment())
        fee = self.get_fees()
        self.assertEqual((fee.code_id, fee.amount, fee.state), (code, 7.5, "pending"))
        self.assertEqual(str(fee.charge_date), "2026-11-20")
        self.assertEqual(str(self.account.next_billing_date), "2026-11-20")

    def test_the_fee_goes_with_a_return_that_is_won(self):
        self.set_fee()
        self.win(self.return_payment())
        self.assertEqual((self.get_fees().state, self.get_fees().void_reason), ("void", "The payment stands again"))

    def test_a_fee_that_is_billed_stays_and_somebody_is_told(self):
        self.set_fee()
        entry = self.return_payment()
        self.bill(self.account, "2026-11-22")
        self.assertEqual(self.get_fees().state, "invoiced")
        self.win(entry)
        self.assertEqual(self.get_fees().state, "invoiced")
        self.assertIn("credit note", self.account.message_ids[:1].body)

    def test_without_a_price_the_payment_is_taken_back_all_the_same(self):
        self.set_fee(price=None)
        self.assertTrue(self.return_payment())
        self.assertFalse(self.get_fees())
        self.assertIn("No fee was charged", self.account.message_ids[:1].body)

    def test_only_a_code_of_a_fee_can_be_chosen(self):
        with self.assertRaisesRegex(UserError, "no code of a fee"):
            self.company.billing_return_fee_code_id = self.make_code("CALL", 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestTakenBackInAnotherCurrency(DebitCase):
    """What is exchanged at other rates on the days of bill, debit and return is open again by what was taken back."""

    def test_what_goes_back_opens_the_bills_in_their_own_currency_whatever_the_rates(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        rates = (("2024-01-01", 0.9), ("2026-11-02", 0.83), ("2026-11-20", 0.77), ("2026-11-25", 0.71))
        self.env["res.currency.rate"].create(
            [{"currency_id": euro.id, "name": day, "rate": rate, "company_id": self.company.id} for day, rate in rates]
        )
        account = self.make_account("In euro", currency_id=euro.id)
        bills = [self.owe(account, "2026-11-02", price, currency_id=euro.id) for price in (100.01, 33.33)]
        self.consent(account)
        self.run_jobs("2026-10-30 10:00:00")
        self.run_jobs("2026-11-02 10:00:00")
        self.assertEqual([bill.payment_state for bill in bills], ["paid", "paid"])
        payment = self.get_attempts(account).payment_id

        def act(day, function):
            with freeze_time(f"{day} 10:00:00"), self.worker() as env:
                found = function(env, env["account.payment"].browse(payment.id))
                found_id = found.id
            self.env.invalidate_all()
            open_in_euro = [bill.amount_residual for bill in bills]
            receivable = self.env["account.move.line"].search(
                [("partner_id", "=", account.partner_id.id), ("account_type", "=", "asset_receivable")]
            )
            self.assertEqual(
                euro.compare_amounts(sum(receivable.mapped("amount_residual_currency")), sum(open_in_euro)), 0
            )
            # in dollars at the rate of the bills, as if nothing had ever been paid of it
            self.assertAlmostEqual(sum(receivable.mapped("amount_residual")), sum(open_in_euro) / 0.9, delta=0.02)
            return found_id, open_in_euro

        refund_id, left = act("2026-11-20", lambda env, own: env["billing.payment.refunds"].refund(own, 40.4, "Agreed"))
        self.assertTrue(self.env["billing.payment.attempt"].browse(refund_id).is_booked)
        self.assertEqual(left, [0.74, 39.66])
        day, returns = self.day("2026-11-20"), "billing.payment.returns"
        entry_id, left = act(
            "2026-11-20", lambda env, own: env[returns].take_back(own, Decimal("118.27"), day, "The bank", "dp_1")
        )
        self.assertEqual(left, [119.01, 39.66])
        entry = self.env["account.move"].browse(entry_id)
        self.assertEqual((entry.currency_id, entry.amount_total), (euro, 118.27), "the amount names its currency")
        self.assertEqual(self.env["billing.statement"].get_currencies(account), euro)
        _entry_id, left = act(
            "2026-11-25",
            lambda env, own: env[returns].give_back(own, env["account.move"].browse(entry_id), day, "Won", "dp_1-won"),
        )
        self.assertEqual(sum(left), 40.4)
