"""Statements that are planned once for each connection."""

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ...services.shared.prepared import execute_prepared

NAME = "billing_test"


@tagged("post_install", "-at_install")
class TestPrepared(TransactionCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.env.cr.execute, "DEALLOCATE ALL")

    def ask(self, query, *params):
        return execute_prepared(self.env, NAME, SQL(query) if isinstance(query, str) else query, params)

    def count(self):
        self.env.cr.execute("SELECT count(*) FROM pg_prepared_statements WHERE starts_with(name, %s)", [NAME])
        return self.env.cr.fetchone()[0]

    def test_it_is_planned_once_and_answers_for_what_is_given(self):
        query = "SELECT $1 + 1, cardinality($2), mod(100, 7)"
        self.assertEqual(self.ask(query, 4, [7, 8]), [(5, 2, 2)])
        self.assertEqual(self.ask(query, -1, []), [(0, 0, 2)])
        self.assertEqual(self.count(), 1)

    def test_another_text_or_other_parameters_of_the_same_name_are_another_statement(self):
        self.assertEqual(self.ask("SELECT $1", 1), [(1,)])
        self.assertEqual(self.ask("SELECT $1", [1]), [([1],)])
        self.assertEqual(self.ask("SELECT $1 * 2", 1), [(2,)])
        self.assertEqual(self.count(), 3)

    def test_what_is_no_parameter_is_written_into_its_text(self):
        query = SQL("SELECT %s, count(*) FROM %s WHERE id = $1", "it's %", SQL.identifier("res_company"))
        self.assertEqual(self.ask(query, self.env.company.id), [("it's %", 1)])

    def test_a_connection_that_does_not_know_it_is_told(self):
        self.ask("SELECT $1", 1)
        self.env.cr.execute("DEALLOCATE ALL")  # as a pool hands out another connection
        self.assertEqual(self.ask("SELECT $1", 2), [(2,)])

    def test_it_is_known_after_its_transaction_was_taken_back(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.ask("SELECT $1", 1)
            raise ZeroDivisionError
        self.assertEqual((self.ask("SELECT $1", 2), self.count()), ([(2,)], 1))
