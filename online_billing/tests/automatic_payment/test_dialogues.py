"""What staff decide in dialogues: a signed consent, a debit at once, what nobody knew, money given back."""

import re
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tests.common import freeze_time

from ...services.automatic_payment.values import ACCEPTED, SUCCEEDED, UNKNOWN, Answer
from .debit_common import DebitCase


class DialogueCase(DebitCase):
    @contextmanager
    def person(self, user):
        """Yield an environment of a person whose commits stay inside the test."""
        with self.worker() as env:
            yield env(user=user.id)

    def open(self, env, action):
        """Return the form of a dialogue as its button opens it."""
        return Form(env[action["res_model"]].with_context(**action["context"]))

    def make_paper(self, user, **vals):
        return self.env["ir.attachment"].with_user(user).create({"name": "consent.pdf", "raw": b"signed", **vals})


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestConsentDialogue(DialogueCase):
    def setUp(self):
        super().setUp()
        self.older = self.save_method(self.account.partner_id, name="1111")
        self.newer = self.save_method(self.account.partner_id, name="2222")
        self.foreign = self.save_method(self.make_account("Bob").partner_id, name="3333")

    def open_consent(self, user=None):
        account = self.account.with_user(user or self.clerk)
        return self.open(account.env, account.action_give_consent())

    def test_a_signed_consent_is_noted_with_its_paper_its_order_and_its_words(self):
        paper = self.make_paper(self.clerk)
        form = self.open_consent()
        with form.line_ids.edit(0) as line:
            self.assertEqual(line.token_id, self.newer)
            line.sequence = 30
            line.purpose = "recurring"
        form.day_rule = "day_of_month"
        form.day_number = 15
        form.limit_debit = 200
        form.text = "As signed"
        form.attachment_ids.add(paper)
        action = form.save().action_give()
        consent = self.env["billing.payment.consent"].browse(action["res_id"])
        self.assertEqual(consent, self.account.consent_id)
        self.assertEqual((consent.state, consent.channel, consent.text), ("active", "written", "As signed"))
        self.assertEqual((consent.day_rule, consent.day_number, consent.limit_debit), ("day_of_month", 15, 200))
        self.assertEqual((consent.given_by_id, consent.user_id), (self.account.partner_id, self.clerk))
        self.assertEqual(
            [(method.token_id, method.purpose) for method in consent.method_ids],
            [(self.older, "all"), (self.newer, "recurring")],
        )
        self.assertEqual(consent.attachment_ids, paper)
        self.assertEqual((paper.res_model, paper.res_id), (consent._name, consent.id))
        self.assertEqual(paper.with_user(self.manager).raw, b"signed")

    def test_the_words_are_those_of_the_company_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.company.billing_consent_text = "I agree."
        self.company.with_context(lang="de_DE").billing_consent_text = "Ich stimme zu."
        self.account.partner_id.lang = "de_DE"
        self.assertEqual(self.open_consent().text, "Ich stimme zu.")

    def test_without_paper_words_or_methods_nothing_is_noted(self):
        wizard = self.env["billing.consent.wizard"].with_user(self.clerk)
        for changes, told in (
            ({}, "Attach what the customer has signed"),
            ({"text": " ", "paper": True}, "Write what the customer has agreed"),
            ({"line_ids": [Command.clear()], "paper": True}, "Choose a saved payment method"),
            ({"given_by_id": self.foreign.partner_id.id, "paper": True}, "a contact of the customer"),
        ):
            vals = dict(changes)
            if vals.pop("paper", False):
                vals["attachment_ids"] = [Command.set(self.make_paper(self.clerk).ids)]
            with self.assertRaisesRegex(UserError, told), self.cr.savepoint():
                wizard.create({"account_id": self.account.id, **vals}).action_give()
        self.assertFalse(self.account.consent_id)

    def test_methods_of_others_are_refused(self):
        wizard = self.env["billing.consent.wizard"].with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "is not one of"):
            wizard.create(
                {
                    "account_id": self.account.id,
                    "attachment_ids": [Command.set(self.make_paper(self.clerk).ids)],
                    "line_ids": [Command.create({"token_id": self.foreign.id})],
                }
            ).action_give()

    def test_nobody_reads_another_file_by_naming_it_as_the_paper(self):
        foreign = self.make_paper(self.env.user, res_model="res.company", res_id=self.company.id)
        own_elsewhere = self.make_paper(self.clerk, res_model="billing.account", res_id=self.account.id)
        for paper in (foreign, own_elsewhere):
            wizard = self.env["billing.consent.wizard"].with_user(self.clerk)
            with self.assertRaises(UserError), self.cr.savepoint():
                wizard.create({"account_id": self.account.id, "attachment_ids": [Command.set(paper.ids)]}).action_give()
            self.assertNotEqual(paper.res_model, "billing.payment.consent")

    def test_the_present_consent_is_shown_and_replaced(self):
        first = self.consent(self.account)
        form = self.open_consent()
        self.assertEqual(form.earlier_id, first)
        form.attachment_ids.add(self.make_paper(self.clerk))
        form.save().action_give()
        self.assertEqual((first.state, first.ended_by_id), ("withdrawn", self.account.partner_id))
        self.assertEqual(len(self.account.consent_ids), 2)

    def test_a_customer_without_saved_methods_is_told_how_to_save_one(self):
        (self.older | self.newer).unlink()
        form = self.open_consent()
        self.assertFalse(form.has_methods)
        self.assertFalse(len(form.line_ids))


