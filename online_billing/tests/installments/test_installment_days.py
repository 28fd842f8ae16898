"""Days of installments are those of the account, wherever the user sits."""

from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .installment_common import InstallmentCase

# the same instant: 1 June for the company and its users, 2 June in Auckland
INSTANT = "2026-06-01 12:30:00"


@tagged("post_install", "-at_install")
@freeze_time(INSTANT)
class TestInstallmentDays(InstallmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.east = cls.make_account("Ada in Auckland", timezone="Pacific/Auckland")
        cls.env.user.tz = cls.clerk.tz = "America/New_York"
        cls.env = cls.env(context={**cls.env.context, "tz": "America/New_York"})

    def get_kinds(self, move):
        """Return what Odoo's dialogue and portal say of the installments of an invoice."""
        lines = self.ledger.get_terms(move).with_env(self.env)
        return [(str(one["date_maturity"]), one["type"]) for one in lines._get_installments_data()]

    def open_dialogue(self, moves, **vals):
        return self.env["billing.installment.wizard"].create({"move_ids": [Command.set(moves.ids)], **vals})

    def test_the_dialogue_proposes_days_of_the_account(self):
        move = self.make_invoice(900, account=self.east)
        wizard = self.open_dialogue(move)
        self.assertEqual((str(wizard.first_date), str(wizard.deposit_date)), ("2026-07-02", "2026-06-02"))
        home = self.open_dialogue(self.make_invoice(900))
        self.assertEqual((str(home.first_date), str(home.deposit_date)), ("2026-07-01", "2026-06-01"))

    def test_a_day_that_was_typed_stays(self):
        move = self.make_invoice(900, account=self.east)
        wizard = self.open_dialogue(move, first_date="2026-08-15")
        self.assertEqual(str(wizard.first_date), "2026-08-15")
        wizard.move_ids |= self.make_invoice(100, account=self.east)
        self.assertEqual(str(wizard.first_date), "2026-08-15")

    def test_a_deposit_of_yesterday_there_is_refused_though_it_is_today_here(self):
        move = self.make_invoice(900, account=self.east)
        wizard = self.open_dialogue(move, deposit=100, deposit_date="2026-06-01")
        self.assertFalse(wizard.is_possible and "deposit" not in wizard.preview)
        plan = self.env["billing.installment.plan"].browse(
            self.open_dialogue(move, deposit=100).action_confirm()["res_id"]
        )
        self.assertEqual(str(plan.activated_on), "2026-06-02")

    def test_an_invoice_of_yesterday_there_is_overdue_in_payment_and_portal(self):
        for account, kind in ((self.east, "overdue"), (self.account, "next")):
            with self.subTest(account=account.name):
                move = self.make_invoice(900, account=account, invoice_date_due="2026-06-01")
                self.assertEqual(self.get_kinds(move), [("2026-06-01", kind)])
                domain = self.env["account.move"]._get_locally_overdue_domain(account.partner_id.id)
                self.assertEqual(move in self.env["account.move"].search(domain), kind == "overdue")

    def test_parts_of_both_modes_are_overdue_by_the_day_of_the_account(self):
        for locked in (False, "2026-05-31"):
            with self.subTest(locked=locked):
                move = self.make_invoice(900, account=self.east)
                self.company.fiscalyear_lock_date = locked
                plan = self.plan(move, day="2026-05-20", first_date=date(2026, 6, 1))
                self.assertEqual(plan.mode, "virtual" if locked else "split")
                self.assertEqual(self.get_kinds(move)[:2], [("2026-06-01", "overdue"), ("2026-07-01", "next")])
                self.assertEqual(move._get_invoice_next_payment_values()["installment_state"], "overdue")
                domain = self.env["account.move"]._get_locally_overdue_domain(self.east.partner_id.id)
                self.assertIn(move, self.env["account.move"].search(domain))

    def test_an_invoice_that_names_no_account_lives_by_the_day_of_the_only_one(self):
        move = self.make_invoice(900, account=self.east, invoice_date_due="2026-06-01", billing_account_id=False)
        self.assertEqual(self.get_kinds(move), [("2026-06-01", "overdue")])
        domain = self.env["account.move"]._get_locally_overdue_domain(self.east.partner_id.id)
        self.assertIn(move, self.env["account.move"].search(domain))
        # a second account: nobody can say whose day it is
        self.env["billing.account"].create({"partner_id": self.east.partner_id.id}).action_activate()
        self.assertEqual(self.get_kinds(move), [("2026-06-01", "next")])

    def test_what_shortens_a_virtual_plan_counts_from_the_day_of_the_account(self):
        left = {}
        for account in (self.east, self.account):
            move = self.make_invoice(900, account=account)
            self.company.fiscalyear_lock_date = "2026-05-31"
            plan = self.plan(move, day="2026-05-01", first_date=date(2026, 5, 2), overpayment="shorten")
            self.assertEqual((plan.mode, plan.reviewed_on), ("virtual", False))
            self.pay(move, 400, "2026-06-01")
            left[account] = [row[2] for row in self.get_rows(plan)]
            self.company.fiscalyear_lock_date = False
        self.assertEqual(left[self.east], ["0.00", "200.00", "300.00"])
        self.assertEqual(left[self.account], ["0.00", "300.00", "200.00"])
