"""P-01, P-02, P-09, P-10 through the ORM: what holds for whatever is agreed, however the runs come."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo import Command

from tests.faults import business
from tests.stories.closed_form import DAY, Agreement, Line, cents, invoices
from tests.stories.story_case import StoryCase

EXAMPLES = {"commit": 8, "nightly": 150}[os.environ.get("BILLING_TIER") or "commit"]
FIRST = date(2027, 11, 1)
LAST = FIRST + timedelta(days=150)  # with a 29 February
moderate = settings(max_examples=EXAMPLES, deadline=None)


@st.composite
def agreements(draw):
    """Return any agreement that a plan can express, known from its first day to its last."""
    unit, count = draw(
        st.sampled_from([("month", 1), ("month", 2), ("month", 3), ("week", 1), ("week", 3), ("day", 17)])
    )
    alignments = {
        "month": ["anniversary", "calendar", "billing_day"],
        "week": ["anniversary", "calendar"],
        "day": ["anniversary"],
    }
    start = draw(st.dates(FIRST, FIRST + timedelta(days=100)))
    length = draw(st.none() | st.integers(0, 120))
    lines = []
    for code, price in draw(st.sampled_from([(("A", "29.90"),), (("A", "29.90"), ("C", "100.00"))])):
        days = sorted(draw(st.sets(st.integers(1, 90), max_size=3)))
        if length is not None:
            days = [day for day in days if day <= length]
        changes = tuple((start + day * DAY, draw(st.integers(1, 9))) for day in days)
        lines.append(Line(code, price, draw(st.sampled_from(["advance", "arrears"])), draw(st.integers(1, 4)), changes))
    return Agreement(
        unit,
        count,
        draw(st.sampled_from(alignments[unit])),
        start,
        tuple(lines),
        billing_day=draw(st.integers(1, 31)),
        trial_days=draw(st.sampled_from([0, 0, 1, 14, 45])),
        end=None if length is None else start + length * DAY,
        charges=tuple((start + day * DAY, 100 + day) for day in draw(st.sets(st.integers(0, 120), max_size=3))),
    )


run_days = st.lists(st.integers(0, (LAST - FIRST).days), max_size=6).map(sorted)


class TestProperties(StoryCase):
    @contextmanager
    def undone(self):
        """Take back what an example did, so that each begins with the same books."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        plans = dict(self.plans)
        try:
            yield
        finally:
            self.env.transaction.clear()
            savepoint.close(rollback=True)
            type(self).plans = plans

    @moderate
    @given(agreement=agreements(), days=run_days)
    def test_p10_periods_tile_and_bills_are_the_closed_form_whenever_the_runs_come(self, agreement, days):
        with self.undone():
            account = self.sign(agreement)
            for day in days:
                self.run_by_hand(FIRST + day * DAY, account)
            self.run_by_hand(LAST, account)
            self.assertEqual(self.get_invoices(account)[account.id], invoices(agreement, LAST))
            self.assert_nothing_left(account, LAST)
            self.assert_whole()

    @moderate
    @given(
        currency=st.sampled_from(["USD", "EUR", "JPY", "KWD"]),
        rounding=st.sampled_from(["round_per_line", "round_globally"]),
        amounts=st.lists(st.integers(1, 10**9), min_size=1, max_size=6),
        taxes=st.lists(st.sampled_from([0, 1, 2, 3]), min_size=6, max_size=6),
    )
    def test_p01_p02_every_invoice_balances_and_is_the_sum_of_its_lines(self, currency, rounding, amounts, taxes):
        with self.undone():
            money = self.env["res.currency"].with_context(active_test=False).search([("name", "=", currency)])
            money.active = True
            self.company.tax_calculation_rounding_method = rounding
            kinds = [
                [],
                [self.make_tax(19.0)],
                [self.make_tax(7.25), self.make_tax(1.1)],
                [self.make_tax(20.0, price_include_override="tax_included")],
            ]
            account = business.make_accounts(self.env, 1, currency_id=money.id)
            charges = []
            for number, (amount, kind) in enumerate(zip(amounts, taxes, strict=False)):
                code = business.make_code(self.env, f"T{number}", 0.0, kind="one_time", model="dynamic")
                code.price_ids.currency_id = money
                code.product_id.taxes_id = [Command.set([tax.id for tax in kinds[kind]])]
                value = float(Fraction(amount, 10**money.decimal_places))
                charges.append(
                    {
                        "account": account.name,
                        "code": code.code,
                        "key": str(number),
                        "amount": value,
                        "date": "2027-11-05",
                    }
                )
            results = self.env["billing.charge"].record(charges)
            self.assertEqual({result["status"] for result in results}, {"created"})
            self.run_by_hand(date(2027, 11, 5), account)
            move = account.move_ids
            self.assertEqual(len(move), 1)
            unit = 10**money.decimal_places
            included = [number for number in range(len(amounts)) if taxes[number] == 3]
            if not included:
                self.assertEqual(round(move.amount_untaxed * unit), sum(amounts))
            self.assertEqual(round(sum(account.charge_ids.mapped("amount")) * unit), sum(amounts))
            self.assertEqual(
                round(move.amount_total * unit), round(move.amount_untaxed * unit) + round(move.amount_tax * unit)
            )
            lines = move.line_ids
            self.assertEqual(round(sum(lines.mapped("amount_currency")) * unit), 0)
            self.assertAlmostEqual(sum(lines.mapped("balance")), 0.0, places=6)
            terms = lines.filtered(lambda line: line.display_type == "payment_term")
            self.assertEqual(round(sum(terms.mapped("amount_currency")) * unit), round(move.amount_total * unit))

    def make_tax(self, percent, **terms):
        return self.env["account.tax"].create(
            {"name": f"{percent} {terms}", "amount": percent, "type_tax_use": "sale", **terms}
        )

    @moderate
    @given(agreement=agreements(), day=st.integers(0, (LAST - FIRST).days))
    def test_p09_twice_is_once(self, agreement, day):
        with self.undone():
            account = self.sign(agreement)
            target = FIRST + day * DAY
            charge = {
                "account": account.name,
                "code": "EXTRA",
                "key": "twice",
                "amount": 3.21,
                "date": target.isoformat(),
            }
            [first], [second] = (self.env["billing.charge"].record([charge]) for _time in range(2))
            self.assertEqual((first["status"], second["status"]), ("created", "duplicate"))
            self.assertEqual((first["id"], first["amount"]), (second["id"], second["amount"]))
            self.run_by_hand(target, account)
            billed = self.get_invoices(account)[account.id], sorted(account.charge_ids.ids)
            again = self.run_by_hand(target, account)
            account.invalidate_recordset()
            self.assertEqual((self.get_invoices(account)[account.id], sorted(account.charge_ids.ids)), billed)
            self.assertEqual((again.state, again.account_total, again.invoice_count), ("done", 0, 0))
            self.assert_whole()

    def test_p09_an_invoice_sent_twice_is_mailed_once(self):
        self.company.email = "billing@example.com"
        agreement = Agreement("month", 1, "calendar", FIRST, (Line("A", "29.90"),))
        account = self.sign(agreement, delivery_channel="email")
        account.partner_id.email = "customer@example.com"
        self.run_by_hand(FIRST, account)
        delivery = self.env["billing.invoice.delivery"]
        for _time in range(2):
            delivery.send_now(account.move_ids)
        self.assertEqual(account.move_ids.billing_delivery_state, "sent")
        mails = self.env["mail.mail"].search([("model", "=", "account.move"), ("res_id", "in", account.move_ids.ids)])
        self.assertEqual(len(mails), 1)

    def test_the_closed_form_rounds_half_up(self):
        self.assertEqual([cents(Fraction(amount, 1000)) for amount in (1004, 1005, 1015, 1025)], [100, 101, 102, 103])