@tagged("post_install", "-at_install")
@freeze_time("2026-11-03 08:00:00")
class TestChargeDialogue(DialogueCase):
    def setUp(self):
        super().setUp()
        self.first = self.owe(self.account, "2026-11-02", 100)
        self.second = self.owe(self.account, "2026-12-02", 50)

    def charge(self, action=None, **changes):
        """Confirm the dialogue as the clerk; return the attempt."""
        with self.person(self.clerk) as env:
            account = env["billing.account"].browse(self.account.id)
            form = self.open(env, action or account.action_charge_now())
            for name, value in changes.items():
                form[name] = value
            answer = form.save().action_charge()
        self.env.invalidate_all()
        return self.env["billing.payment.attempt"].browse(answer["res_id"])

    def test_figures_are_shown_and_exactly_these_are_charged(self):
        consent = self.consent(self.account)
        account = self.account.with_user(self.clerk)
        form = self.open(account.env, account.action_charge_now())
        self.assertEqual((form.amount, form.method_id, form.obstacle or ""), (178.5, consent.method_ids, ""))
        self.assertEqual(set(form.move_ids.ids), set((self.first | self.second).ids))
        form.move_ids.remove(id=self.second.id)
        self.assertEqual(form.amount, 119)
        attempt = self.charge(self.first.with_user(self.clerk).action_charge_billing_now())
        self.assertEqual((attempt.state, attempt.origin, attempt.amount), ("succeeded", "staff", 119))
        self.assertEqual((self.first.payment_state, self.second.payment_state), ("paid", "not_paid"))
        self.assertEqual(attempt.payment_id.billing_account_id, self.account)

    def test_another_method_of_the_consent_is_charged_where_it_is_chosen(self):
        failing = self.save_method(self.account.partner_id, "error", "9999")
        consent = self.consent(self.account, self.save_method(self.account.partner_id), failing)
        attempt = self.charge(method_id=consent.method_ids[1])
        self.assertEqual((attempt.token_id, attempt.state), (failing, "failed"))
        self.assertEqual(self.first.payment_state, "not_paid")

    def test_what_stands_in_the_way_is_said_and_nothing_is_charged(self):
        account = self.account.with_user(self.clerk)
        form = self.open(account.env, account.action_charge_now())
        self.assertIn("has not agreed", form.obstacle)
        with self.assertRaisesRegex(UserError, "has not agreed"):
            form.save().action_charge()
        consent = self.consent(self.account)
        wizards = self.env["billing.charge.now"].with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "Nothing is open"):
            wizards.create({"account_id": self.account.id, "move_ids": [Command.clear()]}).action_charge()
        consent.with_user(self.clerk).action_pause()
        with self.assertRaisesRegex(UserError, "paused"):
            wizards.create({"account_id": self.account.id}).action_charge()
        self.assertFalse(self.get_attempts(self.account))

    def stop_debit(self, *moves):
        """Let the clerk stop a debit of bills; return who did, as it stands on the debit."""
        consent = self.account.consent_id
        lines = [line for line in self.env["billing.charging.now"].get_lines(self.account) if line.move_id in moves]
        attempt = self.env["billing.debits"].plan(consent, consent.method_ids, lines, self.day("2026-11-05"))
        attempt.with_user(self.clerk).action_stop()
        return attempt.reason

    def test_bills_whose_debit_was_stopped_are_left_out_and_can_be_chosen_with_a_warning(self):
        self.consent(self.account)
        reason = self.stop_debit(self.first.id)
        account = self.account.with_user(self.clerk)
        form = self.open(account.env, account.action_charge_now())
        self.assertEqual((form.move_ids.ids, form.amount), (self.second.ids, 59.5))
        self.assertEqual((form.left_out, form.stopped), (self.first.name, ""))
        form.move_ids.add(self.first)
        self.assertEqual((form.amount, form.left_out), (178.5, ""))
        self.assertEqual(form.stopped, f"{self.first.name}: {reason}")
        # a program that names no bills charges none of them either
        with self.worker() as env:
            env["billing.charging.now"].charge(self.account.with_env(env))
        self.assertEqual((self.first.payment_state, self.second.payment_state), ("not_paid", "paid"))
        form = self.open(account.env, account.action_charge_now())
        self.assertIn("Choose the bills", form.obstacle)
        # the button of the bill itself chooses it
        action = self.first.with_user(self.clerk).action_charge_billing_now()
        self.assertEqual(self.open(account.env, action).stopped, f"{self.first.name}: {reason}")
        self.assertEqual(self.charge(action).state, "succeeded")
        self.assertEqual(self.first.payment_state, "paid")

    def test_another_amount_than_was_shown_is_never_charged(self):
        self.consent(self.account)
        wizard = self.env["billing.charge.now"].with_user(self.clerk).create({"account_id": self.account.id})
        self.pay_invoice(self.second, 10)
        with self.assertRaisesRegex(UserError, "Open the dialogue again"):
            wizard.action_charge()
        self.assertFalse(self.get_attempts(self.account))

    def test_a_method_of_another_customer_is_refused(self):
        self.consent(self.account)
        other = self.consent(self.make_account("Bob"))
        wizard = self.env["billing.charge.now"].with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "consent that holds"):
            wizard.create({"account_id": self.account.id, "method_id": other.method_ids.id}).action_charge()

    def test_invoices_of_several_accounts_are_not_charged_at_once(self):
        other = self.owe(self.make_account("Bob"), "2026-11-02", 100)
        with self.assertRaisesRegex(UserError, "of one billing account"):
            (self.first | other).with_user(self.clerk).action_charge_billing_now()


