"""Late fees look at what the account page says is open, whoever wrote the document."""

from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from .late_fee_common import LateFeeCase


@tagged("post_install", "-at_install")
class TestLateFeeOpenDebts(LateFeeCase):
    def make_invoice_by_hand(self, account, amount=1000.0, **vals):
        """Return a posted invoice that names no account."""
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": account.partner_id.id,
                "invoice_date": self.due,
                "invoice_date_due": self.due,
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": self.debt_code.product_id.id, "price_unit": amount, "tax_ids": [Command.clear()]}
                    )
                ],
                **vals,
            }
        )
        move.action_post()
        return move

    def find(self, instant="2026-01-05 12:00:00"):
        """Return the accounts that the daily work of the fees would look at."""
        return self.env["billing.late.fee"].search([("id", "in", self.run_at(instant))]).account_id

    def test_case_E2_an_invoice_by_hand_bears_a_fee_on_the_day_as_its_account_says(self):
        self.make_rule()
        account = self.make_account()
        move = self.make_invoice_by_hand(account)
        self.assertEqual(account.amount_overdue, 1000)
        self.assertIn(account, self.find())
        self.assertFees(move, [(1, "2026-01-02", "25.00", "charged")])

    def test_case_E2_the_estimate_sees_an_invoice_by_hand(self):
        rule = self.make_rule(on=False, method="percent", percent=10)
        account = self.make_account()
        self.make_invoice_by_hand(account)
        answer = self.env["billing.late.fee.estimate"].with_user(self.clerk).simulate(rule, self.after(1))
        self.assertEqual([line["amount"] for line in answer["lines"] if line["account_id"] == account.id], [100])

    def test_case_E2_what_is_on_none_of_several_accounts_bears_no_fee(self):
        self.make_rule()
        account = self.make_account()
        self.env["billing.account"].create({"partner_id": account.partner_id.id})
        move = self.make_invoice_by_hand(account)
        self.assertFalse(self.find() & self.env["billing.account"].search([("partner_id", "=", move.partner_id.id)]))
        self.assertFees(move, [])

    def test_case_E2_what_was_settled_elsewhere_bears_no_fee_and_drops_what_was_announced(self):
        self.make_rule(announce=True, notice_days=10)
        account = self.make_account()
        move = self.make_debt(account)
        self.announce_on(account, self.after(2))
        self.assertFees(move, [(1, "2026-01-02", "25.00", "announced")])
        self.env.flush_all()
        self.env.cr.execute("UPDATE account_move SET payment_state = 'invoicing_legacy' WHERE id = %s", [move.id])
        self.env.invalidate_all()
        self.run_at("2026-01-20 12:00:00", account)
        fee = self.get_fees(move)
        self.assertEqual((fee.state, fee.reason), ("dropped", "The invoice was settled before the fee was charged."))

    def test_case_E2_a_fee_whose_invoice_was_settled_elsewhere_is_not_open(self):
        self.make_rule(invoice_timing="now")
        account = self.make_account()
        move = self.make_debt(account)
        self.charge_on(account, self.after(1))
        fee = self.get_fees(move)
        self.assertEqual(self.get_open_fees(account), [25])
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET payment_state = 'invoicing_legacy' WHERE id = %s", [fee.invoice_id.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.get_open_fees(account), [0])

    def get_open_fees(self, account):
        items = self.env["billing.open.items"].get_items(account.ids)
        cases, _loose = self.env["billing.late.fee.ledger"].get_cases(items, {account.id: date(2026, 1, 10)})
        return [fee.open_amount for case in cases for fee in case.debt.earlier]
