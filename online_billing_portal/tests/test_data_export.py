"""All data of a customer as a file: what is in it, who gets it, how long it lives, and what it costs to make."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..services import data_exporting, data_tables
from .portal_common import PortalCase
from .privacy_common import PDF, PrivacyCase

PAGE = "/my/billing/privacy"
LIMITS = "online_billing.request_limits"


@tagged("post_install", "-at_install")
class TestDataExport(PrivacyCase):
    def test_it_holds_what_is_held_of_every_kind(self):
        question = self.ask("owner", [("note.txt", b"what I mean")], text="=cmd|' /C calc'!A0")
        self.answer_as_staff(question, "We look into it")
        question.message_post(body="a secret among staff")
        self.send_document()
        export = self.make_export()
        self.assertEqual(export.state, "ready")
        self.assertEqual(export.document_done, export.document_total)
        files = self.read_zip(export)
        tables = self.read_json(export)["tables"]
        self.assertEqual(tables["customer"][0]["name"], "Ada Works")
        self.assertLessEqual({"Payer", "Viewer"}, {row["name"] for row in tables["contacts"]})
        self.assertEqual([row["number"] for row in tables["accounts"]], [self.account.name])
        self.assertEqual({row["role"] for row in tables["people"]}, {"owner", "payer", "viewer"})
        self.assertEqual([row["plan"] for row in tables["subscriptions"]], ["Plan"])
        self.assertEqual({row["number"] for row in tables["invoices"]}, set(self.moves.mapped("name")))
        self.assertEqual({row["total"] for row in tables["invoices"]}, {"50.00"})
        self.assertEqual(len(tables["invoice_lines"]), len(self.moves))
        self.assertEqual(len(tables["charges"]), len(self.moves))
        self.assertEqual([row["number"] for row in tables["questions"]], [question.name])
        self.assertEqual([row["document"] for row in tables["verification"]], ["identity"])
        self.assertIn("We look into it", [row["text"] for row in tables["messages"]])
        invoices = [content for name, content in files.items() if name.startswith("invoices/")]
        self.assertEqual(len(invoices), len(self.moves))
        self.assertEqual({content[:4] for content in invoices}, {b"%PDF"})
        self.assertEqual(files[f"questions/{question.name}_note.txt"], b"what I mean")
        self.assertIn(b"%PDF-1.4 a scan", files.values())

    def test_g03_every_model_of_an_account_is_in_it_or_is_said_not_to_be(self):
        """A model that is new has to be decided on: what is held on a customer is theirs to have."""
        left_out = {
            "billing.charge.month": "sums of charges, which are in it",
            "billing.collection.entry": "the log of staff; cases and what was sent are in it",
            "billing.run.outcome": "how a run went; what it has billed is in it",
            "billing.stripe.dispute": "what a bank has written to the provider; what it took is in it",
        }
        tables = self.env["billing.data.tables"].get_tables(self.account.sudo(), self.people["owner"].partner_id)
        models = {table.model for table in tables}
        held = {
            name
            for name, model in self.env.items()
            if (model._original_module or "").startswith("online_billing")
            and model._auto
            and not model._abstract | model._transient
            and (field := model._fields.get("account_id")) is not None
            and field.store
            and field.comodel_name == "billing.account"
        }
        self.assertEqual(held - models - left_out.keys(), set())
        self.assertEqual(models & left_out.keys(), set())

    def test_a_consent_with_its_words_and_the_debits_by_it_are_in_it(self):
        customer = self.account.partner_id
        token = self.save_method(customer)
        self.env["billing.payment.consents"].give(self.account, token, customer, "portal", "I agree to that")
        self.env["res.partner.bank"].create({"acc_number": "DE1", "partner_id": customer.id})
        tables = self.read_json(self.make_export())["tables"]
        [consent] = tables["consents_to_automatic_payment"]
        self.assertEqual((consent["text"], consent["methods"], consent["state"]), ("I agree to that", "4242", "active"))
        self.assertEqual([row["number"] for row in tables["bank_accounts"]], ["DE1"])
        self.assertEqual(tables["debits_and_refunds"], [])

    def test_a_paper_that_another_owner_has_sent_is_not_in_it(self):
        self.send_document("owner")
        self.env["billing.account.member"].search([("role", "=", "payer")]).role = "owner"
        files = self.read_zip(self.make_export("payer"))
        self.assertEqual([name for name in files if name.startswith("verification/")], [])
        export = self.make_export("owner")
        self.assertIn(PDF, self.read_zip(export).values())
        privacy = self.env["billing.portal.privacy"]
        self.assertTrue(privacy.get_export(self.people["owner"].partner_id, export.id))
        self.assertFalse(privacy.get_export(self.people["payer"].partner_id, export.id))

    def test_photos_of_the_same_name_are_all_in_it(self):
        photos = [("image.pdf", PDF + b" %d" % number) for number in range(3)]
        self.send_document(files=photos)
        found = [content for name, content in self.read_zip(self.make_export()).items() if name.startswith("verif")]
        self.assertEqual(sorted(found), sorted(content for _name, content in photos))

    def test_payments_and_their_receipts_are_in_it(self):
        self.settle()
        export = self.make_export()
        payment = self.env["account.payment"].search([("billing_account_id", "=", self.account.id)])
        self.assertEqual(
            [row["receipt"] for row in self.read_json(export)["tables"]["payments"]], payment.mapped("name")
        )
        receipts = [content for name, content in self.read_zip(export).items() if name.startswith("receipts/")]
        self.assertEqual([content[:4] for content in receipts], [b"%PDF"])

    def test_csv_and_json_say_the_same_and_no_cell_is_obeyed(self):
        self.ask("owner", text="=1+1")
        export = self.make_export()
        files, tables = self.read_zip(export), self.read_json(export)["tables"]
        self.assertEqual({name.split("/")[1] for name in files if name.startswith("tables/")},
                         {f"{name}.csv" for name in tables})  # fmt: skip
        for name, rows in tables.items():
            self.assertEqual(len(self.read_table(files, name)), len(rows), name)
        self.assertEqual(tables["questions"][0]["text"], "=1+1")
        self.assertEqual(self.read_table(files, "questions")[0]["text"], "'=1+1")

    def test_g03_nothing_of_others_and_no_note_of_staff_is_in_it(self):
        self.foreign_account.partner_id.comment = "canary-foreign"
        self.account.note = "canary-note"
        question = self.ask("owner")
        question.with_user(self.staff).message_post(body="canary-chatter")
        self.account.message_post(body="canary-log")
        export = self.make_export()
        for name, content in self.read_zip(export).items():
            if name.endswith((".json", ".csv")):
                for canary in ("canary", "Bob Works", "stranger", self.foreign_account.name):
                    self.assertNotIn(canary, content.decode(), name)

    def test_a_second_account_that_the_person_does_not_own_stays_out(self):
        other = self.make_account("Ada Works East", delivery_channel="portal")
        other.partner_id.parent_id = self.account.partner_id
        self.subscribe(other, self.plan, "2026-02-01")
        owned = self.env["billing.portal.privacy"].get_accounts(self.people["owner"].partner_id)
        self.assertEqual(list(owned.values()), [self.account.sudo()])
        export = self.make_export("owner", owned[self.company.sudo()])
        self.assertEqual([row["number"] for row in self.read_json(export)["tables"]["accounts"]], [self.account.name])

    def test_the_person_who_asked_is_mailed_with_a_link_and_no_file(self):
        before = self.env["mail.mail"].search([])
        export = self.make_export()
        [mail] = self.env["mail.mail"].search([]) - before
        self.assertEqual(mail.recipient_ids, self.people["owner"].partner_id)
        self.assertIn("/my/billing/privacy", mail.body_html)
        self.assertFalse(mail.attachment_ids)
        self.assertIn("your data is ready", mail.subject)
        self.assertEqual(export.expires_on, export.ready_on + timedelta(days=7))

    def test_asking_twice_is_one_export(self):
        self.assertEqual(self.ask_export(), self.ask_export())
        self.exporting.work_through(self.work)
        self.assertEqual(self.env["billing.data.export"].search_count([("state", "=", "ready")]), 1)
        self.assertTrue(self.ask_export().state == "asked")

    def test_its_days_are_those_of_the_company_and_then_the_files_are_gone(self):
        self.company.billing_export_days = 2
        export = self.make_export()
        files = export.part_ids
        self.assertEqual(export.expires_on, export.ready_on + timedelta(days=2))
        self.exporting.work_through(self.work)
        self.assertTrue(files.exists())
        export.expires_on = fields.Datetime.now() - timedelta(minutes=1)
        self.exporting.work_through(self.work)
        self.assertEqual(export.state, "expired")
        self.assertFalse(files.exists())
        self.assertTrue(export.exists())

    def test_it_is_made_batch_by_batch_and_goes_on_where_it_was(self):
        export = self.ask_export()
        with patch.object(data_exporting, "DOCUMENTS", 1):
            states = []
            while self.exporting.do_batch(self.work):
                states.append((export.state, export.document_done))
        count = len(self.moves)
        self.assertEqual(states, [*(("making", done) for done in range(count + 1)), ("ready", count)])
        names = [name for name in self.read_zip(export) if name.startswith("invoices/")]
        self.assertEqual(len(set(names)), count)

    def test_a_full_file_is_followed_by_another(self):
        with patch.object(data_exporting, "LARGEST_PART", 1):
            export = self.make_export()
        self.assertEqual(export.part_count, len(self.moves) + 1)
        self.assertEqual(len(export.part_ids), export.part_count)
        invoices = [name for name in self.read_zip(export) if name.startswith("invoices/")]
        self.assertEqual(len(invoices), len(self.moves))

    def test_a_document_that_cannot_be_made_says_so_and_stops_no_other(self):
        formats = type(self.env["billing.document.formats"])
        right, wrong, refusal = formats.render, self.moves[0], "The paper is out."

        def render(service, move, code):
            if move.id == wrong.id:
                raise UserError(refusal)
            return right(service, move, code)

        with patch.object(formats, "render", render):
            export = self.make_export()
        files = {name: content for name, content in self.read_zip(export).items() if name.startswith("invoices/")}
        self.assertEqual([content for name, content in files.items() if name.endswith(".txt")], [refusal.encode()])
        self.assertEqual(len(files), len(self.moves))

    @mute_logger("odoo.addons.online_billing.services.shared.work_loop")
    def test_what_fails_says_why_keeps_no_file_and_can_be_tried_again(self):
        tables = type(self.env["billing.data.tables"])
        with patch.object(tables, "read_rows", side_effect=ValueError("no")):
            export = self.make_export()
        self.assertEqual(export.state, "failed")
        self.assertIn("ValueError", export.reason)
        self.assertFalse(export.part_ids)
        export.with_user(self.clerk).action_retry()
        self.exporting.work_through(self.work)
        self.assertEqual((export.state, export.reason), ("ready", False))

    def test_whoever_is_no_owner_any_more_gets_none(self):
        export = self.ask_export()
        self.account.member_ids.filtered(lambda one: one.role == "owner").unlink()
        self.exporting.work_through(self.work)
        self.assertEqual(export.state, "failed")
        self.assertFalse(export.part_ids)

    def test_log_ins_methods_and_bank_accounts_of_others_are_in_nobodys_export(self):
        customer, payer = self.account.partner_id, self.people["payer"].partner_id
        for person in (customer, payer, self.people["owner"].partner_id):
            self.save_method(person, f"of {person.name}")
            self.env["res.partner.bank"].create({"acc_number": f"BANK {person.name}", "partner_id": person.id})
        for name, logins, persons in (("owner", {"owner"}, {"Owner"}), ("customer", {"customer"}, {"Ada Works"})):
            tables = self.read_json(self.make_export(name))["tables"]
            self.assertEqual({row["login"] for row in tables["logins"]}, logins)
            self.assertEqual({row["ending"] for row in tables["payment_methods"]}, {f"of {one}" for one in persons})
            banks = {row["number"] for row in tables["bank_accounts"]}
            self.assertEqual(banks, {f"BANK {one}" for one in persons | {"Ada Works"}})

    def test_who_is_the_contact_of_an_account_gets_no_log_in_of_the_firm(self):
        payer = self.people["payer"].partner_id
        site = self.env["billing.account"].create({"partner_id": payer.id, "company_id": self.company.id})
        site.action_activate()
        self.env.flush_all()
        for name, logins in (("payer", {"payer"}), ("customer", {"payer", "customer"})):
            tables = self.read_json(self.make_export(name, site))["tables"]
            self.assertEqual({row["login"] for row in tables["logins"]}, logins)

    def count_reading(self, name):
        service = self.env["billing.data.tables"]
        [table] = [one for one in service.get_tables(self.account, self.people["owner"].partner_id) if one.name == name]
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        rows = len(list(service.read_rows(table)))
        return rows, self.env.cr.sql_log_count - before

    def test_a_batch_costs_as_many_statements_with_more_rows(self):
        few = {name: self.count_reading(name) for name in ("invoices", "invoice_lines", "charges")}
        self.bill(self.account, "2027-03-01")
        for name, (rows, statements) in few.items():
            more, cost = self.count_reading(name)
            self.assertGreater(more, 3 * rows)
            self.assertLessEqual(cost, statements, name)

    def test_rows_are_the_same_however_large_a_batch(self):
        service = self.env["billing.data.tables"]
        tables = service.get_tables(self.account, self.people["owner"].partner_id)
        whole = {table.name: list(service.read_rows(table)) for table in tables}
        self.assertGreater(len(whole["invoices"]), 2)
        with patch.object(data_tables, "BATCH", 1):
            self.assertEqual({table.name: list(service.read_rows(table)) for table in tables}, whole)


@tagged("post_install", "-at_install")
class TestDataExportPage(PrivacyCase):
    def ask_as(self, name, company=None):
        self.enter(name)
        return PortalCase.post(self, f"{PAGE}/{(company or self.company).id}/export")

    def get_exports(self):
        self.env.invalidate_all()
        return self.env["billing.data.export"].search([])

    def test_owners_ask_and_nobody_else(self):
        for name in ("payer", "viewer", "colleague", "stranger"):
            self.assertEqual(self.ask_as(name).status_code, 404, name)
            self.assertIn("not_owner", self.open(PAGE)[1], name)
        self.assertFalse(self.get_exports())
        self.assertEqual(self.ask_as("owner").status_code, 303)
        self.assertEqual(self.get_exports().account_ids, self.account)

    def get_file(self, export, number=1):
        return self.url_open(f"{PAGE}/export/{export.id}/{number}", allow_redirects=False)

    def test_only_who_asked_for_it_and_owns_all_that_is_in_it_downloads_it(self):
        export = self.make_export()
        for name, status in (("owner", 200), ("customer", 404), ("payer", 404), ("viewer", 404), ("colleague", 404),
                             ("stranger", 404)):  # fmt: skip
            self.enter(name)
            answer = self.get_file(export)
            self.assertEqual(answer.status_code, status, name)
            if status == 200:
                self.assertEqual(answer.content, export.part_ids.raw)
                self.assertIn("attachment", answer.headers["Content-Disposition"])
                self.assertIn("no-store", answer.headers["Cache-Control"])
        self.enter(None)
        self.assertEqual(self.get_file(export).status_code, 303)

    def test_foreign_missing_and_deleted_answer_alike(self):
        export = self.make_export()
        self.enter("stranger")
        foreign = self.get_file(export)
        missing = self.url_open(f"{PAGE}/export/{2**31 - 1}/1")
        self.assertEqual((foreign.status_code, len(foreign.content)), (missing.status_code, len(missing.content)))
        self.enter("owner")
        for number in (0, 2, 2**63):
            self.assertEqual(self.get_file(export, number).status_code, 404)
        self.exporting.drop(export)
        self.env.flush_all()
        self.assertEqual(self.get_file(export).status_code, 404)

    def test_a05_the_file_is_not_handed_out_by_odoos_own_routes(self):
        export = self.make_export()
        for name in ("owner", "payer", "stranger"):
            self.enter(name)
            self.assertEqual(self.open(f"/web/content/{export.part_ids.id}")[0], 404, name)
        with self.assertRaises(AccessError):
            export.part_ids.with_user(self.manager).read(["raw"])

    def test_three_a_day_for_a_customer_and_not_for_each_colleague(self):
        self.count_anew()
        for name in ("owner", "customer", "owner"):
            self.assertEqual(self.ask_as(name).status_code, 303)
            self.make_all()
        answer = self.ask_as("customer")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("three times within a day", answer.text)

    def count_anew(self):
        """Switch the limits on, and let nothing be counted yet: what is counted stays after a test."""
        with db_connect(self.env.cr.dbname).cursor() as cursor:
            cursor.execute("DELETE FROM billing_request_count")
        self.env["ir.config_parameter"].sudo().set_param(LIMITS, "on")
        self.env.flush_all()

    def make_all(self):
        self.env.invalidate_all()
        self.exporting.work_through(self.work)
        self.env.flush_all()

    def test_what_waits_already_or_is_refused_is_not_counted(self):
        self.count_anew()
        for _time in range(4):
            self.assertEqual(self.ask_as("owner").status_code, 303)
        with patch.object(type(self.exporting), "ask", side_effect=UserError("Not now")):
            self.assertIn("Not now", self.ask_as("customer").text)
        self.assertEqual(len(self.get_exports()), 1)
        for _time in range(2):
            self.make_all()
            self.assertEqual(self.ask_as("owner").status_code, 303)
        self.make_all()
        self.assertIn("three times within a day", self.ask_as("owner").text)
        self.assertEqual(len(self.get_exports()), 3)

    def test_the_page_shows_how_far_it_is(self):
        export = self.ask_export()
        self.enter("owner")
        self.assertIn("begun within some minutes", self.open(PAGE)[1])
        with patch.object(data_exporting, "DOCUMENTS", 1):
            self.exporting.do_batch(self.work)
            self.exporting.do_batch(self.work)
        self.env.flush_all()
        text = " ".join(self.open(PAGE)[1].split())
        self.assertIn(f"1 of {len(self.moves)} documents", text)
        self.exporting.work_through(self.work)
        self.env.flush_all()
        self.assertIn(f"{PAGE}/export/{export.id}/1", self.open(PAGE)[1])

    def test_without_a_token_of_the_form_nothing_is_asked(self):
        self.enter("owner")
        answer = self.url_open(f"{PAGE}/{self.company.id}/export", data={"x": "1"}, allow_redirects=False)
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.get_exports())