@tagged("post_install", "-at_install")
@freeze_time("2026-10-30 08:00:00")
class TestVerdictDialogue(DialogueCase):
    def setUp(self):
        super().setUp()
        self.invoice = self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        demo = self.registry["billing.payment.adapter.demo"]
        self.startPatcher(patch.object(demo, "_send_charge", lambda self, request: Answer(UNKNOWN)))
        self.startPatcher(patch.object(demo, "has_questions", lambda self: False))
        self.run_jobs("2026-11-02 10:00:00")
        self.attempt = self.get_attempts(self.account)
        self.assertEqual(self.attempt.state, "unknown")

    def settle(self, user=None, **vals):
        user = user or self.manager
        with self.person(user) as env:
            attempt = env["billing.payment.attempt"].browse(self.attempt.id)
            form = self.open(env, attempt.action_say_what_happened())
            for name, value in vals.items():
                form[name] = value
            form.save().action_settle()
        self.env.invalidate_all()

    def test_the_money_moved(self):
        self.assertTrue(self.attempt.activity_ids)
        self.settle(verdict="succeeded", reference="p-1", reason="Seen there")
        self.assertEqual((self.attempt.state, self.attempt.is_booked), ("succeeded", True))
        self.assertEqual((self.invoice.payment_state, self.attempt.provider_reference), ("paid", "p-1"))
        self.assertFalse(self.attempt.activity_ids)
        self.assertIn("Seen there", "".join(self.attempt.message_ids.mapped("body")))

    def hear(self, amount, currency):
        """Let the provider say of the payment that another amount was taken."""
        said = Answer(SUCCEEDED, "p-1", amount=amount, currency=currency)
        demo = self.registry["billing.payment.adapter.demo"]
        with patch.object(demo, "_send_question", lambda self, request: said):
            self.run_jobs("2026-11-02 11:30:00")
        self.assertEqual(self.attempt.state, "unknown")

    def test_less_money_moved_than_was_asked_for_and_the_rest_is_still_open(self):
        self.settle(verdict="succeeded", amount=100, reason="Seen there")
        self.assertEqual((self.attempt.state, self.attempt.is_booked), ("succeeded", True))
        self.assertEqual((self.attempt.amount, self.attempt.payment_id.amount), (100, 100))
        self.assertEqual((self.invoice.payment_state, self.invoice.amount_residual), ("partial", 19))
        noted = "".join(self.attempt.message_ids.mapped("body")).replace("&nbsp;", " ")
        self.assertIn("$ 100.00 has moved; $ 119.00 was asked for. Settled by", noted)
        self.run_jobs("2026-11-03 10:00:00")
        self.run_jobs("2026-11-06 10:00:00")
        following = self.get_attempts(self.account) - self.attempt
        self.assertEqual(following.mapped("amount"), [19], "the rest is asked for, once")

    def test_what_the_provider_says_is_what_the_dialogue_offers(self):
        self.hear("100.00", "usd")
        self.assertEqual(self.attempt.provider_amount, 100)
        self.settle(verdict="succeeded", reason="Seen there")
        self.assertEqual((self.attempt.amount, self.attempt.payment_id.amount), (100, 100))
        self.assertEqual(self.invoice.amount_residual, 19)

    def test_more_money_moved_and_the_rest_is_a_credit_of_the_customer(self):
        self.hear("130.00", "USD")
        with self.assertRaisesRegex(UserError, "up to"):
            self.settle(verdict="succeeded", amount=130.01, reason="Seen there")
        self.settle(verdict="succeeded", reason="Seen there")
        self.assertEqual((self.attempt.payment_id.amount, self.invoice.payment_state), (130, "paid"))
        [credit] = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual(credit.amount, Decimal("-11.00"))

    def test_an_amount_in_another_currency_is_for_somebody_to_translate(self):
        self.hear("100.00", "EUR")
        self.assertEqual(self.attempt.provider_amount, 0)
        for amount in (0, -5, 119.01):
            with self.subTest(amount=amount), self.assertRaisesRegex(UserError, "above zero and up to"):
                self.settle(verdict="succeeded", amount=amount, reason="Seen there")
        self.assertEqual((self.attempt.state, self.attempt.amount), ("unknown", 119))
        self.settle(verdict="succeeded", amount=110, reason="Seen there")
        self.assertEqual(self.attempt.payment_id.amount, 110)

    def test_no_discount_is_kept_where_less_has_moved_than_was_asked_for(self):
        self.attempt.line_ids.sudo().discount = 2
        self.settle(verdict="succeeded", amount=100, reason="Seen there")
        self.assertEqual((self.attempt.payment_id.amount, self.invoice.amount_residual), (100, 19))

    def test_it_did_not_and_is_tried_again_by_the_policy(self):
        self.settle(verdict="declined", decline_class="later", reason="Not in their list")
        self.assertEqual((self.attempt.state, self.attempt.decline_class), ("failed", "later"))
        following = self.get_attempts(self.account) - self.attempt
        self.assertEqual((following.state, following.previous_id), ("planned", self.attempt))
        self.assertEqual(self.attempt.chain_ids, self.attempt | following)
        self.assertFalse(self.env["billing.decline.code"].search([("text", "=", "Not in their list")]))

    def test_a_reason_is_needed_and_only_managers_decide(self):
        with self.assertRaises(AssertionError):
            self.settle(verdict="succeeded")
        with self.assertRaisesRegex(UserError, "how you know"):
            self.settle(verdict="succeeded", reason="  ")
        with self.assertRaises(AccessError):
            self.attempt.with_user(self.clerk).action_say_what_happened()
        with self.assertRaises(AccessError):
            self.env["billing.attempt.verdict"].with_user(self.clerk).create({"attempt_id": self.attempt.id})
        self.assertEqual(self.attempt.state, "unknown")


