"""Faults of a program cost nobody an invoice, and park nobody who has no part in them."""

from unittest.mock import patch

import psycopg2
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...services.billing.rating import BillingRating
from ...services.posting import batch, guard, writer
from ...services.posting.batch import Batch
from ..common import BillingCase

LOOP = "odoo.addons.online_billing.services.shared.work_loop"
WRITER = "odoo.addons.online_billing.services.posting.writer"


class FaultCase(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.net = cls.make_code("NET", price=50)
        cls.plan = cls.make_plan(cls.net, alignment="calendar")
        accounts = [cls.make_account(f"Customer {number}") for number in range(12)]
        cls.accounts = cls.env["billing.account"].union(*accounts)
        for account in accounts:
            cls.subscribe(account, cls.plan, "2026-08-01")

    def run_all(self):
        return self.bill(self.accounts, "2026-08-31")


@tagged("post_install", "-at_install")
class TestFaultsOfBatches(FaultCase):
    def assertAllBilledByOdoo(self, run, kind):
        self.assertEqual((run.state, run.parked_count, run.invoice_count, run.rendered_count), ("done", 0, 12, 0))
        self.assertEqual(run.path_summary, f"12 × fault: {kind}")
        self.assertFalse(self.accounts.filtered("is_parked"))
        numbers = run.move_ids.sorted("id").mapped("sequence_number")
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 12)))

    def test_case_E3_a_private_method_of_odoo_that_is_gone(self):
        with patch.object(Batch, "_render", side_effect=AttributeError("gone")), self.assertLogs(WRITER, "ERROR"):
            run = self.run_all()
        self.assertAllBilledByOdoo(run, "AttributeError")

    def test_case_E3_wherever_the_batch_fails(self):
        for place, error in (
            (patch.object(batch, "Customers", side_effect=TypeError("changed")), "TypeError"),
            (patch.object(guard, "blocking_reason", side_effect=KeyError("field")), "KeyError"),
            (patch.object(Batch, "_make_examples", side_effect=ValueError("x")), "ValueError"),
            (patch.object(Batch, "_after", side_effect=RuntimeError("late")), "RuntimeError"),
            (patch.object(Batch, "_write", side_effect=psycopg2.IntegrityError("column")), "IntegrityError"),
            (patch.object(writer.BillingPosting, "_create_in_batch", side_effect=IndexError("seam")), "IndexError"),
        ):
            with self.subTest(error=error), mute_logger(WRITER), place:
                try:
                    with self.cr.savepoint():
                        self.assertAllBilledByOdoo(self.run_all(), error)
                        raise InterruptedError
                except InterruptedError:
                    self.env.invalidate_all()

    def test_case_E3_what_odoo_refuses_is_no_fault(self):
        with (
            patch.object(Batch, "_make", side_effect=UserError("closed")),
            self.assertNoLogs(WRITER, "ERROR"),
            mute_logger(LOOP),
        ):
            run = self.run_all()
        self.assertEqual((run.parked_count, run.invoice_count), (12, 0))


@tagged("post_install", "-at_install")
class TestFaultsOfPrograms(FaultCase):
    def failing_for(self, accounts, error=None):
        prepare = BillingRating.prepare

        def fail(rating, targets):
            if accounts & accounts.browse(targets):
                raise error or TypeError("changed")
            return prepare(rating, targets)

        return patch.object(BillingRating, "prepare", fail)

    def test_case_E3_a_run_that_fails_by_itself_stops_before_all_are_parked(self):
        with self.failing_for(self.accounts), self.assertLogs(LOOP, "ERROR") as logged:
            run = self.run_all()
        self.assertEqual((run.state, run.parked_count, run.invoice_count), ("stopped", 5, 0))
        self.assertEqual(sum("Traceback" in line for line in logged.output), 1)
        stated = run.message_ids.filtered(lambda message: "Stopped" in message.body)
        self.assertEqual(len(stated), 1)
        for words in ("5 accounts", "TypeError", "changed", "test_faults.py"):
            self.assertIn(words, stated.body)
        self.assertEqual(len(run.activity_ids), 1)
        return run

    def test_case_E3_resumed_it_goes_on_and_the_next_run_bills_the_parked(self):
        run = self.test_case_E3_a_run_that_fails_by_itself_stops_before_all_are_parked()
        run.action_resume()
        self.env["billing.run.work"].process(run, commit=False)
        self.assertEqual((run.state, run.parked_count, run.invoice_count), ("done", 5, 7))
        self.assertFalse(run.activity_ids)
        run = self.run_all()
        self.assertEqual((run.state, run.parked_count, run.invoice_count), ("done", 0, 5))

    def test_case_E3_one_account_with_odd_data_stops_nobody(self):
        with self.failing_for(self.accounts[3]), mute_logger(LOOP):
            run = self.run_all()
        self.assertEqual((run.state, run.parked_count, run.invoice_count), ("done", 1, 11))

    def test_case_E3_many_with_odd_data_among_others_are_parked(self):
        with self.failing_for(self.accounts[::2]), mute_logger(LOOP):
            run = self.run_all()
        self.assertEqual((run.state, run.parked_count, run.invoice_count), ("done", 6, 6))

    def test_case_E3_those_who_are_known_to_fail_stop_no_later_run(self):
        """They come first in every run, because they wait the longest."""
        with self.failing_for(self.accounts[:6]), mute_logger(LOOP):
            self.assertEqual(self.run_all().state, "stopped")
            run = self.run_all()
        self.assertEqual((run.state, run.parked_count, run.invoice_count), ("done", 6, 6))

    def test_case_E3_what_is_refused_with_a_reason_is_parked_as_ever(self):
        with self.failing_for(self.accounts, UserError("The year is closed.")):
            run = self.run_all()
        self.assertEqual((run.state, run.parked_count), ("done", 12))
        self.assertEqual(set(self.accounts.mapped("parked_reason")), {"The year is closed."})

    def test_case_E3_different_faults_do_not_add_up(self):
        seen = []

        def fail(rating, targets):
            if len(targets) == 1:
                seen.append(targets)
                raise (TypeError, ValueError)[len(seen) % 2]("x")
            raise RuntimeError("the batch")

        with patch.object(BillingRating, "prepare", fail), mute_logger(LOOP):
            run = self.run_all()
        self.assertEqual((run.state, run.parked_count), ("done", 12))
