"""One sending path: mail of the delivery, button, queue, download, zip and portal give the same files."""

import io
import re
import zipfile
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged

from ..statements import Statements
from .formats_common import CODES, FormatsCase


@tagged("post_install", "-at_install")
class TestFormatSending(HttpCase, FormatsCase):
    def get_names(self, mail):
        """Return the names of the files of a mail, without the number of the document."""
        return sorted(re.sub(r"INV[\d_/]+", "INV_", name) for name, _content, _kind in mail["attachments"])

    def press_send(self, move):
        """Send an invoice by Odoo's button; return the mail."""
        with self.mock_mail_gateway():
            wizard = self.env["account.move.send.wizard"].with_context(active_model="account.move", active_ids=move.ids)
            wizard.create({"sending_methods": ["email"]}).action_send_and_print()
        [mail] = self._mails
        return mail

    def get_kept(self, move):
        return sorted(move.billing_file_ids.billing_format_id.mapped("code"))

    def unzip(self, content):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def test_the_delivery_and_the_button_send_the_same_files(self):
        pressed = self.make_full_invoice(self.make_receiver(*CODES, name="Ada"), delivery="none")
        sent_by_button = self.press_send(pressed)
        delivered = self.make_full_invoice(self.make_receiver(*CODES, name="Alan"))
        [sent_by_delivery] = self.deliver()
        names = self.get_names(sent_by_delivery)
        self.assertEqual(self.get_names(sent_by_button), names)
        self.assertEqual([name.rpartition(".")[2] for name in names], ["csv", "html", "json", "pdf", "xlsx", "xml"])
        for move in pressed | delivered:
            self.assertEqual(self.get_kept(move), ["csv", "html", "json", "xlsx"])
            self.assertTrue(move.invoice_pdf_report_id and move.ubl_cii_xml_id)

    def test_the_dialogue_shows_what_is_attached_and_leaves_out_what_is_taken_away(self):
        move = self.make_full_invoice(self.make_receiver("pdf", "csv", "json"), delivery="none")
        wizard = self.env["account.move.send.wizard"].with_context(active_model="account.move", active_ids=move.ids)
        wizard = wizard.create({"sending_methods": ["email"]})
        shown = {data["name"].rpartition(".")[2]: data for data in wizard.mail_attachments_widget}
        self.assertLessEqual({"pdf", "csv", "json"}, set(shown))
        wizard.mail_attachments_widget = [
            {**data, "skip": data["name"].endswith(".csv")} for data in wizard.mail_attachments_widget
        ]
        with self.mock_mail_gateway():
            wizard.action_send_and_print()
        [mail] = self._mails
        self.assertFalse([name for name in self.get_names(mail) if name.endswith(".csv")])
        self.assertTrue([name for name in self.get_names(mail) if name.endswith(".json")])

    def test_what_was_sent_is_kept_once_and_served_as_it_was(self):
        move = self.make_full_invoice(self.make_receiver("pdf", "csv"))
        [mail] = self.deliver()
        [content] = [content for name, content, _kind in mail["attachments"] if name.endswith(".csv")]
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids).create(
            {}
        )._create_payments()
        self.assertEqual(self.render(move, "csv"), content)
        self.press_send(move)
        self.assertEqual(self.get_kept(move), ["csv"])
        self.assertEqual(self.render(move, "csv"), content)

    def test_a_set_of_the_company_counts_for_accounts_without_one(self):
        self.company.billing_document_format_ids = self.choose("pdf", "json")
        account = self.make_receiver()
        self.make_invoice(account)
        [mail] = self.deliver()
        self.assertLessEqual({"pdf", "json"}, {name.rpartition(".")[2] for name in self.get_names(mail)})
        account.document_format_ids = self.choose("csv")
        self.make_invoice(account)
        [mail] = self.deliver()
        kinds = {name.rpartition(".")[2] for name in self.get_names(mail)}
        self.assertIn("csv", kinds)
        self.assertFalse({"json", "pdf"} & kinds)

    def test_a_customer_who_wants_no_pdf_is_sent_none_and_it_is_there(self):
        move = self.make_invoice(self.make_receiver("csv", invoice_edi_format=False))
        [mail] = self.deliver()
        self.assertEqual([name.rpartition(".")[2] for name in self.get_names(mail)], ["csv"])
        self.assertTrue(move.invoice_pdf_report_id)

    def test_an_electronic_invoice_inside_a_pdf_is_sent_with_it(self):
        partner = {"country_id": self.env.ref("base.fr").id, "vat": "FR23334175221", "invoice_edi_format": "facturx"}
        self.company.partner_id.write(
            {"country_id": self.env.ref("base.fr").id, "vat": "FR15437982937", "phone": "+33 1 23 45 67 89"}
        )
        bank = {"acc_number": "FR15001559627230", "partner_id": self.company.partner_id.id, "allow_out_payment": True}
        account = self.env["res.partner.bank"].create(bank)
        self.make_invoice(self.make_receiver("xml", **partner), partner_bank_id=account.id)
        [mail] = self.deliver()
        self.assertEqual([name.rpartition(".")[2] for name in self.get_names(mail)], ["pdf", "xml"])

    def test_a_file_that_was_added_to_the_set_is_sent_the_next_time(self):
        move = self.make_invoice(self.make_receiver("pdf"))
        self.deliver()
        self.assertFalse(move.billing_file_ids)
        move.billing_account_id.document_format_ids = self.choose("pdf", "xlsx")
        self.assertTrue([name for name in self.get_names(self.press_send(move)) if name.endswith(".xlsx")])
        move.billing_account_id.document_format_ids = self.choose("pdf")
        self.assertFalse([name for name in self.get_names(self.press_send(move)) if name.endswith(".xlsx")])

    def test_reset_to_draft_forgets_the_files(self):
        move = self.make_full_invoice(self.make_receiver(*CODES))
        self.deliver()
        files = move.billing_file_ids
        self.assertEqual(len(files), 4)
        move.button_draft()
        self.assertFalse(files.exists())
        move.invoice_line_ids.filtered(lambda line: line.name == "Stamp").price_unit = 5
        move.action_post()
        self.assertEqual(self.read("csv", self.render(move, "csv")).nets[-1], 5)
        self.press_send(move)
        self.assertEqual(
            self.read("json", move.billing_file_ids.filtered(lambda one: one.name.endswith("json")).raw).nets[-1], 5
        )

    def test_the_download_gives_each_format_and_all_of_them(self):
        self.env.ref("base.user_admin").group_ids += self.env.ref("account.group_account_invoice")
        sent = self.make_full_invoice(self.make_receiver(*CODES, name="Ada"))
        self.deliver()
        unsent = self.make_full_invoice(self.make_receiver(*CODES, name="Alan"), delivery="none")
        self.authenticate("admin", "admin")
        for move in (sent, unsent):
            for code in ("html", "xml", "xlsx", "csv", "json"):
                answer = self.url_open(f"/account/download_invoice_documents/{move.id}/{code}")
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(answer.headers["Content-Type"], self.formats[code].mimetype)
                self.assertIn(f".{code}", answer.headers["Content-Disposition"])
                if code != "xlsx":
                    self.assertEqual(answer.content, self.render(move, code))
            archive = self.unzip(self.url_open(f"/account/download_invoice_documents/{move.id}/all").content)
            kinds = sorted(name.rpartition(".")[2] for name in archive)
            self.assertEqual(kinds, ["csv", "html", "json", "pdf", "xlsx", "xml"])
        self.assertFalse(unsent.billing_file_ids)
        both = self.url_open(f"/account/download_invoice_documents/{sent.id},{unsent.id}/csv")
        self.assertEqual(len(self.unzip(both.content)), 2)

    def test_the_portal_gives_the_files_of_the_mail(self):
        move = self.make_full_invoice(self.make_receiver(*CODES))
        link = move.get_portal_url(report_type="pdf", download=True)
        before = self.unzip(self.url_open(link).content)
        [mail] = self.deliver()
        after = self.unzip(self.url_open(link).content)
        self.assertEqual(after, {name: content for name, content, _kind in mail["attachments"]})
        self.assertEqual(set(before), set(after))
        alone = self.make_invoice(self.make_receiver("csv", name="Ada", invoice_edi_format=False))
        kinds = {
            name.rpartition(".")[2]
            for name in self.unzip(self.url_open(alone.get_portal_url(report_type="pdf", download=True)).content)
        }
        self.assertEqual(kinds, {"csv", "pdf"})

    def test_another_customer_gets_nothing_from_the_portal(self):
        move = self.make_full_invoice(self.make_receiver(*CODES))
        stranger = self.make_account("Stranger").partner_id
        new_test_user(self.env, "stranger", "base.group_portal", partner_id=stranger.id)
        self.authenticate("stranger", "stranger")
        answer = self.url_open(f"/my/invoices/{move.id}?report_type=pdf&download=true")
        self.assertNotIn(move.name.encode(), answer.content)
        answer = self.url_open(f"/account/download_invoice_documents/{move.id}/csv")
        self.assertNotIn(b"Fibre", answer.content)

    def test_an_invoice_without_a_billing_account_is_odoos(self):
        account = self.make_receiver(*CODES, invoice_edi_format=False)
        self.company.billing_document_format_ids = self.choose(*CODES)
        move = self.make_invoice(account, billing_account_id=False, delivery="none")
        sender = self.env["account.move.send"]
        shown = sender._get_default_mail_attachments_widget(move, sender._get_default_mail_template_id(move))
        self.assertEqual([data["name"].rpartition(".")[2] for data in shown], ["pdf"])
        self.assertFalse(sender._get_default_invoice_edi_format(move))
        self.assertFalse(self.env["billing.document.formats"].get_unmade(move))
        self.assertIsNone(move._get_invoice_legal_documents("csv", allow_fallback=True))

    def test_what_cannot_be_made_in_all_formats_is_not_sent_and_says_why(self):
        move = self.make_full_invoice(self.make_receiver("pdf", "csv"))
        engine = type(self.env["billing.format.csv"])
        with patch.object(engine, "render", side_effect=UserError("No table today.")):
            self.assertEqual(self.deliver(), [])
        self.assertEqual(move.billing_delivery_state, "failed")
        self.assertIn("No table today.", move.billing_delivery_error)
        self.assertFalse(move.billing_file_ids)

    def test_a_format_that_this_server_cannot_make_says_so(self):
        move = self.make_full_invoice(self.make_receiver("pdf", "xml"))
        engine = type(self.env["billing.format.xml"])
        with patch.object(engine, "get_obstacle", lambda _self: "Install the addon."):
            self.formats["xml"].invalidate_recordset()
            self.assertEqual(self.formats["xml"].obstacle, "Install the addon.")
            self.assertIn("not available", self.formats["xml"].display_name)
            self.assertEqual(self.deliver(), [])
            with self.assertRaisesRegex(UserError, "Install the addon"):
                self.render(move, "xml")
        self.assertIn("Install the addon.", move.billing_delivery_error)

    def ask(self, accounts):
        """Return the statements of a delivery of one invoice of each account."""
        moves = self.env["account.move"].union(*(self.make_invoice(account) for account in accounts))
        self.env.flush_all()
        self.env.invalidate_all()
        with Statements() as asked:
            sent, _failed = self.env["billing.invoice.delivery"].send_now(moves)
        self.assertEqual(sent, moves)
        return asked

    def test_a_batch_of_plain_customers_asks_for_the_formats_once_and_for_nothing_else(self):
        accounts = [self.make_receiver(name=f"Customer {number}", invoice_edi_format=False) for number in range(6)]
        asked = self.ask(accounts)
        self.assertEqual(len([query for query in asked if "billing_document_format" in query]), 2)  # account, company
        self.assertFalse(self.get_searches(asked))
        # the same search would be seen where there is something to find
        self.assertTrue(self.get_searches(self.ask([self.make_receiver("pdf", "csv", name="Other")])))

    def get_searches(self, asked):
        """Return the statements that look for kept files."""
        return [query for query in asked.of("ir_attachment") if re.search('billing_format_id"? IS NOT NULL', query)]

    def test_the_files_of_a_batch_are_written_together(self):
        """Of which Odoo writes some for each invoice; ours are one statement more, however many."""

        def count(codes, number):
            accounts = [
                self.make_receiver(*codes, name=f"Customer {place}", invoice_edi_format=False)
                for place in range(number)
            ]
            return sum("INSERT" in query for query in self.ask(accounts).of("ir_attachment"))

        self.assertEqual(count(("pdf", "csv"), 2) - count(("pdf",), 2), count(("pdf", "csv"), 6) - count(("pdf",), 6))
