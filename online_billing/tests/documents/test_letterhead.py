"""D18: the quick document honours what Odoo's own settings say of documents."""

import base64
import io
from unittest.mock import patch

from odoo.tests import tagged
from PIL import Image

from ..delivery.delivery_common import DeliveryCase


@tagged("post_install", "-at_install")
class TestLetterhead(DeliveryCase):
    def get_document(self, move=None, **vals):
        move = move or self.make_invoice(self.make_account(), **vals)
        return self.env["billing.document.drawing"]._get_invoice_document(move)

    def test_case_D18_logo_slogan_address_and_footer(self):
        picture = io.BytesIO()
        Image.new("RGB", (40, 20), "#AA0011").save(picture, "PNG")
        self.company.write(
            {
                "logo": base64.b64encode(picture.getvalue()),
                "report_header": "<p>Always on</p>",
                "company_details": "<p>Acme Telecom<br>2 Side Street</p>",
                "report_footer": "<p>" + "<br>".join(f"Line {number}" for number in range(1, 7)) + "</p>",
            }
        )
        document = self.get_document()
        self.assertTrue(document.logo)
        self.assertEqual(document.tagline, ["Always on"])
        self.assertEqual(document.company_lines, ["2 Side Street"])
        self.assertEqual(document.footer, [f"Line {number}" for number in range(1, 7)])
        move = self.make_invoice(self.make_account("Alan Turing"))
        text = self.read_pdf(self.env["billing.document.drawing"].draw_invoice(move))
        for number in range(1, 7):
            self.assertIn(f"Line {number}", text)

    def test_case_D18_a_long_line_of_the_footer_is_printed_whole(self):
        words = [f"word{number}" for number in range(60)]
        self.company.report_footer = f"<p>{' '.join(words)}</p>"
        text = self.read_pdf(self.env["billing.document.drawing"].draw_invoice(self.make_invoice(self.make_account())))
        self.assertIn(" ".join(words), text)

    def test_case_D18_the_delivery_address_where_odoo_shows_it(self):
        account = self.make_account()
        place = self.env["res.partner"].create(
            {"name": "Warehouse", "street": "7 Dock", "parent_id": account.partner_id.id, "type": "delivery"}
        )
        move = self.make_invoice(account, partner_shipping_id=place.id)
        self.assertEqual(self.get_document(move).delivery, [])
        self.env["res.config.settings"].create({"group_sale_delivery_address": True}).execute()
        document = self.get_document(move)
        self.assertEqual(document.delivery[0], "Shipping Address")
        self.assertIn("7 Dock", document.delivery)
        own = self.make_invoice(account, partner_shipping_id=account.partner_id.id)
        self.assertEqual(self.get_document(own).delivery, [])

    def test_case_D18_terms_bank_account_and_its_holder(self):
        bank = self.env["res.bank"].create({"name": "First Bank", "bic": "FIRSTUS1"})
        account = self.env["res.partner.bank"].create(
            {
                "acc_number": "DE89370400440532013000",
                "partner_id": self.company.partner_id.id,
                "bank_id": bank.id,
                "acc_holder_name": "Acme Holding",
                "allow_out_payment": True,
            }
        )
        document = self.get_document(partner_bank_id=account.id, narration="<p>Goods remain ours until paid.</p>")
        values = dict(document.instructions)
        self.assertEqual(values["on this account"].replace(" ", ""), "DE89370400440532013000")
        self.assertEqual((values["Account holder"], values["Bank"]), ("Acme Holding", "First Bank FIRSTUS1"))
        self.assertIn("Goods remain ours until paid.", document.notes)

    def test_case_D18_the_code_for_banking_applications_comes_from_odoos_modules(self):
        """The methods are those that account_qr_code_sepa and its like extend."""
        banks = type(self.env["res.partner.bank"])

        def refuse(_self, _method, _debtor, currency):
            return "" if currency.name == "EUR" else "Only in euros."

        def describe(account, amount, currency, free_communication, **_more):
            return {
                "barcode_type": "QR",
                "value": f"{account.sanitized_acc_number} {currency.name}{amount} {free_communication}",
            }

        account = self.env["res.partner.bank"].create(
            {"acc_number": "DE89370400440532013000", "partner_id": self.company.partner_id.id}
        )
        euro = self.env.ref("base.EUR")
        euro.active = True
        customer = self.make_account(currency_id=euro.id)
        with (
            patch.object(banks, "_get_available_qr_methods", lambda _self: [("sct_qr", "SEPA", 1)]),
            patch.object(banks, "_get_error_messages_for_qr", refuse),
            patch.object(banks, "_get_qr_code_generation_params", describe),
        ):
            self.assertIsNone(self.get_document(self.make_invoice(customer, partner_bank_id=account.id)).bank_code)
            self.company.qr_code = True
            move = self.make_invoice(customer, partner_bank_id=account.id)
            document = self.get_document(move)
            self.assertEqual(document.bank_code.content, f"DE89370400440532013000 EUR119.0 {move.payment_reference}")
            self.assertEqual(document.bank_code.hint, "Scan this QR Code with your banking application")
            self.assertIn(
                document.bank_code.hint, self.read_pdf(self.env["billing.document.drawing"].draw_invoice(move))
            )
            dollars = self.make_invoice(self.make_account("Alan Turing"), partner_bank_id=account.id)
            self.assertIsNone(self.get_document(dollars).bank_code)

    def test_case_D18_words_are_those_of_odoo_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        view = self.env.ref("account.report_invoice_document")
        words = {
            "<strong>Due Date</strong>": "<strong>Fälligkeitsdatum</strong>",
            "<span>Description</span>": "<span>Bezeichnung</span>",
            "Invoice": "Rechnung",
        }
        view.update_field_translations("arch_db", {"de_DE": words})
        account = self.make_account()
        account.partner_id.lang = "de_DE"
        document = self.get_document(self.make_invoice(account))
        self.assertTrue(document.title.startswith("Rechnung "))
        self.assertIn("Fälligkeitsdatum", dict(document.facts))
        self.assertEqual(document.columns[0].label, "Bezeichnung")

    def test_case_D18_every_word_of_odoos_template_is_found(self):
        labels = self.env["billing.document.labels"].get_labels()
        expected = {
            "out_invoice": "Invoice",
            "out_refund cancel": "Cancelled Credit Note",
            "date out_refund": "Credit Note Date",
            "due": "Due Date",
            "delivered": "Delivery Date",
            "discount": "Disc.%",
            "amount": "Amount",
            "residual": "Amount Due",
            "words": "Total amount in words",
            "communication": "Payment Communication",
            "account": "on this account",
            "paid": "Paid on",
            "credited": "Reversed on",
            "tax number": "Tax ID",
            "scan": "Scan this QR Code with your banking application",
            "shipping": "Shipping Address",
            "total": "Total",
            "rounding": "Rounding",
            "taxes of company": "Taxes",
            "payment date": "Payment Date",
            "payment method": "Payment Method",
            "payment amount": "Payment Amount",
            "memo": "Memo",
        }
        self.assertEqual({name: labels.get(name) for name in expected}, expected)

    def test_case_D18_taxes_in_the_companys_currency_where_odoo_shows_them(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.company.display_invoice_tax_company_currency = True
        move = self.make_invoice(self.make_account(currency_id=euro.id))
        labels = [total.label for total in self.get_document(move).totals]
        self.assertIn(f"Taxes {self.company.currency_id.name}", labels)

    def test_case_D18_a_foreign_tax_number_of_the_fiscal_position(self):
        position = self.env["account.fiscal.position"].create(
            {"name": "Abroad", "country_id": self.env.ref("base.be").id, "foreign_vat": "BE0477472701"}
        )
        document = self.get_document(fiscal_position_id=position.id)
        self.assertTrue(any("BE0477472701" in line for line in document.company_lines))
