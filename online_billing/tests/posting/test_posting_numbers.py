from odoo import fields
from odoo.tests import TransactionCase, tagged

from ...services.posting import number_blocks
from .posting_common import InvoiceWriterCase


class _Series:
    """A series of numbers of a journal that no invoice is in."""

    key = "PROOF/2026/00000"
    prefix = "PROOF/2026/"

    def __init__(self, journal):
        self.journal = journal

    def name(self, number):
        return f"PROOF/2026/{number:05d}"


@tagged("post_install", "-at_install")
class TestInvoiceWriterNumbers(TransactionCase):
    """Blocks of numbers: nobody waits, nobody gets a number twice, and no gap stays."""

    def setUp(self):
        super().setUp()
        journal = self.env["account.journal"].search([("type", "=", "sale")], limit=1)
        if not journal:
            self.skipTest("no chart of accounts")
        self.series = _Series(journal)
        self.addCleanup(self._remove)

    def _remove(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM billing_number_block WHERE sequence = %s", [self.series.key])

    def worker(self):
        """A transaction of its own, as another worker's."""
        cr = self.registry.cursor()
        self.addCleanup(lambda: cr.closed or cr.close())
        return cr

    def take(self, cr, count):
        """Take numbers for the transaction of a worker, as a batch does."""
        cr.execute("SELECT nextval('billing_number_block_id_seq')")
        owner = cr.fetchone()[0]
        cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [number_blocks._OWNED, owner])
        with self.registry.cursor() as own:
            return number_blocks._take_block(own, self.series, owner, count, 0)

    def test_two_workers_get_different_numbers_at_once(self):
        first, second = self.worker(), self.worker()
        self.assertEqual(self.take(first, 3), [1, 2, 3])
        self.assertEqual(self.take(second, 2), [4, 5])
        self.assertEqual(self.take(first, 1), [6])

    def test_numbers_of_a_transaction_that_failed_come_next(self):
        failing, other = self.worker(), self.worker()
        self.take(failing, 3)
        self.assertEqual(self.take(other, 2), [4, 5])
        failing.rollback()
        self.assertEqual(self.take(other, 2), [1, 2])
        self.assertEqual(self.take(other, 2), [3, 6])

    def test_numbers_of_a_killed_worker_come_next(self):
        killed, other = self.worker(), self.worker()
        self.take(killed, 2)
        killed.close()
        self.assertEqual(self.take(other, 3), [1, 2, 3])

    def test_numbers_given_back_to_a_savepoint_come_next(self):
        worker = self.worker()
        with self.assertRaises(ZeroDivisionError), worker.savepoint():
            self.take(worker, 2)
            raise ZeroDivisionError
        self.assertEqual(self.take(worker, 2), [1, 2])

    def highest_reserved(self):
        with self.registry.cursor() as cr:
            env = self.env(cr=cr)
            return number_blocks.highest_reserved(env, self.series.journal.with_env(env), self.series.key)

    def test_invoices_by_hand_get_numbers_above_the_blocks(self):
        worker = self.worker()
        self.take(worker, 7)
        self.assertEqual(self.highest_reserved(), 7)
        worker.rollback()
        self.assertEqual(self.highest_reserved(), 0, "what is left over may be given by Odoo")


