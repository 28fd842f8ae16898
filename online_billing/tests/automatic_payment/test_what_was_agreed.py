"""What a customer has agreed to holds, whichever door is tried: other dialogues, another customer, another consent."""

from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from ...services.automatic_payment.consents import Terms
from ...services.automatic_payment.demo_adapter import BillingPaymentAdapterDemo
from ...services.automatic_payment.values import DECLINED, SUCCEEDED, UNKNOWN, Answer
from .debit_common import DebitCase


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestWhatWasAgreed(DebitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.save_method(cls.account.partner_id)

    def answer(self, *answers):
        """Let the provider say this, one after the other; the last one again and again."""
        said = list(answers)
        for name in ("_send_charge", "_send_question"):
            self.startPatcher(
                patch.object(BillingPaymentAdapterDemo, name, lambda *_given: said.pop(0) if len(said) > 1 else said[0])
            )

    def debit(self, *days):
        for day in days:
            self.run_jobs(f"{day} 10:00:00")
        return self.get_attempts(self.account)

    def make_transaction(self, invoice, **vals):
        return self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "reference": "page",
                "amount": 119,
                "currency_id": invoice.currency_id.id,
                "partner_id": self.account.partner_id.id,
                "operation": "online_direct",
                "invoice_ids": [Command.set(invoice.ids)],
                "billing_account_id": self.account.id,
                **vals,
            }
        )

    # -- Odoo's own dialogues -----------------------------------------------------------------------------------------

    def register(self, invoice, **vals):
        with self.worker() as env:
            journal = self.provider.journal_id.with_env(env)
            line = journal.inbound_payment_method_line_ids.filtered(lambda one: one.code == "demo")[:1]
            dialogue = env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
            dialogue = dialogue.create({"journal_id": journal.id, "payment_method_line_id": line.id, **vals})
            proposed = dialogue.payment_token_id
            dialogue._create_payments()
        self.env.invalidate_all()
        return proposed

    def test_register_payment_charges_no_saved_method(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account, self.token)
        self.answer(Answer(UNKNOWN))
        attempt = self.debit("2026-10-30", "2026-11-02")
        self.assertEqual(attempt.state, "unknown")
        with self.assertRaisesRegex(UserError, "Charge Now"):
            self.register(invoice, payment_token_id=self.token.id)
        self.assertEqual(
            self.env["payment.transaction"].search([("invoice_ids", "in", invoice.ids)]), attempt.transaction_id
        )

    def test_register_payment_proposes_no_saved_method(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        self.assertFalse(self.register(invoice))
        self.assertFalse(self.env["payment.transaction"].search([("invoice_ids", "in", invoice.ids)]))

    def test_a_payment_with_a_saved_method_is_not_confirmed(self):
        line = self.provider.journal_id.inbound_payment_method_line_ids.filtered(lambda one: one.code == "demo")[:1]
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.account.partner_id.id, "amount": 10, "journal_id": self.provider.journal_id.id,
                "payment_method_line_id": line.id, "payment_token_id": self.token.id,
            }
        )  # fmt: skip
        with self.assertRaisesRegex(UserError, "Charge Now"):
            payment.action_post()

    # -- whose, and in which currency ---------------------------------------------------------------------------------

    def test_another_customer_of_the_account_ends_it(self):
        consent = self.consent(self.account, self.token)
        self.account.partner_id = self.env["res.partner"].create({"name": "Somebody Else"})
        self.assertEqual(consent.state, "withdrawn")
        self.owe(self.account, "2026-11-02", 100)
        self.assertFalse(self.debit("2026-10-30", "2026-11-02"))

    def test_a_method_of_who_moved_to_another_company_is_not_charged(self):
        self.owe(self.account, "2026-11-02", 100)
        consent = self.consent(self.account, self.token)
        self.debit("2026-10-30")
        self.token.partner_id = self.env["res.partner"].create({"name": "Somebody Else"})
        self.assertFalse(consent.is_usable)
        self.assertEqual(self.debit("2026-11-02").mapped("state"), ["given_up"])

    def test_another_currency_of_the_account_ends_it(self):
        consent = self.consent(self.account, self.token)
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.account.currency_id = euro
        self.assertEqual(consent.state, "withdrawn")
        invoice = self.owe(self.account, "2026-11-02", 100)
        with self.assertRaisesRegex(UserError, "has not agreed"), self.worker() as env:
            env["billing.charging.now"].charge(self.account.with_env(env))
        self.assertEqual(invoice.payment_state, "not_paid")

    # -- by staff -----------------------------------------------------------------------------------------------------

    def test_staff_narrow_what_was_agreed_while_it_holds_and_never_widen_it(self):
        spare = self.save_method(self.account.partner_id, name="2222")
        row = {"consent_id": 0, "token_id": self.save_method(self.account.partner_id, name="3333").id}
        for state in ("active", "paused", "withdrawn"):
            terms = Terms("after", 5, limit_debit=50)
            consent = self.consent(self.account, self.token, spare, terms=terms, purposes=["all", "recurring"])
            row["consent_id"] = consent.id
            self.move(consent, state)
            own = consent.with_user(self.clerk)
            narrower = {
                "lower": lambda own=own: own.write({"limit_debit": 40}),
                "first limit": lambda own=own: own.write({"limit_month": 40}),
                "later": lambda own=own: own.write({"day_number": 6}),
                "fewer bills": lambda own=own: own.method_ids[0].write({"purpose": "other"}),
                "order": lambda own=own: own.method_ids[1].write({"sequence": 1}),
                "fewer methods": lambda own=own: own.method_ids[0].unlink(),
            }
            wider = {
                "higher": lambda own=own: own.write({"limit_debit": 51}),
                "no limit": lambda own=own: own.write({"limit_debit": 0}),
                "earlier": lambda own=own: own.write({"day_rule": "due"}),
                "perhaps earlier": lambda own=own: own.write({"day_rule": "day_of_month"}),
                "other bills": lambda own=own: own.method_ids[1].write({"purpose": "other"}),
                "all bills": lambda own=own: own.method_ids[1].write({"purpose": "all"}),
                "another method": lambda own=own: own.write({"method_ids": [Command.create(row)]}),
                "by itself": lambda own=own: own.method_ids.create(row),
                "in its place": lambda own=own: own.method_ids[1].write({"token_id": row["token_id"]}),
            }
            for name, act in {**narrower, **wider}.items():
                with self.subTest(state=state, act=name), self.undone():
                    if state == "withdrawn" or name in wider:
                        with self.assertRaises(UserError):
                            act()
                    else:
                        act()
                        self.env.flush_all()
        self.assertEqual(consent.method_ids.token_id, self.token | spare, "it is kept as proof")

    def move(self, consent, state):
        if state == "paused":
            self.consents.pause(consent, "Asked to")
        if state == "withdrawn":
            self.consents.withdraw(consent, self.account.partner_id)

    def test_a_method_that_was_taken_away_stands_in_the_history_of_its_consent(self):
        consent = self.consent(self.account, self.token, self.save_method(self.account.partner_id, name="2222"))
        consent.method_ids[1].with_user(self.clerk).unlink()
        [message] = consent.message_ids.filtered(lambda one: "2222" in (one.body or ""))
        self.assertEqual(message.author_id, self.clerk.partner_id)

    def test_a_planned_debit_follows_its_methods_as_staff_change_them(self):
        spare = self.save_method(self.account.partner_id, name="2222")
        acts = {
            "fewer bills": lambda methods: methods[0].write({"purpose": "recurring"}),
            "order": lambda methods: methods[1].write({"sequence": 1}),
            "taken away": lambda methods: methods[0].unlink(),
        }
        for name, act in acts.items():
            with self.subTest(act=name), self.undone():
                self.owe(self.account, "2026-11-02", 100)
                consent = self.consent(self.account, self.token, spare)
                self.debit("2026-10-30")
                act(consent.with_user(self.clerk).method_ids)
                self.env.flush_all()
                attempts = self.debit("2026-10-30")
                self.assertEqual(
                    [(one.token_id, one.state) for one in attempts], [(self.token, "given_up"), (spare, "planned")]
                )

    def test_what_is_not_charged_by_a_method_that_was_narrowed_is_not_planned_anew(self):
        self.owe(self.account, "2026-11-02", 100)
        consent = self.consent(self.account, self.token, self.save_method(self.account.partner_id, name="2222"))
        [attempt] = self.debit("2026-10-30")
        consent.method_ids[1].with_user(self.clerk).purpose = "recurring"
        self.assertEqual((self.get_attempts(self.account), attempt.state), (attempt, "planned"))

    def narrow_before(self, spare, *answers):
        """Let a debit be answered, and its method be narrowed to other bills then; return its rows."""
        self.owe(self.account, "2026-11-02", 100)
        consent = self.consent(self.account, self.token, spare)
        self.answer(*answers)
        attempts = self.debit("2026-10-30", "2026-11-02")
        consent.method_ids[0].with_user(self.clerk).purpose = "recurring"
        self.env.flush_all()
        return attempts

    def test_another_try_is_not_made_by_a_method_that_was_narrowed(self):
        spare = self.save_method(self.account.partner_id, name="2222")
        declined = Answer(DECLINED, code="insufficient", decline_class="later")
        _first, following = self.narrow_before(spare, declined, Answer(SUCCEEDED))
        self.assertEqual((following.token_id, following.origin), (self.token, "retry"))
        self.run_jobs(f"{following.next_time.date()} 23:00:00")
        self.assertEqual((following.token_id, following.state), (spare, "succeeded"))

    def test_another_try_is_not_planned_by_a_method_that_was_narrowed(self):
        spare = self.save_method(self.account.partner_id, name="2222")
        attempt = self.narrow_before(spare, Answer(UNKNOWN))
        answer = Answer(DECLINED, code="insufficient", decline_class="later")
        self.env["billing.attempt.answers"].note(attempt.sudo(), answer)
        self.env["billing.attempt.settling"].settle(attempt)
        self.assertEqual(self.get_attempts(self.account).token_id, self.token | spare)

    # -- limits -------------------------------------------------------------------------------------------------------

    def test_the_limit_of_a_month_counts_what_was_debited_under_an_earlier_consent(self):
        self.owe(self.account, "2026-11-02", 100)
        self.owe(self.account, "2026-11-20", 100)
        self.consent(self.account, self.token, terms=Terms(limit_month=150))
        self.debit("2026-10-30", "2026-11-02")
        with freeze_time("2026-11-10 10:00:00"):
            self.consent(self.account, self.token, terms=Terms(limit_month=150))
        attempts = self.debit("2026-11-17", "2026-11-20")
        self.assertEqual([(str(one.day), one.state) for one in attempts], [("2026-11-02", "succeeded")])

    def test_a_limit_that_was_lowered_holds_for_what_is_tried_again(self):
        self.owe(self.account, "2026-11-02", 100)
        consent = self.consent(self.account, self.token)
        self.answer(Answer(DECLINED, code="insufficient", decline_class="later"), Answer(SUCCEEDED))
        first, following = self.debit("2026-10-30", "2026-11-02")
        self.assertEqual((first.state, following.state), ("failed", "planned"))
        consent.limit_debit = 50
        self.env.flush_all()
        self.run_jobs(f"{following.next_time.date()} 23:00:00")
        self.assertEqual(following.state, "given_up")
        self.assertIn("more than the customer allows", following.reason)

    # -- what was decided later ---------------------------------------------------------------------------------------

    def test_an_old_wish_does_not_overrule_what_was_decided_later(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        transaction = self.make_transaction(invoice, token_id=self.token.id, billing_consent_text="I agree")
        self.env.cr.execute("UPDATE payment_transaction SET create_date = '2026-10-20 07:00:00'")
        self.env.invalidate_all()
        transaction._set_pending()
        consent = self.consent(self.account, self.token, terms=Terms(limit_debit=50))
        self.consents.withdraw(consent, self.account.partner_id)
        transaction._set_done()
        transaction._post_process()
        self.env.invalidate_all()
        self.assertEqual(self.account.consent_ids.mapped("state"), ["withdrawn"])

    def test_a_stopped_debit_stays_so_under_another_consent(self):
        self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account, self.token)
        attempt = self.debit("2026-10-30")
        self.env["billing.debits"].stop(attempt, "Not this one")
        self.env.flush_all()
        self.consent(self.account, self.token)
        self.assertEqual(self.debit("2026-10-31", "2026-11-02").mapped("state"), ["given_up"])

    def test_a_method_that_is_gone_for_good_is_not_agreed_to_again(self):
        self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account, self.token)
        self.answer(Answer(DECLINED, code="stolen", decline_class="gone", text="Stolen"))
        self.debit("2026-10-30", "2026-11-02")
        with self.assertRaisesRegex(UserError, "cannot be charged any more"):
            self.consent(self.account, self.token)

    def test_charge_now_keeps_to_what_a_method_is_for(self):
        self.owe(self.account, "2026-11-02", 100)
        consent = self.consent(self.account, self.token)
        consent.method_ids.purpose = "recurring"
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "for such bills"), self.worker() as env:
            env["billing.charging.now"].charge(self.account.with_env(env))
        dialogue = self.env["billing.charge.now"].create({"account_id": self.account.id})
        self.assertFalse(dialogue.method_id)
        self.assertIn("for such bills", dialogue.obstacle)

    # -- answers and what is left -------------------------------------------------------------------------------------

    def test_a_verdict_does_not_overwrite_that_it_succeeded(self):
        self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account, self.token)
        self.answer(Answer(UNKNOWN))
        attempt = self.debit("2026-10-30", "2026-11-02")
        self.env["billing.attempt.answers"].note(attempt.sudo(), Answer(SUCCEEDED, "ref-1"))
        with self.assertRaisesRegex(UserError, "answered meanwhile"):
            self.env["billing.attempt.questions"].settle_by_hand(attempt, Answer(DECLINED, code="no"), "They say no")
        self.env["billing.attempt.answers"].note(attempt.sudo(), Answer(DECLINED, code="no"))
        self.assertNotEqual(attempt.state, "failed")

    def test_what_was_taken_back_of_a_payment_by_a_form_is_not_left(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        transaction = self.make_transaction(invoice)
        transaction._set_done()
        transaction._post_process()
        payment, returns = transaction.payment_id, self.env["billing.payment.returns"]
        entry = returns.take_back(payment, Decimal(119), payment.date, "charge-back", "dp_1")
        left = self.env["billing.payment.refunds"].get_left
        self.assertEqual((left(payment), invoice.amount_residual), (0, 119))
        returns.give_back(payment, entry, payment.date, "won", "dp_1-won")
        self.assertEqual(left(payment), 119)

    def test_a_bill_that_is_corrected_while_it_is_paid_by_a_form_is_paid_when_it_is_posted(self):
        invoice = self.owe(self.account, "2026-11-02", 100)
        transaction = self.make_transaction(invoice)
        invoice.button_draft()
        transaction._set_done()
        transaction._post_process()
        invoice.invoice_line_ids.price_unit = 110
        self.assertEqual((invoice.state, transaction.payment_id.amount), ("draft", 119))
        older = self.make_invoice(self.account, price=5, move_type="out_refund", invoice_date="2026-10-01")
        invoice.action_post()
        self.assertEqual((invoice.amount_residual, older.amount_residual), (5.95, 0))
