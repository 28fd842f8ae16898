"""G11: what a batch of a job costs does not grow with what is left."""

import re
from datetime import datetime
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from ..collection.collection_common import CollectionCase
from ..statements import Statements

NOW = datetime.fromisoformat("2026-11-10 12:00:00")


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestWorkLoop(CollectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(("overdue", 5))
        cls.env["billing.late.fee.rule"].search([]).is_on = False
        rule = cls.env["billing.late.fee.rule"].search([("company_id", "=", cls.company.id)], limit=1)
        (rule or cls.env["billing.late.fee.rule"].search([], limit=1)).is_on = True
        cls.accounts = cls.env["billing.account"].union(*(cls.make_account(f"Late {number}") for number in range(5)))
        for account in cls.accounts:
            cls.owe(account, "2026-11-01")
        cls.env.flush_all()

    def work(self, name):
        """Let a job work in batches of two; return its statements about accounts and how many batches there were."""
        loop, batches = self.env[name], []
        handle = type(loop)._handle
        with (
            patch.object(type(loop), "_batch_size", 2),
            patch.object(type(loop), "_handle", lambda service, work, units: (
                batches.append(sorted(units)), handle(service, work, units))[1]),
            Statements() as asked,
        ):  # fmt: skip
            loop.run_day(NOW, self.accounts, commit=False)
        return asked.of("billing_account"), batches

    def test_case_G11_the_daily_jobs_find_what_waits_once_and_lock_it_by_its_ids(self):
        for name in ("billing.collection.day", "billing.late.fee.day"):
            with self.subTest(name):
                asked, batches = self.work(name)
                self.assertEqual([len(batch) for batch in batches], [2, 2, 1])
                self.assertEqual({one for batch in batches for one in batch}, set(self.accounts.ids))
                locks = [query for query in asked if "SKIP LOCKED" in query]
                self.assertEqual(len(locks), 3)
                for query in locks:
                    self.assertRegex(query, r'"id" = ANY\(')
                self.assertFalse([query for query in asked if re.match(r"\s*SELECT count\(", query, re.IGNORECASE)])

    def test_case_G11_what_another_has_done_meanwhile_is_passed_over(self):
        loop = self.env["billing.collection.day"]
        self.accounts[:3].collection_day = NOW.date()
        with patch.object(type(loop), "_batch_size", 2), Statements() as asked:
            loop.run_day(NOW, self.accounts, commit=False)
        self.assertEqual(set(self.accounts.mapped("collection_day")), {NOW.date()})
        self.assertEqual(len([query for query in asked if "SKIP LOCKED" in query]), 1)

    def test_case_G11_a_running_job_asks_for_one_row_and_counts_none(self):
        run = self.env["billing.run"].create({"target_date": "2026-11-10"})
        work = self.env["billing.run.work"]
        work.start(run, background=False)
        with Statements() as asked:
            while work.process_batch(run):
                pass
        counts = [query for query in asked if "count(*)" in query and "billing_account account" in query]
        self.assertFalse([query for query in counts if "LIMIT" not in query])