@tagged("post_install", "-at_install")
class TestNumbersFollowTheDays(InvoiceWriterCase):
    """Inside a batch numbers ascend with the days of the invoices, as when Odoo posts them all together."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.forget_blocks)

    def forget_blocks(self):
        """Blocks are committed on their own; what a test reserved and took back is not the next one's."""
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM billing_number_block WHERE journal_id = %s", [self.journal.id])

    DAYS = ("2026-03-20", "2026-03-20", "2026-03-26", "2026-03-26", "2026-03-24", "2026-03-22")

    def dated(self, days, **values):
        """Values of invoices with these days in turn."""
        vals_list = self.invoices(count=len(days), **values)
        for vals, day in zip(vals_list, days, strict=True):
            vals["invoice_date"] = fields.Date.to_date(day)
            vals["invoice_date_due"] = vals["invoice_date"]
        return vals_list

    def assertAscending(self, moves):
        for same in moves.grouped(lambda move: (move.journal_id, move.sequence_prefix)).values():
            ordered = same.sorted("sequence_number")
            self.assertEqual(ordered.mapped("date"), sorted(same.mapped("date")))
            first = ordered[0].sequence_number
            self.assertEqual(ordered.mapped("sequence_number"), list(range(first, first + len(same))), "without a gap")

    def test_case_B22_case_A3_numbers_ascend_with_invoice_dates(self):
        result = self.assert_equal_to_odoo(self.dated(self.DAYS))
        self.assertAscending(result.moves)

    def test_case_B22_over_months_and_shapes(self):
        days = ("2026-03-02", "2026-01-31", "2026-02-28", "2026-03-01", "2026-01-05", "2026-02-01")
        vals_list = self.dated(days) + self.dated(days[::-1])
        result = self.writer.create_posted(vals_list)
        self.assertAscending(result.moves)
        self.assertFalse(any(result.moves.mapped("made_sequence_gap")))

    def test_case_B22_credit_notes_have_a_series_of_their_own(self):
        self.journal.refund_sequence = True
        vals_list = self.dated(self.DAYS) + self.dated(self.DAYS, move_type="out_refund")
        result = self.assert_equal_to_odoo(vals_list)
        self.assertAscending(result.moves)
        self.assertEqual(len(result.moves.grouped("sequence_prefix")), 2)

    def test_case_B22_what_odoo_makes_itself_stands_in_the_order_too(self):
        vals_list = self.dated(self.DAYS)
        vals_list[2]["invoice_line_ids"] = [self.line(0.0)]  # nothing to pay is left to Odoo
        result = self.writer.create_posted(vals_list)
        self.assertIn("nothing to pay", result.reasons)
        self.assertAscending(result.moves)

    def test_case_B22_with_blocks_of_numbers_all_is_equal_too(self):
        self.writer = self.writer.with_context(billing_number_blocks=True)
        self.assertAscending(self.assert_equal_to_odoo(self.dated(self.DAYS)).moves)

    def test_case_B22_with_blocks_of_numbers(self):
        writer = self.writer.with_context(billing_number_blocks=True)
        result = writer.create_posted(self.dated(self.DAYS))
        self.assertAscending(result.moves)
        later = writer.create_posted(self.dated(("2026-03-27", "2026-03-28", "2026-03-27")))
        self.assertAscending(result.moves | later.moves)

    def test_case_B22_a_later_batch_and_an_invoice_by_hand_go_on_after_it(self):
        result = self.writer.create_posted(self.dated(self.DAYS))
        by_hand = self.env["account.move"].create(self.dated(("2026-03-27",)))
        by_hand._post(soft=False)
        later = self.writer.create_posted(self.dated(("2026-03-29", "2026-03-28", "2026-03-29", "2026-03-28")))
        self.assertAscending(result.moves | by_hand | later.moves)

    def test_case_B22_a_day_in_a_locked_period_leaves_no_gap(self):
        self.company.fiscalyear_lock_date = "2026-02-28"
        vals_list = self.dated(("2026-03-20", "2026-02-10", "2026-03-19", "2026-03-18", "2026-03-17"))
        result = self.writer.create_posted(vals_list)
        numbers = sorted(result.moves.mapped("sequence_number"))
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 5)))
        self.assertEqual(len(result.moves.grouped("sequence_prefix")), 1)

    def number_by_hand(self, name, day):
        """Let an invoice by hand begin a series of numbers."""
        [move] = self.env["account.move"].create(self.dated((day,)))
        move.name = name
        move.action_post()

    def assertSeries(self, days, *names):
        """Bill some days, two of each, as Odoo numbers them; return nothing but that each day is in its series."""
        result = self.assert_equal_to_odoo(self.dated(days * 2), rendered=None)
        self.assertAscending(result.moves)
        for move, name in zip(result.moves, names * 2, strict=True):
            self.assertRegex(move.name, f"^{name}$")

    def test_case_B22_a_fiscal_year_that_is_not_that_of_the_calendar(self):
        self.company.write({"fiscalyear_last_month": "3", "fiscalyear_last_day": 31})
        days = ("2025-03-31", "2025-04-01", "2026-03-15")
        self.assertSeries(days, "INV/24-25/[0-9]+", "INV/25-26/[0-9]+", "INV/25-26/[0-9]+")

    def test_case_B22_the_last_and_the_first_day_of_a_year(self):
        self.assertSeries(("2025-12-31", "2026-01-01"), "INV/2025/[0-9]+", "INV/2026/[0-9]+")

    def test_case_B22_a_number_of_the_month_with_something_behind_it(self):
        self.number_by_hand("2026/02/0009-X", "2026-02-11")
        self.assertSeries(("2026-02-28", "2026-03-01"), "2026/02/[0-9]{4}-X", "2026/03/[0-9]{4}-X")

    def test_case_B22_a_number_that_never_begins_anew(self):
        self.number_by_hand("F0009", "2025-12-11")
        self.assertSeries(("2025-12-30", "2026-03-01"), "F[0-9]{4}", "F[0-9]{4}")

    def test_case_B22_numbers_as_the_journal_wants_them_read(self):
        parts = (r"(?P<prefix1>A)", r"(?P<year>\d{4})", r"(?P<prefix2>-)", r"(?P<seq>\d{0,9})", r"(?P<suffix>\D*?)")
        self.journal.sequence_override_regex = f"^{''.join(parts)}$"
        self.number_by_hand("A2026-0009", "2026-02-11")
        self.assertSeries(("2026-02-28", "2026-03-01"), "A2026-[0-9]{4}", "A2026-[0-9]{4}")