@tagged("post_install", "-at_install")
@freeze_time("2026-11-03 08:00:00")
class TestRefundDialogue(DialogueCase):
    def setUp(self):
        super().setUp()
        self.invoice = self.owe(self.account, "2026-11-03", 100)
        self.consent(self.account)
        with self.person(self.clerk) as env:
            env["billing.charging.now"].charge(env["billing.account"].browse(self.account.id))
        self.env.invalidate_all()
        self.payment = self.get_attempts(self.account).payment_id
        self.assertEqual(self.payment.amount, 119)

    def refund(self, action, **vals):
        """Confirm the dialogue as the clerk; return the attempt."""
        with self.person(self.clerk) as env:
            form = self.open(env, action)
            for name, value in vals.items():
                form[name] = value
            answer = form.save().action_refund()
        self.env.invalidate_all()
        return self.env["billing.payment.attempt"].browse(answer["res_id"])

    def make_note(self, price):
        note = self.make_invoice(self.account, price=price, move_type="out_refund", reversed_entry_id=self.invoice.id)
        return note.with_user(self.clerk)

    def test_a_part_is_given_back_and_the_bill_is_open_again_by_it(self):
        payment = self.payment.with_user(self.clerk)
        self.assertEqual(payment.billing_refund_left, 119)
        attempt = self.refund(payment.action_refund_billing(), amount=19, reason="Paid too much")
        self.assertEqual((attempt.kind, attempt.state, attempt.amount), ("refund", "succeeded", 19))
        self.assertEqual((self.payment.billing_refund_left, self.invoice.amount_residual), (100, 19))
        with self.assertRaisesRegex(UserError, "can still be given back"):
            self.refund(payment.action_refund_billing(), amount=100.01, reason="More")
        self.assertEqual(len(self.payment.billing_refund_ids), 1)

    def test_a_credit_note_is_settled_by_it(self):
        note = self.make_note(50)
        self.assertEqual((note.amount_residual, note.payment_state), (59.5, "not_paid"))
        action = note.action_refund_billing()
        form = self.open(note.env, action)
        self.assertEqual((form.payment_id, form.amount, form.left), (self.payment, 59.5, 119))
        attempt = self.refund(action, reason="Credited")
        self.assertEqual((attempt.state, attempt.credit_note_id), ("succeeded", note))
        self.assertEqual((note.amount_residual, self.invoice.payment_state), (0, "paid"))

    def test_not_more_than_the_credit_note_leaves_open(self):
        with self.assertRaisesRegex(
            UserError, "11.90 of .* is open and not being given back already. Give back as much"
        ):
            self.refund(self.make_note(10).action_refund_billing(), amount=20, reason="Credited")

    def test_a_reason_is_needed_and_what_came_by_hand_is_not_given_back_here(self):
        action = self.payment.with_user(self.clerk).action_refund_billing()
        with self.assertRaisesRegex(UserError, "say why"):
            self.refund(action, reason=" ")
        other = self.owe(self.account, "2026-11-03", 10)
        by_hand = self.pay_invoice(other)
        self.assertEqual(by_hand.billing_refund_left, 0)
        wizard = self.env["billing.payment.refund"].with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "did not come by an online payment"):
            wizard.create({"payment_id": by_hand.id, "amount": 5, "reason": "x"}).action_refund()

    def support(self, refunds):
        """Let what Odoo knows of the provider be another kind of refunds."""
        providers = self.env.registry["payment.provider"]
        compute = providers._compute_feature_support_fields

        def change(own):
            compute(own)
            own.support_refund = refunds

        self.startPatcher(patch.object(providers, "_compute_feature_support_fields", change))
        self.env.invalidate_all()

    def test_what_the_provider_does_not_give_back_is_neither_offered_nor_asked_of_it(self):
        wizard = self.env["billing.payment.refund"].with_user(self.clerk)
        for supported, said in (("full_only", "and no part of it"), ("none", "gives nothing back")):
            self.support(supported)
            self.assertEqual(bool(self.payment.billing_refund_left), supported == "full_only")
            with self.assertRaisesRegex(UserError, f"{said}.* by a transfer or from the till"):
                wizard.create({"payment_id": self.payment.id, "amount": 19, "reason": "x"}).action_refund()
            self.assertFalse(self.payment.billing_refund_ids)

    def test_the_whole_is_given_back_where_the_provider_gives_back_the_whole(self):
        self.support("full_only")
        attempt = self.refund(self.payment.with_user(self.clerk).action_refund_billing(), amount=119, reason="x")
        self.assertEqual((attempt.state, self.invoice.amount_residual), ("succeeded", 119))

    def test_credit_notes_of_other_accounts_are_refused(self):
        foreign = self.make_invoice(self.make_account("Bob"), price=10, move_type="out_refund")
        wizard = self.env["billing.payment.refund"].with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "of the same account"):
            wizard.create(
                {"payment_id": self.payment.id, "credit_note_id": foreign.id, "amount": 5, "reason": "x"}
            ).action_refund()

    def take_more(self, price):
        """Return the payment of another bill, debited at once."""
        self.owe(self.account, "2026-11-03", price)
        with self.person(self.clerk) as env:
            env["billing.charging.now"].charge(env["billing.account"].browse(self.account.id))
        self.env.invalidate_all()
        return self.get_attempts(self.account).payment_id - self.payment

    def get_due(self):
        """Return what would be debited."""
        self.env.invalidate_all()
        return [line.amount for line in self.env["billing.due.lines"].get_lines(self.account)[self.account.id]]

    def test_a_credit_note_that_is_being_given_back_is_given_back_once_and_settles_nothing_else(self):
        other, note = self.take_more(100), self.make_note(50)
        adapter = self.env.registry["billing.payment.adapter.demo"]
        with patch.object(adapter, "_send_refund", return_value=Answer(ACCEPTED)):
            attempt = self.refund(note.action_refund_billing(), payment_id=self.payment, amount=40, reason="Credited")
        self.assertEqual((attempt.state, note.amount_residual), ("sent", 59.5))
        form = self.open(note.env, note.action_refund_billing())
        self.assertEqual((form.amount, form.under_way), (19.5, 40))
        with self.assertRaisesRegex(UserError, "19.50 of .* is open and not being given back already"):
            self.refund(note.action_refund_billing(), payment_id=other, amount=19.51, reason="Credited")
        bill = self.owe(self.account, "2026-11-03", 100)
        self.assertEqual(self.get_due(), [Decimal("99.50")])
        self.env["billing.open.items"].apply_credits(self.account, bill)
        self.assertEqual((bill.amount_residual, note.amount_residual), (119, 59.5))
        receivable = (bill | note).line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        for act in (receivable.reconcile, note.button_draft):
            with self.assertRaisesRegex(UserError, "is being given back to the customer"):
                act()
        with self.worker() as env:
            env["billing.attempt.answers"].note(attempt.with_env(env), Answer(SUCCEEDED))
            env["billing.attempt.settling"].settle(attempt.with_env(env))
            env["billing.debit.booking"].work()
        self.env.invalidate_all()
        self.assertEqual((attempt.is_booked, note.amount_residual), (True, 19.5))
        self.assertEqual(self.get_due(), [Decimal("99.50")])

    def give_back_later(self, note, amount):
        """Give a part of a credit note back; the provider has not answered yet."""
        adapter = self.env.registry["billing.payment.adapter.demo"]
        with patch.object(adapter, "_send_refund", return_value=Answer(ACCEPTED)):
            attempt = self.refund(
                note.action_refund_billing(), payment_id=self.payment, amount=amount, reason="Credited"
            )
        self.assertEqual(attempt.state, "sent")
        return attempt

    def test_what_is_paid_on_a_page_meanwhile_is_booked_and_leaves_the_credit_note_alone(self):
        bill, note = self.owe(self.account, "2026-11-03", 100), self.make_note(50)
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id, "payment_method_id": self.method.id, "operation": "online_direct",
                "amount": 99.5, "currency_id": bill.currency_id.id, "partner_id": self.account.partner_id.id,
                "reference": "page", "invoice_ids": [(6, 0, (bill | note).ids)],
            }
        )  # fmt: skip
        self.give_back_later(note, 40)
        transaction._set_done()
        with self.worker() as env:
            transaction.with_env(env)._post_process()
        self.env.invalidate_all()
        self.assertEqual(
            (transaction.payment_id.amount, bill.amount_residual, note.amount_residual), (99.5, 19.5, 59.5)
        )

    def test_what_has_gone_for_a_credit_note_is_not_given_back_again_because_it_was_unmatched(self):
        note = self.make_note(50)
        self.refund(note.action_refund_billing(), payment_id=self.payment, amount=40, reason="Credited")
        note.sudo().line_ids.remove_move_reconcile()
        self.env.invalidate_all()
        self.assertEqual(note.amount_residual, 59.5)
        self.assertEqual(self.env["billing.payment.refunds"].get_left_of_note(note), Decimal("19.50"))

    def test_a_credit_note_in_parts_waits_as_a_whole(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (0, 30)
                ],
            }
        )
        note = self.make_invoice(
            self.account, price=50, move_type="out_refund", reversed_entry_id=self.invoice.id,
            invoice_payment_term_id=term.id,
        ).with_user(self.clerk)  # fmt: skip
        self.assertEqual(len(note.line_ids.filtered(lambda line: line.display_type == "payment_term")), 2)
        bill = self.owe(self.account, "2026-11-03", 100)
        self.give_back_later(note, 20)
        self.env["billing.open.items"].apply_credits(self.account, bill)
        self.assertEqual((bill.amount_residual, note.amount_residual), (119, 59.5))

    def test_fees_and_reminders_take_off_what_is_not_given_back(self):
        bill, note = self.owe(self.account, "2026-11-03", 100), self.make_note(50)
        self.give_back_later(note, 40)
        items = self.env["billing.open.items"].get_items(self.account.ids)
        rule = self.env["billing.late.fee.rule"].create(
            {"name": "Rule", "currency_id": bill.currency_id.id, "method": "fixed", "fixed_amount": 25}
        )
        cases, _rows = self.env["billing.late.fee.ledger"].get_cases(items, {self.account.id: date(2026, 11, 20)}, rule)
        self.assertEqual([case.debt.steps[-1][1] for case in cases], [Decimal("99.50")])
        self.make_policy(("overdue", 3))
        self.collect("2026-11-20")
        self.env.invalidate_all()
        reminder = self.get_case(self.account)._get_reminder()
        self.assertEqual({line["open"] for line in reminder["lines"]}, {Decimal("-19.50"), Decimal("119.00")})
        self.assertEqual(reminder["total"], bill.currency_id.format(99.5))

    def test_odoos_reconciliation_of_the_same_moment_begins_anew(self):
        note = self.make_note(50)

        def get_versions():
            self.env.flush_all()
            self.env.cr.execute(
                "SELECT ctid::text FROM account_move_line WHERE move_id = %s AND display_type = 'payment_term'",
                [note.id],
            )
            return self.env.cr.fetchall()

        before = get_versions()
        self.give_back_later(note, 40)
        # another version of the row: PostgreSQL refuses the second of two transactions that write it
        self.assertNotEqual(get_versions(), before)

    def test_what_is_duplicated_has_not_moved_money(self):
        copy = self.payment.copy()
        self.assertFalse(copy.payment_transaction_id or copy.payment_token_id)
        copy.action_post()
        self.assertEqual(copy.billing_refund_left, 0)


