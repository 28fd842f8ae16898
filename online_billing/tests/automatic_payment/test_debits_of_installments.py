"""Debits of installments: each on its day, landing on what it was made for, whether or not journal items have its date.

A plan of 119.00 has two installments of 59.50, due on 20 November and 20 December.
"""

from datetime import date

from odoo.tests import tagged
from odoo.tests.common import freeze_time

from ...services.automatic_payment.values import DECLINED, SUCCEEDED, Answer
from ...services.installments.terms import PlanTerms
from .debit_common import DebitCase

REAL, VIRTUAL = "split", "virtual"


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestDebitsOfInstallments(DebitCase):
    def prepare(self, *prices, answer="done", **vals):
        """Return a further account that is debited, and its bills, due on 2 November."""
        self.company.fiscalyear_lock_date = False
        account = self.make_account("Who pays in parts")
        moves = self.env["account.move"].union(*(self.owe(account, "2026-11-02", price, **vals) for price in prices))
        self.consent(account, self.save_method(account.partner_id, answer))
        return account, moves

    def plan(self, moves, mode, day="2026-10-20"):
        """Return a plan in two parts; in a locked period the journal items stay as they are."""
        self.company.fiscalyear_lock_date = "2026-09-30" if mode == VIRTUAL else False
        with freeze_time(f"{day} 08:00:00"), self.worker() as env:
            terms, rules = PlanTerms(first_date=date(2026, 11, 20), count=2), env["billing.installment.rule"]
            plan = env["billing.installment.request"].request(
                moves.with_env(env), terms, rule=rules, day=date.fromisoformat(day)
            )
            plan_id = plan.id
        self.env.invalidate_all()
        plan = self.env["billing.installment.plan"].browse(plan_id)
        self.assertEqual((plan.state, plan.mode), ("active", mode))
        return plan

    def divide_while_sent(self, mode):
        """Return an account, its bill, and the plan that was agreed after a debit of the whole bill was sent."""
        account, moves = self.prepare(100, answer="pending")
        self.run_jobs("2026-10-30 10:00:00")
        self.run_jobs("2026-11-02 10:00:00")
        return account, moves, self.plan(moves, mode, "2026-11-03")

    def answer(self, attempt, answer, moment):
        """Let the provider say at last what became of an attempt."""
        with freeze_time(moment), self.worker() as env:
            own = env["billing.payment.attempt"].browse(attempt.id)
            env["billing.attempt.answers"].note(own, answer)
            env["billing.attempt.settling"].work()
        self.env.invalidate_all()

    def assertOpen(self, plan, *amounts):
        self.assertEqual([f"{row.amount_open:.2f}" for row in plan.installment_ids.sorted("date")], [*amounts])
        self.assertEqual(f"{sum(plan.move_ids.mapped('amount_residual')):.2f}", f"{sum(map(float, amounts)):.2f}")

    def test_each_installment_is_debited_on_its_day_and_is_the_one_that_is_paid(self):
        for mode in (REAL, VIRTUAL):
            with self.subTest(mode=mode):
                account, moves = self.prepare(100)
                plan = self.plan(moves, mode)
                first, second = plan.installment_ids.sorted("date")
                self.run_jobs("2026-11-02 10:00:00")
                self.assertAttempts(account, [])
                self.run_jobs("2026-11-17 10:00:00")
                stopped = self.get_attempts(account)
                self.assertEqual(stopped.line_ids.installment_id, first)
                stopped.with_user(self.clerk).action_stop()
                self.run_jobs("2026-12-17 10:00:00")
                self.run_jobs("2026-12-20 10:00:00")
                self.assertAttempts(
                    account, [("2026-11-20", "59.50", "given_up"), ("2026-12-20", "59.50", "succeeded")]
                )
                debit = self.get_attempts(account)[-1]
                self.assertEqual(
                    (debit.line_ids.installment_id, debit.payment_id.billing_installment_id), (second, second)
                )
                self.assertOpen(plan, "59.50", "0.00")

    def test_installments_that_are_debited_as_one_have_each_been_tried_once(self):
        for mode, item_count in ((REAL, 2), (VIRTUAL, 1)):
            with self.subTest(mode=mode):
                account, moves = self.prepare(100, answer="error")
                self.company.billing_retry_policy_id = False
                plan = self.plan(moves, mode)
                self.run_jobs("2026-12-21 10:00:00")
                self.run_jobs("2026-12-24 10:00:00")
                attempt = self.get_attempts(account)
                self.assertEqual((len(attempt), attempt.amount, attempt.state), (1, 119, "failed"))
                self.assertEqual(attempt.line_ids.installment_id, plan.installment_ids)
                items = attempt.line_ids.line_id
                self.assertEqual(len(items), item_count)
                tries = self.env["billing.debit.history"].get_tries(items.ids)
                self.assertEqual(tries, {item.id: {attempt.id: attempt.sent_at} for item in items})

    def test_an_installment_of_two_invoices_is_one_debit_that_lands_on_both(self):
        for mode in (REAL, VIRTUAL):
            with self.subTest(mode=mode):
                account, moves = self.prepare(100, 200)
                plan = self.plan(moves, mode)
                self.run_jobs("2026-11-17 10:00:00")
                self.run_jobs("2026-11-20 10:00:00")
                self.assertAttempts(account, [("2026-11-20", "178.50", "succeeded")])
                debit = self.get_attempts(account)
                first, _second = plan.installment_ids.sorted("date")
                self.assertEqual(
                    (debit.line_ids.installment_id, debit.payment_id.billing_installment_id), (first, first)
                )
                parts = {part.move_id: part.amount for part in first.part_ids}
                self.assertEqual({line.move_id: line.amount for line in debit.line_ids}, parts)
                paid = {move: round(move.amount_total - move.amount_residual, 2) for move in moves}
                self.assertEqual({move: amount for move, amount in paid.items() if amount}, parts)
                self.assertOpen(plan, "0.00", "178.50")

    def test_a_plan_that_is_agreed_while_a_debit_is_planned_takes_its_place(self):
        for mode in (REAL, VIRTUAL):
            with self.subTest(mode=mode):
                account, moves = self.prepare(100)
                self.run_jobs("2026-10-30 10:00:00")
                self.assertAttempts(account, [("2026-11-02", "119.00", "planned")])
                plan = self.plan(moves, mode, "2026-10-31")
                self.run_jobs("2026-11-02 10:00:00")
                self.assertAttempts(account, [("2026-11-02", "119.00", "given_up")])
                self.run_jobs("2026-11-17 10:00:00")
                self.run_jobs("2026-11-20 10:00:00")
                self.assertEqual(
                    [(one.amount, one.state) for one in self.get_attempts(account)],
                    [(119, "given_up"), (59.5, "succeeded")],
                )
                self.assertOpen(plan, "0.00", "59.50")

    def test_money_of_a_debit_whose_due_line_a_plan_has_split_lands_on_the_parts(self):
        for mode in (REAL, VIRTUAL):
            with self.subTest(mode=mode):
                account, moves, plan = self.divide_while_sent(mode)
                for day in (17, 20):
                    self.run_jobs(f"2026-11-{day} 10:00:00")
                attempt = self.get_attempts(account)
                self.assertAttempts(account, [("2026-11-02", "119.00", "sent")])  # nothing is taken twice
                self.answer(attempt, Answer(SUCCEEDED, "ref-1"), "2026-11-21 10:00:00")
                self.assertEqual((attempt.is_booked, moves.payment_state), (True, "paid"))
                self.assertOpen(plan, "0.00", "0.00")
                self.assertEqual(attempt.payment_id.amount, 119)
                self.run_jobs("2026-12-17 10:00:00")
                self.assertEqual(self.get_attempts(account), attempt)

    def test_after_a_refusal_the_parts_are_debited_on_their_days(self):
        for mode in (REAL, VIRTUAL):
            with self.subTest(mode=mode):
                account, _moves, plan = self.divide_while_sent(mode)
                refused = self.get_attempts(account)
                self.answer(refused, Answer(DECLINED, "ref-1", "declined"), "2026-11-04 10:00:00")
                said = self.get_messages(account).mapped("subject")
                self.assertFalse([subject for subject in said if "please pay" in subject], "its parts are debited")
                self.run_jobs("2026-11-16 10:00:00")
                self.assertEqual(self.get_attempts(account), refused, "nothing is due before the first part")
                self.run_jobs("2026-11-17 10:00:00")
                planned = self.get_attempts(account) - refused
                self.assertEqual((planned.state, planned.amount, str(planned.day)), ("planned", 59.5, "2026-11-20"))
                self.assertEqual(planned.line_ids.installment_id, plan.installment_ids.sorted("date")[0])

    def test_a_part_whose_plan_was_cancelled_while_it_was_sent_lands_on_its_invoice(self):
        for mode in (REAL, VIRTUAL):
            with self.subTest(mode=mode):
                account, moves = self.prepare(100, answer="pending")
                plan = self.plan(moves, mode)
                self.run_jobs("2026-11-17 10:00:00")
                self.run_jobs("2026-11-20 10:00:00")
                with freeze_time("2026-11-21 08:00:00"), self.worker() as env:
                    env["billing.installment.ending"].cancel(plan.with_env(env), date(2026, 11, 21))
                self.env.invalidate_all()
                sent = self.get_attempts(account).filtered(lambda one: one.state == "sent")
                self.assertEqual(sent.amount, 59.5)
                self.answer(sent, Answer(SUCCEEDED, "ref-1"), "2026-11-22 10:00:00")
                self.assertEqual((sent.is_booked, moves.amount_residual), (True, 59.5))
