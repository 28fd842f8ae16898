"""Faults of a program cost nobody an invoice, and park nobody who has no part in them."""

from unittest.mock import patch

import psycopg2
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...services.billing.rating import BillingRating
from ...services.posting import amounts, batch, copy_text, examples, guard, numbering, overrides, writer
from ...services.posting.batch import Batch
from ...services.posting.later import Later
from ..common import BillingCase

LOOP = "odoo.addons.online_billing.services.shared.work_loop"
WRITER = "odoo.addons.online_billing.services.posting.writer"


class FaultCase(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.net = cls.make_code("NET", price=50)
        cls.journal = cls.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", cls.env.company.id)], limit=1
        )
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
        self.assertIn(f"12 × an error of the program ({kind})", run.path_summary)
        self.assertFalse(self.accounts.filtered("is_parked"))
        numbers = run.move_ids.sorted("id").mapped("sequence_number")
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 12)))

    def test_case_E3_a_private_method_of_odoo_that_is_gone(self):
        with patch.object(Batch, "_render", side_effect=AttributeError("gone")), self.assertLogs(WRITER, "ERROR"):
            run = self.run_all()
        self.assertAllBilledByOdoo(run, "AttributeError")

    def assertFaultsAreOdoos(self, place, kind):
        """Whatever fails: all is billed, by Odoo, under the numbers that Odoo gives alone; and all is taken back."""
        with self.subTest(kind), mute_logger(WRITER, "odoo.sql_db"), place:
            try:
                with self.cr.savepoint():
                    self.assertAllBilledByOdoo(self.run_all(), kind)
                    raise InterruptedError
            except InterruptedError:
                self.env.invalidate_all()

    def test_case_E3_wherever_the_batch_fails(self):
        for place, error in (
            (patch.object(batch, "Customers", side_effect=TypeError("changed")), "TypeError"),
            (patch.object(guard, "blocking_reason", side_effect=KeyError("field")), "KeyError"),
            (patch.object(overrides, "_get_classes", side_effect=RecursionError("deep")), "RecursionError"),
            (patch.object(batch, "get_overrides", side_effect=AssertionError("odd")), "AssertionError"),
            (patch.object(amounts.Calculator, "compute", side_effect=ZeroDivisionError("rate")), "ZeroDivisionError"),
            (patch.object(Batch, "_make_examples", side_effect=ValueError("x")), "ValueError"),
            (patch.object(examples.Examples, "learn", side_effect=StopIteration("row")), "StopIteration"),
            (patch.object(Later, "compute", side_effect=MissingError("gone")), "MissingError"),
            (patch.object(numbering.Numbers, "take", side_effect=LookupError("number")), "LookupError"),
            (patch.object(Batch, "_after", side_effect=RuntimeError("late")), "RuntimeError"),
            (patch.object(guard, "notify_dependents", side_effect=MemoryError("late")), "MemoryError"),
            (patch.object(Batch, "_write", side_effect=psycopg2.IntegrityError("column")), "IntegrityError"),
            (patch.object(writer.BillingPosting, "_create_in_batch", side_effect=IndexError("seam")), "IndexError"),
        ):
            self.assertFaultsAreOdoos(place, error)

    def test_case_E3_what_only_the_batch_may_not_do_is_a_fault_of_the_batch(self):
        """Odoo itself would not have asked: nobody is parked for it."""
        for place, error in (
            (patch.object(batch, "Customers", side_effect=AccessError("contacts")), "AccessError"),
            (patch.object(Batch, "_render", side_effect=UserError("own")), "UserError"),
            (patch.object(Batch, "_ask_constraints", side_effect=ValidationError("own")), "ValidationError"),
        ):
            self.assertFaultsAreOdoos(place, error)

    def test_case_E3_what_the_database_refuses(self):
        """A statement that fails ends the transaction, unless it is taken back to where the batch began."""
        write_rows, take_ids = copy_text.write_rows, copy_text.take_ids

        def refused_by(statement):
            return lambda cr, *_rest: cr.execute(statement)

        def with_rows(change):
            return lambda cr, table, columns, rows: write_rows(cr, table, columns, change(table, rows))

        def with_columns(cr, table, columns, rows):
            return write_rows(cr, table, [*columns, "column_of_yesterday"] if rows else columns, rows)

        def too_large(*words):
            return [(2**40 + row_id for row_id in ids) for ids in take_ids(*words)]

        twice = with_rows(lambda table, rows: rows + rows if table == "account_move" else rows)
        cut_off = with_rows(
            lambda table, rows: [row.partition("\t")[0] for row in rows] if table == "account_move_line" else rows
        )
        for place, error in (
            (patch.object(copy_text, "write_rows", twice), "UniqueViolation"),
            (patch.object(copy_text, "write_rows", cut_off), "BadCopyFileFormat"),
            (patch.object(copy_text, "write_rows", with_columns), "UndefinedColumn"),
            (patch.object(copy_text, "take_ids", refused_by("SELECT nextval('no_such_sequence')")), "UndefinedTable"),
            (patch.object(copy_text, "read_columns", refused_by("SELECT 1/0")), "DivisionByZero"),
            (
                patch.object(copy_text, "take_ids", too_large),
                "NumericValueOutOfRange",
            ),
        ):
            self.assertFaultsAreOdoos(place, error)

    def test_case_E3_a_savepoint_inside_that_fails(self):
        """The batch fails inside a savepoint of somebody else's method, and after one."""

        def fail_inside(moves):
            with moves.env.cr.savepoint():
                moves.env.cr.execute("SELECT no_such_column FROM account_move")

        def fail_after(moves):
            try:
                fail_inside(moves)
            except psycopg2.Error as error:
                raise TypeError("changed") from error

        for fail, kind in ((fail_inside, "UndefinedColumn"), (fail_after, "TypeError")):
            self.assertFaultsAreOdoos(patch.object(guard, "notify_dependents", fail), kind)

    def test_case_E3_who_is_at_it_too_is_waited_for(self):
        """A lock or a changed row is no fault of the batch: whoever called tries again."""
        vals_list = [
            {
                "move_type": "out_invoice",
                "partner_id": account.partner_id.id,
                "journal_id": self.journal.id,
                "invoice_date": "2026-08-01",
                "invoice_line_ids": [
                    Command.create({"product_id": self.net.product_id.id, "name": "x", "price_unit": 5})
                ],
            }
            for account in self.accounts
        ]
        for error in (psycopg2.errors.SerializationFailure, psycopg2.errors.LockNotAvailable):
            with (
                self.subTest(error),
                patch.object(Batch, "_write", side_effect=error("busy")),
                self.assertRaises(error),
                self.cr.savepoint(),
            ):
                self.env["billing.posting"].create_posted(vals_list)

    def test_case_E3_what_odoo_refuses_is_no_fault(self):
        with (
            patch.object(type(self.env["account.move"]), "_post", side_effect=UserError("closed")),
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