@tagged("post_install", "-at_install")
@freeze_time("2026-11-03 08:00:00")
class TestCorrectedPayment(DialogueCase):
    """Odoo's buttons on a payment whose money the provider has."""

    def setUp(self):
        super().setUp()
        self.invoice = self.owe(self.account, "2026-11-03", 100)
        self.consent(self.account)
        self.run_jobs("2026-11-03 09:00:00")
        self.run_jobs("2026-11-06 10:00:00")
        self.payment = self.get_attempts(self.account).payment_id
        self.assertEqual((self.payment.amount, self.invoice.payment_state), (119, "paid"))

    def get_tasks(self):
        return self.payment.activity_ids.filtered(lambda one: one.billing_key == "payments.moved_and_in_draft")

    def check_rests(self):
        """Let days go by in which the draft pays nothing: nothing is debited, and somebody has the task."""
        self.assertEqual(self.invoice.amount_residual, 0, "Odoo keeps a draft matched until somebody changes it")
        self.payment.move_id.line_ids.remove_move_reconcile()
        self.env.invalidate_all()
        self.assertEqual((self.payment.state, self.invoice.amount_residual), ("draft", 119))
        for moment in ("2026-11-07 10:00:00", "2026-11-12 10:00:00"):
            self.run_jobs(moment)
        self.assertEqual(len(self.get_attempts(self.account)), 1)
        self.assertEqual(len(self.get_tasks()), 1)

    def test_a_draft_rests_until_it_is_confirmed_and_then_pays_the_same_again(self):
        self.payment.action_draft()
        self.check_rests()
        self.payment.memo = "Corrected"
        self.payment.action_post()
        self.env.invalidate_all()
        self.assertEqual((self.invoice.amount_residual, self.invoice.payment_state), (0, "paid"))
        self.assertFalse(self.get_tasks())
        self.assertEqual(self.env["billing.open.items"].get_items(self.account.ids)[self.account.id], [])

    def test_the_entry_of_it_leads_to_the_same(self):
        for confirm in (self.payment.action_post, self.payment.move_id.action_post):
            self.payment.move_id.button_draft()
            self.check_rests()
            confirm()
            self.env.invalidate_all()
            self.assertIn(self.payment.state, ("in_process", "paid"))
            self.assertEqual(self.invoice.payment_state, "paid")
            self.assertFalse(self.get_tasks())

    def test_what_went_back_of_it_is_open_again_after_it_was_corrected(self):
        self.take_back(amount=19)
        with self.person(self.clerk) as env:
            env["billing.payment.refunds"].refund(self.payment.with_env(env), 10, "Agreed")
        credit = self.make_invoice(self.account, price=5, move_type="out_refund")
        self.payment.action_draft()
        self.payment.move_id.line_ids.remove_move_reconcile()
        self.payment.date = "2026-11-05"
        self.payment.action_post()
        self.env.invalidate_all()
        items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertCountEqual(
            [(item.move_id, item.amount) for item in items],
            [(self.invoice.id, Decimal("29.00")), (credit.id, Decimal("-5.95"))],
        )

    def test_it_is_not_taken_out_of_the_books(self):
        for act in (self.payment.action_cancel, self.payment.action_reject, self.payment.unlink):
            with self.assertRaisesRegex(UserError, "stays in the books"), self.cr.savepoint():
                act()
        with self.assertRaisesRegex(UserError, "stays in the books"), self.cr.savepoint():
            self.payment.move_id.button_cancel()
        self.payment.action_draft()
        for act in (self.payment.action_cancel, self.payment.unlink, self.payment.move_id.unlink):
            with self.assertRaisesRegex(UserError, "stays in the books"), self.cr.savepoint():
                act()
        self.payment.amount = 119
        self.assertEqual(self.payment.state, "draft")

    def test_it_says_what_has_moved_whatever_is_changed(self):
        other = self.make_account("Bob").partner_id
        changes = {
            "amount": 60,
            "payment_type": "outbound",
            "partner_type": "supplier",
            "partner_id": other.id,
            "journal_id": self.env["account.journal"]
            .search([("type", "=", "cash"), ("company_id", "=", self.company.id)], limit=1)
            .id,
            "billing_account_id": False,
            "payment_transaction_id": False,
            "move_id": False,
        }
        self.payment.action_draft()
        for name, value in changes.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, "cannot say anything else"), self.cr.savepoint():
                self.payment.write({name: value})
        self.payment.write({name: self.payment[name] for name in ("amount", "payment_type")})
        self.payment.write({"date": "2026-11-05", "payment_reference": "Corrected"})
        self.assertEqual((self.payment.state, self.payment.billing_account_id), ("draft", self.account))

    def test_its_entry_books_what_has_moved_and_is_not_reversed(self):
        entry = self.payment.move_id
        dialogue = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=entry.ids)
        with self.assertRaisesRegex(UserError, "stays in the books"), self.cr.savepoint():
            dialogue.create({"journal_id": entry.journal_id.id}).reverse_moves()
        self.payment.action_draft()
        lines = [
            Command.update(line.id, {"amount_currency": line.amount_currency / 119 * 60}) for line in entry.line_ids
        ]
        entry.line_ids = lines
        for act in (self.payment.action_post, entry.action_post):
            with self.assertRaisesRegex(UserError, "“Journal Items” cannot say anything else"), self.cr.savepoint():
                act()

    def note(self, env, **vals):
        """Return the dialogue of what the bank has taken back, filled in."""
        form = self.open(env, self.payment.with_env(env).action_take_back_billing())
        for name, value in {"reason": "No cover", "day": "2026-11-06", **vals}.items():
            form[name] = value
        return form.save()

    def take_back(self, **vals):
        """Confirm that dialogue as the clerk."""
        with freeze_time("2026-11-06 12:00:00"), self.person(self.clerk) as env:
            self.note(env, **vals).action_take_back()
        self.env.invalidate_all()

    def test_a_second_click_and_a_second_dialogue_of_the_same_return_book_it_once(self):
        with freeze_time("2026-11-06 12:00:00"), self.person(self.clerk) as env:
            first, second, other = self.note(env, amount=19), self.note(env, amount=19), self.note(env, amount=20)
            for dialogue in (first, first, second):
                dialogue.action_take_back()
            with self.assertRaisesRegex(UserError, "noted as taken back meanwhile by"):
                other.action_take_back()
        self.env.invalidate_all()
        self.assertEqual((self.invoice.amount_residual, len(self.payment.billing_return_ids)), (19, 1))
        self.take_back(amount=19)
        self.assertEqual(self.invoice.amount_residual, 38, "who has seen it notes as much again")

    def test_what_the_bank_takes_back_is_open_again_and_no_further_debit_is_made(self):
        self.take_back(amount=19, reference="R-1")
        self.assertEqual((self.invoice.amount_residual, self.payment.billing_refund_left), (19, 100))
        self.assertEqual(self.account.consent_id.state, "paused")
        with self.assertRaisesRegex(UserError, "R-1 has been booked already"):
            self.take_back(amount=19, reference="R-1")
        with self.assertRaisesRegex(UserError, "100.00 of .* can still be taken back"):
            self.take_back(amount=100.01)
        with self.assertRaisesRegex(UserError, "or later"):
            self.take_back(day="2026-11-05")
        with self.assertRaisesRegex(UserError, "still to come"):
            self.take_back(day="2062-11-06")
        self.take_back()
        self.assertEqual(self.invoice.amount_residual, 119)
        self.run_jobs("2026-11-12 10:00:00")
        self.assertEqual(len(self.get_attempts(self.account)), 1)

    def test_what_was_not_taken_back_after_all_is_paid_again_once(self):
        code = self.make_code("RETURNED", 7.5, kind="fee")
        self.company.billing_return_fee_code_id = code
        self.payment = by_hand = self.pay_invoice(other := self.owe(self.account, "2026-11-06", 10))
        for amount in (11.9, 5):
            self.take_back(amount=amount)
            self.assertEqual((other.amount_residual, by_hand.billing_returned_amount), (amount, amount))
            self.assertEqual(by_hand.action_view_billing_returns()["res_model"], "account.move")
            [entry] = by_hand.billing_return_ids.filtered("billing_can_return_be_undone")
            with self.person(self.clerk) as env:
                entry.with_env(env).action_undo_billing_return()
                with self.assertRaisesRegex(UserError, "undone already"):
                    entry.with_env(env).action_undo_billing_return()
            self.env.invalidate_all()
            self.assertEqual((other.amount_residual, by_hand.billing_returned_amount), (0, 0))
        fees = self.env["billing.charge"].search([("account_id", "=", self.account.id), ("origin", "=", "returned")])
        self.assertEqual(fees.mapped("state"), ["void", "void"])
        self.assertEqual(self.env["billing.open.items"].get_items(self.account.ids)[self.account.id], [])

    def test_what_is_taken_out_of_the_books_by_the_buttons_of_odoo_counts_no_more(self):
        self.take_back(amount=19)
        entry, left = self.payment.billing_return_ids, self.env["billing.payment.refunds"].get_left
        self.assertEqual((self.get_attempts(self.account).returned_amount, left(self.payment)), (19, 100))
        entry.button_draft()
        self.assertEqual(left(self.payment), 119)
        entry.action_post()
        self.assertEqual(left(self.payment), 100)
        entry._reverse_moves([{"date": entry.date}], cancel=True)
        self.assertEqual((self.get_attempts(self.account).returned_amount, left(self.payment)), (0, 119))

    def test_what_is_taken_back_once_more_opens_its_bill_once_more(self):
        for amount in (19, 119, 30):
            self.take_back(amount=amount)
            self.assertEqual(self.invoice.amount_residual, amount)
            [entry] = self.payment.billing_return_ids.filtered("billing_can_return_be_undone")
            with self.person(self.clerk) as env:
                entry.with_env(env).action_undo_billing_return()
            self.env.invalidate_all()
            self.assertEqual((self.invoice.amount_residual, self.invoice.payment_state), (0, "paid"))

    def test_what_was_undone_is_noted_again_under_the_number_of_the_bank(self):
        self.take_back(amount=91, reference="R-1")
        with self.person(self.clerk) as env:
            self.payment.billing_return_ids.with_env(env).action_undo_billing_return()
        self.env.invalidate_all()
        self.take_back(amount=19, reference="R-1")
        self.assertEqual((self.invoice.amount_residual, self.payment.billing_returned_amount), (19, 19))
        with self.assertRaisesRegex(UserError, "R-1 has been booked already"):
            self.take_back(amount=19, reference="R-1")

    def test_what_came_again_and_was_reversed_before_is_booked_once(self):
        returns, day = self.env["billing.payment.returns"], date(2026, 11, 6)
        for cancels in (False, True):
            taken = returns.take_back(self.payment, Decimal("19"), day, "Dispute", f"dp_{cancels}")
            if cancels:
                taken.button_cancel()
            else:
                taken._reverse_moves([{"date": taken.date}], cancel=True)
            self.assertFalse(returns.give_back(self.payment, taken, day, "Won", f"won_{cancels}"))
            self.assertEqual((self.payment.billing_returned_amount, self.invoice.amount_residual), (0, 0))

    def test_where_its_money_lies_and_whose_it_is_stays_as_it_is(self):
        other = self.payment.outstanding_account_id.copy({"code": "108765"})
        with self.assertRaisesRegex(UserError, "cannot say anything else"):
            self.payment.outstanding_account_id = other
        self.payment.action_draft()
        entry, stranger = self.payment.move_id, self.make_account("Bob").partner_id
        owed = entry.line_ids.filtered(lambda line: line.account_id == self.payment.destination_account_id)
        owed.partner_id = stranger
        with self.assertRaisesRegex(UserError, "cannot say anything else"):
            entry.action_post()

    def test_which_payment_an_entry_belongs_to_is_nobodys_to_say(self):
        self.take_back(amount=19)
        entry = self.payment.billing_return_ids
        moves = self.env["account.move"].with_user(self.clerk)
        values = {"journal_id": entry.journal_id.id, "billing_returned_payment_id": self.payment.id}
        for act, said in (
            (lambda: self.payment.move_id.write({"origin_payment_id": False}), "cannot say anything else"),
            (
                lambda: entry.with_env(moves.env).write({"billing_returned_payment_id": False}),
                "is noted on the payment",
            ),
            (lambda: moves.create(values), "is noted on the payment"),
        ):
            with self.subTest(said=said), self.assertRaisesRegex(UserError, said), self.cr.savepoint():
                act()
        self.assertEqual((self.payment.billing_return_ids, self.payment.billing_returned_amount), (entry, 19))

    def test_what_was_reversed_is_not_taken_back_besides(self):
        bill = self.owe(self.account, "2026-11-06", 10)
        self.payment = self.pay_invoice(bill)
        self.payment.move_id._reverse_moves([{"date": "2026-11-06"}], cancel=True)
        self.assertEqual(bill.amount_residual, 11.9)
        with self.assertRaisesRegex(UserError, "0.00 of .* can still be taken back"):
            self.take_back(amount=11.9)
        self.assertEqual(bill.amount_residual, 11.9)

    def test_a_number_that_others_bear_besides_is_the_number_of_a_return_all_the_same(self):
        other = self.owe(self.account, "2026-11-06", 10)
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=other.ids)
        second = register.create({"communication": "R-1"})._create_payments()
        self.assertEqual(second.move_id.ref, "R-1")
        statement = {"date": "2026-11-06", "payment_ref": "Return", "amount": -5, "ref": "R-1"}
        for payment in (self.payment, second):
            self.env["account.bank.statement.line"].create({"journal_id": payment.journal_id.id, **statement})
            self.payment = payment
            self.take_back(amount=5, reference="R-1")
            entry = payment.billing_return_ids
            self.assertEqual((entry.ref, entry.billing_account_id), ("R-1", self.account))
            with self.assertRaisesRegex(UserError, f"R-1 has been booked already: {re.escape(entry.name)}"):
                self.take_back(amount=5, reference="R-1")
        entry.button_cancel()
        self.take_back(amount=5, reference="R-1")

    def test_a_cheque_without_cover_is_taken_back_too(self):
        bill = self.owe(self.account, "2026-11-06", 10)
        self.payment = self.pay_invoice(bill)
        self.assertTrue(self.payment.billing_can_be_taken_back)
        self.take_back()
        self.assertEqual((bill.amount_residual, self.invoice.amount_residual), (11.9, 0))
        self.assertFalse(self.payment.billing_can_be_taken_back)


