"""T-06, T-11: the day as the customer sees it, in every zone, and a clock that goes back."""

from datetime import timedelta

import pytz
from odoo import fields
from odoo.tests import tagged

from .collection_common import CollectionCase

ZONES = (
    "Pacific/Midway",  # UTC-11
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "UTC",
    "Europe/Brussels",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",  # UTC+13
    "Pacific/Kiritimati",  # UTC+14
)


@tagged("post_install", "-at_install")
class TestCollectionClock(CollectionCase):
    def test_t06_each_customer_is_reminded_on_the_own_day_and_not_before_the_own_hour(self):
        self.make_policy(("overdue", 7), hour=9)
        accounts = {zone: self.make_account(zone, timezone=zone) for zone in ZONES}
        for account in accounts.values():
            self.owe(account, "2026-03-20")
        found = {}
        moment, end = (fields.Datetime.to_datetime(day) for day in ("2026-03-25", "2026-03-29"))
        while moment < end:
            self.env["billing.collection.day"].run_day(moment, commit=False)
            for zone, account in accounts.items():
                if zone not in found and self.get_messages(account):
                    found[zone] = pytz.utc.localize(moment).astimezone(pytz.timezone(zone))
            moment += timedelta(minutes=30)
        self.assertEqual(set(found), set(ZONES))
        for zone, local in found.items():
            with self.subTest(zone=zone):
                self.assertEqual((str(local.date()), local.hour), ("2026-03-27", 9))
                self.assertEqual(self.get_log(accounts[zone]), [("2026-03-27", 1)])

    def test_t11_a_clock_that_goes_back_repeats_nothing(self):
        self.make_policy(("overdue", 7), ("overdue", 8), ("overdue", 9))
        account = self.make_account(timezone="Europe/Brussels")
        self.owe(account, "2026-03-01")
        # midnight of Brussels is 23:00 UTC: two hours back is the day before
        for day, hour in (("2026-03-10", 23), ("2026-03-10", 21), ("2026-03-10", 23), ("2026-03-10", 22)):
            self.collect(day, hour=hour)
        self.assertEqual(self.get_log(account), [("2026-03-11", 1)])
        self.collect("2026-03-11", hour=23)
        self.assertEqual(self.get_log(account), [("2026-03-11", 1), ("2026-03-12", 2)])
