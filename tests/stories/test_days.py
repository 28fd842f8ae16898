"""V58, T-03, T-12: which local day a run belongs to, and on which day an invoice may be dated."""

from __future__ import annotations

from datetime import date, timedelta

from odoo import Command, fields

from tests.stories.closed_form import Agreement, Line
from tests.stories.story_case import StoryCase

MONTHLY = Agreement("month", 1, "calendar", date(2026, 2, 1), (Line("A", "29.90"),))
FEBRUARY, MARCH = (date(2026, 2, 1), (("A", 2990),)), (date(2026, 3, 1), (("A", 2990),))


utc = fields.Datetime.to_datetime


class TestTimeZones(StoryCase):
    def check_bill(self, timezone, too_early, due):
        """Nothing is billed at the first instant, March at the second, and nothing more in the hours after it."""
        account = self.sign(MONTHLY, timezone=timezone)
        self.run_by_hand(date(2026, 2, 1))
        self.run_daily(too_early)
        self.assertEqual(self.get_invoices(account)[account.id], [FEBRUARY])
        for hour in range(3):
            self.run_daily(due + timedelta(hours=hour))
        self.assertEqual(self.get_invoices(account)[account.id], [FEBRUARY, MARCH])

    def test_v58_in_kolkata_march_begins_on_the_evening_before(self):
        self.check_bill("Asia/Kolkata", utc("2026-02-28 18:00:00"), utc("2026-02-28 19:00:00"))

    def test_v58_in_bogota_march_begins_at_five(self):
        self.check_bill("America/Bogota", utc("2026-03-01 00:00:00"), utc("2026-03-01 05:00:00"))

    def test_v58_one_instant_is_two_days_in_two_zones(self):
        east, west = self.sign(MONTHLY, timezone="Pacific/Auckland"), self.sign(MONTHLY, timezone="Pacific/Honolulu")
        self.run_daily(utc("2026-02-01 23:00:00"))
        self.run_daily(utc("2026-02-28 12:00:00"))
        found = self.get_invoices(east | west)
        self.assertEqual(found[east.id], [FEBRUARY, MARCH])
        self.assertEqual(found[west.id], [FEBRUARY])

    def test_t03_a_clock_that_changes_neither_doubles_nor_skips_a_day(self):
        daily = Agreement("day", 1, "anniversary", date(2026, 3, 1), (Line("A", "29.90"),))
        zones = ["Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]
        accounts = self.env["billing.account"].union(*[self.sign(daily, timezone=zone) for zone in zones])
        # New York's clocks change on 8 March; the cron comes every four hours
        for number in range(6 * 8):
            self.run_daily(utc("2026-03-04 00:00:00") + timedelta(hours=4 * number))
        found = self.get_invoices(accounts)
        self.assertEqual(set(found), set(accounts.ids))
        for account in accounts:
            days = [day for day, _items in found[account.id]]
            self.assertEqual(days, [date(2026, 3, number) for number in range(1, len(days) + 1)])
            self.assertEqual(days[-1], date(2026, 3, 12 if account.timezone == "Australia/Lord_Howe" else 11))


class TestLockDates(StoryCase):
    """The run bills January to April while the books are closed up to the end of February."""

    LOCK = date(2026, 2, 28)

    def bill_across_the_lock(self, lock):
        account = self.sign(Agreement("month", 1, "calendar", date(2026, 1, 1), (Line("A", "29.90"),)))
        self.company.sudo().write({lock: self.LOCK})
        self.run_by_hand(date(2026, 4, 1))
        return account

    def check_nothing_in_the_lock(self, account):
        moves = account.move_ids.sorted("id")
        self.assertEqual(len(moves), 4)
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        for move in moves:
            self.assertGreater(move.date, self.LOCK)
        self.assertEqual([move.date for move in moves[2:]], [date(2026, 3, 1), date(2026, 4, 1)])
        periods = self.env["billing.charge"].search([("account_id", "=", account.id)], order="period_start")
        self.assertEqual(
            periods.mapped("period_start"), [date(2026, month, 1) for month in (1, 2, 3, 4)], "the period is kept"
        )
        self.assert_nothing_left(account, date(2026, 4, 1))
        self.assert_whole()

    def test_t12_invoices_of_closed_months_are_booked_on_the_first_open_day_or_later(self):
        self.check_nothing_in_the_lock(self.bill_across_the_lock("fiscalyear_lock_date"))

    def test_t12_with_the_lock_of_sales(self):
        self.check_nothing_in_the_lock(self.bill_across_the_lock("sale_lock_date"))

    def test_t12_with_the_hard_lock(self):
        self.check_nothing_in_the_lock(self.bill_across_the_lock("hard_lock_date"))

    def test_t12_with_the_lock_of_tax_returns(self):
        tax = self.env["account.tax"].search(
            [("type_tax_use", "=", "sale"), ("company_id", "=", self.company.id)], limit=1
        )
        self.codes["A"].product_id.taxes_id = [Command.set(tax.ids)]
        account = self.bill_across_the_lock("tax_lock_date")
        moves = account.move_ids
        self.assertEqual(len(moves), 4)
        self.assertTrue(all(move.date > self.LOCK for move in moves))