@tagged("post_install", "-at_install")
@freeze_time("2026-11-03 08:00:00")
class TestCorrectedBill(DialogueCase):
    """A bill that is reset to draft while its debit is under way."""

    def setUp(self):
        super().setUp()
        self.invoice = self.owe(self.account, "2026-11-03", 100)
        self.consent(self.account)
        adapter = self.env.registry["billing.payment.adapter.demo"]
        with patch.object(adapter, "_send_charge", return_value=Answer(ACCEPTED)), self.person(self.clerk) as env:
            env["billing.charging.now"].charge(env["billing.account"].browse(self.account.id))
        self.env.invalidate_all()
        self.attempt = self.get_attempts(self.account)
        self.assertEqual(self.attempt.state, "sent")
        self.invoice.button_draft()

    def succeed(self):
        with self.worker() as env:
            env["billing.attempt.answers"].note(self.attempt.with_env(env), Answer(SUCCEEDED))
            env["billing.attempt.settling"].settle(self.attempt.with_env(env))
            env["billing.debit.booking"].work()
        self.env.invalidate_all()

    def test_case_D15_money_that_is_not_in_the_books_yet_stands_on_the_first_page(self):
        booking = self.env.registry["billing.debit.booking"]
        with patch.object(booking, "book_all"), patch.object(booking, "work"):
            self.succeed()
        self.assertEqual((self.attempt.state, self.attempt.is_booked), ("succeeded", False))
        lists, today = self.env["billing.home.lists"].with_user(self.clerk), fields.Date.today()
        waiting = {one["name"]: one["count"] for one in lists.get_waiting(today)}
        found = self.env["billing.payment.attempt"].search(lists.get_action("debits", today)["domain"])
        self.assertEqual((found, waiting["debits"]), (self.attempt, 1))

    def test_it_stays_a_draft_when_the_money_comes_and_is_paid_when_it_is_posted(self):
        self.invoice.invoice_line_ids.price_unit = 50
        self.succeed()
        self.assertEqual((self.attempt.is_booked, self.attempt.payment_id.amount), (True, 119))
        self.assertEqual(self.invoice.state, "draft")
        self.invoice.action_post()
        self.assertEqual((self.invoice.amount_residual, self.invoice.payment_state), (0, "paid"))
        items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual([item.amount for item in items], [Decimal("-59.50")])

    def test_one_that_cannot_be_posted_keeps_no_money_out_of_the_books(self):
        self.invoice.invoice_line_ids.unlink()
        self.succeed()
        self.assertEqual((self.attempt.is_booked, self.attempt.booking_error), (True, False))
        self.assertEqual(self.invoice.state, "draft")


