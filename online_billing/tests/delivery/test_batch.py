import re
import threading
from unittest.mock import patch

from lxml import etree
from odoo.fields import Command
from odoo.tests import tagged

from .delivery_common import DeliveryCase

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
SECRETS = re.compile(r"(token|hash|pid|res_id|signup_email)=[^&\"\s]+")


@tagged("post_install", "-at_install")
class TestBatch(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "force_report_rendering": True})

    def make_batch(self):
        """Invoices that differ in what a mail depends on: language, contacts, salesperson, followers, address."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env.ref("online_billing.mail_template_invoice").with_context(
            lang="fr_FR"
        ).subject = "Facture {{ object.name }} du {{ format_date(object.invoice_date) }}"
        plain, french, busy, twin = (self.make_account(name) for name in ("Ada", "Blaise", "Charles", "Dorothy"))
        french.partner_id.lang = "fr_FR"
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
        moves[0].message_subscribe(contacts[0].ids)
        return moves

    def clerk_groups(self):
        return [Command.set(self.env.ref("base.group_user").ids)]

    def describe(self, moves):
        """Return what was made for each invoice, without ids and secrets, which differ in any case."""
        return [self.describe_one(move) for move in moves]

    def describe_one(self, move):
        message = move.billing_delivery_message_id
        mails = self.env["mail.mail"].search([("mail_message_id", "=", message.id)], order="id")
        names = ["subject", "email_from", "reply_to", "message_type", "model", "res_id", "email_layout_xmlid"]
        names += ["author_id", "partner_ids", "subtype_id", "mail_server_id", "is_internal"]
        return {
            "marks": move.read(["billing_delivery_state", "billing_delivery_error", "is_move_sent", "sending_data"]),
            "document": (move.invoice_pdf_report_id.name, move.message_main_attachment_id.mimetype),
            "message": {**message.read(names)[0], "id": 0},
            "text": SECRETS.sub("", message.body),
            "files": message.attachment_ids.mapped(lambda file: (file.name, file.mimetype, file.res_model)),
            "followers": move.message_partner_ids.ids,
            "mails": [
                (
                    mail.recipient_ids.ids,
                    mail.email_to,
                    SECRETS.sub("", mail.body_html),
                    mail.headers,
                    mail.auto_delete,
                    mail.state,
                    len((mail.references or "").split()),
                    mail.attachment_ids == message.attachment_ids,
                )
                for mail in mails
            ],
            "notified": message.notification_ids.mapped(
                lambda one: (one.res_partner_id.id, one.notification_type, one.notification_status, one.author_id.id)
            ),
        }

    def test_case_G3_a_batch_is_mailed_as_odoo_mails_each_invoice_by_itself(self):
        moves = self.make_batch()
        for move in moves:
            move._get_billing_pay_url()  # its secret stays the same
        self.env.flush_all()
        descriptions = []
        for way in (self.send_by_batch, self.send_by_odoo):
            with self.env.cr.savepoint() as savepoint:
                way(moves)
                self.env.flush_all()
                self.env.invalidate_all()
                descriptions.append(self.describe(moves))
                savepoint.rollback()
            self.env.invalidate_all()
        for ours, odoos in zip(*descriptions, strict=True):
            self.assertEqual(ours, odoos)
        self.assertEqual({ours["marks"][0]["billing_delivery_state"] for ours in descriptions[0]}, {"sent"})
        self.assertTrue(descriptions[0][1]["message"]["subject"].startswith("Facture"))

    def send_by_batch(self, moves):
        sent, _failed = self.env["billing.invoice.delivery"].send_now(moves)
        self.assertEqual(sent, moves)

    def send_by_odoo(self, moves):
        for move in moves:
            self.env["account.move.send"].with_context(mail_notify_force_send=False)._generate_and_send_invoices(
                move.with_context(mail_notify_force_send=False), sending_methods=["email"]
            )

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
        for table in (*GROWING, "billing_account_invoice_contact_rel"):
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
