"""A year of four customers: who pays on the day, who pays late, who pays in installments, and who breaks that promise.

29.90 is billed on the first of every month and due 14 days later, on the 15th. The calendar: a notice 3 days before,
a reminder after 5 days, a second one after 15 that announces a late fee of 5.00, suspension after 30. The fee arises on
the 21st day, and is charged 7 days after its announcement at the earliest.

              1          12         15         20         30 (2 March)     +21 days
    bill      |----------notice-----due--------reminder---second, fee------fee---------- ... suspension
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from odoo import Command
from odoo.addons.online_billing.services.installments.terms import PlanTerms

from tests.stories.closed_form import Agreement, Line
from tests.stories.story_case import StoryCase

MONTHLY = Agreement("month", 1, "calendar", date(2026, 1, 1), (Line("A", "29.90"),))
DAY = timedelta(days=1)
PRICE, FEE = 29.90, 5.00


def days(*texts):
    return [date.fromisoformat(f"2026-{text}") for text in texts]


def every_month(number):
    return [date(2026, month, number) for month in range(1, 13)]


class TestYearOfCollection(StoryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        terms = cls.env["account.payment.term"].create(
            {
                "name": "14 days",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 14})],
            }
        )
        cls.policy = cls._make_policy()
        cls._make_fee_rule()
        names = ("good", "slow", "planned", "broken")
        cls.accounts = {
            name: cls.sign(MONTHLY, payment_term_id=terms.id, collection_policy_id=cls.policy.id) for name in names
        }
        for name, account in cls.accounts.items():
            account.partner_id.write({"name": name, "email": f"{name}@example.com"})

    @classmethod
    def _make_policy(cls):
        def text(name):
            return cls.env.ref(f"online_billing.mail_template_{name}").id

        steps = [
            {"name": "Notice", "trigger": "before", "days": 3, "template_id": text("coming_due")},
            {"name": "Reminder", "trigger": "overdue", "days": 5, "template_id": text("first")},
            {"name": "Second", "trigger": "overdue", "days": 15, "template_id": text("second"), "announces_fee": True},
            {"name": "Suspension", "trigger": "overdue", "days": 30, "template_id": text("suspension")},
        ]  # fmt: skip
        steps[-1]["suspends"] = True
        return cls.env["billing.collection.policy"].create(
            {
                "name": "Story",
                "hour": 0,
                "minimum_gap": 0,
                "quiet_weekend": False,
                "step_ids": [Command.create({"sequence": number, **step}) for number, step in enumerate(steps)],
            }
        )

    @classmethod
    def _make_fee_rule(cls):
        rule = cls.env["billing.late.fee.rule"].create(
            {
                "name": "Five dollars",
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "method": "fixed",
                "fixed_amount": FEE,
                "grace_days": 20,
                "level": "invoice",
                "notice_days": 7,
            }
        )
        rule._switch_on()

    # -- the days -----------------------------------------------------------------------------------------------------

    def play(self, until=date(2026, 12, 31)):
        """Let the days go by: billing, then what customers do, then the collection at noon."""
        day = date(2026, 1, 1)
        while day <= until:
            if any(one.next_billing_date and one.next_billing_date <= day for one in self.accounts.values()):
                self.run_daily(day)
            for deed in self.deeds.get(day, ()):
                deed(day)
            self.env["billing.collection.day"].run_day(datetime.combine(day, time(12)), commit=False)
            self.send_messages()
            day += DAY

    def send_messages(self):
        """Let what the day has queued leave: an announcement counts when it has been sent."""
        messages = self.env["billing.collection.message"].sudo()
        messages.search([("billing_delivery_state", "=", "pending")]).billing_delivery_state = "sent"

    def on(self, day, deed):
        self.deeds.setdefault(day, []).append(deed)

    def setUp(self):
        super().setUp()
        self.deeds = {}

    def pay(self, name, day, moves=None):
        """Pay by transfer what was billed to the customer, or only some of it."""
        moves = self.get_open(name) if moves is None else moves
        if moves:
            wizard = self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=moves.ids
            )
            wizard.create({"payment_date": day, "group_payment": False})._create_payments()

    def get_open(self, name):
        return self.accounts[name].move_ids.filtered(lambda move: move.state == "posted" and move.amount_residual)

    def pay_bill_of(self, name, first, day):
        """Pay the one bill that was made on a day."""
        self.on(day, lambda when: self.pay(name, when, self.get_open(name).filtered(lambda m: m.invoice_date == first)))

    def agree(self, name, day):
        """Three monthly installments of what is open, from 10 February."""
        terms = PlanTerms(first_date=date(2026, 2, 10), count=3, missed_limit=2, grace_days=3)
        rule = self.env["billing.installment.rule"]
        return self.env["billing.installment.request"].request(self.get_open(name), terms, rule=rule, day=day)

    # -- what came of it ----------------------------------------------------------------------------------------------

    def get_steps(self, name):
        """Return {name of the step: [days]} from the log of the customer's case."""
        entries = self.env["billing.collection.entry"].search(
            [("account_id", "=", self.accounts[name].id), ("state", "=", "done"), ("step_id", "!=", False)],
            order="date, id",
        )
        return {step.name: own.mapped("date") for step, own in entries.grouped("step_id").items()}

    def get_messages(self, name, kind):
        return self.env["billing.collection.message"].search_count(
            [("account_id", "=", self.accounts[name].id), ("kind", "=", kind)]
        )

    def get_fees(self, name):
        fees = self.env["billing.late.fee"].search([("account_id", "=", self.accounts[name].id)])
        return {state: own.mapped("amount") for state, own in fees.grouped("state").items()}

    def assert_billed(self, name, months):
        """Each of these months was billed once, on its first day."""
        bills = self.accounts[name].move_ids.filtered(
            lambda m: m.amount_total == PRICE and m.move_type == "out_invoice"
        )
        self.assertEqual(sorted(bills.mapped("invoice_date")), [date(2026, month, 1) for month in months])

    # -- the stories --------------------------------------------------------------------------------------------------

    @pytest.mark.nightly
    def test_a_year_of_four_customers(self):
        for first in every_month(1):
            due = first + 14 * DAY
            self.pay_bill_of("good", first, due)
            self.pay_bill_of("slow", first, due + 18 * DAY)
            if first.month > 1:
                self.pay_bill_of("planned", first, due)
                self.pay_bill_of("broken", first, due)
        agreed = date(2026, 1, 25)
        plans = {}
        for name in ("planned", "broken"):
            self.on(agreed, lambda day, name=name: plans.update({name: self.agree(name, day)}))
        for day in days("02-10", "03-10", "04-10"):
            self.on(day, lambda when: self.pay_row(plans["planned"], when))
        for day in days("05-20", "05-22"):  # what is owed, then the bills of the months of suspension
            self.on(day, lambda when: self.pay("broken", when))
        self.play()

        with self.subTest("the good payer hears of every bill three days before, and of nothing else"):
            self.assertEqual(self.get_steps("good"), {"Notice": every_month(12)})
            self.assertEqual(self.get_fees("good"), {})
            self.assert_billed("good", range(1, 13))

        with self.subTest("the slow payer is reminded twice a month, and pays before the fee arises"):
            seconds = days(*"01-30 03-02 03-30 04-30 05-30 06-30 07-30 08-30 09-30 10-30 11-30 12-30".split())
            self.assertEqual(
                self.get_steps("slow"),
                {"Notice": every_month(12), "Reminder": every_month(20), "Second": seconds},
            )
            fees = self.get_fees("slow")
            self.assertEqual(set(fees), {"dropped", "announced"})
            self.assertEqual((len(fees["dropped"]), len(fees["announced"])), (11, 1))
            self.assertEqual(self.accounts["slow"].state, "active")

        with self.subTest("the plan is kept: the reminder stops with it, and no fee is charged"):
            self.assertEqual(plans["planned"].state, "kept")
            self.assertEqual(
                [f"{row.amount:.2f}" for row in plans["planned"].installment_ids.sorted("date")],
                ["9.96", "9.97", "9.97"],
            )
            self.assertEqual(self.get_steps("planned"), {"Notice": every_month(12), "Reminder": days("01-20")})
            self.assertEqual(self.get_fees("planned"), {})
            self.assertFalse(self.get_open("planned").filtered(lambda move: move.invoice_date.month < 12))

        with self.subTest("the plan is broken after two missed parts; then fee, suspension, payment and return"):
            plan = plans["broken"]
            self.assertEqual((plan.state, plan.broken_on), ("settled", date(2026, 3, 14)))
            steps = self.get_steps("broken")
            # a missed part is reminded of for itself: the first was due on 10 February, the second on 10 March; the
            # invoice of the fee, charged on 4 March and due on the 18th, comes along with its debt
            self.assertEqual(steps["Reminder"], days("01-20", "02-15", "03-15"))
            self.assertEqual(steps["Second"], days("02-25", "03-25"))
            self.assertEqual(steps["Suspension"], days("03-12", "04-09"))
            # one step a day: the suspension of 12 March moves a notice to the day after; no bill is made while the
            # account is suspended, and none is lost
            self.assertEqual(steps["Notice"], [*every_month(12)[:2], *days("03-13"), *every_month(12)[5:]])
            # the bills of April and May, made when the service is back, are payable 14 days from then, whatever their
            # date: nobody is reminded of them, and no fee is announced
            self.assertEqual(self.get_fees("broken"), {"charged": [FEE]})
            late = self.accounts["broken"].move_ids.filtered("billing_terms_date")
            self.assertEqual(sorted(late.mapped("invoice_date")), days("04-01", "05-01"))
            self.assertEqual({move.invoice_date_due - move.billing_terms_date for move in late}, {14 * DAY})
            fee = self.env["billing.late.fee"].search([("account_id", "=", self.accounts["broken"].id)])
            # the second reminder announces the fee, which arises when the first part is 21 days late, on 3 March; a
            # week after the announcement it is charged
            self.assertEqual((fee.announced_on, fee.charge_id.charge_date), (date(2026, 2, 25), date(2026, 3, 4)))
            early = self.env["billing.collection.message"].search(
                [("account_id", "=", self.accounts["broken"].id), ("kind", "=", "coming_due")], order="id"
            )
            # a notice asks for the bill that comes due; the parts that are late have news of their own
            self.assertEqual([f"{amount:.2f}" for amount in early[:3].mapped("amount")], ["29.90", "29.90", "29.90"])
            self.assertEqual(self.accounts["broken"].state, "active")
            self.assert_billed("broken", range(1, 13))

        self.assert_whole()

    def pay_row(self, plan, day):
        row = plan.installment_ids.filtered(lambda row: row.date == day)
        action = row.action_register_payment()
        wizard = self.env["account.payment.register"].with_context(**action["context"])
        wizard.create({"payment_date": day})._create_payments()
