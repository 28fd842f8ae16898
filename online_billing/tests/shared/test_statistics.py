"""G10: the database knows how large tables are before a job begins, whoever filled them just now."""

from unittest.mock import patch

from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import SQL

from ...services.shared import statistics
from ...services.shared.work_loop import Pass
from ..common import BillingCase
from ..statements import Statements

TABLE = "billing_test_growing"
TABLE_NAME = SQL.identifier(TABLE)


@tagged("post_install", "-at_install")
class TestStatistics(BillingCase):
    def setUp(self):
        super().setUp()
        # what the database knows of sizes is not rolled back: each test has a table of its own
        self.env.cr.execute(SQL("CREATE TABLE %s (id serial, filler text)", TABLE_NAME))
        self.service = self.env["billing.statistics"]

    def fill(self, count):
        self.env.cr.execute(
            SQL("INSERT INTO %s (filler) SELECT repeat('x', 200) FROM generate_series(1, %s)", TABLE_NAME, count)
        )

    def get_known_rows(self):
        self.env.cr.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [TABLE])
        return self.env.cr.fetchone()[0]

    def test_case_G10_a_table_that_was_filled_just_now_is_known(self):
        self.fill(5000)
        self.assertEqual(self.service.refresh([TABLE]), [TABLE])
        self.assertAlmostEqual(self.get_known_rows(), 5000, delta=500)

    def test_case_G10_a_table_is_looked_at_again_only_when_it_has_doubled(self):
        self.fill(5000)
        self.service.refresh([TABLE])
        self.fill(1000)
        with Statements() as asked:
            self.assertEqual(self.service.refresh([TABLE]), [])
        self.assertEqual(len(asked), 1)
        self.fill(9000)
        self.assertEqual(self.service.refresh([TABLE]), [TABLE])
        self.assertAlmostEqual(self.get_known_rows(), 15000, delta=1500)

    def test_case_G10_a_small_table_is_left_alone(self):
        self.fill(20)
        self.assertEqual(self.service.refresh([TABLE]), [])

    def test_case_G10_nobody_waits_for_another_worker_who_has_a_table_looked_at(self):
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("LOCK TABLE billing_run IN SHARE UPDATE EXCLUSIVE MODE")  # as ANALYZE does
            self.env.cr.execute("SET LOCAL lock_timeout = '1s'")
            with patch.object(statistics, "GROWTH", 0), patch.object(statistics, "PAGES", -1):
                self.assertEqual(self.service.refresh(["billing_run"]), ["billing_run"])

    def test_case_G10_every_job_names_tables_that_exist(self):
        for name in ("billing.run.work", "billing.collection.day", "billing.late.fee.day"):
            loop = self.env[name]
            self.assertTrue(loop._reads, name)
            self.service.refresh(loop._reads)

    def test_case_G10_a_job_looks_before_each_batch_and_ends_its_transaction_then(self):
        loop, calls = self.env["billing.late.fee.day"], []
        with (
            patch.object(type(loop), "do_batch", side_effect=[{1: None}, {2: None}, {}]),
            patch.object(type(self.service), "refresh", side_effect=lambda *_: calls.append("look") or [TABLE]),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_, **__: calls.append("commit") or 60),
            patch.object(type(loop), "_is_held", return_value=False),
        ):
            loop.work_through(Pass())
        # each batch ends with a commit of its own
        self.assertEqual(calls, ["look", "commit", "commit"] * 3)
