"""T-07, T-08: months of forty agreements day by day; the bills are those of the closed form, however the runs came."""

from __future__ import annotations

import os
from datetime import date, timedelta
from unittest.mock import patch

from tests.stories.agreements import forty
from tests.stories.closed_form import DAY, invoices
from tests.stories.story_case import StoryCase

# the sixty days have a 29 February in them, the three years too
FIRST, DAYS = (date(2027, 1, 1), 1096) if os.environ.get("BILLING_TIER") == "nightly" else (date(2028, 1, 15), 60)
LAST = FIRST + timedelta(days=DAYS - 1)
OUTAGE = 45


class TestClock(StoryCase):
    """Every test begins with the same agreements, none of them billed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreements = forty(FIRST)
        cls.accounts = cls.env["billing.account"].union(*[cls.sign(agreement) for agreement in cls.agreements])
        cls.expected = {
            account.id: invoices(agreement, LAST)
            for account, agreement in zip(cls.accounts, cls.agreements, strict=True)
        }

    def check(self):
        found = self.get_invoices(self.accounts)
        for account, agreement in zip(self.accounts, self.agreements, strict=True):
            with self.subTest(agreement=agreement):
                self.assertEqual(found[account.id], self.expected[account.id])
        self.assert_nothing_left(self.accounts, LAST)
        self.assert_whole()

    def test_t07_the_agreements_are_worth_the_test(self):
        self.assertGreater(sum(map(len, self.expected.values())), 90)
        self.assertEqual(
            {agreement.alignment for agreement in self.agreements}, {"anniversary", "calendar", "billing_day"}
        )
        self.assertEqual({agreement.unit for agreement in self.agreements}, {"day", "week", "month", "year"})
        self.assertLessEqual({1, 28, 29, 30, 31}, {agreement.start.day for agreement in self.agreements})
        for has in ("trial_days", "end", "charges"):
            self.assertGreater(sum(bool(getattr(agreement, has)) for agreement in self.agreements), 4, has)
        self.assertGreater(sum(bool(agreement.lines[0].changes) for agreement in self.agreements), 4)

    def test_t07_daily_runs_bill_the_closed_form(self):
        for number in range(DAYS):
            self.run_daily(FIRST + number * DAY)
        self.check()

    def test_t08_weekly_runs_bill_the_same(self):
        for number in range(0, DAYS, 7):
            self.run_by_hand(FIRST + number * DAY)
        self.run_by_hand(LAST)
        self.check()

    def test_t08_one_run_after_an_outage_bills_the_same(self):
        for number in range(0, DAYS - OUTAGE, 5):
            self.run_daily(FIRST + number * DAY)
        self.run_daily(LAST)
        self.check()

    def test_t08_two_overlapping_runs_bill_the_same(self):
        with patch.object(type(self.runner), "_batch_size", 7):
            early = self.start_by_hand(FIRST + (DAYS // 2) * DAY)
            for _batch in range(2):
                self.runner.process_batch(early)
            self.run_by_hand(LAST)
            self.runner.process(early, commit=False)
        self.assertEqual(early.state, "done")
        self.check()
