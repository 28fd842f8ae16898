import re
import smtplib
import threading
from contextlib import contextmanager, suppress
from datetime import date
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage
from functools import partial
from unittest.mock import patch

from lxml import etree
from odoo import fields
from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.delivery.batch import KEY, Batch, format_amount, get_batch
from ...services.delivery.mime import MailWriter
from ..posting.posting_common import laid_over
from ..statements import Statements
from .delivery_common import DeliveryCase, StoredRows

HISTORY = 4000
GROWING = (
    "account_move",
    "account_move_line",
    "ir_attachment",
    "mail_mail",
    "mail_message",
    "mail_notification",
    "res_partner",
)


@tagged("post_install", "-at_install")
class TestBatch(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "force_report_rendering": True, "tracking_disable": False})

    def make_batch(self):
        """Invoices that differ in what a mail depends on: language, contacts, seller, followers, address, formats."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env.ref("online_billing.mail_template_invoice").with_context(
            lang="fr_FR"
        ).subject = "Facture {{ object.name }} du {{ format_date(object.invoice_date) }}"
        plain, french, busy, twin = (self.make_account(name) for name in ("Ada", "Blaise", "Charles", "Dorothy"))
        french.partner_id.lang = "fr_FR"
        french.document_format_ids = self.env["billing.document.format"].search(
            [("code", "in", ("pdf", "csv", "html"))]
        )
        contacts = self.env["res.partner"].create(
            [{"name": name, "email": f"{name.lower()}@customer.example"} for name in ("Buyer", "Keeper")]
        )
        busy.invoice_contact_ids = [Command.set(contacts.ids)]
        twin.partner_id.email = self.company.email  # two contacts have the sender's address
        seller = self.env["res.users"].create(
            {"name": "Sam Seller", "login": "sam", "email": "sam@acme.example", "group_ids": self.clerk_groups()}
        )
        moves = self.make_invoice(plain) | self.make_invoice(french) | self.make_invoice(busy)
        moves |= self.make_invoice(plain, invoice_user_id=seller.id) | self.make_invoice(twin)
        moves |= self.make_invoice(plain, move_type="out_refund")
        moves[0].message_subscribe(contacts[0].ids)
        users = self.env["res.users"].with_context(no_reset_password=True)
        users.create({"partner_id": contacts[1].id, "login": "keeper", "notification_type": "inbox"})
        portal = [Command.set(self.env.ref("base.group_portal").ids)]
        users.create({"partner_id": french.partner_id.id, "login": "blaise", "group_ids": portal})
        self.env.ref("online_billing.mail_template_invoice").attachment_ids = [
            Command.create({"name": "terms.txt", "raw": b"Terms"})
        ]
        return moves

    def make_payment(self, move):
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        return wizard.create({"payment_date": "2026-11-10"})._create_payments()

    def clerk_groups(self):
        return [Command.set(self.env.ref("base.group_user").ids)]

    def test_case_G3_a_batch_is_mailed_as_odoo_mails_each_invoice_by_itself(self):
        moves = self.make_batch()
        for move in moves:
            move._get_billing_pay_url()  # its secret stays the same
        self.assert_stored_alike(moves, self.send_by_batch, self.send_by_odoo)

    def test_case_G3_receipts_are_mailed_in_a_batch_as_each_by_itself(self):
        payments = self.env["account.payment"]
        for name in ("Ada", "Blaise"):
            payments |= self.make_payment(self.make_invoice(self.make_account(name)))
        payments.billing_delivery_state = "pending"
        delivery = self.env["billing.receipt.delivery"]

        def send_each(documents):
            with patch.object(type(self.env["billing.mail.posting"]), "_can_post", return_value=False):
                for document in documents:
                    delivery.send_now(document)

        self.assert_stored_alike(payments, delivery.send_now, send_each)

    def test_case_G3_whom_the_text_names_gets_the_mail_too_and_once(self):
        move = self.make_invoice_to("aaron", "betty")
        payment = self.make_payment(self.make_invoice(self.make_account("Ada")))
        for document, name, recipients in (
            (move, "invoice", {"aaron@customer.example", "betty@customer.example", "archive@acme.example"}),
            (payment, "receipt", {payment.partner_id.email, "betty@customer.example", "archive@acme.example"}),
        ):
            template = self.env.ref(f"online_billing.mail_template_{name}")
            template.write(
                {
                    "use_default_to": False,
                    "email_cc": "archive@acme.example, Betty@customer.example",
                    "attachment_ids": [Command.create({"name": "terms.txt", "raw": b"Terms"})],
                }
            )
            delivery = "billing.invoice.delivery" if document == move else "billing.receipt.delivery"
            self.env[delivery].send_now(document)
            message = document.billing_delivery_message_id
            self.assertEqual(set(message.partner_ids.mapped("email_normalized")), recipients)
            self.assertIn("terms.txt", message.attachment_ids.mapped("name"))

    def test_case_G3_where_an_addon_changes_how_messages_are_posted_each_is_posted_by_odoo(self):
        moves = self.make_invoice(self.make_account("Ada")) | self.make_invoice(self.make_account("Blaise"))
        owner, seen = type(self.env["account.move"]), []
        original = owner._notify_thread_by_email

        def notify(move, *args, **kwargs):
            seen.append(move.id)
            return original(move, *args, **kwargs)

        notify.__module__ = "odoo.addons.acme.models.account_move"
        with patch.object(owner, "_notify_thread_by_email", notify):
            self.send_by_batch(moves)
        self.assertEqual(seen, moves.ids)

    def test_case_G3_a_note_that_an_addon_writes_meanwhile_is_written_at_once(self):
        move = self.make_invoice(self.make_account("Ada"))
        owner = type(self.env["account.move.send"])
        original, noted = owner._get_mail_params, move.name * 2

        def get_mail_params(sender, move, *args):
            self.assertTrue(move.message_post(body=noted))
            return original(sender, move, *args)

        with patch.object(owner, "_get_mail_params", get_mail_params):
            self.send_by_batch(move)
        self.assertIn(noted, move.message_ids.mapped("preview"))
        self.assertIn(move.name, move.billing_delivery_message_id.subject)

    def assert_stored_alike(self, documents, *ways):
        """Send the same documents in several ways, and compare every stored column of all that was left behind."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        stored = []
        for way in ways:
            with self.env.cr.savepoint() as savepoint:
                way(documents)
                self.assertEqual(
                    set(documents.mapped("billing_delivery_state")),
                    {"sent"},
                    documents.mapped("billing_delivery_error"),
                )
                stored.append(StoredRows(self.env, documents._name, documents).rows)
                savepoint.rollback()
            self.env.invalidate_all()
        ours, odoos = stored
        for table in ("mail_message", "mail_mail", "mail_notification", "ir_attachment"):
            self.assertGreaterEqual(len(ours[table]), len(documents), table)
        for table, rows in ours.items():
            self.assertEqual(len(rows), len(odoos[table]), table)
            for row, odoos_row in zip(rows, odoos[table], strict=True):
                self.assertEqual(row, odoos_row, table)

    def send_by_batch(self, moves):
        sent, _failed = self.env["billing.invoice.delivery"].send_now(moves)
        self.assertEqual(sent, moves)

    def send_by_odoo(self, moves):
        for move in moves:
            self.env["account.move.send"].with_context(mail_notify_force_send=False)._generate_and_send_invoices(
                move.with_context(mail_notify_force_send=False), sending_methods=["email"]
            )

    def test_case_G3_amounts_and_numbers_are_written_in_a_batch_as_outside_of_it(self):
        moves = self.make_invoice(self.make_account("Ada"))
        self.env["res.lang"]._activate_lang("fr_FR")
        currencies, drawing = self.env.ref("base.EUR") | self.env.ref("base.JPY"), self.env["billing.document.drawing"]
        batch = {KEY: Batch(moves)}
        for _time in range(2):
            for lang in ("en_US", "fr_FR"):
                plain = self.env(context={**self.env.context, "lang": lang})
                batched = plain(context={**plain.context, **batch})
                for value in (1234567.891, 0.0, -0.0, -5, 5.0):
                    with self.subTest(lang=lang, value=value):
                        for currency in currencies:
                            with_batch = currency.with_env(batched)
                            written = [currency.with_env(plain).format(value), format_amount(with_batch, value)]
                            for env in (plain, batched):
                                write = env["mail.template"]._render_eval_context()["format_amount"]
                                written += [write(value, currency), write(value, currency, lang_code="en_US")]
                            self.assertEqual({written[0]}, {written[1], written[2], written[4]})
                            self.assertEqual(written[3], written[5])
                        for digits in (0, 2):
                            self.assertEqual(*(drawing._number(env, value, digits) for env in (plain, batched)))
                writers = [env["mail.template"]._render_eval_context()["format_date"] for env in (plain, batched)]
                for day in (date(2026, 11, 2), date(2026, 2, 11), "2026-11-02"):
                    self.assertEqual(*(write(day) for write in writers))

    def test_case_G3_files_are_named_in_a_batch_as_outside_of_it(self):
        moves = self.make_invoice(self.make_account("Ada")) | self.make_invoice(self.make_account("Blaise"))
        other = self.env.ref("account.account_invoices").copy({"print_report_name": "'Copy of ' + object.name"})
        batched = moves.with_context(**{KEY: Batch(moves)})
        for _time in range(2):
            for given in ({}, {"report": other}, {"extension": "xml"}, {"extension": "xml", "report": other}):
                names = [[move._get_invoice_report_filename(**given) for move in some] for some in (moves, batched)]
                self.assertEqual(*names)
                self.assertEqual(len(set(names[0])), 2)

    def test_case_G3_the_text_is_compiled_once_for_all_customers(self):
        moves = self.env["account.move"].union(*(self.make_invoice(self.make_account(name)) for name in "ABCD"))
        self.env.registry.clear_cache("templates")
        engine, texts = type(self.env["ir.qweb"]), []
        original = engine._generate_code

        def compile_code(engine, template):
            if isinstance(template, etree._Element):
                texts.append(bool(engine.env.context.get("raise_on_forbidden_code_for_model")))
            return original(engine, template)

        with patch.object(engine, "_generate_code", compile_code):
            self.send_by_batch(moves)
        # once to see whether it is more than plain placeholders, and once to write it
        self.assertEqual(texts, [True, False])

    def test_case_G3_a_text_that_was_changed_is_compiled_anew(self):
        template = self.env.ref("online_billing.mail_template_invoice")
        first, second = (self.make_invoice(self.make_account(name)) for name in "AB")
        self.send_by_batch(first)
        template.body_html = "<p>New words for <t t-out='object.name'/></p>"
        self.send_by_batch(second)
        self.assertIn(f"New words for {second.name}", second.billing_delivery_message_id.body)

    def test_case_G3_one_invoice_that_cannot_be_written_stops_no_other(self):
        bad, good = self.make_invoice(self.make_account("A")), self.make_invoice(self.make_account("B"))
        self.env.ref("online_billing.mail_template_invoice").subject = f"Invoice {{{{ 1 / (object.id - {bad.id}) }}}}"
        self.env["billing.invoice.delivery"].send_now(bad | good)
        self.assertEqual((bad | good).mapped("billing_delivery_state"), ["failed", "sent"])

    def test_case_G1_G2_no_statement_of_a_batch_reads_what_was_ever_sent(self):
        moves = self.env["account.move"].union(*(self.make_invoice(self.make_account(name)) for name in "ABCDE"))
        old = self.make_invoice(self.make_account("Old"))
        self.send_by_batch(old)
        self.make_history(old)
        statements = {}

        def note(_cursor, query, params, _start, _delay):
            statements.setdefault(" ".join(str(query).split()), params)

        thread = threading.current_thread()
        thread.query_hooks = [note]
        try:
            with self.worker() as env:
                env["billing.invoice.delivery"].work()
        finally:
            thread.query_hooks = []
        self.assertEqual(set(moves.mapped("billing_delivery_state")), {"sent"})
        whole = {statement: table for statement, params in statements.items() for table in self.scan(statement, params)}
        self.assertEqual(whole, {})

    def count_statements(self, model, service, make):
        """Return how many statements one more document costs in a batch."""
        counts = []
        for count in (4, 8):
            documents = self.env[model].union(*(make(self.make_account(f"Customer {n}")) for n in range(count)))
            documents.billing_delivery_state = "pending"
            self.env.flush_all()
            self.env.invalidate_all()
            with Statements() as statements:
                self.env[service].send_now(documents)
                self.env.flush_all()
            self.assertEqual(set(documents.mapped("billing_delivery_state")), {"sent"})
            counts.append(len(statements))
        return (counts[1] - counts[0]) / 4

    def test_case_G3_one_more_invoice_costs_a_batch_one_statement(self):
        # in tests Odoo leaves a file beside the PDF
        each = self.count_statements("account.move", "billing.invoice.delivery", self.make_invoice)
        self.assertLessEqual(each, 1)

    def test_case_G3_one_more_receipt_costs_a_batch_no_statement(self):
        each = self.count_statements(
            "account.payment",
            "billing.receipt.delivery",
            lambda account: self.make_payment(self.make_invoice(account, delivery="none")),
        )
        self.assertLessEqual(each, 0)

    def hand_over(self, mails):
        """Send mails as a scheduled action does: each is a transaction of its own."""
        with self.mock_smtplib_connection(), self.worker() as env:
            env["mail.mail"].browse(mails.ids).send(auto_commit=True)
        return self.emails

    def get_mails(self, moves):
        messages = moves.billing_delivery_message_id
        return self.env["mail.mail"].search([("mail_message_id", "in", messages.ids)], order="id")

    def test_case_G4_a_mail_is_handed_over_as_odoo_does_and_leaves_the_same(self):
        account = self.make_account("Ada")
        moves = self.make_invoice(account) | self.make_invoice(account)
        self.env.ref("online_billing.mail_template_invoice").auto_delete = False
        self.send_by_batch(moves)
        ours, odoos = (self.get_mails(move) for move in moves)
        self.assertTrue(ours.billing_is_own)
        odoos.billing_is_own = False
        slow = patch.object(type(self.env["billing.mail.hand.over"]), "_send_as_odoo_does", side_effect=AssertionError)
        with slow:
            mails = [self.hand_over(mail) for mail in (ours, odoos)]
        names = ["smtp_from", "smtp_to_list", "from_filter"]
        self.assertEqual(*([mail[name] for name in names] for [mail] in mails))
        read = [message_from_string(mail["message"]) for [mail] in mails]
        names = ["From", "Reply-To", "To", "Cc", "MIME-Version"]
        self.assertEqual(*([message[name] for name in names] for message in read))
        self.assertEqual(*(sorted(message.keys()) for message in read))
        self.assertEqual(*([part.get_content_type() for part in message.walk()] for message in read))
        left = []
        for mail, move in zip((ours, odoos), moves, strict=True):
            rows = StoredRows(self.env, "account.move", move).rows
            of_each = {"billing_is_own": True, "body_html": "", "headers": ""}
            left.append((rows["mail_notification"], {**rows["mail_mail"][0], **of_each}))
            self.assertEqual(mail.state, "sent")
        self.assertEqual(*left)

    def test_case_G4_the_context_of_a_mail_does_not_outlive_it(self):
        moves = self.env["account.move"].union(*(self.make_invoice(self.make_account(name)) for name in "ABC"))
        self.send_by_batch(moves)
        mails = self.get_mails(moves)
        settings = {"smtp_session": None, "alias_domain_id": False, "mail_server": False}
        envelopes = self.env["billing.mail.hand.over"]._write_envelopes(mails, settings)
        self.assertEqual(envelopes.keys(), set(mails.ids))
        self.assertFalse([env for env in self.env.transaction.envs if "send_validated_to" in env.context])

    def get_page(self, **vals):
        """Return what Odoo says of a mail that is to be written."""
        return {
            "attachments": [("INV_1.pdf", bytes(range(256)) * 40, "application/pdf"), ("Übung.txt", b"Zo\xeb", False)],
            "body": f"<p>Zoë owes you {'money, ' * 300}</p>\n.\n<p>€</p>",
            "body_alternative": "Zoë owes you money\n.\n" + "long " * 300,
            "email_cc": [],
            "email_to": ['"Müller, Zoë" <zoe@customer.example>', "Ada <ada@customer.example>"],
            "headers": {"Return-Path": "bounce@acme.example", "X-Odoo-Objects": "account.move-1", "X-A": "a b " * 60},
            "message_id": "<12345.67890.openerp-1-account.move@a-host-with-a-name-too-long-for-a-line.example>",
            "object_id": "1-account.move",
            "references": " ".join(f"<{number}.a-long-reference@acme.example>" for number in range(5)),
            "reply_to": '"Acme Télécom" <billing@acme.example>',
            "subject": "Acme Télécom: invoice INV/2026/00001, $\xa0119.00, a subject too long for one or two lines",
            **vals,
        }

    def read(self, message):
        """Return what a mail says to who gets it: its headers, and the kind, name and content of each part."""
        content = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
        self.assertLessEqual(max(map(len, content.split(b"\r\n"))), 998)
        self.assertNotRegex(content, rb"[^\r]\n|\r[^\n]")
        parsed = message_from_bytes(content, policy=policy.default)
        self.assertFalse([part.defects for part in parsed.walk() if part.defects])
        headers = [(name, value) for name, value in parsed.items() if name not in ("Date", "Content-Type")]
        lines = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
        headers += [line for line in lines if not line.lower().startswith((b"date:", b"content-", b" boundary"))]
        borders = [part.get_boundary() for part in parsed.walk() if part.is_multipart()]
        self.assertEqual(len(set(borders)), len(borders))
        parts = [
            (part.get_content_type(), part.get_content_charset(), part.get_filename(), part.get_content_disposition())
            + (() if part.is_multipart() else (part.get_content(),))
            for part in parsed.walk()
        ]
        return headers, parts, parsed["Date"].datetime.tzinfo

    def test_case_G4_a_mail_says_what_odoo_writes(self):
        hand_over, servers = self.env["billing.mail.hand.over"], self.env["ir.mail_server"]
        writer = MailWriter()
        for vals in (
            {},
            {"attachments": []},
            {"attachments": [("page.html", b"<p>Hi</p>", "text/html"), ("no kind", b"x" * 200, "")]},
            {"attachments": [('a;b".txt', b"", "text/plain"), ("long" * 30, b"x", "image/svg+xml"), ("...", b"x", "")]},
            {"body": "<p>Ο πελάτης μας</p>" * 90, "body_alternative": "يدفع العميل\n" * 90},
            {"body": "<p>ends with blanks \t \n\n</p>\r\n\x0b\u2028", "body_alternative": "From here\n.\n \n=20\n--x"},
            {"references": False, "reply_to": False, "headers": {}},
            {"email_cc": ["carl@customer.example"], "subject": False},
            {"headers": {"Reply-To": "other@acme.example", "Message-Id": "<other@acme.example>"}},
            {"email_to": ["Ada <ada@customer.example>"], "references": "<1@acme.example>", "headers": {}},
            {
                "email_to": ['"Lovelace, Ada" <ada@customer.example>', "b@customer.example"],
                "subject": " Plain  or not ",
            },
            {"email_to": ["=?utf-8?q?Zo=C3=AB?= <zoe@customer.example>"], "subject": "=?utf-8?q?Zo=C3=AB?= and more"},
            {"email_to": ["Ada (at home) <ada@customer.example>, "], "subject": "x" * 69},
            {
                "email_to": [f"Ada <{'a' * 80}@customer.example>"],
                "subject": "x" * 70,
                "reply_to": "Ada  <a@b.example> ",
            },
        ):
            page = self.get_page(**vals)
            for sender in ('"Acme Télécom" <billing@acme.example>', "billing@acme.example"):
                with self.subTest(vals=vals, sender=sender):
                    self.assertTrue(writer.can_write(page))
                    with suppress(ValueError, AttributeError, TypeError):
                        self.assertTrue(writer.write(sender, page).as_bytes().isascii())
                    written = []
                    for write in (writer.write, partial(hand_over._build_as_odoo_does, servers)):
                        try:
                            written.append(self.read(write(sender, page)))
                        except (ValueError, AttributeError, TypeError) as error:
                            written.append(repr(error))
                    self.assertEqual(*written)

    def test_case_G4_a_header_with_the_end_of_a_line_is_refused_as_odoo_refuses_it(self):
        for separator in ("\n", "\r\n", "\u2028", "\x0b"):
            with self.subTest(separator=separator), self.assertRaises(ValueError):
                MailWriter().write("a@acme.example", self.get_page(subject=f"Hello{separator}Bcc: x@evil.example"))

    def test_case_G4_what_a_batch_has_asked_is_forgotten_at_its_end(self):
        moves = self.make_invoice(self.make_account("Ada")) | self.make_invoice(self.make_account("Blaise"))
        owner, seen = type(self.env["account.move.send"]), []
        send = owner._generate_and_send_invoices

        def note(sender, documents, **options):
            result = send(sender, documents, **options)
            seen.append((documents, get_batch(documents), dict(get_batch(documents)._answers)))
            return result

        with patch.object(owner, "_generate_and_send_invoices", note):
            self.send_by_batch(moves)
        [(documents, batch, answers)] = seen
        self.assertTrue(answers)
        self.assertFalse(batch._answers)
        self.assertIsNone(get_batch(documents))
        self.assertEqual(format_amount(documents.currency_id, 1234.5), moves.currency_id.format(1234.5))
        self.assertFalse(batch._answers)

    def test_case_G4_borders_are_new_for_every_chunk_of_mails(self):
        mails = [MailWriter().write("a@acme.example", self.get_page()) for _chunk in range(2)]
        borders = [
            part.get_boundary()
            for mail in mails
            for part in message_from_bytes(mail.as_bytes()).walk()
            if part.is_multipart()
        ]
        self.assertEqual(len(set(borders)), 4)

    def test_case_G4_mails_that_carry_mails_or_have_no_text_are_written_by_odoo(self):
        for vals in ({"attachments": [("mail.eml", b"To: x", "message/rfc822")]}, {"body_alternative": ""}):
            self.assertFalse(MailWriter().can_write(self.get_page(**vals)))

    def test_case_G4_whatever_an_addon_takes_over_of_the_writing_finds_the_parts_of_a_mail(self):
        """Those who add a line, sign a mail or archive it go through its parts, which only Odoo's own mails have."""
        parts = ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"]
        for method in ("_build_email__", "_prepare_email_message__", "_alter_message__", "send_email"):
            with self.subTest(method=method):
                move, seen = self.make_invoice(self.make_account("Ada")), []
                self.send_by_batch(move)

                def look(odoos, _servers, *args, method=method, seen=seen, **kwargs):
                    answer = getattr(odoos, method)(*args, **kwargs)
                    message = next(one for one in (answer, *args) if isinstance(one, EmailMessage))
                    seen.append([part.get_content_type() for part in message.walk()])
                    return answer

                with laid_over(self.env["ir.mail_server"], "acme", **{method: look}):
                    self.hand_over(self.get_mails(move))
                self.assertEqual(seen, [parts])

    def test_case_G3_a_mail_refers_to_the_messages_before_it_as_odoo_finds_them(self):
        moves = self.make_invoice(self.make_account("Ada")) | self.make_invoice(self.make_account("Blaise"))
        comment = self.env.ref("mail.mt_comment")
        for note in ("first", "second", "third", "fourth", "fifth"):
            moves[0].message_post(body=note, subtype_id=comment.id, message_type="comment")
        internal = "between ourselves"
        moves[1].message_post(body=internal)
        self.send_by_batch(moves)
        for move in moves:
            mail = self.get_mails(move)
            message = move.billing_delivery_message_id
            recipients = [{"name": "", "email_normalized": "", "active": False, "share": True}]
            expected = move._notify_by_email_get_base_mail_values(message, recipients)["references"]
            self.assertEqual(mail.references, expected)
            self.assertIn(message.message_id, expected)

    def test_case_G3_a_message_that_is_written_meanwhile_is_found_by_the_mails_after_it(self):
        moves = self.make_invoice(self.make_account("Ada")) | self.make_invoice(self.make_account("Blaise"))
        subtype_id, noted = self.env.ref("mail.mt_comment").id, {}
        owner = type(self.env["account.move"])
        original = owner._notify_thread_with_out_of_office

        def answer(move, *args, **kwargs):
            noted[move.id] = move.env["mail.message"].create(
                {"model": move._name, "res_id": move.id, "message_type": "comment", "subtype_id": subtype_id}
            )
            return original(move, *args, **kwargs)

        with patch.object(owner, "_notify_thread_with_out_of_office", answer):
            self.send_by_batch(moves)
        for move in moves:
            self.assertIn(noted[move.id].message_id, self.get_mails(move).references)

    def test_case_G4_a_mail_that_is_not_kept_is_deleted_and_its_message_stays(self):
        move = self.make_invoice(self.make_account("Ada"))
        self.env.ref("online_billing.mail_template_invoice").auto_delete = True
        self.send_by_batch(move)
        self.assertEqual(len(self.hand_over(self.get_mails(move))), 1)
        self.assertFalse(self.get_mails(move))
        self.assertEqual(move.billing_delivery_message_id.notification_ids.notification_status, "sent")
        self.assertEqual(len(move.billing_delivery_message_id.attachment_ids), 1)

    def test_case_G4_mails_of_others_are_sent_by_odoo_alone(self):
        other = self.env["mail.mail"].create(
            {"subject": "Hello", "email_to": "x@other.example", "body_html": "<p>Hi</p>"}
        )
        with patch.object(type(self.env["billing.mail.hand.over"]), "hand_over", side_effect=AssertionError):
            self.assertEqual(len(self.hand_over(other)), 1)
        self.assertEqual(other.exists().state, "sent")

    def make_invoice_to(self, *names):
        """Return an invoice of an account with these invoice contacts."""
        account = self.make_account("Ada")
        account.invoice_contact_ids = self.env["res.partner"].create(
            [{"name": name, "email": f"{name}@customer.example"} for name in names]
        )
        return self.make_invoice(account)

    @contextmanager
    def refusing(self, name):
        """Let the mail server refuse one address; yield the addresses whose mails it has taken."""
        taken = []

        def send_email(_server, message, *_args, **_kwargs):
            if f"{name}@" in message["To"]:
                raise MailDeliveryException("No such user")
            taken.append(message["To"])
            return message["Message-Id"]

        with self.mock_smtplib_connection(), patch.object(type(self.env["ir.mail_server"]), "send_email", send_email):
            yield taken

    def work_until_given_up(self, move):
        """Let delivery and mail queue work on an invoice, at each time at which it is due again."""
        for _attempt in range(5):
            with self.worker() as env:
                env["account.move"]._cron_deliver_billing()
                messages = env["account.move"].browse(move.id).billing_delivery_message_id
                env["mail.mail"].search([("mail_message_id", "in", messages.ids), ("state", "=", "outgoing")]).send(
                    auto_commit=True
                )
            if move.billing_delivery_retry_date:
                move.billing_delivery_retry_date = fields.Datetime.now()
                self.env.flush_all()

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_case_G4_an_address_that_is_refused_keeps_the_invoice_from_nobody_else_and_sends_it_to_nobody_twice(self):
        for refused in ("aaron", "betty", "cyril"):
            move = self.make_invoice_to("aaron", "betty", "cyril")
            with self.refusing(refused) as taken:
                self.work_until_given_up(move)
            self.assertEqual(len(taken), 2, taken)
            self.assertEqual(len(set(taken)), 2, taken)
            self.assertEqual(move.billing_delivery_state, "failed")
            self.assertIn("No such user", move.billing_delivery_error)
            states = {
                notification.res_partner_id.name: notification.notification_status
                for notification in move.billing_delivery_message_id.notification_ids
            }
            self.assertEqual(states.pop(refused), "exception")
            self.assertEqual(set(states.values()), {"sent"})

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_case_G4_an_address_that_was_corrected_gets_the_invoice_alone(self):
        for replaced in (False, True):
            move = self.make_invoice_to("aaron", "betty")
            with self.refusing("aaron"):
                self.work_until_given_up(move)
            contacts = move.billing_account_id.invoice_contact_ids
            aaron = contacts.filtered(lambda one: one.name == "aaron")
            if replaced:
                new = self.env["res.partner"].create({"name": "Dora", "email": "d@new.example"})
                move.billing_account_id.invoice_contact_ids = contacts - aaron | new
            else:
                aaron.email = "d@new.example"
            with self.refusing("nobody") as taken:
                self.env["billing.invoice.delivery"].send_now(move)
                self.env.flush_all()
                self.work_until_given_up(move)
            self.assertEqual([address.rpartition("<")[2] for address in taken], ["d@new.example>"])
            self.assertEqual(move.billing_delivery_state, "sent")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_case_G4_an_address_that_is_none_sends_the_invoice_to_nobody_else_twice(self):
        move = self.make_invoice_to("aaron", "betty")
        move.billing_account_id.invoice_contact_ids.filtered(lambda one: one.name == "aaron").email = "aaron"
        self.env.ref("online_billing.mail_template_invoice").auto_delete = True
        with self.mock_smtplib_connection():
            self.work_until_given_up(move)
        self.assertEqual([mail["smtp_to_list"] for mail in self.emails], [["betty@customer.example"]])
        self.assertEqual(move.billing_delivery_state, "failed")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_case_G4_an_address_that_was_taken_away_lets_the_invoice_be_sent(self):
        move = self.make_invoice_to("aaron", "betty")
        with self.refusing("aaron") as taken:
            self.work_until_given_up(move)
            account = move.billing_account_id
            account.invoice_contact_ids = account.invoice_contact_ids.filtered(lambda one: one.name == "betty")
            self.env["billing.invoice.delivery"].send_now(move)
        self.assertEqual(len(taken), 1)
        self.assertEqual(move.billing_delivery_state, "sent")
        self.assertFalse(self.get_mails(move).filtered(lambda mail: mail.state in ("outgoing", "exception")))

    def test_case_G4_a_mail_that_somebody_takes_out_of_the_queue_is_seen_on_its_invoice(self):
        for act in ("cancel", "unlink"):
            move = self.make_invoice(self.make_account("Ada"))
            self.send_by_batch(move)
            getattr(self.get_mails(move), act)()
            self.assertEqual((move.billing_delivery_state, move.billing_delivery_retry_date), ("failed", False))
            self.assertIn("somebody has taken the mail out of the queue", move.billing_delivery_error)
            self.send_by_batch(move)
            self.assertEqual(self.get_mails(move).state, "outgoing")

    def test_case_G4_mails_that_another_lane_has_sent_and_deleted_stop_no_other(self):
        account = self.make_account("Ada")
        moves = self.make_invoice(account) | self.make_invoice(account)
        self.send_by_batch(moves)
        mails = self.get_mails(moves)
        for mail in mails:  # sent in two sessions, one after the other
            mail.mail_server_id = self.env["ir.mail_server"].create(
                {"name": "Host", "smtp_host": "mail.acme.example", "smtp_encryption": "none"}
            )
        sent = []
        with self.mock_smtplib_connection(), self.worker() as env:

            def send_email(_server, message, *_args, **_kwargs):
                env.cr.execute("DELETE FROM mail_mail WHERE id = %s", [mails[1].id])
                env.invalidate_all()
                sent.append(message["Message-Id"])
                return message["Message-Id"]

            with patch.object(type(self.env["ir.mail_server"]), "send_email", send_email):
                env["mail.mail"].browse(mails.ids).send(auto_commit=True)
        self.assertEqual(sent, [moves[0].billing_delivery_message_id.message_id])

    def test_case_G4_the_second_lane_leaves_the_mail_servers_of_persons_to_odoo(self):
        move = self.make_invoice(self.make_account("Ada"))
        self.send_by_batch(move)
        mail, taken = self.get_mails(move), []
        with patch.object(type(mail), "send", lambda mails, **_options: taken.append(mails)):
            mail._cron_hand_over_billing()
            self.env["ir.mail_server"].create(
                {"name": "Mine", "smtp_host": "mail.acme.example", "owner_user_id": self.env.uid}
            )
            mail._cron_hand_over_billing()
        self.assertEqual([mail in mails for mails in taken], [True, False])

    @mute_logger("odoo.addons.online_billing.models.delivery.mail_mail", "odoo.addons.mail.models.mail_mail")
    def test_case_G4_a_mail_server_that_hangs_up_does_not_end_the_second_lane_for_good(self):
        move = self.make_invoice(self.make_account("Ada"))
        self.send_by_batch(move)
        hung_up = patch.object(
            type(self.env["ir.mail_server"]), "send_email", side_effect=smtplib.SMTPServerDisconnected("gone")
        )
        with self.mock_smtplib_connection(), hung_up, self.worker() as env:
            env["mail.mail"]._cron_hand_over_billing()
        self.assertEqual(move.billing_delivery_state, "failed")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_case_G4_one_mail_that_is_refused_stops_no_other_and_is_seen_on_its_invoice(self):
        moves = self.make_invoice(self.make_account("Ada")) | self.make_invoice(self.make_account("Blaise"))
        self.send_by_batch(moves)
        refused = moves[0].partner_id.email

        def send_email(_server, message, *_args, **_kwargs):
            if refused in message["To"]:
                raise MailDeliveryException("No such user")
            return message["Message-Id"]

        mails = self.get_mails(moves)
        refusing = patch.object(type(self.env["ir.mail_server"]), "send_email", send_email)
        with self.mock_smtplib_connection(), refusing, self.worker() as env:
            env["mail.mail"].browse(mails.ids).send(auto_commit=True)
        self.assertEqual(moves.mapped("billing_delivery_state"), ["failed", "sent"])
        self.assertIn("No such user", moves[0].billing_delivery_error)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_case_G4_what_fails_after_it_was_sent_is_not_offered_again_at_once(self):
        offered, move = [], self.make_invoice(self.make_account("Ada"))
        self.send_by_batch(move)
        mail = self.get_mails(move)
        mail.auto_delete = True
        self.env.flush_all()

        def send_email(_server, message, *_args, **_kwargs):
            offered.append(message["To"])
            raise MailDeliveryException("The archive of sent mails is full")

        failing = patch.object(type(self.env["ir.mail_server"]), "send_email", send_email)
        with self.mock_smtplib_connection(), failing, self.worker() as env:
            env["mail.mail"].browse(mail.ids).send(auto_commit=True)
        self.assertEqual(len(offered), 1)
        self.assertEqual((mail.state, mail.failure_reason), ("exception", "The archive of sent mails is full"))
        self.assertEqual(move.billing_delivery_state, "failed")

    @mute_logger("odoo.sql_db")
    def test_case_G4_a_statement_that_fails_while_a_mail_is_sent_is_seen_and_stops_no_other(self):
        moves = self.make_invoice(self.make_account("Ada")) | self.make_invoice(self.make_account("Blaise"))
        self.send_by_batch(moves)
        failing, mails = moves[0].partner_id.email, self.get_mails(moves)

        def send_email(server, message, *_args, **_kwargs):
            if failing in message["To"]:
                server.env.cr.execute("SELECT no_such_column FROM mail_mail")
            return message["Message-Id"]

        patched = patch.object(type(self.env["ir.mail_server"]), "send_email", send_email)
        with self.mock_smtplib_connection(), patched, self.worker() as env:
            env["mail.mail"].browse(mails.ids).send(auto_commit=True)
        self.assertEqual(moves.mapped("billing_delivery_state"), ["failed", "sent"])
        self.assertIn("no_such_column", moves[0].billing_delivery_error)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_case_G4_a_mail_server_that_hangs_up_leaves_the_rest_waiting(self):
        moves = self.make_invoice(self.make_account("Ada")) | self.make_invoice(self.make_account("Blaise"))
        self.send_by_batch(moves)
        mails = self.get_mails(moves)
        hung_up = patch.object(
            type(self.env["ir.mail_server"]), "send_email", side_effect=smtplib.SMTPServerDisconnected("gone")
        )
        is_told = suppress(smtplib.SMTPServerDisconnected)
        with self.mock_smtplib_connection(), hung_up, self.worker() as env, is_told:
            env["mail.mail"].browse(mails.ids).send(auto_commit=True)
        self.assertEqual(mails.mapped("state"), ["exception", "outgoing"])
        self.assertEqual(moves.mapped("billing_delivery_state"), ["failed", "sent"])

    def make_history(self, move):
        """Copy by SQL what was made for an invoice that was sent: each copy has a customer of its own."""
        message = move.billing_delivery_message_id
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.env.flush_all()
        partners = self.copy_rows("res_partner", move.partner_id.id, email_normalized="'old' || n || '@x.example'")
        moves = self.copy_rows(
            "account_move", move.id, name="'OLD/' || n", sequence_prefix="'OLD/'", partner_id=f"{partners} + n"
        )
        self.copy_rows("account_move_line", move.line_ids[0].id, move_id=f"{moves} + n", partner_id=f"{partners} + n")
        messages = self.copy_rows(
            "mail_message", message.id, res_id=f"{moves} + n", message_id="'<old' || n || '@x.example>'"
        )
        mails = self.copy_rows("mail_mail", mail.id, mail_message_id=f"{messages} + n", state="'sent'")
        self.copy_rows(
            "mail_notification",
            message.notification_ids[0].id,
            mail_message_id=f"{messages} + n",
            mail_mail_id=f"{mails} + n",
            mail_mail_id_int=f"{mails} + n",
            res_partner_id=f"{partners} + n",
            notification_status="'sent'",
        )
        self.copy_rows("ir_attachment", message.attachment_ids[0].id, res_id=f"{messages} + n")
        for table in (*GROWING, "billing_account_recipient"):
            self.env.cr.execute(f"ANALYZE {table}")  # pylint: disable=sql-injection
        self.env.invalidate_all()

    def copy_rows(self, table, row_id, **changes):
        """Copy a row; return the id before the first copy."""
        cr = self.env.cr
        cr.execute(f"SELECT max(id) FROM {table}")  # noqa: S608  pylint: disable=sql-injection
        [first] = cr.fetchone()
        cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        columns = [name for [name] in cr.fetchall()]
        changes["id"] = f"{first} + n"
        values = ", ".join(changes.get(name, f'seed."{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        cr.execute(  # pylint: disable=sql-injection
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} seed, generate_series(1, %s) n"  # noqa: S608
            " WHERE seed.id = %s",
            [HISTORY, row_id],
        )
        cr.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first + HISTORY])
        return first

    def scan(self, statement, params):
        """Return the tables that a statement would read from one end to the other."""
        if not statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            return []
        with self.env.cr.savepoint(flush=False):
            self.env.cr.execute(f"EXPLAIN {statement}", params)  # pylint: disable=sql-injection
            plan = "\n".join(row for [row] in self.env.cr.fetchall())
        return [table for table in re.findall(r"Seq Scan on (\w+)", plan) if table in GROWING]
