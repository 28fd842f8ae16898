"""A-05, A-06, A-07, A-16: what no page of ours leads to, and a hand can ask for all the same."""

import json
import re
from contextlib import contextmanager
from urllib.parse import urlencode

from odoo.tools import SQL, mute_logger

from .route_common import PLACE, RouteCase, get_routes

SECRET = "Nobody else reads this"
PDF = b"%PDF-1.4 " + SECRET.encode()
# models whose fields are sent with every form, whatever it is about
FIELDS_OF = (
    "account.move", "billing.account", "billing.account.member", "billing.data.export", "billing.erasure",
    "billing.installment.plan", "billing.payment.consent", "billing.payment.promise", "billing.question",
    "billing.subscription", "billing.verification", "res.partner", "res.users",
)  # fmt: skip
# what a form reads besides the names that its function declares, and a model has a field of
READ = {
    "/my/billing/questions/new": {"subject", "text", "topic", "kind", "amount"},
    "/my/billing/automatic/<int:account_id>": {"day_rule", "day_number", "limit_debit", "limit_month"},
}
# tables of Odoo that a form of ours may write to
OF_ODOO = (
    "account_move", "account_payment", "ir_attachment", "mail_message", "payment_token", "payment_transaction",
    "res_partner", "res_users",
)  # fmt: skip
WRITTEN = ("ir_attachment", "mail_followers", "mail_mail", "mail_message", "mail_message_reaction", "mail_notification")

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")


def is_moment(value):
    """Tell whether a value of a row is a moment, which is another one each time unless it is of the same second."""
    return isinstance(value, str) and bool(MOMENT.fullmatch(value))


