"""How late fees arise, are announced and charged, on real invoices of every kind."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .late_fee_common import LateFeeCase


@tagged("post_install", "-at_install")
class TestLateFeeCharging(LateFeeCase):
    def test_v75_a_fee_arises_on_the_first_day_after_due_date_and_grace(self):
        self.make_rule(grace_days=5)
        account = self.make_account()
        move = self.make_debt(account)
        for days in (0, 1, 3, 5):
            self.charge_on(account, self.after(days))
        self.assertFees(move, [])
        self.charge_on(account, self.after(6))
        self.assertFees(move, [(1, "2026-01-07", "25.00", "charged")])

    def test_the_fee_is_a_charge_on_an_invoice_of_its_own_and_the_old_one_is_untouched(self):
        self.make_rule()
        account = self.make_account()
        move = self.make_debt(account)
        before = move.read(["name", "amount_total", "amount_residual", "state", "inalterable_hash"])
        [fee_id] = self.charge_on(account, self.after(1))[account.id]
        fee = self.env["billing.late.fee"].browse(fee_id)
        charge = fee.charge_id
        self.assertEqual(charge.key, f"late_fee:{move.id}:2026-01-01:{fee.rule_id.id}:2026-01-02")
        self.assertEqual((charge.state, charge.amount, charge.charge_date), ("invoiced", 25, self.after(1)))
        self.assertEqual(fee.invoice_id.invoice_date, self.after(1))
        self.assertEqual(fee.invoice_id.amount_total, 25, "compensation bears no tax unless its product does")
        self.assertNotEqual(fee.invoice_id, move)
        self.assertIn(move.name, charge.name)
        self.assertEqual(move.read(["name", "amount_total", "amount_residual", "state", "inalterable_hash"]), before)

    def test_a_fee_can_wait_for_the_next_bill(self):
        self.make_rule(invoice_timing="next")
        account = self.make_account()
        move = self.make_debt(account)
        self.charge_on(account, self.after(1))
        fee = self.get_fees(move)
        self.assertEqual((fee.state, fee.charge_id.state), ("charged", "pending"))
        self.assertEqual(account.next_billing_date, self.after(1))
        self.bill(account, "2026-01-02")
        self.assertEqual(fee.charge_id.state, "invoiced")

    def test_fees_bear_no_fees(self):
        self.make_rule(repeat_unit="day", repeat_count=10, method="percent", percent=10)
        account = self.make_account()
        move = self.make_debt(account, 1000)
        for days in (1, 11, 21):
            self.charge_on(account, self.after(days))
        self.assertEqual(self.get_fees(account).move_id, move)
        self.assertEqual(self.get_fees(move).mapped("amount"), [100, 100, 100])

    def test_a_bill_that_carries_a_fee_beside_other_things_bears_fees_on_those_alone(self):
        self.make_rule(invoice_timing="next", method="percent", percent=10)
        account = self.make_account()
        self.make_debt(account, 1000)
        self.charge_on(account, self.after(1))
        self.env["billing.charge"].record(
            [{"account": account.name, "code": "DEBT", "key": "more", "amount": 500, "date": "2026-01-02"}]
        )
        run = self.bill(account, "2026-01-02")
        mixed = self.env["account.move"].search([("billing_run_id", "=", run.id)])
        self.assertEqual(mixed.amount_total, 600)
        self.charge_on(account, self.after(2))
        self.assertFees(mixed, [(1, "2026-01-03", "50.00", "charged")])

    def test_the_same_day_a_hundred_times_charges_once(self):
        self.make_rule()
        account = self.make_account()
        move = self.make_debt(account)
        for _time in range(20):
            self.charge_on(account, self.after(1))
        self.assertFees(move, [(1, "2026-01-02", "25.00", "charged")])

    def test_days_that_were_missed_are_caught_up_with_the_same_amounts(self):
        self.make_rule(method="percent", percent=10, repeat_unit="day", repeat_count=7)
        daily, late = self.make_account("Daily"), self.make_account("Late")
        moves = [self.make_debt(account) for account in (daily, late)]
        for move in moves:
            self.pay(move, 400, self.after(3))
        for days in range(1, 16):
            self.charge_on(daily, self.after(days))
        self.charge_on(late, self.after(15))
        expected = [
            (1, "2026-01-02", "100.00", "charged"),
            (2, "2026-01-09", "60.00", "charged"),
            (3, "2026-01-16", "60.00", "charged"),
        ]
        self.assertFees(daily, expected)
        self.assertFees(late, expected)

    # -- documents of every kind --------------------------------------------------------------------------------------

    def test_a_paid_invoice_bears_no_fee_however_late_it_was_paid(self):
        self.make_rule()
        account = self.make_account()
        move = self.make_debt(account)
        self.pay(move, 1000, self.after(40))
        self.charge_on(account, self.after(50))
        self.assertFees(move, [])

    def test_the_base_is_what_is_left_after_payments_and_credit_notes(self):
        self.make_rule(method="percent", percent=10, grace_days=9)
        account = self.make_account()
        paid, credited = self.make_debt(account, 1000), self.make_debt(account, 500)
        self.pay(paid, 300, self.after(5))
        self.credit(credited, self.after(4), 100)
        self.charge_on(account, self.after(10))
        self.assertFees(paid, [(1, "2026-01-11", "70.00", "charged")])
        self.assertFees(credited, [(1, "2026-01-11", "40.00", "charged")])

    def test_a_payment_that_nobody_has_matched_counts_from_its_day(self):
        self.make_rule(method="percent", percent=10, repeat_unit="day", repeat_count=10)
        account = self.make_account()
        move = self.make_debt(account, 1000)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": account.partner_id.id,
                "amount": 600,
                "date": self.after(5),
                "journal_id": self.env["account.journal"].search([("type", "=", "bank")], limit=1).id,
            }
        )
        payment.action_post()
        self.charge_on(account, self.after(11))
        self.assertFees(move, [(1, "2026-01-02", "100.00", "charged"), (2, "2026-01-12", "40.00", "charged")])

    def test_a_wholly_credited_invoice_bears_no_fee(self):
        self.make_rule()
        account = self.make_account()
        move = self.make_debt(account)
        self.credit(move, self.after(20))
        self.charge_on(account, self.after(30))
        self.assertFees(move, [])

    def test_a_hashed_invoice_keeps_its_hash(self):
        self.make_rule()
        account = self.make_account()
        move = self.make_debt(account)
        move.journal_id.restrict_mode_hash_table = True
        move.button_hash()
        hashed = move.inalterable_hash
        self.assertTrue(hashed)
        self.charge_on(account, self.after(1))
        self.assertFees(move, [(1, "2026-01-02", "25.00", "charged")])
        self.assertEqual(move.inalterable_hash, hashed)

    def test_an_invoice_of_a_locked_period_bears_its_fee_in_an_open_one(self):
        self.make_rule()
        account = self.make_account()
        move = self.make_debt(account)
        self.company.sudo().fiscalyear_lock_date = self.after(30)
        self.charge_on(account, self.after(31))
        fee = self.get_fees(move)
        self.assertEqual(fee.state, "charged")
        self.assertGreater(fee.invoice_id.date, self.after(30))

    def test_a_foreign_currency_is_charged_in_that_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create({"currency_id": euro.id, "name": "2025-01-01", "rate": 0.5})
        self.make_rule(currency_id=False, method="percent", percent="1.5")
        self.make_rule(fixed_amount=99, sequence=1)
        account = self.make_account(currency_id=euro.id)
        self.make_price(self.debt_code, {"model": "dynamic"}, currency=euro)
        move = self.make_debt(account, 83.67)
        self.assertEqual(move.currency_id, euro)
        self.charge_on(account, self.after(1))
        self.assertFees(move, [(1, "2026-01-02", "1.26", "charged")])
        self.assertEqual(self.get_fees(move).invoice_id.currency_id, euro)

    def test_a_part_paid_foreign_invoice_is_read_in_its_own_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create({"currency_id": euro.id, "name": "2025-01-01", "rate": 0.5})
        self.env["res.currency.rate"].create({"currency_id": euro.id, "name": "2026-01-03", "rate": 0.4})
        self.make_rule(currency_id=False, method="percent", percent=10, repeat_unit="day", repeat_count=10)
        account = self.make_account(currency_id=euro.id)
        move = self.make_debt(account, 1000)
        self.pay(move, 250, self.after(5))
        self.charge_on(account, self.after(11))
        self.assertFees(move, [(1, "2026-01-02", "100.00", "charged"), (2, "2026-01-12", "75.00", "charged")])

    # -- installments of a payment term -------------------------------------------------------------------------------

    def make_split_debt(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 40, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 60, "nb_days": 10}),
                ],
            }
        )
        account = self.make_account(payment_term_id=term.id)
        self.number += 1
        [answer] = self.env["billing.charge"].record(
            [
                {
                    "account": account.name,
                    "code": "DEBT",
                    "key": f"split/{self.number}",
                    "amount": 1000,
                    "date": str(self.due),
                    "invoice": "now",
                }
            ]
        )
        return account, self.env["billing.charge"].browse(answer["id"]).invoice_id

    def test_each_due_date_bears_its_own_fee(self):
        self.make_rule(method="percent", percent=10)
        account, move = self.make_split_debt()
        for days in range(1, 15):
            self.charge_on(account, self.after(days))
        self.assertFees(move, [(1, "2026-01-02", "40.00", "charged"), (1, "2026-01-12", "60.00", "charged")])

    def test_the_invoice_as_a_whole_bears_one_fee_on_what_is_overdue_of_it(self):
        self.make_rule(method="percent", percent=10, level="invoice", repeat_unit="day", repeat_count=14)
        account, move = self.make_split_debt()
        for days in range(1, 16):
            self.charge_on(account, self.after(days))
        self.assertFees(move, [(1, "2026-01-02", "40.00", "charged"), (2, "2026-01-16", "100.00", "charged")])

    # -- the overdue invoice is edited --------------------------------------------------------------------------------

    def make_term(self, *days):
        lines = [{"value": "percent", "value_amount": 100 / len(days), "nb_days": number} for number in days]
        return self.env["account.payment.term"].create(
            {"name": "Dates", "line_ids": [Command.create(vals) for vals in lines]}
        )

    def post_with(self, move, *days):
        move.button_draft()
        move.invoice_payment_term_id = self.make_term(*days)
        move.action_post()
        due = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertEqual(sorted(due.mapped("date_maturity")), [self.after(number) for number in days])
        return due

    def make_debt_with_fees(self):
        """Return an invoice with two due dates, both overdue, with a fee each."""
        self.make_rule()
        move = self.make_debt(self.make_account())
        self.post_with(move, 0, 10)
        self.charge_on(move.billing_account_id, self.after(15))
        self.assertFees(move, [(1, "2026-01-02", "25.00", "charged"), (1, "2026-01-12", "25.00", "charged")])
        return move

    def test_fees_stay_when_their_invoice_gets_fewer_due_dates(self):
        for days in (0, 10, 5):
            with self.subTest(days=days):
                move = self.make_debt_with_fees()
                fees = self.get_fees(move)
                [line] = self.post_with(move, days)
                self.assertEqual((fees.line_id, len(set(fees.mapped("due_date")))), (line, 2))
                self.charge_on(move.billing_account_id, self.after(20))
                self.assertEqual(self.get_fees(move), fees)
                self.assertEqual(fees.mapped("state"), ["charged", "charged"])
                fees.rule_id.sudo()._switch(False)

    def test_an_invoice_with_fees_keeps_a_due_date(self):
        move = self.make_debt_with_fees()
        move.button_draft()
        with self.assertRaisesRegex(UserError, "Cancel the invoice"):
            move.invoice_line_ids = [Command.clear()]
        with self.assertRaisesRegex(UserError, "Cancel the invoice"):
            move.with_context(force_delete=True).unlink()
        self.assertEqual(len(self.get_fees(move)), 2)
