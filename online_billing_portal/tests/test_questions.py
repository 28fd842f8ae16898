"""Questions and disputes: their life, what rests of an invoice, how they are settled, who is told."""

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo import fields
from odoo.addons.online_billing.tests.statements import Statements
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.translate import code_translations

from ..services.question_files import FILE_TYPES, LARGEST_FILE, MOST_FILES
from ..services.question_life import QUESTION_LIFE
from ..services.questions import ANSWER, MOST_AN_HOUR, MOST_OPEN
from .portal_common import DAY
from .question_common import QuestionCase


@tagged("post_install", "-at_install")
class TestQuestions(QuestionCase):
    # -- what rests ---------------------------------------------------------------------------------------------------

    def test_a_part_in_dispute_rests_and_nothing_beside_it(self):
        question = self.dispute(20)
        self.assertEqual(self.get_asked(), 130)
        self.assertEqual((question.stop_id.amount, question.stop_id.move_id), (20, self.move))
        self.assertNotEqual(self.move.payment_state, "blocked")
        self.assertTrue(question.is_resting)

    def test_a_dispute_of_all_is_the_block_of_the_invoice(self):
        question = self.dispute()
        self.assertEqual((self.move.payment_state, self.get_asked()), ("blocked", 100))
        self.assertEqual(question.stop_id, self.move.billing_stop_ids)

    def test_an_invoice_that_staff_has_blocked_is_in_the_same_dispute(self):
        self.move.action_toggle_block_payment()
        question = self.dispute()
        self.assertEqual(question.stop_id, self.move.billing_stop_ids)
        self.assertEqual(len(self.move.billing_stop_ids), 1)

    def test_of_two_disputes_of_the_whole_the_last_one_gives_it_free(self):
        first, second = self.dispute(), self.dispute(name="owner")
        self.service.settle(first.with_user(self.staff), "agreed", "Yes")
        self.assertEqual(self.move.payment_state, "blocked")
        self.service.settle(second.with_user(self.staff), "agreed", "Yes")
        self.assertEqual((self.move.payment_state, self.get_asked()), ("not_paid", 150))

    def test_several_parts_are_summed_and_capped_at_what_is_open(self):
        for amount in (20, 20, 20):
            self.dispute(amount)
        self.assertEqual(self.get_asked(), 100)

    def test_lines_without_an_amount_are_disputed_with_what_they_come_to(self):
        line = self.move.invoice_line_ids[:1]
        question = self.dispute(line_ids=[Command.set(line.ids)])
        self.assertEqual(question.amount, line.price_total)
        self.assertNotEqual(self.move.payment_state, "blocked")

    def test_an_invoice_on_which_a_question_stands_says_so_when_it_is_deleted(self):
        question = self.ask(move_id=self.move.id)
        self.move.button_draft()
        said = f"cannot be deleted.*Question of a Customer: {question.display_name}.*Cancel it instead"
        with self.assertRaisesRegex(UserError, said):
            self.move.with_user(self.staff).unlink()
        self.move.with_user(self.staff).button_cancel()
        self.assertEqual((self.move.state, question.move_id), ("cancel", self.move))

    def test_what_is_paid_can_be_disputed_and_rests_if_it_comes_open_again(self):
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.move.ids
        )
        payment = register.create({})._create_payments()
        question = self.dispute()
        self.assertEqual((question.stop_id.amount, self.get_asked()), (50, 100))
        payment.move_id.button_draft()
        payment.move_id.button_cancel()
        self.assertEqual(self.get_asked(), 100)

    # -- what is refused ----------------------------------------------------------------------------------------------

    def test_what_cannot_be_asked(self):
        foreign = self.foreign_account.move_ids[:1]
        draft = self.move.copy()
        draft.billing_account_id = self.account
        for vals in (
            {"move_id": foreign.id},
            {"kind": "dispute"},
            {"kind": "dispute", "move_id": draft.id},
            {"kind": "dispute", "move_id": self.move.id, "amount": 50.01},
            {"amount": 5, "move_id": self.move.id},
            {"move_id": self.move.id, "line_ids": [Command.set(self.moves[1].invoice_line_ids.ids)]},
            {"line_ids": [Command.set(self.move.invoice_line_ids.ids)]},
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.ask(**vals)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.ask("stranger")

    def test_one_person_asks_so_often_an_hour_and_so_many_at_once(self):
        for _number in range(MOST_AN_HOUR):
            self.ask()
        with self.assertRaisesRegex(UserError, "within an hour"):
            self.ask()
        self.ask("owner")
        later = fields.Datetime.now() + timedelta(hours=2)
        with freeze_time(later):
            for _number in range(MOST_OPEN - MOST_AN_HOUR):
                self.ask()
        with freeze_time(later + timedelta(hours=2)):
            with self.assertRaisesRegex(UserError, "are open"):
                self.ask()
            self.service.end_by_customer(self.get_newest())
            self.ask()

    def test_files_have_limits(self):
        check = self.env["billing.question.files"].check
        for files in (
            [("a.exe", b"x")],
            [("exe", b"x")],
            [("a.pdf.html", b"%PDF-1.7")],
            [("a.pdf", b"<html>")],
            [("a.png", b"%PDF")],
            [("a.txt", b"a\0b")],
            [("a.txt", b"")],
            [("a.svg", b"<svg/>")],
            [("a.txt", b"x" * (LARGEST_FILE + 1))],
            [("a.txt", b"x")] * (MOST_FILES + 1),
        ):
            with self.assertRaises(UserError):
                check(files)
        samples = [(f"a.{kind.upper()}", (beginning or b"x") + b"rest") for kind, beginning in FILE_TYPES.items()]
        self.assertEqual(len(check(samples[:MOST_FILES])), MOST_FILES)
        [[name, _content]] = check([("..\\C:/x/\u202e" + "n" * 300 + ".txt", b"x")])
        self.assertEqual((name[:2], name[-4:], len(name) < 200), ("nn", ".txt", True))

    def test_files_are_kept_with_the_question_and_the_message(self):
        question = self.ask(files=[("a.txt", b"one")])
        self.service.answer(question, self.people["payer"].partner_id, "here", [("b.txt", b"two")])
        self.assertEqual(question.attachment_ids.mapped("name"), ["a.txt"])
        self.assertEqual(self.service.get_thread(question).attachment_ids.mapped("name"), ["b.txt"])
        found = self.env["ir.attachment"].with_user(self.staff).browse(question.attachment_ids.ids)
        self.assertEqual(found.raw, b"one")

    # -- life ---------------------------------------------------------------------------------------------------------

    def test_the_table_of_states_is_walked_as_it_says(self):
        allowed = {
            "new": {"take", "answer", "ask", "close"},
            "work": {"answer", "ask", "close"},
            "answered": {"take", "answer", "ask", "close"},
            "closed": {"reopen"},
        }
        for state in QUESTION_LIFE.states:
            self.assertEqual(set(QUESTION_LIFE.events_from(state)), allowed[state], state)
        for (state, event), following in QUESTION_LIFE.transitions.items():
            self.assertIn(following, QUESTION_LIFE.states, (state, event))
        labels = [value for value, _label in self.env["billing.question"]._fields["state"].selection]
        self.assertEqual(tuple(labels), QUESTION_LIFE.states)

    def test_a_question_goes_from_new_to_closed_and_its_times_are_measured(self):
        asked = fields.Datetime.now().replace(microsecond=0)
        with freeze_time(asked):
            question = self.ask()
            self.env.flush_all()
        self.env.cr.execute("UPDATE billing_question SET create_date = %s WHERE id = %s", (asked, question.id))
        self.env.invalidate_all()
        self.assertEqual((question.state, question.user_id, question.name[:1]), ("new", self.staff, "Q"))
        question.with_user(self.staff).action_take()
        self.assertEqual(question.state, "work")
        with freeze_time(asked + timedelta(hours=3)):
            self.answer_as_staff(question)
        self.assertEqual((question.state, question.answer_hours), ("answered", 3))
        with freeze_time(asked + timedelta(hours=5)):
            self.service.answer(question, self.people["payer"].partner_id, "And?")
        self.assertEqual(question.state, "work")
        with freeze_time(asked + timedelta(hours=6)):
            self.answer_as_staff(question)
            question.with_user(self.staff).action_close()
        self.assertEqual((question.state, question.answer_hours, question.settle_hours), ("closed", 3, 6))

    def test_averages_leave_out_what_is_not_answered(self):
        answered, waiting = self.ask(), self.ask("owner")
        self.answer_as_staff(answered)
        self.env.flush_all()
        self.env.cr.execute("UPDATE billing_question SET answer_hours = 4 WHERE id = %s", answered.ids)
        self.env.invalidate_all()
        domain = [("id", "in", (answered | waiting).ids)]
        [[average]] = self.env["billing.question"]._read_group(domain, [], ["answer_hours:avg"])
        self.assertEqual(average, 4)

    def test_what_was_asked_is_not_written_by_people(self):
        question = self.dispute(20).with_user(self.staff)
        for vals in ({"amount": 1}, {"state": "closed"}, {"outcome": "refused"}, {"text": "x"}, {"stop_id": False}):
            with self.assertRaises(AccessError):
                question.write(vals)
        question.topic = "service"

    def test_a_new_question_is_a_task_of_whoever_looks_after_the_account(self):
        question = self.ask()
        [task] = question.activity_search([ANSWER])
        self.assertEqual((task.user_id, task.summary), (self.staff, question.subject))
        self.assertEqual(task.date_deadline, fields.Date.today() + timedelta(days=1))
        self.answer_as_staff(question)
        self.assertFalse(question.activity_search([ANSWER]))
        self.service.answer(question, self.people["payer"].partner_id, "And?")
        self.assertEqual(len(question.activity_search([ANSWER])), 1)
        self.service.answer(question, self.people["payer"].partner_id, "And??")
        self.assertEqual(len(question.activity_search([ANSWER])), 1)

    def test_a_note_is_no_answer(self):
        question = self.ask()
        question.with_user(self.staff).message_post(body="Among us", subtype_xmlid="mail.mt_note")
        self.assertEqual((question.state, question.date_answered), ("new", False))

    def test_a_dispute_is_settled_and_not_closed(self):
        question = self.dispute(20).with_user(self.staff)
        with self.assertRaisesRegex(UserError, "is a dispute"):
            question.action_close()
        with self.assertRaisesRegex(UserError, "no dispute"):
            self.service.settle(self.ask().with_user(self.staff), "refused", "No")

    def test_staff_asks_for_somebody_who_calls(self):
        with Form(self.env["billing.question"].with_user(self.staff)) as form:
            form.account_id = self.account
            form.subject = "Called"
            form.text = "Says that it is too much"
            form.kind = "dispute"
            form.move_id = self.move
            form.amount = 5
        self.assertEqual(form.record.author_id, self.account.partner_id)
        self.assertEqual(self.get_asked(), 145)

    # -- settling -----------------------------------------------------------------------------------------------------

    def settle(self, question, outcome, **vals):
        action = getattr(
            question.with_user(self.staff),
            {"refused": "action_refuse", "agreed": "action_agree", "credited": "action_credit"}[outcome],
        )()
        model = self.env["billing.question.settlement"].with_user(self.staff).with_context(**action["context"])
        return model.create({"text": "Because of this", **vals})

    def test_a_refusal_makes_it_due_again_and_says_why(self):
        question = self.dispute(20)
        with self.assertRaisesRegex(UserError, "Write what the customer is told"):
            self.settle(question, "refused", text=" ").action_settle()
        self.settle(question, "refused").action_settle()
        self.assertEqual((question.state, question.outcome, self.get_asked()), ("closed", "refused", 150))
        self.assertEqual(question.stop_id.verdict, "company")
        self.assertIn("Because of this", self.service.get_thread(question)[-1:].body)
        with self.assertRaisesRegex(UserError, "closed already"):
            self.service.settle(question.with_user(self.staff), "agreed", "x")

    def test_an_agreement_is_for_the_customer(self):
        question = self.dispute()
        self.settle(question, "agreed").action_settle()
        self.assertEqual((question.outcome, question.stop_id.verdict), ("agreed", "customer"))
        self.assertEqual((self.move.payment_state, self.get_asked()), ("not_paid", 150))

    def test_whoever_withdraws_owes_it_again(self):
        question = self.dispute(20)
        self.service.end_by_customer(question)
        self.assertEqual((question.outcome, question.stop_id.verdict), ("withdrawn", "company"))
        self.assertEqual(self.get_asked(), 150)

    def test_a_credit_note_over_the_disputed_part_settles_it(self):
        question = self.dispute(20)
        settlement = self.settle(question, "credited")
        self.assertEqual((settlement.amount, settlement.line_ids), (20, self.move.invoice_line_ids))
        settlement.action_credit()
        note = question.credit_note_id
        self.assertEqual((note.state, note.amount_total, note.reversed_entry_id), ("posted", 20, self.move))
        self.assertEqual((question.outcome, question.stop_id.verdict), ("credited", "customer"))
        self.assertEqual((self.move.amount_residual, self.get_asked()), (30, 130))
        charge = self.move.billing_charge_ids
        self.assertEqual(self.env["billing.charge.standing"].get_standing(charge)[charge], Decimal(30))
        self.assertIn(note.name, self.service.get_thread(question)[-1:].body)

    def make_two_lines(self, first=50, second=40):
        """Return an invoice of two services, before tax."""
        account = self.account
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice", "partner_id": account.partner_id.id, "billing_account_id": account.id,
                "currency_id": account.currency_id.id, "invoice_date": "2026-03-01",
                "invoice_line_ids": [
                    Command.create({"product_id": self.code.product_id.id, "name": name, "price_unit": price})
                    for name, price in (("Net", first), ("Phone", second))
                ],
            }
        )  # fmt: skip
        move.action_post()
        return move

    def test_a_dispute_of_one_line_credits_this_line_and_no_other(self):
        for amount in (40, 15):
            move = self.make_two_lines()
            line = move.invoice_line_ids.filtered(lambda line: line.name == "Phone")
            question = self.dispute(move=move, line_ids=[Command.set(line.ids)])
            self.settle(question, "credited", amount=amount).action_credit()
            note = question.credit_note_id
            self.assertEqual(note.amount_total, amount)
            self.assertEqual(note.invoice_line_ids.mapped("name"), ["Phone"])
            self.assertEqual(move.amount_residual, 90 - amount)

    def test_no_more_is_given_back_than_the_document_came_to(self):
        move = self.make_two_lines(100, -10)
        question = self.dispute(move=move)
        with self.assertRaisesRegex(UserError, "at most"):
            self.settle(question, "credited", amount=100).action_credit()

    def test_lines_that_cost_nothing_block_no_invoice(self):
        move = self.make_two_lines(90, 0)
        free = move.invoice_line_ids.filtered(lambda line: line.name == "Phone")
        with self.assertRaisesRegex(UserError, "cost nothing"), self.env.cr.savepoint():
            self.dispute(move=move, line_ids=[Command.set(free.ids)])
        self.assertEqual(move.payment_state, "not_paid")

    def test_what_was_agreed_is_not_taken_back_by_a_twin(self):
        first, second = self.dispute(), self.dispute(name="owner")
        self.assertEqual(first.stop_id, second.stop_id)
        self.settle(first, "agreed").action_settle()
        self.service.end_by_customer(second.sudo())
        self.assertEqual(first.stop_id.verdict, "customer")

    def promise(self):
        return self.env["billing.payment.promise"].create(
            {
                "account_id": self.account.id, "move_ids": [Command.set(self.move.ids)], "amount": 50,
                "date": DAY + timedelta(days=5), "date_made": DAY,
            }
        )  # fmt: skip

    def judge(self):
        items = self.env["billing.open.items"].get_items(self.account.ids)
        self.env["billing.promise.keeping"].judge(items, {self.account.id: DAY + timedelta(days=6)})

    def test_a_promise_is_kept_by_what_is_left_beside_a_dispute(self):
        promise = self.promise()
        self.dispute(30)
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.move.ids
        )
        register.create({"payment_date": DAY, "amount": 20})._create_payments()
        self.judge()
        self.assertEqual(promise.state, "kept")

    def test_a_promise_waits_while_all_of_it_is_in_dispute(self):
        promise, question = self.promise(), self.dispute()
        self.judge()
        self.assertEqual(promise.state, "open")
        self.service.end_by_customer(question.sudo())
        self.judge()
        self.assertEqual(promise.state, "broken")

    def test_a_draft_settles_nothing_until_it_is_posted(self):
        question = self.dispute(20)
        self.settle(question, "credited").action_draft()
        self.assertEqual((question.state == "closed", self.get_asked()), (False, 130))
        with self.assertRaisesRegex(UserError, "credit note for"):
            self.settle(question, "credited").action_credit()
        question.credit_note_id.action_post()
        self.assertEqual((question.outcome, self.get_asked()), ("credited", 130))

    def test_a_draft_that_is_deleted_leaves_the_dispute_open(self):
        question = self.dispute(20)
        self.settle(question, "credited").action_draft()
        question.credit_note_id.unlink()
        self.assertFalse(question.credit_note_id)
        self.settle(question, "credited").action_credit()
        self.assertEqual(question.outcome, "credited")

    # -- a part credited, a credit note taken back --------------------------------------------------------------------

    def credit(self, question, amount):
        """Credit an amount of a dispute; return the posted credit note."""
        self.settle(question, "credited", amount=amount).action_credit()
        self.env.invalidate_all()
        return question.credit_note_id

    def get_stops(self):
        """Return [(amount, verdict, goes on)] of the disputes of the invoice, those that have ended first."""
        self.env.invalidate_all()
        stops = self.move.billing_stop_ids
        return sorted(
            ((stop.amount, stop.verdict or "", not stop.date_to) for stop in stops), key=lambda row: row[::-1]
        )

    def test_what_is_credited_of_a_dispute_is_settled_and_the_rest_goes_on(self):
        question = self.dispute(20)
        note = self.credit(question, 5)
        self.assertEqual((question.state, question.outcome, question.is_resting), ("work", False, True))
        self.assertEqual(question.amount_credited, 5)
        self.assertEqual(self.get_stops(), [(5, "customer", False), (15, "", True)])
        self.assertEqual(self.get_asked(), 130)  # 150 billed, 5 given back, 15 rest
        told = self.service.get_thread(question)[-1:].body
        for word in ("5.00", note.name, "15.00"):
            self.assertIn(word, told)
        self.assertTrue(question.activity_ids)

    def test_several_credit_notes_settle_a_dispute_together(self):
        question = self.dispute(20)
        first = self.credit(question, 5)
        self.assertEqual(self.settle(question, "credited").amount, 15)
        second = self.credit(question, 15)
        self.assertEqual((question.state, question.outcome, self.get_asked()), ("closed", "credited", 130))
        self.assertEqual(question.credit_note_ids, first | second)
        self.assertEqual(self.get_stops(), [(5, "customer", False), (15, "customer", False)])

    def test_the_rest_of_a_credited_dispute_may_be_refused(self):
        question = self.dispute(20)
        self.credit(question, 5)
        self.settle(question, "refused").action_settle()
        self.assertEqual((question.outcome, self.get_asked()), ("refused", 145))
        self.assertEqual(self.get_stops(), [(15, "company", False), (5, "customer", False)])

    def test_a_credit_note_that_is_a_draft_again_lets_the_dispute_go_on(self):
        for act in ("button_draft", "button_cancel"):
            question = self.dispute(20)
            note = self.credit(question, 20)
            self.assertEqual((question.state, self.get_asked()), ("closed", 130))
            getattr(note, act)()
            self.assertEqual((question.state, question.outcome, question.date_closed), ("work", False, False), act)
            self.assertTrue(question.is_resting)
            self.assertEqual((question.stop_id.amount, question.stop_id.verdict), (20, False))
            self.assertEqual(self.get_asked(), 130)
            self.assertTrue(question.activity_ids)
            self.service.settle(question.with_user(self.staff), "refused", "No")
            self.assertEqual(self.get_asked(), 150)

    def test_posted_again_a_credit_note_settles_the_dispute_again(self):
        question = self.dispute(20)
        note = self.credit(question, 20)
        for _time in range(2):
            note.button_draft()
            self.assertEqual(question.state, "work")
            note.action_post()
            self.assertEqual((question.state, question.outcome, self.get_asked()), ("closed", "credited", 130))
        self.assertEqual(self.get_stops(), [(20, "customer", False)])

    def test_a_part_that_is_taken_back_is_disputed_with_the_rest(self):
        question = self.dispute(20)
        note = self.credit(question, 5)
        note.button_draft()
        self.assertEqual(self.get_stops(), [(20, "", True)])
        self.assertEqual((question.state, question.amount_credited, self.get_asked()), ("work", 0, 130))
        note.action_post()
        self.assertEqual(self.get_stops(), [(5, "customer", False), (15, "", True)])

    def test_a_part_that_is_taken_back_after_the_end_is_disputed_alone(self):
        question = self.dispute(20)
        note = self.credit(question, 5)
        self.settle(question, "refused").action_settle()
        note.button_draft()
        self.assertEqual((question.state, question.outcome, self.get_asked()), ("work", False, 145))
        self.assertEqual(self.get_stops(), [(15, "company", False), (5, "", True)])

    def test_a_dispute_of_all_goes_on_with_its_block(self):
        question = self.dispute()
        first = self.credit(question, 20)
        self.assertEqual((question.state, self.move.payment_state, self.get_asked()), ("work", "blocked", 100))
        rest = self.credit(question, 30)
        self.assertEqual((question.state, question.outcome, self.move.amount_residual), ("closed", "credited", 0))
        for note, amount in ((rest, 30), (first, 20)):
            note.button_draft()
            self.assertEqual((question.state, question.is_resting), ("work", True))
            self.assertEqual((self.move.payment_state, self.move.amount_residual), ("blocked", amount))
            self.assertEqual(self.get_asked(), 100)
            note.action_post()
            self.assertEqual((question.state, self.get_asked()), ("closed", 100))

    def test_another_credit_note_can_be_made_once_the_first_is_posted_or_cancelled(self):
        question = self.dispute(20)
        self.settle(question, "credited", amount=5).action_draft()
        with self.assertRaisesRegex(UserError, "credit note for"):
            self.settle(question, "credited", amount=5).action_credit()
        question.credit_note_id.button_cancel()
        self.credit(question, 20)
        self.assertEqual(question.outcome, "credited")

    def test_the_customer_reads_what_was_credited_so_far(self):
        question = self.dispute(20)
        self.credit(question, 5)
        self.enter("payer")
        text = self.open(f"/my/billing/questions/{question.id}")[1]
        self.assertIn("Credited so far", text)
        self.assertIn("need not pay this part", text)

    def test_no_more_is_credited_than_the_lines_bill(self):
        question = self.dispute(20)
        for amount in (0, -5, 50.01):
            with self.assertRaisesRegex(UserError, "Credit an amount above zero"):
                self.settle(question, "credited", amount=amount).action_credit()
        with self.assertRaisesRegex(UserError, "Choose the lines"):
            self.settle(question, "credited", line_ids=[Command.clear()], amount=5).action_credit()
        self.assertFalse(self.move.reversal_move_ids)

    def test_a_credit_over_several_lines_with_taxes_is_the_amount_to_the_cent(self):
        tax = self.env["account.tax"].create({"name": "19 %", "amount": 19, "company_id": self.company.id})
        products = [
            self.make_code(f"T{number}", price=price, tax=tax) for number, price in enumerate((13.37, 29.99, 7.01))
        ]
        account = self.make_account("Taxed")
        self.subscribe(account, self.make_plan(*products), "2026-01-01")
        self.bill(account, "2026-01-01")
        move = account.move_ids
        self.assertTrue(move.amount_tax)
        question = self.env["billing.question"].create(
            {
                "account_id": account.id, "move_id": move.id, "kind": "dispute", "amount": 11.11,
                "subject": "a", "text": "b",
            }
        )  # fmt: skip
        note = self.env["billing.question.credits"].make_note(question, move.invoice_line_ids, 11.11)
        self.assertAlmostEqual(note.amount_total, 11.11, delta=0.011)
        note.action_post()
        self.assertAlmostEqual(move.amount_residual, move.amount_total - note.amount_total, places=2)

    def test_a_verdict_on_the_dispute_settles_the_question(self):
        for act, outcome in (("for", "agreed"), ("against", "refused")):
            question = self.dispute(20)
            getattr(question.stop_id, f"action_settle_{act}_customer")()
            self.assertEqual((question.state, question.outcome), ("closed", outcome))
            self.assertTrue(self.service.get_thread(question))

    def test_a_block_that_is_taken_off_leaves_the_question_to_be_settled(self):
        question = self.dispute()
        self.move.action_toggle_block_payment()
        self.assertEqual((question.state, question.is_resting, self.get_asked()), ("new", False, 150))
        self.settle(question, "refused").action_settle()
        self.assertEqual(question.stop_id.verdict, "company")

    # -- who is told --------------------------------------------------------------------------------------------------

    def get_mails(self, act):
        """Return {address: mail} of what an act sends."""
        before = self.env["mail.mail"].search([]).ids
        act()
        found = self.env["mail.mail"].search([("id", "not in", before)])
        return {partner.email: mail for mail in found for partner in mail.recipient_ids}

    def test_an_answer_is_mailed_to_who_asked_with_the_way_to_the_page(self):
        question = self.ask()
        mails = self.get_mails(lambda: self.answer_as_staff(question))
        self.assertEqual(set(mails), {"payer@example.com"})
        self.assertIn(f"/my/billing/questions/{question.id}", str(mails["payer@example.com"].body_html))

    def test_the_mail_is_in_the_language_of_who_asked(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        payer = self.people["payer"].partner_id
        payer.lang = "fr_FR"
        question = self.dispute(20)
        with self.translated("Read and Answer", "Lire et répondre"):
            mails = self.get_mails(lambda: self.answer_as_staff(question))
        self.assertIn("Lire et répondre", str(mails["payer@example.com"].body_html))

    def translated(self, source, text):
        """Let a text of the addon be translated into French."""
        get = code_translations.get_python_translations

        def get_python_translations(module_name, lang):
            found = get(module_name, lang)
            return {**found, source: text} if (module_name, lang) == ("online_billing_portal", "fr_FR") else found

        return patch.object(code_translations, "get_python_translations", get_python_translations)

    def test_a_note_reaches_nobody_of_the_customer_even_if_named(self):
        question = self.ask()
        payer = self.people["payer"].partner_id
        note = question.with_user(self.staff).message_post(
            body="Among us", subtype_xmlid="mail.mt_note", partner_ids=payer.ids
        )
        self.assertFalse(note.notified_partner_ids)
        self.assertNotIn(note, self.service.get_thread(question))

    def test_who_lost_the_role_is_told_no_more_and_a_stranger_never(self):
        question = self.ask()
        stranger = self.people["stranger"].partner_id
        question.message_subscribe(stranger.ids)
        self.account.member_ids.filtered(lambda one: one.partner_id == self.people["payer"].partner_id).unlink()
        self.account.is_open_to_colleagues = False
        answer = self.answer_as_staff(question)
        self.assertFalse(answer.notified_partner_ids & (stranger | self.people["payer"].partner_id))

    def test_a_mail_of_the_customer_brings_a_closed_question_back(self):
        question = self.ask()
        self.service.end_by_customer(question)
        question.message_post(
            body="One more thing", author_id=self.people["payer"].partner_id.id, message_type="email",
            subtype_xmlid="mail.mt_comment",
        )  # fmt: skip
        self.assertEqual((question.state, question.date_closed), ("work", False))
        self.assertEqual(len(question.activity_search([ANSWER])), 1)

    # -- staff --------------------------------------------------------------------------------------------------------

    def test_the_buttons_count_with_one_statement_however_many(self):
        for amount, move in ((0, self.moves[2]), (20, self.move), (5, self.moves[1]), (6, self.moves[1])):
            self.dispute(amount, move=move)
        self.env.flush_all()
        for records, name, expected in (
            (self.account | self.foreign_account, "question_count", [4, 0]),
            # what is reached by a relation is no longer read together once that was forgotten
            (self.moves.browse(self.moves.ids), "billing_question_count", [1, 2, 1]),
        ):
            self.env.invalidate_all()
            with Statements() as asked:
                self.assertEqual(records.with_user(self.staff).mapped(name), expected)
            self.assertEqual(len(asked.of("billing_question")), 1, name)

    def test_the_page_of_the_account_tells_of_questions(self):
        question, other = self.dispute(20), self.ask(subject="Something else")
        timeline = self.env["billing.timeline"].with_user(self.staff)
        found = [one for one in timeline.get_entries(self.account)["entries"] if one["kind"] == "question"]
        self.assertEqual({one["id"] for one in found}, {question.id, other.id})
        [told] = [one for one in found if one["id"] == question.id]
        self.assertEqual((told["title"], told["state"]), (f"Dispute: {self.move.name}", "New"))
        self.assertIn("20.00", told["amount"])

    def test_what_waits_stands_on_the_first_page_of_staff(self):
        self.ask()
        lists = self.env["billing.home.lists"].with_user(self.staff)
        waiting = {one["name"]: one["count"] for one in lists.get_waiting(fields.Date.today())}
        self.assertEqual(waiting["questions"], 1)

    @mute_logger("odoo.models.unlink")
    def test_an_invoice_in_question_stays(self):
        question = self.ask(move_id=self.move.id)
        with self.assertRaises(UserError):
            question.with_user(self.staff).unlink()
