from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...services.posting import number_blocks
from ...services.posting.snapshot import read_rows
from ...services.posting.writer import SETTING
from ..common import BillingCase
from .posting_common import InvoiceWriterCase, Snapshots

_CHARGE_OWN = {"id", "invoice_id", "invoice_line_id", "run_id", "create_date", "write_date"}


class _Undone(Exception):
    """Takes back what was billed to look at it."""


@tagged("post_install", "-at_install")
class TestPostingSetting(Snapshots, BillingCase):
    """In batches or by Odoo's own way: the same bills, column by column, numbers included."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create({"name": "Ten", "amount": 10, "type_tax_use": "sale"})
        cls.net = cls.make_code("NET", price=33.333, tax=cls.tax)
        cls.once = cls.make_code("ONCE", price=7, kind="one_time")
        cls.gift = cls.make_code("GIFT", price=80, kind="credit", tax=cls.tax)
        plan = cls.make_plan((cls.net, {"quantity": 3}), cls.once)
        cls.accounts = cls.env["billing.account"].union(*(cls.make_account(f"Number {one}") for one in range(8)))
        for number, account in enumerate(cls.accounts):
            cls.subscribe(account, plan, f"2026-08-{20 - number:02d}")
        for account in cls.accounts[:2]:
            cls.env["billing.charge"].create(
                {"account_id": account.id, "code_id": cls.gift.id, "quantity": 5, "charge_date": "2026-08-20"}
            )

    def bill_and_look(self, setting):
        """Bill with a setting, and return all that is stored; nothing of it stays."""
        self.env["ir.config_parameter"].set_param(SETTING, setting)
        found = None
        try:
            with self.env.cr.savepoint():
                run = self.bill(self.accounts, "2026-10-31")
                self.env.flush_all()
                self.env.cr.precommit.run()
                found = [
                    {**self.snapshot(move), "number": move.name, "account": move.billing_account_id.id}
                    for move in run.move_ids.sorted(lambda move: (move.billing_account_id.id, move.invoice_date))
                ]
                for one in found:
                    one["account_move"][0].pop("billing_run_id")
                charges = [
                    {name: value for name, value in row.items() if name not in _CHARGE_OWN}
                    for row in read_rows(self.env, "billing_charge", {"account_id": self.accounts.ids})
                ]
                found = (found, charges, run.rendered_count)
                self.ways = run.path_summary
                raise _Undone
        except _Undone:
            self.env.invalidate_all()
        return found

    def test_the_same_bills_with_the_setting_on_and_off(self):
        in_batches, charges, rendered = self.bill_and_look("batch")
        self.assertGreater(rendered, 0, self.ways)
        by_odoo, charges_by_odoo, rendered_by_odoo = self.bill_and_look("odoo")
        self.assertEqual(rendered_by_odoo, 0)
        self.assertEqual(len(in_batches), 24)
        self.assertEqual(in_batches, by_odoo)
        self.assertEqual(charges, charges_by_odoo)

    def test_switched_off_no_number_of_anybody_is_looked_up(self):
        self.env["ir.config_parameter"].set_param(SETTING, "odoo")
        with patch.object(number_blocks, "highest_reserved", side_effect=AssertionError):
            self.bill(self.accounts, "2026-08-31")
            self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.accounts[0].partner_id.id,
                    "invoice_line_ids": [(0, 0, {"name": "By hand", "price_unit": 5})],
                }
            ).action_post()
        self.assertEqual(len(self.env["account.move"].search([("billing_account_id", "in", self.accounts.ids)])), 8)


@tagged("post_install", "-at_install")
class TestPostingSettingOfInvoices(InvoiceWriterCase):
    def test_switched_off_all_are_made_by_odoo_and_the_reason_is_counted(self):
        self.env["ir.config_parameter"].set_param(SETTING, "odoo")
        self.assert_equal_to_odoo(self.invoices(), rendered=False, reason="setting")

    def test_amounts_that_were_not_agreed_are_not_posted(self):
        for setting in ("batch", "odoo"):
            self.env["ir.config_parameter"].set_param(SETTING, setting)
            with self.subTest(setting), self.assertRaisesRegex(UserError, "add up to"):
                self.writer.create_posted(self.invoices(), expected=[(1.0, None)] * 6)
