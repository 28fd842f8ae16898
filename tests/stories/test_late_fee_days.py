"""V69, V72, V74, V75 through the ORM, C-16, T-06, T-11, P-16: late fees on the days of real accounts."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo import Command, fields
from odoo.addons.online_billing.tests.late_fees.late_fee_common import LateFeeCase
from odoo.tests import tagged

from tests.faults.audit import find_faults
from tests.golden.loader import load

EXAMPLES = {"commit": 10, "nightly": 100}[os.environ.get("BILLING_TIER") or "commit"]
ZONES = {
    "Pacific/Pago_Pago": -11, "Pacific/Honolulu": -10, "America/Bogota": -5, "UTC": 0, "Asia/Kolkata": 5.5,
    "Pacific/Auckland": 13, "Pacific/Kiritimati": 14,
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestLateFeeFigures(LateFeeCase):
    def test_fees_are_as_published(self):
        examples = load("late_fee")
        self.assertEqual({example["id"].split(".")[0] for example in examples}, {"V69", "V72", "V74", "V75"})
        for example in examples:
            with self.subTest(example["id"]):
                self.check_example(example)

    def check_example(self, example):
        inputs = example["inputs"]
        rule = self.make_rule(name=example["id"], **self.get_terms(inputs["terms"]))
        account = self.make_account(example["id"])
        [(_due, amount), *payments] = inputs["steps"]
        move = self.make_debt(account, float(amount), due=date.fromisoformat(inputs["due"]))
        for day, _left in payments:
            self.pay(move, float(amount), date.fromisoformat(day))
        self.charge_on(account, date.fromisoformat(inputs["as_of"]))
        # compound: the first fee is open while the second is worked out, as it would be day by day
        self.assertFees(
            move, [(fee["number"], fee["day"], fee["amount"], "charged") for fee in example["expected"]["fees"]]
        )
        rule.sudo()._switch(False)

    def get_terms(self, terms):
        vals = {"repeat_unit": "once"}
        names = {"yearly_rate": "interest_rate", "fixed": "fixed_amount"}
        for name, value in terms.items():
            if name == "repeat":
                vals["repeat_unit"], vals["repeat_count"] = value
            elif name == "bands":
                vals["bands"] = [(float(lower), float(amount)) for lower, amount in value]
            elif name in ("closing", "compound", "rounding", "grace_days"):
                vals[name] = value
            else:
                vals[names.get(name, name)] = float(value)
        kinds = ("interest_" if "yearly_rate" in terms else "") + ("compensation" if "bands" in terms else "")
        vals["method"] = kinds.strip("_") or ("percent" if "percent" in terms else "fixed")
        return vals


@tagged("post_install", "-at_install")
class TestLateFeeDays(LateFeeCase):
    def test_t06_the_fee_arises_on_the_local_day_in_every_zone(self):
        """Due 1 January, two days of grace: the fee arises at the first instant of 4 January where the customer is."""
        self.make_rule(grace_days=2)
        for zone, hours in ZONES.items():
            with self.subTest(zone=zone):
                account = self.make_account(zone, timezone=zone)
                move = self.make_debt(account)
                midnight = fields.Datetime.to_datetime("2026-01-04 00:00:00") - timedelta(hours=hours)
                self.run_at(midnight - timedelta(seconds=1), account)
                self.assertFees(move, [])
                self.run_at(midnight, account)
                self.assertFees(move, [(1, "2026-01-04", "25.00", "charged")])
                self.assertEqual(self.get_fees(move).charged_on, date(2026, 1, 4))

    def test_t11_a_clock_that_goes_back_two_hours_doubles_nothing(self):
        self.make_rule(announce=True, notice_days=1, repeat_unit="day", repeat_count=1, max_count=5)
        account = self.make_account()
        move = self.make_debt(account)
        instant = fields.Datetime.to_datetime("2026-01-02 01:00:00")
        for _day in range(8):
            for hours in (0, -2, -1, 0, 12, 10, 11):
                self.run_at(instant + timedelta(hours=hours), account)
            self.send_notices(account)
            instant += timedelta(days=1)
        expected = [(number, str(self.after(number)), "25.00", "charged") for number in range(1, 6)]
        self.assertFees(move, expected)
        charges = self.env["billing.charge"].search([("account_id", "=", account.id), ("origin", "=", "late_fee")])
        self.assertEqual(len(charges), 5)
        for fee in self.get_fees(move):
            self.assertGreaterEqual(fee.charged_on, fee.due_on)

    def test_c16_twenty_four_times_a_day_for_thirty_days_makes_as_many_fees_as_occurrences(self):
        self.make_rule(repeat_unit="day", repeat_count=7, grace_days=3)
        accounts = self.env["billing.account"].union(*[self.make_account(f"Customer {n}") for n in range(3)])
        moves = self.env["account.move"].union(*[self.make_debt(account) for account in accounts])
        begin, runs = fields.Datetime.to_datetime("2026-01-02 00:00:00"), 0
        for number in range(30 * 24):
            if number == 11 * 24:
                self.pay(moves[2], 1000, self.after(12))
            self.run_at(begin + timedelta(hours=number), accounts)
            runs += 1
        self.assertEqual(runs, 720)
        expected = [(number + 1, str(self.after(4 + 7 * number)), "25.00", "charged") for number in range(4)]
        for move in moves[:2]:
            self.assertFees(move, expected)
        self.assertFees(moves[2], expected[:2])
        keys = Counter(self.env["billing.charge"].search([("account_id", "in", accounts.ids)]).mapped("key"))
        self.assertEqual(sum(1 for key in keys if key.startswith("late_fee:")), 10)

    def test_the_books_are_whole_after_fees_payments_and_waivers(self):
        tax = self.env["account.tax"].create({"name": "Ten", "amount": 10, "type_tax_use": "sale"})
        self.make_rule(code_id=self.make_code("FEE", kind="fee", tax=tax).id, repeat_unit="day", repeat_count=10)
        accounts = self.env["billing.account"].union(*[self.make_account(f"Customer {n}") for n in range(3)])
        self.make_rule(invoice_timing="next", account_ids=[Command.set(accounts[2].ids)])
        for account in accounts:
            self.make_debt(account)
        self.charge_on(accounts, self.after(11))
        fees = self.get_fees(accounts)
        self.pay(fees[0].invoice_id, fees[0].invoice_id.amount_residual, self.after(12))
        self.env["billing.late.fee.waiver"].waive(fees[:2], "Goodwill", self.after(13))
        self.bill(accounts, str(self.after(20)))
        self.env.flush_all()
        self.assertEqual(find_faults(self.env.cr), {})

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        terms=st.fixed_dictionaries(
            {
                "grace_days": st.sampled_from([0, 3, 10]),
                "repeat_unit": st.sampled_from(["once", "day", "month"]),
                "repeat_count": st.sampled_from([1, 7]),
                "announce": st.booleans(),
                "max_count": st.sampled_from([0, 2]),
                "total_maximum": st.sampled_from([0, 60]),
            }
        ),
        paid=st.sampled_from([None, 2, 15, 30]),
        fate=st.sampled_from(["open", "open", "disputed", "credited"]),
        looks=st.lists(st.integers(0, 45), min_size=1, max_size=8),
    )
    def test_p16_whatever_happens_no_fee_is_doubled_or_falls_on_a_settled_invoice(self, terms, paid, fate, looks):
        with self.env.cr.savepoint() as savepoint:
            self.check_p16(terms, paid, fate, sorted(looks))
            savepoint.rollback()
        self.env.invalidate_all()

    def check_p16(self, terms, paid, fate, looks):
        self.make_rule(**terms)
        account = self.make_account()
        move = self.make_debt(account)
        settled = None
        if fate == "disputed":
            move.action_toggle_block_payment()
        elif fate == "credited":
            self.credit(move, self.after(1))
        for look in looks:
            if paid is not None and settled is None and look >= paid and fate == "open":
                self.pay(move, 1000, self.after(paid))
                settled = set(self.get_fees(move).filtered(lambda fee: fee.state == "charged").ids)
            self.announce_on(account, self.after(look))
            self.charge_on(account, self.after(look))
        fees = self.get_fees(move)
        charged = fees.filtered(lambda fee: fee.state == "charged")
        self.assertEqual(len(set(fees.mapped("occurrence"))), len(fees))
        if fate != "open":
            self.assertFalse(charged)
        if settled is not None:
            self.assertEqual(set(charged.ids), settled)
        for fee in charged:
            self.assertGreater(fee.arises_on, self.after(terms["grace_days"]))
            self.assertLessEqual(fee.arises_on, fee.charged_on)
            self.assertEqual(fee.charge_id.amount, fee.amount)
        if terms["total_maximum"]:
            self.assertLessEqual(sum(charged.mapped("amount")), 60)
