"""G12: one plan for one invoice costs a known number of statements."""

from datetime import date

from odoo.tests import freeze_time, tagged

from ...services.posting.kept import KEPT
from ..statements import Statements
from .installment_common import TODAY, InstallmentCase

# What a plan takes at most where one was made before. It was above 60 when Odoo's own way wrote the due lines; to put
# an invoice back to draft, give it another term and post it again takes more than a hundred.
MOST = 42


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInstallmentCosts(InstallmentCase):
    def setUp(self):
        super().setUp()
        KEPT.clear()
        self.addCleanup(KEPT.clear)
        self.make_rule()

    def request(self, move):
        """Ask for a plan with an empty cache; return it and its statements."""
        self.env.flush_all()
        self.env.invalidate_all()
        with Statements() as statements:
            plan = self.env["billing.installment.request"].request(move, self.terms(), day=date.fromisoformat(TODAY))
            self.env.flush_all()
        self.assertEqual(plan.state, "active")
        return plan, statements

    def test_case_G12_one_plan_has_a_bound_of_statements(self):
        moves = [self.make_invoice() for _number in range(4)]
        for move in moves[:3]:
            self.request(move)  # what is asked for once in a process
        _plan, statements = self.request(moves[3])
        self.assertLessEqual(len(statements), MOST)

    def test_case_G12_a_plan_does_not_count_as_a_change_of_reminders(self):
        move = self.make_invoice()
        plan, statements = self.request(move)
        self.assertEqual(len(plan.installment_ids), 3)
        self.assertEqual(self.ledger.get_terms(move).mapped("no_followup"), [False, False, False])
        # what is in dispute decides on what is planned, and is asked for; nothing else of the stops is
        asked = [query for query in statements.of("billing_stop") if "SUM(stop.amount)" not in query]
        self.assertEqual(asked, [])

    def test_case_G12_what_is_not_reminded_of_stays_so_in_all_parts(self):
        move = self.make_invoice()
        self.ledger.get_terms(move).no_followup = True
        self.request(move)
        self.assertEqual(self.ledger.get_terms(move).mapped("no_followup"), [True, True, True])

    def test_case_G12_a_replaced_plan_is_not_counted_with_the_new_one(self):
        self.env["billing.installment.rule"].search([]).active = False
        rule = self.make_rule("One at a time", plan_limit=1)
        moves = self.make_invoice() | self.make_invoice()
        plan, _statements = self.request(moves[0])
        book = self.env["billing.installment.request"]
        day = date.fromisoformat(TODAY)
        again = book.preview(moves[0], self.terms(), rule, previous=plan, day=day)
        self.assertEqual(again.problems, [])
        second = book.preview(moves[1], self.terms(), rule, day=day)
        self.assertEqual(len(second.problems), 1)
        self.assertIn("more plans at a time", second.problems[0])