@tagged("post_install", "-at_install")
@freeze_time("2026-11-03 08:00:00")
class TestOwnAttempts(DialogueCase):
    def charge(self, account):
        with self.person(self.clerk) as env:
            env["billing.charging.now"].charge(env["billing.account"].browse(account.id))
        self.env.invalidate_all()
        return self.get_attempts(account)

    def test_whoever_charges_works_off_what_is_their_own_and_the_job_the_rest(self):
        other = self.make_account("Bob")
        for account in (self.account, other):
            self.owe(account, "2026-11-03", 100)
            self.consent(account)
        adapter = self.env.registry["billing.payment.adapter.demo"]
        with patch.object(adapter, "_send_charge", return_value=Answer(ACCEPTED)):
            waiting = self.charge(other)
        with self.worker() as env:
            env["billing.attempt.answers"].note(waiting.with_env(env), Answer(SUCCEEDED))
        own = self.charge(self.account)
        self.assertEqual(
            (own.state, own.is_booked, waiting.state, waiting.is_booked), ("succeeded", True, "sent", False)
        )
        self.assertEqual(own.payment_id.create_uid, self.env.ref("base.user_root"), "the books are nobody's at a desk")
        self.run_jobs("2026-11-03 09:00:00")
        self.assertEqual((waiting.state, waiting.is_booked), ("succeeded", True))
