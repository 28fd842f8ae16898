"""SEMANTICS 6.4: every format shows the same totals, taxes and lines."""

import io
import json
import unittest
from datetime import datetime
from decimal import Decimal

import openpyxl
from lxml import html
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.misc import file_open

from .formats_common import ARABIC, CODES, HEBREW, FormatsCase, Found

try:
    import jsonschema
except ImportError:  # only the project's own tests bring it
    jsonschema = None

READ = [code for code in CODES if code != "pdf"]


@tagged("post_install", "-at_install")
class TestFormatFiles(FormatsCase):
    def assertSame(self, move, expected, codes=READ):
        """Compare what each format says with what it is to say."""
        for code in codes:
            with self.subTest(code):
                found = self.read(code, self.render(move, code))
                if code == "html":  # a page names its currency by a sign
                    found = found._replace(currency=expected.currency)
                self.assertEqual(found._replace(nets=sorted(found.nets)), expected._replace(nets=sorted(expected.nets)))
        text = self.read_pdf(self.render(move, "pdf"))
        digits = move.currency_id.decimal_places
        for amount in (expected.net, expected.total, *expected.taxes, *expected.nets):
            self.assertIn(f"{amount:,.{digits}f}", text)

    def expect(self, nets, taxes, net, tax, total, currency):
        return Found(
            len(nets),
            [Decimal(number) for number in nets],
            {Decimal(amount): Decimal(base) for amount, base in taxes.items()},
            *(Decimal(number) for number in (net, tax, total)),
            currency,
        )

    def test_all_formats_of_one_invoice_have_the_same_totals_taxes_and_lines(self):
        move = self.make_full_invoice(self.make_receiver(*CODES))
        expected = self.expect(
            ["107.73", "15.43", "-20.00", "10.00", "2.00"],
            {"19.60": "103.16", "0.70": "10.00", "0.00": "2.00"},
            *("115.16", "20.30", "135.46", self.company.currency_id.name),
        )
        self.assertSame(move, expected)
        for code in ("html", "csv", "json", "xml"):
            text = self.render(move, code).decode()
            for words in (ARABIC, "Fibre 250", "Credit for an outage", "Stamp", move.name):
                self.assertIn(words, text, code)
        text = self.read_pdf(self.render(move, "pdf"))
        for words in ("Fibre 250", "Credit for an outage", "Stamp", "Calls abroad", "Counted by the minute", move.name):
            self.assertIn(words, text)

    def test_headings_and_notes_stand_where_they_stand_on_the_invoice(self):
        move = self.make_full_invoice(self.make_receiver(*CODES))
        kinds = ["section", "line", "subsection", "line", "line", "note", "line", "line"]
        texts = [f"Internet {HEBREW}", "Fibre 250", "Calls abroad", "Calls", "Credit for an outage"]
        texts += ["Counted by the minute", f"Book {ARABIC}", "Stamp"]
        values = json.loads(self.render(move, "json"))
        rows = self.get_csv_rows(self.render(move, "csv"))[:8]
        page = html.fromstring(self.render(move, "html")).xpath("//*[@id='lines']/tbody/tr")
        self.assertEqual([line["kind"] for line in values["lines"]], kinds)
        self.assertEqual([line["text"] for line in values["lines"]], texts)
        self.assertEqual([row["row"] for row in rows], kinds)
        self.assertEqual([row["description"] for row in rows], texts)
        self.assertEqual([row.get("class") for row in page], kinds)
        self.assertEqual([row.xpath("string(./td[1])") for row in page], texts)

    def make_hiding_invoice(self, flag):
        """Return an invoice of 102.00: a package of which something is hidden, 61.37 at 19 % and 38.63 at 7 %."""
        lines = [
            {"display_type": "line_section", "name": "Package", flag: True},
            {"name": "Router", "price_unit": 41.25},
            {"display_type": "line_note", "name": "Kept until the end"},
            {"name": "Set-up", "price_unit": 10.06, "quantity": 2},
            {"name": "Handbook", "price_unit": 38.63, "tax_ids": [Command.set(self.low.ids)]},
            {"display_type": "line_section", "name": "Other"},
            {"name": "Stamp", "price_unit": 2, "tax_ids": [Command.set(self.none.ids)]},
        ]
        return self.make_invoice(self.make_receiver(*CODES), lines=lines)

    def get_texts(self, move, *codes):
        """Return the words of each file that a customer reads."""
        texts = {code: self.render(move, code) for code in codes}
        book = openpyxl.load_workbook(io.BytesIO(texts.pop("xlsx")))
        words = [str(value) for row in book["Lines"].iter_rows(values_only=True) for value in row]
        pdf = self.read_pdf(texts.pop("pdf"))
        return {**{code: content.decode() for code, content in texts.items()}, "xlsx": " ".join(words), "pdf": pdf}

    def test_what_an_invoice_hides_stands_in_none_of_its_files(self):
        expected = self.expect(
            ["61.37", "38.63", "2.00"],
            {"11.66": "61.37", "2.70": "38.63", "0.00": "2.00"},
            *("102.00", "14.36", "116.36", self.company.currency_id.name),
        )
        codes = [code for code in CODES if code != "xml"]  # Odoo's own builder leaves nothing out
        hidden = {
            "collapse_composition": ("Router", "Set-up", "Handbook", "41.25", "10.06", "20.12"),
            "collapse_prices": ("41.25", "10.06", "20.12"),
        }
        for flag, words in hidden.items():
            with self.subTest(flag):
                move = self.make_hiding_invoice(flag)
                self.assertSame(move, expected, [code for code in READ if code != "xml"])
                for code, text in self.get_texts(move, *codes).items():
                    self.assertEqual([word for word in words if word in text], [], code)
                    self.assertIn("Package", text, code)
                    self.assertEqual("Set-up" in text, flag == "collapse_prices", code)
        lines = json.loads(self.render(move, "json"))["lines"]
        self.assertEqual(
            [(line["kind"], line["text"]) for line in lines[:5]],
            [
                ("line", "Package"),
                ("note", "1 Units Router"),
                ("note", "2 Units Set-up"),
                ("line", "Package"),
                ("note", "1 Units Handbook"),
            ],
        )

    def test_an_invoice_in_a_currency_without_decimals(self):
        yen = self.make_currency("JPY", 0, rate=150.0)
        account = self.make_receiver(*CODES, currency=yen)
        move = self.make_invoice(account, lines=[{"name": "Calls", "price_unit": 333.4, "quantity": 3}])
        self.assertSame(move, self.expect(["1000"], {"190": "1000"}, "1000", "190", "1190", "JPY"))
        self.assertEqual(json.loads(self.render(move, "json"))["totals"]["total"], {"value": "1190", "currency": "JPY"})

    def test_an_invoice_in_a_currency_of_three_decimals(self):
        dinar = self.make_currency("KWD", 3, rate=0.3)
        account = self.make_receiver(*CODES, currency=dinar)
        move = self.make_invoice(account, lines=[{"name": "Calls", "price_unit": 1.2345, "quantity": 3}])
        codes = [code for code in READ if code != "xml"]
        self.assertSame(move, self.expect(["3.704"], {"0.704": "3.704"}, "3.704", "0.704", "4.408", "KWD"), codes)
        self.assertIn('"4.408"', self.render(move, "json").decode())

    def test_what_an_electronic_invoice_cannot_say_is_sent_in_the_other_formats(self):
        dinar = self.make_currency("KWD", 3, rate=0.3)
        in_dinars = self.make_invoice(self.make_receiver(*CODES, currency=dinar))
        receipt = self.make_invoice(self.make_receiver(*CODES), move_type="out_receipt")
        for move in (in_dinars, receipt):
            codes = self.env["billing.document.formats"].get_formats(move).mapped("code")
            self.assertEqual(codes, [code for code in CODES if code != "xml"])
            with self.assertRaisesRegex(UserError, "cannot be an electronic invoice"):
                self.render(move, "xml")

    def test_two_invoices_of_two_currencies_name_each_its_own(self):
        yen = self.make_currency("JPY", 0, rate=150.0)
        for account, code in (
            (self.make_receiver(*CODES, currency=yen), "JPY"),
            (self.make_receiver(*CODES), self.company.currency_id.name),
        ):
            values = json.loads(self.render(self.make_full_invoice(account), "json"))
            amounts = [values["totals"][name] for name in values["totals"]]
            amounts += [line["net"] for line in values["lines"] if line["net"]]
            self.assertEqual({amount["currency"] for amount in amounts}, {code})

    def test_a_credit_note_names_its_invoice_and_is_above_zero(self):
        move = self.make_full_invoice(self.make_receiver(*CODES))
        note = move._reverse_moves([{"invoice_date": "2026-11-10", "billing_delivery_state": "pending"}])
        note.billing_account_id = move.billing_account_id
        note.action_post()
        self.assertSame(
            note,
            self.expect(
                ["107.73", "15.43", "-20.00", "10.00", "2.00"],
                {"19.60": "103.16", "0.70": "10.00", "0.00": "2.00"},
                *("115.16", "20.30", "135.46", self.company.currency_id.name),
            ),
        )
        values = json.loads(self.render(note, "json"))
        self.assertEqual(
            (values["kind"], values["corrects"]), ("credit_note", {"number": move.name, "day": "2026-11-01"})
        )
        self.assertEqual({row["corrects"] for row in self.get_csv_rows(self.render(note, "csv"))}, {move.name})
        # the number of the note itself may hold that of the invoice
        for code in ("html", "xml"):
            self.assertIn(move.name, self.render(note, code).decode().replace(note.name, ""), code)
        self.assertEqual(values["payment"]["link"], "")

    def test_taxes_by_group_are_those_of_odoo(self):
        self.tax.include_base_amount = True
        eco = self.env["account.tax"].create(
            {
                "name": "Eco 1.50",
                "amount_type": "fixed",
                "amount": 1.5,
                "include_base_amount": True,
                "sequence": 0,
                "type_tax_use": "sale",
                "tax_group_id": self.low.tax_group_id.copy({"name": "Eco"}).id,
            }
        )
        lines = [
            {"name": "Both", "price_unit": 10, "quantity": 2, "tax_ids": [Command.set((eco | self.tax).ids)]},
            {"name": "One", "price_unit": 100, "tax_ids": [Command.set(self.tax.ids)]},
        ]
        move = self.make_invoice(self.make_receiver("csv"), lines=lines)
        content = self.env["billing.invoice.content"].get_content(move)
        [subtotal] = move.tax_totals["subtotals"]
        self.assertEqual(
            [(tax.name, tax.base.value, tax.amount.value) for tax in content.taxes],
            [
                (
                    group["group_name"],
                    Decimal(f"{group['base_amount_currency']:.2f}"),
                    Decimal(f"{group['tax_amount_currency']:.2f}"),
                )
                for group in subtotal["tax_groups"]
            ],
        )
        self.assertEqual(content.net.value + content.tax.value, content.total.value)

    @unittest.skipUnless(jsonschema, "jsonschema is not installed")
    def test_json_obeys_its_schema_and_what_does_not_is_found(self):
        with file_open("online_billing/static/schemas/invoice_1.json") as file:
            schema = json.load(file)
        check = jsonschema.Draft202012Validator
        check.check_schema(schema)
        move = self.make_full_invoice(self.make_receiver(*CODES))
        move.partner_bank_id = self.env["res.partner.bank"].create(
            {"acc_number": "BE15001559627230", "partner_id": self.company.partner_id.id}
        )
        draft = self.make_full_invoice(self.make_receiver(*CODES, name="Ada"), post=False)
        note = move._reverse_moves()
        note.billing_account_id = move.billing_account_id
        for document in (move, draft, note):
            values = json.loads(self.render(document, "json"))
            check(schema).validate(values)
        for broken in (
            {"version": "2.0"},
            {"totals": {}},
            {"taxes": [{"name": "VAT", "base": {"value": 1.0, "currency": "EUR"}}]},
            {"direction": "up"},
            {"lines": [{**values["lines"][1], "net": None}]},
        ):
            self.assertFalse(check(schema).is_valid({**values, **broken}), broken)

    def test_what_is_due_when_and_how_it_is_paid(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "In two parts",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (0, 30)
                ],
            }
        )
        move = self.make_invoice(self.make_receiver("json"), invoice_payment_term_id=term.id)
        payment = json.loads(self.render(move, "json"))["payment"]
        self.assertEqual(
            [(part["day"], part["amount"]["value"], part["open"]["value"]) for part in payment["due"]],
            [("2026-11-01", "59.50", "59.50"), ("2026-12-01", "59.50", "59.50")],
        )
        self.assertEqual(payment["reference"], move.payment_reference)
        self.assertIn(f"access_token={move.access_token}", payment["link"])
        [page] = html.fromstring(self.render(move, "html")).xpath("//a/@href")
        self.assertEqual(page, payment["link"])

    def test_a_workbook_has_numbers_days_and_texts(self):
        move = self.make_full_invoice(self.make_receiver("xlsx"))
        book = openpyxl.load_workbook(io.BytesIO(self.render(move, "xlsx")))
        head = {row[0]: row[1] for row in book["Invoice"].iter_rows(min_row=2, values_only=True)}
        self.assertEqual((head["Date"], head["Number"]), (datetime(2026, 11, 1), move.name))  # noqa: DTZ001
        types = {cell.value: cell.data_type for row in book["Lines"].iter_rows(min_row=2) for cell in row}
        for number in (39.9, 3, 0.0125, -20, 10):
            self.assertEqual(types[number], "n")
        self.assertEqual(book["Lines"]["I3"].number_format, "#,##0.00")

    def test_a_page_has_the_language_and_direction_of_the_customer_and_fetches_nothing(self):
        self.env["res.lang"]._activate_lang("ar_001")
        move = self.make_full_invoice(self.make_receiver("html", lang="ar_001"))
        content = self.render(move, "html")
        page = html.fromstring(content)
        self.assertTrue(content.startswith(b"<!DOCTYPE html>"))
        self.assertEqual((page.get("lang"), page.get("dir")), ("ar-001", "rtl"))
        self.assertFalse(page.xpath("//script | //link | //iframe | //object | //embed | //*[@srcset]"))
        self.assertFalse([source for source in page.xpath("//*/@src") if not source.startswith("data:")])
        self.assertNotIn("url(", page.xpath("string(//style)"))
        [policy] = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        self.assertIn("default-src 'none'", policy)
        english = html.fromstring(self.render(self.make_full_invoice(self.make_receiver("html")), "html"))
        self.assertEqual((english.get("lang"), english.get("dir")), ("en-US", "ltr"))

    def test_csv_is_as_the_standard_says(self):
        move = self.make_invoice(
            self.make_receiver("csv"), lines=[{"name": 'Fibre "250",\nNovember; 2026', "price_unit": 100}]
        )
        content = self.render(move, "csv")
        self.assertTrue(content.startswith(b"\xef\xbb\xbfrow,document,number,"))
        self.assertTrue(content.endswith(b"\r\n"))
        self.assertIn(b'"Fibre ""250"",\nNovember; 2026"', content)
        self.assertEqual(content.count(b"\r\n"), 4)  # heads, line, tax, total
        self.assertEqual(self.get_csv_rows(content)[0]["description"], 'Fibre "250",\nNovember; 2026')

    def test_a_draft_is_marked_as_one_and_kept_nowhere(self):
        move = self.make_full_invoice(self.make_receiver(*CODES), post=False)
        values = json.loads(self.render(move, "json"))
        self.assertEqual((values["state"], values["payment"]["link"]), ("draft", ""))
        self.assertIn("Draft Invoice", self.render(move, "html").decode())
        self.assertTrue(self.render(move, "csv"))
        self.assertFalse(self.env["ir.attachment"].search([("res_model", "=", move._name), ("res_id", "=", move.id)]))

    def test_what_is_no_format_or_no_invoice_is_refused(self):
        move = self.make_full_invoice(self.make_receiver(*CODES))
        entry = self.env["account.move"].create({"move_type": "entry"})
        for document, code in ((move, "docx"), (move, ""), (entry, "csv")):
            with self.assertRaisesRegex(UserError, "There is no format"):
                self.render(document, code)

    def test_the_electronic_format_is_the_customers_else_that_of_the_companys_country(self):
        account = self.make_receiver("xml")
        move = self.make_invoice(account)
        self.company.partner_id.write({"country_id": self.env.ref("base.de").id, "vat": "DE123456788"})
        chosen = self.env["billing.format.xml"].get_edi_format
        self.assertEqual(chosen(move), "ubl_bis3")
        account.partner_id.invoice_edi_format = False
        self.assertEqual(chosen(move), "xrechnung")
        self.company.partner_id.country_id = self.env.ref("base.fr")
        self.assertEqual(chosen(move), "facturx")
        account.partner_id.invoice_edi_format = "nlcius"
        self.assertEqual(chosen(move), "nlcius")
