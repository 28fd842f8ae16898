"""The daily pass over accounts with late fees: each comes to its turn, once on each local day of its own."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .late_fee_common import LateFeeCase


@tagged("post_install", "-at_install")
class TestLateFeeDay(LateFeeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.make_rule(invoice_timing="next")

    @contextmanager
    def no_time_left(self):
        """Let the time of the scheduled action be up after a single account."""
        service, cron = type(self.env["billing.late.fee.day"]), type(self.env["ir.cron"])
        with (
            patch.object(service, "_batch_size", 1),
            patch.object(cron, "_commit_progress", lambda *_args, **_options: 0),
        ):
            yield

    def call(self, instant):
        """Let the scheduled action work as far as its time allows."""
        return self.env["billing.late.fee.day"].run_day(fields.Datetime.to_datetime(instant))

    def test_the_next_call_goes_on_where_the_time_was_up(self):
        accounts = [self.make_account(name) for name in ("Ada", "Grace", "Mary")]
        moves = [self.make_debt(account) for account in accounts]
        with self.no_time_left():
            for hour in (12, 13, 14):
                self.call(f"2026-01-02 {hour}:00:00")
        for move in moves:
            self.assertFees(move, [(1, "2026-01-02", "25.00", "charged")])

    def test_an_account_is_looked_at_again_on_the_next_day_and_not_before(self):
        account = self.make_account()
        self.make_debt(account)
        charging, seen = type(self.env["billing.late.fee.charging"]), []
        with patch.object(charging, "charge_due", lambda _self, ids, days, **_options: seen.append(days) or {}):
            for instant in ("2026-01-02 01:00:00", "2026-01-02 23:00:00", "2026-01-03 01:00:00"):
                self.run_at(instant, account)
        self.assertEqual(seen, [{account.id: self.after(1)}, {account.id: self.after(2)}])

    def test_the_day_is_that_of_the_account(self):
        account = self.make_account(timezone="Pacific/Auckland")
        self.make_debt(account)
        self.run_at("2026-01-01 12:00:00", account)
        self.assertEqual(account.late_fee_day, self.after(1), "in Auckland it is the next day already")

    def test_an_overdue_invoice_that_names_no_account_is_found(self):
        account = self.make_account()
        move = self.make_debt(account)
        move.billing_account_id = False
        self.run_at("2026-01-02 12:00:00")
        self.assertFees(move, [(1, "2026-01-02", "25.00", "charged")])

    def test_an_error_that_no_side_task_takes_ends_the_day_of_that_account_alone(self):
        torn, whole = self.make_account("Ada"), self.make_account("Grace")
        moves = [self.make_debt(account) for account in (torn, whole)]
        service = type(self.env["billing.late.fee.day"])
        original, untold = service._tell_once, "Nobody can be told."

        def fail(day, account_ids, *args):
            if torn.id in account_ids:
                raise UserError(untold)
            return original(day, account_ids, *args)

        with patch.object(service, "_tell_once", fail), self.assertLogs("odoo.addons.online_billing", "WARNING"):
            self.run_at("2026-01-02 12:00:00", torn | whole)
        self.assertFees(moves[0], [])
        self.assertFees(moves[1], [(1, "2026-01-02", "25.00", "charged")])
        self.run_at("2026-01-03 12:00:00", torn | whole)
        self.assertFees(moves[0], [(1, "2026-01-02", "25.00", "charged")])
