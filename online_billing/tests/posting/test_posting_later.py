from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .posting_common import InvoiceWriterCase


@tagged("post_install", "-at_install")
class TestInvoiceWriterLater(InvoiceWriterCase):
    """What Odoo does later with an invoice works on a rendered one as on any other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank_journal = cls.company_data["default_journal_bank"]

    def both(self, **values):
        """Return the same invoice twice: made by Odoo, and rendered."""
        vals_list = self.invoices(**values)
        plain = self.env["account.move"].create(self.invoices(**values)[1])
        plain._post(soft=False)
        result = self.writer.create_posted(vals_list)
        self.assertGreater(result.rendered, 0)
        rendered = result.moves[1]
        self.assertEqual(self.snapshot(rendered), self.snapshot(plain))
        return plain, rendered

    def assert_same(self, plain, rendered):
        self.assertEqual(self.snapshot(rendered), self.snapshot(plain))

    def test_register_payment(self):
        for move in (pair := self.both()):
            wizard = (
                self.env["account.payment.register"]
                .with_context(active_model="account.move", active_ids=move.ids)
                .create({"payment_date": "2026-03-20", "journal_id": self.bank_journal.id})
            )
            wizard._create_payments()
        self.assertIn(pair[1].payment_state, ("paid", "in_payment"))
        self.assertEqual(pair[1].payment_state, pair[0].payment_state)
        self.assertEqual(pair[1].amount_residual, pair[0].amount_residual)
        self.assertEqual(pair[1].line_ids.mapped("reconciled"), pair[0].line_ids.mapped("reconciled"))

    def test_reset_to_draft_change_and_post_again(self):
        for move in (pair := self.both()):
            number = move.name
            move.button_draft()
            move.invoice_line_ids[0].price_unit = 77.7
            move.action_post()
            self.assertEqual(move.name, number)
        self.assertEqual(pair[1].amount_total, pair[0].amount_total)
        self.assertEqual(pair[1].line_ids.mapped("balance"), pair[0].line_ids.mapped("balance"))

    def test_credit_note(self):
        notes = []
        for move in (pair := self.both()):
            credit = move._reverse_moves([{"invoice_date": "2026-03-20", "date": "2026-03-20"}])
            credit.action_post()
            notes.append(credit)
        self.assertEqual(pair[1].payment_state, pair[0].payment_state)
        self.assertEqual(notes[1].amount_total, pair[1].amount_total)
        self.assertEqual(notes[1].line_ids.mapped("balance"), notes[0].line_ids.mapped("balance"))

    def test_hash_and_its_check(self):
        plain, rendered = self.both()
        (plain | rendered).button_hash()
        self.assertTrue(rendered.inalterable_hash)
        with self.assertRaises(UserError):
            rendered.button_draft()
        self.assertFalse(
            [result for result in self.company._check_hash_integrity()["results"] if result["status"] == "corrupted"]
        )

    def test_next_invoice_continues_the_numbers(self):
        result = self.writer.create_posted(self.invoices())
        after = self.env["account.move"].create(self.invoices(count=1)[0])
        after._post(soft=False)
        numbers = [move.sequence_number for move in result.moves | after]
        self.assertEqual(sorted(numbers), list(range(min(numbers), min(numbers) + len(numbers))))
        self.assertEqual(after.sequence_number, max(numbers))
        self.assertFalse(any((result.moves | after).mapped("made_sequence_gap")))

    def test_two_batches_in_one_transaction_number_on(self):
        first = self.writer.create_posted(self.invoices()).moves
        second = self.writer.create_posted(self.invoices()).moves
        self.assertEqual(min(second.mapped("sequence_number")), max(first.mapped("sequence_number")) + 1)

    def test_number_after_a_renamed_entry(self):
        first = self.writer.create_posted(self.invoices()).moves
        prefix = first[0].sequence_prefix
        first.sorted("sequence_number")[-1].name = f"{prefix}00900"
        second = self.writer.create_posted(self.invoices()).moves
        self.assertEqual(sorted(second.mapped("sequence_number")), list(range(901, 907)))

    def test_first_invoice_ever_of_a_journal(self):
        journal = self.journal.copy({"code": "NEW"})
        result = self.writer.create_posted(self.invoices(journal_id=journal.id))
        self.assertEqual(sorted(result.moves.mapped("sequence_number")), [1, 2, 3, 4, 5, 6])
        self.assertTrue(all(name.startswith("NEW/2026/") for name in result.moves.mapped("name")))

    def test_later_changes_in_the_same_transaction_are_not_tracked(self):
        plain, rendered = self.both()
        (plain | rendered).ref = "Changed"
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assert_same(plain, rendered)

    def test_lock_date_protects_it(self):
        _plain, rendered = self.both()
        self.company.sudo().fiscalyear_lock_date = fields.Date.to_date("2026-03-31")
        with self.assertRaises(UserError):
            rendered.button_draft()

    def test_print_and_invoice_analysis(self):
        plain, rendered = self.both()
        pages = [
            self.env["ir.actions.report"]
            ._render_qweb_html("account.report_invoice_with_payments", move.ids)[0]
            .decode()
            for move in (plain, rendered)
        ]
        self.assertIn(rendered.name, pages[1])
        self.assertEqual(len(pages[1].split("<tr")), len(pages[0].split("<tr")))
        self.env.flush_all()
        analysis = [
            [
                (
                    line.product_id,
                    line.quantity,
                    line.price_subtotal,
                    line.price_total,
                    line.state,
                    line.payment_state,
                    line.partner_id,
                    line.invoice_date_due,
                )
                for line in self.env["account.invoice.report"].search([("move_id", "=", move.id)], order="id")
            ]
            for move in (plain, rendered)
        ]
        self.assertEqual(analysis[1], analysis[0])
        self.assertEqual(len(analysis[1]), 2)

    def test_portal_link_and_payment_values(self):
        plain, rendered = self.both()
        self.assertIn(f"/my/invoices/{rendered.id}", rendered.get_portal_url())
        self.assertEqual(rendered._has_to_be_paid(), plain._has_to_be_paid())
        values = [move._get_default_payment_link_values() for move in (plain, rendered)]
        self.assertEqual(values[1]["amount"], values[0]["amount"])

    def test_send(self):
        plain, rendered = self.both()
        for move in (plain, rendered):
            self.env["account.move.send"]._generate_and_send_invoices(move, sending_methods=["email"])
        self.assertEqual(rendered.is_move_sent, plain.is_move_sent)
        self.assertEqual(rendered.message_ids.mapped("message_type"), plain.message_ids.mapped("message_type"))

    def test_electronic_invoice(self):
        if "account.edi.xml.ubl_bis3" not in self.env:
            self.skipTest("account_edi_ubl_cii is not installed")
        self.company.write(
            {
                "vat": "US12345671",
                "street": "Main Street 1",
                "city": "Springfield",
                "zip": "12345",
                "country_id": self.env.ref("base.us").id,
            }
        )
        plain, rendered = self.both()
        documents = [
            self.env["account.edi.xml.ubl_20"]._export_invoice(move)[0].decode().replace(move.name, "<number>")
            for move in (plain, rendered)
        ]
        self.assertEqual(documents[1], documents[0])
        self.assertIn("<cbc:TaxAmount", documents[1])

    def test_tax_totals_of_the_document(self):
        plain, rendered = self.both()
        self.assertEqual(rendered.tax_totals, plain.tax_totals)
        [subtotal] = rendered.tax_totals["subtotals"]
        self.assertTrue(subtotal["tax_groups"])
        self.assertAlmostEqual(rendered.tax_totals["total_amount_currency"], rendered.amount_total)

    def test_tax_due_on_payment_is_moved_when_paid(self):
        transition = self.company_data["default_account_tax_sale"].copy({"reconcile": True})
        self.company.tax_exigibility = True
        tax = self.make_tax(
            "Cash basis", 12, tax_exigibility="on_payment", cash_basis_transition_account_id=transition.id
        )
        pair = self.both(lines_of=lambda number: [self.line(21 + number, tax_ids=[Command.set(tax.ids)])])
        for move in pair:
            self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids).create(
                {"journal_id": self.bank_journal.id}
            )._create_payments()
        entries = [move.tax_cash_basis_created_move_ids.line_ids.mapped("balance") for move in pair]
        self.assertEqual(entries[1], entries[0])
