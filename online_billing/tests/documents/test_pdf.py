from odoo.fields import Command
from odoo.tests import tagged

from ...services.documents.pdf_fonts import get_family
from ..delivery.delivery_common import DeliveryCase

INVOICE = "account.account_invoices"


@tagged("post_install", "-at_install")
class TestPdf(DeliveryCase):
    def render(self, records, report=INVOICE):
        reports = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        return reports._render_qweb_pdf(report, records.ids)[0]

    def test_totals_are_those_of_the_invoice(self):
        low = self.env["account.tax"].create(
            {
                "name": "VAT 7%",
                "amount": 7,
                "type_tax_use": "sale",
                "company_id": self.company.id,
                "tax_group_id": self.tax.tax_group_id.copy({"name": "Low"}).id,
            }
        )
        move = self.make_invoice(
            self.make_account("Zoë Łukasiewicz"),
            lines=[
                {"display_type": "line_section", "name": "Internet"},
                {"name": "Fibre 250", "price_unit": 39.9, "quantity": 3, "discount": 10},
                {"name": "Calls", "price_unit": 0.0125, "quantity": 1234.5},
                {"display_type": "line_note", "name": "Counted by the minute"},
                {"name": "Book", "price_unit": 10, "tax_ids": [Command.set(low.ids)]},
            ],
        )
        text = self.read_pdf(self.render(move))
        totals = move.tax_totals
        amounts = [
            move.amount_total,
            move.amount_untaxed,
            *(line.price_subtotal for line in move.invoice_line_ids if line.display_type == "product"),
        ]
        amounts += [
            group["tax_amount_currency"] for subtotal in totals["subtotals"] for group in subtotal["tax_groups"]
        ]
        self.assertEqual(len(amounts), 7)
        for amount in amounts:
            self.assertIn(f"{amount:,.2f}", text)
        for expected in (
            move.name,
            "Zoë Łukasiewicz",
            "Acme Telecom",
            "Internet",
            "Counted by the minute",
            "0.0125",
            "1,234.5",
            "10",
        ):
            self.assertIn(expected, text)
        # the address may be broken over two lines, at any letter
        self.assertIn(f"access_token={move.access_token}", "".join(text.split()))

    def test_pictures_and_pages_are_kept_as_bytes(self):
        pdf = self.render(self.make_invoice(self.make_account()))
        self.assertIn(b"FlateDecode", pdf)
        self.assertNotIn(b"ASCII85Decode", pdf)

    def test_no_amount_is_broken_however_long_it_is(self):
        """In some currencies a month costs millions: half a number on the next line is another number."""
        currency = self.env["res.currency"].create({"name": "XTS", "symbol": "Rp", "rounding": 0.01})
        account = self.make_account("Ada Lovelace", currency_id=currency.id)
        lines = [
            {"name": "Fibre for the whole company", "price_unit": 123456789.34, "quantity": 98, "discount": 12.5},
            {"name": "Credit", "price_unit": 9999999999.99, "quantity": -1},
        ]
        move = self.make_invoice(account, lines=lines, currency_id=currency.id)
        text = self.read_pdf(self.render(move))
        amounts = [abs(line.price_subtotal) for line in move.invoice_line_ids]
        amounts += [move.amount_untaxed, move.amount_total, 123456789.34, 9999999999.99]
        for amount in amounts:
            self.assertIn(f"{amount:,.2f}", text)
        self.assertIn("Fibre for the whole company", text)

    def test_every_line_of_a_long_invoice_is_printed_and_pages_are_counted(self):
        lines = [{"name": f"Connection no {number}", "price_unit": number} for number in range(1, 121)]
        text = self.read_pdf(self.render(self.make_invoice(self.make_account(), lines=lines)))
        for number in range(1, 121):
            self.assertIn(f"Connection no {number} 1", text)
        self.assertRegex(text, r"Page 1 / (\d+)")
        self.assertIn("8,639.40", text)  # (1 + ... + 120) x 1.19

    def test_description_longer_than_a_page_is_printed_whole(self):
        words = [f"word{number}" for number in range(4000)]
        text = self.read_pdf(
            self.render(
                self.make_invoice(
                    self.make_account(),
                    lines=[
                        {"name": " ".join(words), "price_unit": 1},
                        {"name": "\n".join(words[:200]), "price_unit": 1},
                    ],
                )
            )
        )
        self.assertIn("word3999", text)

    def test_markup_in_texts_is_printed_and_not_obeyed(self):
        text = self.read_pdf(
            self.render(
                self.make_invoice(
                    self.make_account("Fish & <b>Chips</b>"),
                    lines=[{"name": "<font color='x'>5 < 7 & 8", "price_unit": 1}],
                )
            )
        )
        self.assertIn("Fish & <b>Chips</b>", text)
        self.assertIn("<font color='x'>5 < 7 & 8", text)

    def test_payments_and_what_is_left_are_printed(self):
        move = self.make_invoice(self.make_account())
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids).create(
            {"amount": 19, "payment_date": "2026-11-10"}
        )._create_payments()
        text = self.read_pdf(self.render(move))
        self.assertIn("Paid on 11/10/2026 $ -19.00", text)
        self.assertIn("Amount Due $ 100.00", text)

    def test_each_due_date_is_printed_with_its_amount(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 10}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 40}),
                ],
            }
        )
        text = self.read_pdf(self.render(self.make_invoice(self.make_account(), invoice_payment_term_id=term.id)))
        self.assertIn("Due on 11/11/2026: $ 59.50", text)
        self.assertIn("Due on 12/11/2026: $ 59.50", text)

    def test_several_invoices_are_printed_into_one_file_and_kept_apart_when_sent(self):
        moves = self.make_invoice(self.make_account("Ada Lovelace"), 10) | self.make_invoice(
            self.make_account("Alan Turing"), 20
        )
        text = self.read_pdf(self.render(moves))
        self.assertIn("Ada Lovelace", text)
        self.assertIn("Alan Turing", text)
        self.deliver()
        self.assertIn("Ada Lovelace", self.read_pdf(moves[0].invoice_pdf_report_id.raw))
        self.assertNotIn("Alan Turing", self.read_pdf(moves[0].invoice_pdf_report_id.raw))

    def test_a_font_with_every_character_is_chosen(self):
        sample = "€ ß Łódź Ő ș ğ"
        self.assertFalse({ord(character) for character in sample if character != " "} - get_family(sample).coverage)