class AroundCase(RouteCase):
    """For the class that asks all addresses: what these tests need is there by then."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.env["account.move"].browse(cls.own["move_id"])
        cls.credit = cls.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": cls.account.partner_id.id,
                "billing_account_id": cls.account.id,
                "invoice_date": cls.today,
                # of nothing, so that what is asked for stays as it is
                "invoice_line_ids": [(0, 0, {"name": "Credit", "price_unit": 0, "tax_ids": [(5,)]})],
            }
        )
        cls.credit.action_post()
        person = cls.people["owner"].partner_id
        cls.verification = cls.env["billing.verifying"].send(cls.account, person, "identity", [("card.pdf", PDF)])
        cls.threads = [
            cls.env[model].browse(cls.own[name])
            for model, name in (
                ("account.move", "move_id"), ("account.payment", "payment_id"), ("billing.account", "account_id"),
                ("billing.question", "question_id"), ("billing.installment.plan", "plan_id"),
                ("billing.subscription", "subscription_id"), ("billing.erasure", "erasure_id"),
            )
        ] + [cls.verification]  # fmt: skip
        kind = cls.env.ref("online_billing.document_format_csv")
        files = cls.env["ir.attachment"]
        for record in (*cls.threads, cls.credit):
            record.message_post(body=SECRET, subtype_xmlid="mail.mt_note", attachments=[("note.pdf", PDF)])
            record.message_post(body=SECRET, subtype_xmlid="mail.mt_comment", attachments=[("said.pdf", PDF)])
            files |= record.message_ids.attachment_ids
        for document in (cls.move, cls.credit):
            values = {"name": "x.pdf", "raw": PDF, "res_model": "account.move", "res_id": document.id}
            files |= files.create(
                [{**values, "res_field": "invoice_pdf_report_file"}, {**values, "billing_format_id": kind.id}]
            )
        files |= cls.env["billing.question"].browse(cls.own["question_id"]).attachment_ids
        files |= cls.env["billing.data.export"].browse(cls.own["export_id"]).part_ids
        files.raw = PDF
        files.generate_access_token()
        cls.files = files
        cls.foreign_move = cls.env["account.move"].browse(cls.foreign["move_id"])
        for move in cls.move | cls.foreign_move:
            move._portal_ensure_token()
        cls.env.flush_all()

    def call(self, route, **params):
        """Return the answer of an address that programs call."""
        with mute_logger("odoo.http"):
            return self.url_open(route, json={"id": 0, "jsonrpc": "2.0", "method": "call", "params": params})

    def call_model(self, model, method, *arguments, **named):
        """Return the answer of a method as the web client calls it."""
        return self.call("/web/dataset/call_kw", model=model, method=method, args=arguments, kwargs=named)

    # -- A-05 ---------------------------------------------------------------------------------------------------------

    def get_file_addresses(self):
        """Return the addresses under which Odoo hands out the files of the customer, their documents and reports."""
        [foreign_token] = self.env["ir.attachment"].browse(self.foreign["file_id"]).generate_access_token()
        given = ("", "?download=true", "?access_token=wrong", f"?access_token={foreign_token}")
        found = [f"/web/{way}/{file.id}{more}" for file in self.files for way in ("content", "image") for more in given]
        for document in (self.move, self.credit):
            found += [
                f"/web/{way}/account.move/{document.id}/{name}?access_token={more}"
                for way in ("content", "image")
                for name in ("invoice_pdf_report_file", "access_token")
                for more in ("", self.foreign_move.access_token)
            ]
            found += [f"/account/download_invoice_documents/{document.id}/{kind}" for kind in ("pdf", "csv", "all")]
            found += [f"/account/download_move_attachments/{document.id}"]
            found += [f"/my/invoices/{document.id}?{urlencode({'report_type': kind})}" for kind in ("html", "pdf")]
        found += [f"/account/download_invoice_attachments/{file.id}" for file in self.files]
        return [*found, *self.get_report_addresses()]

    def get_report_addresses(self):
        own = {record._name: record.id for record in self.threads}
        # the bill of a vendor is nothing of a customer's: without one the page is empty for everybody
        asked = [("model", "in", list(own)), ("report_name", "!=", "account.report_original_vendor_bill")]
        reports = self.env["ir.actions.report"].search(asked)
        self.assertIn("online_billing.report_statement", reports.mapped("report_name"))
        found = [
            f"/report/{way}/{report.report_name}/{own[report.model]}"
            for report in reports
            for way in ("html", "pdf", "text")
        ]
        # by way of a document that may be read, with what the drawing of PDFs hands on
        for name in ("account.report_invoice", "account.report_invoice_with_payments"):
            drawn = {"billing_drawn": [name, self.move.id, False], "force_report_rendering": True}
            found.append(f"/report/pdf/{name}/{self.foreign_move.id}?{urlencode({'context': json.dumps(drawn)})}")
        return found

    def test_a05_no_file_or_report_of_another_customer_is_handed_out(self):
        addresses = self.get_file_addresses()
        self.assertGreater(len(addresses), 100)
        words = (SECRET, self.move.name, self.credit.name, self.account.name, self.account.partner_id.name)
        for persona in ("public", "stranger", "nobody", "child"):
            self.enter_as(persona)
            for address in self.get_share(addresses, persona):
                with self.subTest(persona=persona, address=address), mute_logger("odoo.http"), self.undone():
                    answer = self.url_open(address, allow_redirects=False)
                    self.assertLess(answer.status_code, 500, answer.text[:500])
                    self.assertFalse([word for word in words if word in answer.text])
                    # where a picture is asked for, one that says nothing stands for what may not be seen
                    is_shown = answer.status_code == 200 and not address.startswith("/web/image/")
                    self.assertFalse(is_shown, answer.headers)

    def test_a05_files_are_handed_out_to_whoever_has_their_token(self):
        """The addresses of the test above are those of the files."""
        self.enter_as("stranger")
        for file in self.files:
            answer = self.url_open(f"/web/content/{file.id}?access_token={file.access_token}")
            self.assertEqual((answer.status_code, answer.content), (200, PDF), file.res_model)

    # -- A-06 ---------------------------------------------------------------------------------------------------------

    def get_wrong_ways(self, persona):
        """Return what somebody might send with a call to be let in, all of it wrong."""
        person, move = (self.people[persona] or self.env.ref("base.public_user")).partner_id, self.foreign_move
        return (
            {},
            {"token": "wrong"},
            {"token": move.access_token},
            {"hash": "wrong", "pid": person.id},
            {"hash": self.move._sign_token(self.account.partner_id.id), "pid": person.id},
            {"hash": move._sign_token(person.id), "pid": person.id},
        )

    def get_chatter_calls(self, record, way):
        """Return (address, what is sent) of all that Odoo offers for a thread and its newest message."""
        thread = {"thread_model": record._name, "thread_id": record.id}
        message = {"message_id": record.message_ids[:1].id}
        post = {"body": "A stranger", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        asked = {"access_params": way, "request_list": ["followers", "attachments", "suggestedRecipients"], **thread}
        return (
            ("/mail/message/post", {**thread, "post_data": post, **way}),
            ("/mail/message/update_content", {**message, "update_data": {"body": "Another"}, **way}),
            ("/mail/message/reaction", {**message, "content": "👍", "action": "add", **way}),
            ("/mail/data", {"fetch_params": [["mail.thread", asked]]}),
            ("/portal/chatter_init", {**thread, **way}),
            ("/mail/chatter_fetch", {**thread, **way}),
            ("/mail/thread/messages", thread),
            ("/mail/thread/recipients", thread),
            ("/mail/thread/recipients/get_suggested_recipients", thread),
            ("/mail/thread/subscribe", self.get_follower(record)),
            ("/mail/thread/unsubscribe", self.get_follower(record)),
            ("/mail/update_is_internal", {**message, "is_internal": False}),
            ("/mail/attachment/delete", {"attachment_id": record.message_ids[:1].attachment_ids[:1].id}),
        )

    def get_follower(self, record):
        return {"res_model": record._name, "res_id": record.id, "partner_ids": self.people["stranger"].partner_id.ids}

    @contextmanager
    def writing_nothing(self):
        """Check that the block leaves what belongs to threads as it was; what it wrote and took back does not count."""
        count = self.count_written()
        yield
        if self.count_written() > count:
            self.assertEqual(self.get_prints(), self.prints)

    def get_prints(self):
        """Return a hash of each table that belongs to threads."""
        self.env.flush_all()
        query = "SELECT md5(string_agg(t::text, chr(10) ORDER BY t.id)) FROM %s t"
        return [self.env.execute_query(SQL(query, SQL.identifier(table))) for table in WRITTEN]

    def count_written(self):
        """Return how many rows of what belongs to threads were written in this transaction, taken back or not."""
        query = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)"
        [(written,)] = self.env.execute_query(SQL(query, list(WRITTEN)))
        return written

    def test_a06_a_stranger_reads_and_writes_nothing_in_the_threads_of_a_customer(self):
        self.prints = self.get_prints()
        for persona in ("public", "stranger", "nobody"):
            calls = [
                (record, way, route, params)
                for record in (*self.threads, self.credit)
                for way in self.get_wrong_ways(persona)
                for route, params in self.get_chatter_calls(record, way)
                # the others read none of this
                if not way or route == "/mail/data" or way.keys() & params.keys()
            ]
            self.assertGreater(len(calls), 200)
            self.enter_as(persona)
            for record, way, route, params in self.get_share(calls, persona, 60):
                with self.subTest(persona=persona, model=record._name, route=route, way=way), self.undone():
                    with self.writing_nothing():
                        answer = self.call(route, **params)
                    self.assertNotIn(SECRET, answer.text)
                    self.assertNotIn(record.display_name, answer.text)

    def get_method_calls(self, record, person):
        """Return (model, method, arguments) of what reads or writes a thread."""
        about = {"model": record._name, "res_id": record.id}
        found = [[name, "=", value] for name, value in about.items()]
        return (
            (record._name, "message_post", [record.ids]),
            (record._name, "message_subscribe", [record.ids, person]),
            (record._name, "read", [record.ids, ["message_ids"]]),
            ("mail.message", "read", [record.message_ids.ids, ["body"]]),
            ("mail.message", "search_read", [found, ["body"]]),
            ("mail.message", "search_count", [found]),
            ("mail.message", "create", [[{"body": "A stranger", **about}]]),
            ("mail.message", "toggle_message_starred", [record.message_ids[:1].ids]),
            ("ir.attachment", "search_read", [[["res_model", "=", record._name]], ["raw"]]),
            ("ir.attachment", "create", [[{"name": "x", "res_model": record._name, "res_id": record.id}]]),
        )

    def test_a06_nor_by_the_methods_of_threads_and_messages(self):
        self.prints = self.get_prints()
        for persona in ("stranger", "nobody"):
            person = self.people[persona].partner_id.ids
            calls = [
                (record, *call)
                for record in (*self.threads, self.credit)
                for call in self.get_method_calls(record, person)
            ]
            self.enter_as(persona)
            for record, model, method, arguments in self.get_share(calls, persona):
                with self.subTest(persona=persona, model=record._name, method=f"{model}.{method}"), self.undone():
                    with self.writing_nothing():
                        answer = self.call_model(model, method, *arguments)
                    self.assertNotIn(SECRET, answer.text)
                    self.assertIn(answer.json().get("result", 0), (0, []), answer.text)

    def test_a06_a_customer_reads_what_was_written_to_them_and_no_note_among_staff(self):
        for record in (*self.threads, self.credit):
            record.message_ids.attachment_ids.unlink()
            record.message_ids.unlink()
            word = f"A word to you on {record._name} {record.id}."
            for body, subtype in (("A note among us", "mail.mt_note"), (word, "mail.mt_comment")):
                record.message_post(body=body, subtype_xmlid=subtype, message_type="comment")
        self.env.flush_all()
        token, partner = self.move.access_token, self.account.partner_id
        of_mail = {"hash": self.move._sign_token(partner.id), "pid": partner.id}
        question = f"/my/billing/questions/{self.own['question_id']}"
        for persona in ("customer", "viewer"):
            self.enter_as(persona)
            person = self.people[persona].partner_id
            page = self.url_open(question).text
            self.assertIn("A word to you", page)
            self.assertNotIn("A note among us", page)
            for record in (*self.threads, self.credit):
                # of other things what was sent to the person, as a mail was
                sees = record._name == "account.move" or person in record.message_ids.notified_partner_ids
                for way in ({}, {"token": token}, of_mail) if record == self.move else ({},):
                    thread = {"thread_model": record._name, "thread_id": record.id}
                    with self.subTest(persona=persona, model=record._name, way=way):
                        told = self.call("/mail/chatter_fetch", **thread, **way).text
                        told += self.call("/mail/thread/messages", **thread).text
                        # where no thread is seen, Odoo answers with what is seen of all others
                        self.assertEqual(f"A word to you on {record._name} {record.id}." in told, sees)
                        self.assertNotIn("A note among us", told)

    # -- A-07 ---------------------------------------------------------------------------------------------------------

    def get_rows(self):
        """Return {(table, id): row} of all that a form might change."""
        own = {
            model._table
            for _name, model in self.env.items()
            if (model._original_module or "").startswith("online_billing")
            and not (model._abstract or model._transient)
            and model._auto
        }
        parts = [
            SQL("SELECT %s, t.id, to_jsonb(t) FROM %s t", table, SQL.identifier(table))
            for table in sorted({*own, *OF_ODOO})
        ]
        self.env.flush_all()
        return {(table, row_id): row for table, row_id, row in self.env.execute_query(SQL(" UNION ALL ").join(parts))}

    def get_changes(self, row, more):
        """Return {(table, id or place among the new ones, column): value} of what a form changes."""
        with self.undone():
            answer = self.send(row, self.own, more)
            after, changes, new = self.get_rows(), {("answer",): self.read(answer)}, {}
        for (table, row_id), values in sorted(after.items()):
            known, place = self.before.get((table, row_id)), row_id
            if known is None:
                place = f"new {new.setdefault(table, 0)}"
                new[table] += 1
            for column, value in values.items():
                if known is None or known[column] != value:
                    changes[table, place, column] = value
        gone = self.before.keys() - after.keys()
        return changes | {(*place, "gone"): True for place in gone}

    def test_a07_no_field_changes_but_by_the_names_that_a_form_reads(self):
        forms = [row for row in self.rows if row["method"] == "POST"]
        self.assertGreaterEqual(len(forms), 15)
        names = {
            name: "1" if field.type == "boolean" else "7"
            for model in FIELDS_OF
            for name, field in self.env[model]._fields.items()
            if field.store
        }
        self.assertGreater(len(names), 300)
        declared, changing = get_routes(self.env), 0
        self.enter_as("owner")
        self.before = self.get_rows()
        asked = self.get_share(forms, "form", 12)
        for row in asked:
            route, given = row["route"], row["given"]
            read = {*declared["POST", route], *READ.get(route, ()), *PLACE.findall(route)}
            more = {name: value for name, value in names.items() if name not in read and f"{name}=" not in given}
            with self.subTest(route=route):
                plain, again = (self.get_changes(row, {}) for _time in range(2))
                changing += len(plain) > 1
                # ids, moments and secrets are others each time
                differing = {place for place in plain if plain[place] != again.get(place) or is_moment(plain[place])}
                tampered = self.get_changes(row, more)
                self.assertEqual(plain.keys(), tampered.keys())
                same = plain.keys() - differing
                self.assertEqual({place: tampered[place] for place in same}, {place: plain[place] for place in same})
        self.assertGreaterEqual(changing, max(len(asked) // 3, 1))

    # -- A-16 ---------------------------------------------------------------------------------------------------------

    def assertOut(self):
        """Check that whoever was logged in finds nothing with the next request, on pages and by calls."""
        for page in ("/my/billing", f"/my/billing/invoices/{self.move.id}"):
            answer = self.url_open(page, allow_redirects=False)
            self.assertEqual(self.read(answer), "login")
        route, params = f"/invoice/transaction/{self.move.id}", {"amount": 1, "access_token": None}
        answer = self.call(route, **params)
        self.assertIn("error", answer.json())
        answer = self.call_model("account.move", "search_count", [])
        self.assertIn("error", answer.json())

    def assertInside(self):
        self.assertEqual(self.url_open(f"/my/billing/invoices/{self.move.id}").status_code, 200)

    def test_a16_a_session_ends_with_the_log_out_and_is_not_taken_up_again(self):
        self.enter_as("owner")
        self.assertInside()
        old = self.opener.cookies.get("session_id")
        self.url_open("/web/session/logout", allow_redirects=False)
        self.assertOut()
        self.opener.cookies.set("session_id", old)
        self.assertOut()

    def test_a16_a_session_ends_when_the_password_changes_or_the_user_is_archived(self):
        for change in ({"password": "Another one 7!"}, {"active": False}):
            with self.subTest(change=change), self.undone():
                self.enter_as("owner")
                self.assertInside()
                self.people["owner"].write(change)
                self.env.flush_all()
                self.assertOut()
            self.env.registry.clear_cache()

    def test_a16_what_a_role_or_a_group_gave_is_gone_with_the_next_request(self):
        self.enter_as("payer")
        self.assertInside()
        self.account.member_ids.filtered(lambda one: one.partner_id == self.people["payer"].partner_id).role = "nobody"
        self.env.flush_all()
        self.assertEqual(self.url_open(f"/my/billing/invoices/{self.move.id}").status_code, 404)
        found = self.call_model("account.move", "search_count", [["id", "=", self.move.id]])
        self.assertEqual(found.json()["result"], 0)
        self.enter_as("clerk")
        asked = ("billing.account", "search_count", [["id", "=", self.account.id]])
        self.assertEqual(self.call_model(*asked).json()["result"], 1)
        self.clerk.group_ids = [(6, 0, self.env.ref("base.group_user").ids)]
        self.env.flush_all()
        self.assertEqual(self.call_model(*asked).json()["error"]["data"]["name"], "odoo.exceptions.AccessError")
