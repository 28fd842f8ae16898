from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...services.posting import kept
from .posting_common import ODOO, InvoiceWriterCase, written_in


@tagged("post_install", "-at_install")
class TestInvoiceWriterGuard(InvoiceWriterCase):
    """What the writer does not know is made by Odoo, and the reason is counted."""

    def test_unknown_stored_field_that_is_computed(self):
        self.add_computed_field("x_total_twice", "2 * move.amount_total", "amount_total")
        result = self.assert_equal_to_odoo(self.invoices())
        for move in result.moves:
            self.assertEqual(move.x_total_twice, 2 * move.amount_total)

    def test_stored_field_that_comes_out_otherwise_when_it_is_computed_again(self):
        self.env["ir.sequence"].create({"name": "Proof", "code": "proof"})
        self.add_computed_field("x_turn", "float(self.env['ir.sequence'].next_by_code('proof'))", "partner_id")
        result = self.assert_partly("computed field: account.move.x_turn")
        self.assertEqual(len(set(result.moves.mapped("x_turn"))), 6)

    def add_computed_field(self, name, expression, depends):
        field = {
            "name": name,
            "model_id": self.env["ir.model"]._get("account.move").id,
            "ttype": "float",
            "store": True,
            "depends": depends,
            "compute": f"for move in self: move['{name}'] = {expression}",
        }
        self.addCleanup(self.env["ir.model.fields"].sudo().create(field).unlink)

    def test_unknown_stored_field_without_computation_is_carried(self):
        model = self.env["ir.model"]._get("account.move")
        self.addCleanup(
            self.env["ir.model.fields"].sudo().create({"name": "x_lane", "model_id": model.id, "ttype": "char"}).unlink
        )
        invoices = self.invoices(x_lane="fast")
        result = self.assert_equal_to_odoo(invoices)
        self.assertEqual(set(result.moves.mapped("x_lane")), {"fast"})
        self.assert_equal_to_odoo(self.invoices())

    def test_write_to_another_table_while_posting(self):
        def _get_invoice_reference(move):
            move.env.cr.execute('UPDATE "res_company" SET "sequence" = "sequence" WHERE id = %s', [move.company_id.id])
            return move.name

        move_class = type(self.env["account.move"]).__mro__[1:]
        owner = next(cls for cls in move_class if "_get_invoice_reference_odoo_invoice" in vars(cls))
        with patch.object(owner, "_get_invoice_reference_odoo_invoice", written_in(ODOO, _get_invoice_reference)):
            self.assert_partly("writes: res_company")

    def test_customer_with_a_receivable_account_that_odoo_refuses(self):
        """The account belongs to one customer of many alike: the invoices of the others do not show it."""
        wrong = {
            "archived receivable account": {"active": False},
            "receivable account in another currency": {"currency_id": self.env.ref("base.CHF").id},
        }
        for number, (reason, values) in enumerate(wrong.items()):
            with self.subTest(reason), self.env.cr.savepoint() as savepoint:
                account = self.company_data["default_account_receivable"].copy({"code": f"12190{number}"})
                self.customers[4].property_account_receivable_id = account
                account.write(values)
                with self.assertRaises(UserError):
                    self.writer.create_posted(self.invoices())
                savepoint.rollback()
        account = self.company_data["default_account_receivable"].copy({"code": "121909"})
        self.customers[4].property_account_receivable_id = account
        self.assert_equal_to_odoo(self.invoices())

    def test_difference_to_the_example(self):
        move_class = type(self.env["account.move"]).__mro__[1:]
        owner = next(cls for cls in move_class if "_get_invoice_reference_odoo_invoice" in vars(cls))

        def _get_invoice_reference(move):
            return f"{move.name}/{move.partner_id.id}"

        with patch.object(owner, "_get_invoice_reference_odoo_invoice", written_in(ODOO, _get_invoice_reference)):
            result = self.assert_partly("differs: account_move.payment_reference")
        for move in result.moves:
            self.assertEqual(move.payment_reference, f"{move.name}/{move.partner_id.id}")

    def assert_partly(self, reason):
        """Example and witness were made, nothing was rendered after them."""
        result = self.writer.create_posted(self.invoices())
        self.assertEqual(result.rendered, 0)
        self.assertEqual(result.reasons, {reason: 4, "example": 2})
        self.assertEqual(set(result.moves.mapped("state")), {"posted"})
        self.assertEqual([move.partner_id for move in result.moves], list(self.customers))
        return result

    def test_automation_rule(self):
        if "base.automation" not in self.env:
            self.skipTest("base_automation is not installed")
        model = self.env["ir.model"]._get("account.move")
        # a rule patches methods of the registry, which outlives the test
        self.addCleanup(self.env["base.automation"]._unregister_hook)
        self.env["base.automation"].create({"name": "Watch", "model_id": model.id, "trigger": "on_create"})
        self.assert_equal_to_odoo(self.invoices(), rendered=False, reason="automation: account.move")

    def test_hashed_journal(self):
        self.journal.restrict_mode_hash_table = True
        result = self.writer.create_posted(self.invoices())
        self.assertEqual(result.reasons, {"hashed journal": 6})
        self.assertEqual(result.plain, 6)

    def test_lock_date_moves_the_accounting_date(self):
        self.company.sudo().sale_lock_date = fields.Date.to_date("2026-03-05")
        result = self.writer.create_posted(self.invoices())
        self.assertEqual(result.reasons, {"lock date": 6})
        self.assertTrue(all(move.date > fields.Date.to_date("2026-03-05") for move in result.moves))

    def test_nothing_to_pay(self):
        result = self.assert_equal_to_odoo(
            self.invoices(lambda number: [self.line(10), self.line(-10)]), rendered=False, reason="nothing to pay"
        )
        self.assertEqual(set(result.moves.mapped("payment_state")), {"paid"})

    def test_negative_invoice_is_refused_as_odoo_refuses_it(self):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.writer.create_posted(self.invoices(lambda number: [self.line(10), self.line(-10 - number)]))

    def test_few_of_a_kind(self):
        self.assert_equal_to_odoo(self.invoices(count=2), rendered=False, reason="few of a kind")

    def test_values_that_are_not_known(self):
        self.assert_equal_to_odoo(
            self.invoices(count=3, narration="<p>Own words</p>"), rendered=False, reason="value: narration"
        )
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "Five",
                "rounding": 0.05,
                "strategy": "add_invoice_line",
                "profit_account_id": self.company_data["default_account_revenue"].id,
                "loss_account_id": self.company_data["default_account_expense"].id,
            }
        )
        result = self.writer.create_posted(self.invoices(count=3, invoice_cash_rounding_id=rounding.id))
        self.assertEqual(result.reasons, {"value: invoice_cash_rounding_id": 3})

    def test_line_without_product_and_account(self):
        line = Command.create(
            {"name": "Something", "quantity": 1, "price_unit": 50, "tax_ids": [Command.set(self.tax.ids)]}
        )
        self.assert_equal_to_odoo(
            self.invoices(lambda number: [line], count=3), rendered=False, reason="line without product and account"
        )

    def test_some_left_and_some_rendered_keep_their_order(self):
        invoices = self.invoices()
        invoices[2]["narration"] = "<p>Own words</p>"
        result = self.writer.create_posted(invoices)
        self.assertEqual(result.reasons, {"value: narration": 1, "example": 2})
        self.assertEqual([move.partner_id for move in result.moves], list(self.customers))
        self.assertEqual([len(line_ids) for line_ids in result.line_ids], [2] * 6)

    def test_later_batches_of_a_process_need_no_example(self):
        self.assertEqual(self.writer.create_posted(self.invoices()).reasons, {"example": 2})
        self.assertEqual(self.assert_equal_to_odoo(self.invoices(), kept=True).reasons, {})

    def test_after_some_batches_an_example_confirms_the_pattern_without_a_witness(self):
        self.writer.create_posted(self.invoices())
        with patch.object(kept, "MOST_USES", 0):
            self.assertEqual(self.assert_equal_to_odoo(self.invoices(), kept=True).reasons, {"example": 1})

    def test_a_setting_that_changed_between_batches_needs_a_witness_again(self):
        self.writer.create_posted(self.invoices())
        self.env["res.partner.bank"].create({"acc_number": "US002", "partner_id": self.company.partner_id.id})
        result = self.assert_equal_to_odoo(self.invoices())
        self.assertEqual(result.reasons, {"example": 2})
        self.assertEqual(result.moves.partner_bank_id.acc_number, "US002")

    def test_not_asked(self):
        result = self.writer.create_posted(self.invoices(), exemplar=False)
        self.assertEqual(result.reasons, {"not asked": 6})
        self.assertEqual(result.plain, 6)

    def test_nothing(self):
        result = self.writer.create_posted([])
        self.assertFalse(result.moves)
        self.assertEqual((result.plain, result.rendered, result.line_ids), (0, 0, []))

    def test_values_are_left_as_they_were(self):
        invoices = self.invoices()
        before = [(dict(vals), [command[2].copy() for command in vals["invoice_line_ids"]]) for vals in invoices]
        self.writer.create_posted(invoices)
        self.assertEqual([(vals, [command[2] for command in vals["invoice_line_ids"]]) for vals in invoices], before)
