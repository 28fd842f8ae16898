"""Plans on real invoices: unpaid, part-paid, credited, edited, in foreign currency, hashed and locked ones."""

from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .installment_common import TODAY, InstallmentCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInstallmentInvoices(InstallmentCase):
    def test_an_unpaid_invoice_gets_the_dates_of_the_plan_on_its_own_receivable(self):
        move = self.make_invoice(900)
        name, line = move.name, self.ledger.get_terms(move)
        plan = self.plan(move)
        self.assertEqual((plan.state, plan.mode), ("active", "split"))
        self.assertEqual(
            self.get_terms(move),
            [
                ("2026-07-01", "300.00", "300.00"),
                ("2026-08-01", "300.00", "300.00"),
                ("2026-09-01", "300.00", "300.00"),
            ],
        )
        self.assertEqual((move.name, move.state, move.payment_state), (name, "posted", "not_paid"))
        self.assertEqual(move.invoice_date_due, date(2026, 9, 1))
        self.assertIn(line, self.ledger.get_terms(move))
        self.assertConsistent(plan)

    def test_stock_odoo_shows_and_takes_the_next_installment(self):
        move = self.make_invoice(900)
        self.plan(move)
        values = move._get_invoice_next_payment_values()
        self.assertEqual((values["installment_state"], values["next_amount_to_pay"]), ("next", 300.0))
        self.assertEqual(values["next_due_date"], date(2026, 7, 1))
        payment_link = move._get_default_payment_link_values()
        self.assertEqual((payment_link["amount"], len(payment_link["open_installments"])), (300.0, 3))
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        self.assertEqual(wizard.create({}).amount, 300.0)
        self.assertEqual(wizard.create({"payment_date": "2026-08-15"}).amount, 600.0)

    def test_a_part_paid_invoice_keeps_its_payment_and_only_the_rest_is_planned(self):
        move = self.make_invoice(1150)
        payment = self.pay(move, 250)
        partial = self.ledger.get_terms(move).matched_credit_ids
        parts = (("amount", Decimal(400), None), ("amount", Decimal(500), None))
        plan = self.plan(move, method="parts", parts=parts)
        self.assertEqual(
            self.get_terms(move),
            [
                ("2026-05-01", "250.00", "0.00"),
                ("2026-07-01", "400.00", "400.00"),
                ("2026-08-01", "500.00", "500.00"),
            ],
        )
        self.assertEqual((move.payment_state, move.amount_residual), ("partial", 900.0))
        self.assertEqual(self.ledger.get_terms(move).matched_credit_ids, partial)
        self.assertEqual(move.reconciled_payment_ids, payment)
        self.assertConsistent(plan)
        self.pay(move, 400)
        self.pay(move, 500)
        self.assertEqual(move.payment_state, "paid")
        self.assertTrue(self.ledger.get_terms(move).full_reconcile_id)

    def test_a_credited_invoice_is_planned_for_what_is_left_and_a_later_credit_pays_installments(self):
        move = self.make_invoice(900)
        self.credit(move, 90)
        plan = self.plan(move)
        self.assertEqual([entry[1] for entry in self.get_terms(move)], ["90.00", "270.00", "270.00", "270.00"])
        self.credit(move, 300)
        self.assertEqual(
            [(row[2], row[3]) for row in self.get_rows(plan)],
            [("0.00", "paid"), ("240.00", "partial"), ("270.00", "open")],
        )
        self.assertConsistent(plan)

    def credit(self, move, amount):
        refund = move._reverse_moves([{"invoice_date": date(2026, 6, 1)}])
        refund.invoice_line_ids.price_unit = amount
        refund.action_post()
        lines = (refund | move).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        if not refund.line_ids.filtered("reconciled"):
            lines.reconcile()

    def test_an_invoice_in_foreign_currency_keeps_both_currencies_exact(self):
        euro = self.env.ref("base.EUR") if self.company.currency_id.name != "EUR" else self.env.ref("base.GBP")
        euro.active = True
        self.env["res.currency.rate"].create({"currency_id": euro.id, "name": "2026-01-01", "rate": 0.7})
        move = self.make_invoice(1150, currency_id=euro.id)
        self.pay(move, 333.33)
        company_total = sum(self.ledger.get_terms(move).mapped("balance"))
        parts = tuple(("amount", Decimal(amount), None) for amount in ("100.00", "200.00", "516.67"))
        plan = self.plan(move, method="parts", parts=parts)
        terms = self.ledger.get_terms(move)
        self.assertEqual(
            [entry[1:] for entry in self.get_terms(move)],
            [("333.33", "0.00"), ("100.00", "100.00"), ("200.00", "200.00"), ("516.67", "516.67")],
        )
        self.assertAlmostEqual(sum(terms.mapped("balance")), company_total, places=6)
        self.assertEqual(move.amount_residual, 816.67)
        self.assertConsistent(plan)
        for amount in (100, 200, 516.67):
            self.pay(move, amount)
        self.assertEqual(move.payment_state, "paid")
        self.review(plan, TODAY)
        self.assertEqual(plan.state, "settled")

    def test_a_planned_invoice_can_be_edited_as_a_draft_and_posted_again(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        self.pay(move, 300)
        move.button_draft()
        move.invoice_line_ids.price_unit = 1000
        move.action_post()
        self.assertEqual(
            self.get_terms(move),
            [
                ("2026-07-01", "300.00", "0.00"),
                ("2026-08-01", "300.00", "300.00"),
                ("2026-09-01", "400.00", "400.00"),
            ],
        )
        self.assertEqual(move.payment_state, "partial")
        self.assertEqual([row[1] for row in self.get_rows(plan)], ["300.00", "300.00", "400.00"])
        move.button_draft()
        move.invoice_line_ids.price_unit = 500
        move.action_post()
        self.assertEqual([entry[1] for entry in self.get_terms(move)], ["300.00", "200.00"])
        self.assertConsistent(plan)

    def test_a_second_plan_takes_the_place_of_the_first(self):
        move = self.make_invoice(900)
        first = self.plan(move)
        self.pay(move, 400)
        second = self.plan(move, previous=first, first_date=date(2026, 8, 1), count=5)
        self.assertEqual((first.state, second.state, second.principal), ("rescheduled", "active", 500.0))
        self.assertEqual(
            [(row[2], row[3]) for row in self.get_rows(first)],
            [("0.00", "paid"), ("0.00", "cancelled"), ("0.00", "cancelled")],
        )
        self.assertEqual([row.amount_paid for row in first.installment_ids], [300.0, 100.0, 0.0])
        self.assertEqual([entry[2] for entry in self.get_terms(move)], ["0.00", "0.00"] + ["100.00"] * 5)
        self.assertConsistent(second)
        for _number in range(5):
            self.pay(move, 100)
        self.assertEqual(move.payment_state, "paid")

    def test_several_invoices_on_one_plan_are_paid_the_oldest_first(self):
        older, newer = self.make_invoice(100, "2026-04-01"), self.make_invoice(200, "2026-05-01")
        plan = self.plan(older | newer, count=2)
        self.assertEqual(self.get_terms(older), [("2026-07-01", "100.00", "100.00")])
        self.assertEqual(self.get_terms(newer), [("2026-07-01", "50.00", "50.00"), ("2026-08-01", "150.00", "150.00")])
        self.assertEqual([row[1] for row in self.get_rows(plan)], ["150.00", "150.00"])
        self.pay(older, 100)
        self.assertEqual(self.get_rows(plan)[0], ("2026-07-01", "150.00", "50.00", "partial"))
        self.assertConsistent(plan)

    # -- virtual ------------------------------------------------------------------------------------------------------

    def snapshot(self, move):
        move.flush_recordset()
        move.line_ids.flush_recordset()
        self.env.cr.execute("SELECT * FROM account_move_line WHERE move_id = %s ORDER BY id", [move.id])
        return self.env.cr.fetchall()

    def check_virtual(self, move):
        before = self.snapshot(move)
        plan = self.plan(move, method="parts", parts=tuple(("amount", Decimal(a), None) for a in (500, 300, 350)))
        self.assertEqual(plan.mode, "virtual")
        self.assertEqual(self.snapshot(move), before)
        values = move._get_invoice_next_payment_values()
        self.assertEqual((values["installment_state"], values["next_amount_to_pay"]), ("next", 500.0))
        self.assertEqual(values["next_payment_reference"], f"{move.name}-1")
        self.pay(move, 500, "2026-07-01")
        values = move._get_invoice_next_payment_values()
        self.assertEqual((values["next_amount_to_pay"], values["next_due_date"]), (300.0, date(2026, 8, 1)))
        self.pay(move, 100, "2026-07-01")
        self.assertEqual(
            [(row[2], row[3]) for row in self.get_rows(plan)],
            [("0.00", "paid"), ("200.00", "partial"), ("350.00", "open")],
        )
        self.assertEqual(move._get_invoice_next_payment_values()["next_amount_to_pay"], 200.0)
        with freeze_time("2026-09-15"):
            values = move._get_invoice_next_payment_values()
            self.assertEqual((values["installment_state"], values["next_amount_to_pay"]), ("overdue", 550.0))
        return plan

    def test_a_hashed_invoice_is_planned_without_touching_its_journal_items(self):
        journal = self.env["account.journal"].create(
            {"name": "Hashed Sales", "code": "HASH", "type": "sale", "restrict_mode_hash_table": True}
        )
        move = self.make_invoice(1150, journal_id=journal.id)
        if not move.inalterable_hash:
            move.button_hash()
        self.assertTrue(move.inalterable_hash)
        plan = self.check_virtual(move)
        auditor = new_test_user(self.env, "auditor", "account.group_account_user,base.group_user")
        report = self.company.with_user(auditor).sudo(False)._check_hash_integrity()
        results = [entry for entry in report["results"] if entry["journal_name"].startswith("Hashed")]
        self.assertEqual({entry["status"] for entry in results}, {"verified"})
        plan.action_cancel()
        self.assertEqual(move._get_invoice_next_payment_values()["next_amount_to_pay"], 550.0)

    def test_an_invoice_in_a_locked_period_is_planned_without_touching_its_journal_items(self):
        move = self.make_invoice(1150)
        self.company.fiscalyear_lock_date = "2026-05-31"
        self.check_virtual(move)

    # -- refusals -----------------------------------------------------------------------------------------------------

    def assertRefused(self, moves, text, **values):
        with self.assertRaises(UserError) as caught:
            self.plan(moves, **values)
        self.assertIn(text, str(caught.exception))

    def test_what_cannot_be_planned_is_refused_with_a_reason(self):
        self.assertRefused(self.env["account.move"], "Choose at least one")
        self.assertRefused(self.make_invoice(post=False), "not posted")
        paid = self.make_invoice(100)
        self.pay(paid, 100)
        self.assertRefused(paid, "Nothing is open")
        blocked = self.make_invoice(100)
        blocked.action_toggle_block_payment()
        self.assertRefused(blocked, "blocked for payment")
        self.assertRefused(self.make_invoice(move_type="out_refund"), "not a customer invoice")
        planned = self.make_invoice(300)
        plan = self.plan(planned)
        self.assertRefused(planned, f"on the plan {plan.name} already")
        pound = self.env.ref("base.GBP")
        pound.active = True
        self.assertRefused(self.make_invoice() | self.make_invoice(currency_id=pound.id), "several currencies")
        other = self.make_account("Alan Turing")
        self.assertRefused(self.make_invoice() | self.make_invoice(account=other), "several customers")
        stranger = self.env["res.partner"].create({"name": "Nobody"})
        without = self.make_invoice(partner_id=stranger.id, billing_account_id=False)
        self.assertRefused(without, "has no billing account")

    def test_terms_that_make_no_plan_are_refused(self):
        move = self.make_invoice(1000)
        parts = (("percent", Decimal(70), None), ("amount", Decimal(500), None), ("rest", Decimal(0), None))
        self.assertRefused(move, "would be -200.00", method="parts", parts=parts)
        self.assertRefused(move, "add up to 900.00", method="parts", parts=(("amount", Decimal(900), None),))
        self.assertRefused(move, "1 to 360", count=0)
        same_day = (("percent", Decimal(50), date(2026, 8, 1)), ("percent", Decimal(50), date(2026, 8, 1)))
        self.assertRefused(move, "does not come after", method="parts", parts=same_day)
        self.assertRefused(move, "billing codes", annual_percent=Decimal(12))
        self.assertFalse(move.billing_installment_part_ids)

    def test_an_invoice_without_an_account_goes_to_the_account_of_its_customer(self):
        move = self.make_invoice(300, billing_account_id=False)
        self.assertEqual(self.plan(move).account_id, self.account)

    def test_a_plan_whose_invoices_were_paid_meanwhile_does_not_start(self):
        move = self.make_invoice(300)
        rule = self.make_rule(approval_limit=0)
        plan = (
            self.env["billing.installment.request"]
            .with_user(self.clerk)
            .request(move, self.terms(), rule=rule, day=date(2026, 6, 1))
        )
        self.assertEqual(plan.state, "requested")
        self.assertFalse(move.billing_installment_part_ids)
        self.pay(move, 10)
        with self.assertRaisesRegex(UserError, "make a new one"):
            plan.with_user(self.manager).action_approve()

    def test_a_line_of_an_invoice_survives_with_its_tax(self):
        tax = self.env["account.tax"].create({"name": "19", "amount": 19})
        move = self.make_invoice(
            invoice_line_ids=[
                Command.create(
                    {"product_id": self.code.product_id.id, "price_unit": 100, "tax_ids": [Command.set(tax.ids)]}
                )
            ]
        )
        plan = self.plan(move)
        self.assertEqual((move.amount_total, move.amount_tax), (119.0, 19.0))
        self.assertEqual([entry[1] for entry in self.get_terms(move)], ["39.66", "39.67", "39.67"])
        self.assertConsistent(plan)
