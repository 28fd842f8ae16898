"""Ways back out of plans over invoices in a currency that is not the company's: nothing is left of the plan."""

from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .installment_common import TODAY, InstallmentCase

RATES = {"2026-01-01": 1.37, "2026-06-08": 1.61, "2026-06-15": 1.19}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInstallmentWayBack(InstallmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.env.ref("base.CHF")
        cls.foreign.active = True
        cls.env["res.currency.rate"].search([("currency_id", "=", cls.foreign.id)]).unlink()
        for day, rate in RATES.items():
            cls.env["res.currency.rate"].create(
                {"currency_id": cls.foreign.id, "name": day, "rate": rate, "company_id": cls.company.id}
            )
        cls.discount = cls.env["account.payment.term"].create(
            {
                "name": "3 % in 25 days",
                "early_discount": True,
                "discount_percentage": 3,
                "discount_days": 25,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 60})],
            }
        )
        cls.thirds = cls.env["account.payment.term"].create(
            {
                "name": "Thirds",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": share, "nb_days": days})
                    for share, days in ((33.33, 10), (33.33, 40), (33.34, 70))
                ],
            }
        )

    def make_foreign_invoice(self, amount=1000.01, **vals):
        return self.make_invoice(amount, day="2026-05-25", currency_id=self.foreign.id, **vals)

    def get_state(self, move):
        """Return all that a plan may change of the due lines of an invoice, but for what was paid."""
        self.env.invalidate_all()
        lines = [
            (
                str(line.date_maturity),
                round(line.amount_currency, 2),
                round(line.balance, 2),
                str(line.discount_date or ""),
                round(line.discount_amount_currency, 2),
                round(line.discount_balance, 2),
            )
            for line in self.ledger.get_terms(move)
        ]
        return lines, str(move.invoice_date_due), move.billing_installment_part_ids.ids

    def get_open(self, move):
        return [round(line.amount_residual_currency, 2) for line in self.ledger.get_terms(move)]

    def cancel(self, plan, day="2026-06-20"):
        self.env["billing.installment.ending"].cancel(plan, day=date.fromisoformat(day))

    def pay_part(self, plan, number, day):
        """Pay one part of a plan, whichever comes before it."""
        row = plan.installment_ids.sorted("date")[number]
        self.pay(plan.move_ids, row.amount, day, billing_installment_id=row.id, currency_id=self.foreign.id)

    def assertPaidInFull(self, move):
        self.env.invalidate_all()
        lines = self.ledger.get_terms(move)
        self.assertEqual((move.amount_residual, set(lines.mapped("amount_residual"))), (0, {0.0}))
        self.assertTrue(all(line.reconciled for line in lines))
        self.assertIn(move.payment_state, ("paid", "in_payment"))

    def assertBooksBalance(self, move):
        for entry in move | move.line_ids.matched_credit_ids.credit_move_id.move_id:
            self.assertAlmostEqual(sum(entry.line_ids.mapped("balance")), 0, places=2)

    def test_case_C20_a_foreign_plan_cancelled_within_the_days_of_a_discount_leaves_no_trace(self):
        for number, amount in enumerate((1000.01, 333.33, 0.05)):
            with self.subTest(amount=amount):
                move = self.make_foreign_invoice(amount, invoice_payment_term_id=self.discount.id)
                before = self.get_state(move)
                self.assertEqual(before[0][0][3], "2026-06-19")
                plan = self.plan(move, count=2 + number)
                self.assertNotEqual(self.get_state(move), before)
                self.assertFalse(any(line[3] for line in self.get_state(move)[0]))
                self.cancel(plan, "2026-06-05")
                self.assertEqual(self.get_state(move), before)
                self.assertTrue(move._is_eligible_for_early_payment_discount(move.currency_id, date(2026, 6, 5)))

    def test_case_C20_a_foreign_plan_of_which_a_later_part_was_paid_first_leaves_no_trace(self):
        for term in (self.env["account.payment.term"], self.discount):
            for day in ("2026-06-02", "2026-06-10", "2026-06-16"):
                with self.subTest(term=term.name, day=day):
                    move = self.make_foreign_invoice(invoice_payment_term_id=term.id)
                    before = self.get_state(move)
                    plan = self.plan(move, count=4)
                    self.pay_part(plan, 2, day)
                    self.cancel(plan)
                    self.assertEqual(self.get_state(move), before)
                    self.assertEqual(self.get_open(move), [750.01])
                    self.pay(move, 750.01, "2026-06-21", currency_id=self.foreign.id)
                    self.assertPaidInFull(move)
                    self.assertBooksBalance(move)

    def test_case_C20_several_foreign_due_lines_come_back_as_they_were(self):
        move = self.make_foreign_invoice(invoice_payment_term_id=self.thirds.id)
        before = self.get_state(move)
        self.assertEqual(len(before[0]), 3)
        self.cancel(self.plan(move, count=5))
        self.assertEqual(self.get_state(move), before)

    def test_case_C20_payments_of_a_foreign_plan_pay_the_earliest_of_several_due_lines(self):
        for days in (("2026-06-02",), ("2026-06-10",), ("2026-06-16",), ("2026-06-10", "2026-06-16")):
            with self.subTest(days=days):
                move = self.make_foreign_invoice(invoice_payment_term_id=self.thirds.id)
                before = self.get_state(move)
                plan = self.plan(move, count=4)
                for number, day in enumerate(days):
                    self.pay_part(plan, 3 - number, day)
                self.cancel(plan)
                lines, due, parts = self.get_state(move)
                self.assertEqual([line[:2] for line in lines], [line[:2] for line in before[0]])
                self.assertEqual((due, parts), (before[1], []))
                for line, was in zip(lines, before[0], strict=True):
                    self.assertAlmostEqual(line[2], was[2], delta=0.02)
                paid = 1000.01 - sum(self.get_open(move))
                self.assertAlmostEqual(paid, len(days) * 250, places=1)
                self.assertEqual(self.get_open(move)[2], before[0][2][1])
                self.assertBooksBalance(move)
                self.pay(move, sum(self.get_open(move)), "2026-06-21", currency_id=self.foreign.id)
                self.assertPaidInFull(move)
                self.assertBooksBalance(move)

    def test_case_C20_a_foreign_plan_paid_in_the_companys_money_leaves_no_trace(self):
        move = self.make_foreign_invoice(invoice_payment_term_id=self.discount.id)
        before = self.get_state(move)
        plan = self.plan(move, count=4)
        self.pay(move, 100, "2026-06-10", currency_id=self.company.currency_id.id)
        self.cancel(plan)
        self.assertEqual(self.get_state(move), before)
        self.assertBooksBalance(move)

    # -- what was paid before the plan was cancelled ------------------------------------------------------------------

    def bounce(self, payment):
        """Take a payment back, as a bank does with a direct debit."""
        payment.action_draft()
        payment.action_cancel()
        self.env.invalidate_all()

    def plan_two(self):
        """Return a plan over two invoices of 500 and 400, the second of which was paid in it, and what they were."""
        moves = self.make_invoice(500) | self.make_invoice(400, day="2026-05-02")
        before = [self.get_state(move) for move in moves]
        plan = self.plan(moves)
        self.payment = self.pay(moves[1], 400)
        return plan, moves, before

    def assertFullyMatched(self, move):
        self.assertPaidInFull(move)
        lines = self.ledger.get_terms(move)
        matched = lines.matched_credit_ids.credit_move_id
        full = lines.full_reconcile_id
        self.assertEqual((len(full), full.reconciled_line_ids), (1, lines | matched))
        self.assertEqual(full.partial_reconcile_ids, lines.matched_credit_ids)
        self.assertEqual(set((lines | matched).mapped("matching_number")), {str(full.id)})

    def test_case_C20_an_invoice_that_was_paid_before_the_plan_was_cancelled_is_as_before(self):
        plan, moves, before = self.plan_two()
        self.cancel(plan)
        self.assertEqual([self.get_state(move) for move in moves], before)
        self.assertEqual(moves.mapped("amount_residual"), [500, 0])
        self.assertFullyMatched(moves[1])
        self.assertEqual(plan.state, "cancelled")

    def test_case_C20_a_payment_that_comes_back_after_the_plan_is_due_as_before_it(self):
        plan, moves, before = self.plan_two()
        self.cancel(plan)
        self.bounce(self.payment)
        self.assertEqual([self.get_state(move) for move in moves], before)
        self.assertEqual(self.get_terms(moves[1]), [("2026-05-02", "400.00", "400.00")])
        second = self.plan(moves)
        self.assertConsistent(second)
        self.cancel(second)
        self.assertEqual([self.get_state(move) for move in moves], before)

    def test_case_C20_one_payment_of_two_invoices_stays_matched_with_both(self):
        moves = self.make_invoice(500) | self.make_invoice(400, day="2026-05-02")
        other = self.make_invoice(100, day="2026-05-03")
        before = [self.get_state(move) for move in moves]
        plan = self.plan(moves | other)
        self.pay(moves, 900, group_payment=True)
        self.cancel(plan)
        self.assertEqual([self.get_state(move) for move in moves], before)
        for move in moves:
            self.assertPaidInFull(move)
            self.assertBooksBalance(move)
        lines = self.ledger.get_terms(moves[0]) | self.ledger.get_terms(moves[1])
        self.assertEqual(len(lines.full_reconcile_id), 1)
        self.assertEqual(set(lines.mapped("matching_number")), {str(lines.full_reconcile_id.id)})

    def test_case_C20_a_foreign_invoice_that_was_paid_part_by_part_is_as_before(self):
        for term in (self.env["account.payment.term"], self.discount):
            with self.subTest(term=term.name):
                move = self.make_foreign_invoice(invoice_payment_term_id=term.id)
                rest = self.make_foreign_invoice(300)
                before = self.get_state(move), self.get_state(rest)
                plan = self.plan(move | rest, count=2)
                for day in ("2026-06-02", "2026-06-10"):
                    self.pay(move, 500 if day == "2026-06-02" else 500.01, day, currency_id=self.foreign.id)
                self.cancel(plan)
                self.assertEqual((self.get_state(move), self.get_state(rest)), before)
                self.assertPaidInFull(move)
                self.assertBooksBalance(move)

    def test_case_C20_an_invoice_that_was_credited_in_the_plan_is_as_before(self):
        moves = self.make_invoice(500) | self.make_invoice(400, day="2026-05-02")
        before = [self.get_state(move) for move in moves]
        plan = self.plan(moves)
        note = moves[1]._reverse_moves([{"invoice_date": "2026-06-05", "date": "2026-06-05"}], cancel=True)
        self.assertEqual((note.state, moves[1].amount_residual), ("posted", 0))
        self.cancel(plan)
        self.assertEqual([self.get_state(move) for move in moves], before)
        self.assertEqual(moves[1].payment_state, "reversed")

    def test_case_C20_what_was_paid_in_a_plan_that_was_replaced_is_as_before_too(self):
        plan, moves, before = self.plan_two()
        second = self.env["billing.installment.request"].reschedule(
            plan, self.terms(count=2), day=date.fromisoformat(TODAY)
        )
        self.assertEqual((second.state, second.move_ids), ("active", moves[0]))
        self.cancel(second)
        self.assertEqual([self.get_state(move) for move in moves], before)
        self.bounce(self.payment)
        self.assertEqual([self.get_state(move) for move in moves], before)

    def test_case_C20_what_another_plan_has_dated_meanwhile_is_left_to_it(self):
        plan, moves, _before = self.plan_two()
        second = self.env["billing.installment.request"].reschedule(
            plan, self.terms(count=2), day=date.fromisoformat(TODAY)
        )
        self.bounce(self.payment)
        third = self.plan(moves[1], count=4)
        terms = self.get_terms(moves[1])
        self.cancel(second)
        self.assertEqual(self.get_terms(moves[1]), terms)
        self.assertConsistent(third)

    def test_case_C20_a_paid_invoice_in_a_locked_period_falls_due_as_before_when_its_payment_comes_back(self):
        plan, moves, _before = self.plan_two()
        self.company.sale_lock_date = "2026-05-31"
        self.cancel(plan)
        self.bounce(self.payment)
        days = [str(one.day) for one in self.ledger.get_open_schedule(moves[1])]
        self.assertEqual(days, ["2026-05-02"])

    # -- an invoice that is a draft when its plan is cancelled ----------------------------------------------------

    def test_case_C20_a_draft_whose_plan_is_cancelled_is_due_as_before_when_it_is_posted_again(self):
        for term in (self.env["account.payment.term"], self.discount, self.thirds):
            for way in ("draft", "cancel"):
                with self.subTest(term=term.name, way=way):
                    move = self.make_foreign_invoice(invoice_payment_term_id=term.id)
                    before = self.get_state(move)
                    plan = self.plan(move, count=4)
                    move.button_draft()
                    if way == "cancel":
                        move.button_cancel()
                    self.cancel(plan, "2026-06-05")
                    self.assertEqual(plan.state, "cancelled")
                    if way == "cancel":
                        move.button_draft()
                    move.action_post()
                    self.assertEqual(self.get_state(move), before)

    def test_case_C20_a_draft_that_was_edited_while_its_plan_was_cancelled_has_its_own_days_and_its_new_amount(self):
        move = self.make_invoice(900, day="2026-05-25")
        plan = self.plan(move)
        move.button_draft()
        move.invoice_line_ids.price_unit = 500
        self.cancel(plan, "2026-06-05")
        move.action_post()
        self.assertEqual(self.get_terms(move), [("2026-05-25", "500.00", "500.00")])
        self.assertEqual(str(move.invoice_date_due), "2026-05-25")
        self.assertFalse(move.billing_installment_part_ids)

    def test_case_C20_a_part_that_was_paid_before_the_draft_pays_the_invoice_as_it_was(self):
        move = self.make_invoice(900, day="2026-05-25")
        plan = self.plan(move)
        self.pay(move, 300)
        move.button_draft()
        self.cancel(plan, "2026-06-05")
        move.action_post()
        self.env.invalidate_all()
        self.assertEqual([entry[:2] for entry in self.get_terms(move)], [("2026-05-25", "900.00")])
