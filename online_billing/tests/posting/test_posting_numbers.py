from odoo.tests import TransactionCase, tagged

from ...services.posting import number_blocks


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
