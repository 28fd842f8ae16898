"""Requests for erasure: asked and taken back, what must end first, what goes, what the law keeps."""

import json
from datetime import date, timedelta
from unittest.mock import patch

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .portal_common import DAY, PortalCase
from .privacy_common import PrivacyCase

PAGE = "/my/billing/privacy"
WORK_LOG = "odoo.addons.online_billing.services.shared.work_loop"
# what must not be touched by an erasure
POSTED = ("account_move", "account_move_line", "account_payment", "account_partial_reconcile", "billing_charge")
CANARY = "quokka"  # a word that nothing of Odoo has
#: of a contact, whose data is erased: ties of its row, and the accounts of the ledger
KEPT_FOR_EVER = {
    *("active", "company_id", "country_id", "is_company", "parent_id", "commercial_partner_id", "type"),
    *("property_account_payable_id", "property_account_receivable_id"),
}
#: of whom documents are addressed to: what stands on them, and by what they are drawn again
KEPT_WITH_DOCUMENTS = {
    *("name", "street", "street2", "zip", "city", "state_id", "vat", "ref", "company_name", "company_registry"),
    *("lang", "customer_rank", "supplier_rank", "industry_id", "peppol_eas", "peppol_endpoint"),
    "global_location_number",
}
#: worked out of what is left: of the name that stands in the place of the former one, and of who logs in
FOLLOWING = {"name", "complete_name", "commercial_company_name", "partner_share"}
IMAGE = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@tagged("post_install", "-at_install")
class TestErasure(PrivacyCase):
    def erase(self, erasure):
        self.erasing.with_user(self.manager).erase(erasure.with_user(self.manager))
        self.env.flush_all()
        self.env.invalidate_all()

    def get_pay_link(self, token=None):
        """Return the token of the account's pay link, or whether one is of no use any more."""
        links, ids = self.env["billing.pay.links"], (self.account.id, self.account.currency_id.id)
        return links.read_pay_token(token, *ids).is_turned if token else links.get_pay_token(*ids)

    def get_print(self):
        """Return {(table, id): row} of all that must not be touched."""
        self.env.flush_all()
        return {
            (table, row["id"]): row
            for table in POSTED
            for [row] in self.env.execute_query(SQL("SELECT to_jsonb(t) FROM %s t", SQL.identifier(table)))
        }

    def compare(self, before, after):
        """Return what differs, as {(table, id, column, value before, value after)}."""
        self.assertEqual(before.keys(), after.keys())
        return {
            (*key, column, str(value), str(after[key][column]))
            for key, row in before.items()
            for column, value in row.items()
            # what is worked out anew, with the same value, has another last writer
            if column not in ("write_uid", "write_date") and after[key][column] != value
        }

    def plant(self):
        """Put a word of its own into every place where something personal may stand."""
        payer = self.people["payer"].partner_id
        customer = self.account.partner_id
        customer.write(
            {"email": "quokka@example.com", "phone": "quokka-1", "comment": "<p>quokka</p>", "website": "quokka.test"}
        )
        payer.write(
            {"name": "Quokka Payer", "email": "quokka-payer@example.com", "street": "Quokka Street", "type": "other"}
        )
        self.env["res.partner.bank"].create({"acc_number": "quokka-bank", "partner_id": payer.id})
        self.account.write(
            {
                "invoice_contact_ids": [(6, 0, payer.ids)],
                "purchase_reference": "quokka-ref",
                "note": "quokka-note",
                "credit_score": 5,
            }
        )
        question = self.ask("payer", [("quokka.txt", b"quokka")], subject="quokka", text="quokka")
        question.message_post(body="quokka-answer", message_type="comment", subtype_xmlid="mail.mt_comment")
        self.env["billing.questions"].end_by_customer(question)
        customer.message_post(body="quokka-chatter")
        self.send_document()
        self.make_export()
        self.env.flush_all()

    def find_quokka(self):
        """Return the tables and columns of the whole database in which the word still stands."""
        self.env.flush_all()
        columns = self.env.execute_query(
            SQL(
                "SELECT c.table_name, c.column_name FROM information_schema.columns c"
                " JOIN information_schema.tables t USING (table_schema, table_name)"
                " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
                " AND c.data_type IN ('text', 'character varying', 'jsonb')"
            )
        )
        found = set()
        for table, column in columns:
            [(count,)] = self.env.execute_query(
                SQL(
                    "SELECT count(*) FROM %s WHERE %s::text ILIKE %s",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    f"%{CANARY}%",
                )
            )
            if count:
                found.add((table, column))
        return found

    # -- what must end first ------------------------------------------------------------------------------------------

    def test_nothing_is_erased_while_a_subscription_runs_or_something_is_open(self):
        erasure = self.get_erasure()
        with self.assertRaisesRegex(UserError, "still running"):
            self.erase(erasure)
        for subscription in self.account.subscription_ids:
            self.env["billing.subscription.lifecycle"].set_end(subscription, self.day("2026-03-31"))
        self.bill(self.account, "2026-04-01")
        self.env["billing.subscription.lifecycle"].end_past(fields.Datetime.to_datetime("2026-04-02"))
        with self.assertRaisesRegex(UserError, "still open"):
            self.erase(erasure)
        self.assertEqual(erasure.state, "asked")
        self.assertEqual(self.account.state, "active")
        self.assertTrue(self.account.member_ids)

    def test_only_a_manager_erases_or_refuses(self):
        self.settle()
        erasure = self.get_erasure()
        for user in (self.clerk, self.people["owner"]):
            with self.assertRaises(AccessError):
                self.erasing.with_user(user).erase(erasure.with_user(user))
            with self.assertRaises(AccessError):
                self.erasing.with_user(user).refuse(erasure.with_user(user), "No")
        self.assertEqual(erasure.state, "asked")

    def test_the_name_of_the_customer_is_typed(self):
        self.settle()
        erasure = self.get_erasure()
        decisions = self.env["billing.erasure.decision"].with_user(self.manager)
        decision = decisions.create({"erasure_id": erasure.id, "confirmation": "yes"})
        self.assertFalse(decision.obstacles)
        with self.assertRaisesRegex(UserError, "Type the name"):
            decision.action_erase()
        self.assertEqual(erasure.state, "asked")
        decision.confirmation = " Ada  Works "
        decision.action_erase()
        self.assertEqual(erasure.state, "done")

    # -- what goes, and what stays ------------------------------------------------------------------------------------

    def test_g04_words_on_everything_of_the_account_are_erased(self):
        canary, account = "wombat", self.account
        account.subscription_ids[:1].message_post(body=f"{canary} 1")
        account.activity_schedule("mail.mail_activity_data_todo", note=f"{canary} 2", user_id=self.manager.id)
        account.partner_id.activity_schedule("mail.mail_activity_data_todo", summary=f"{canary} 3")
        self.env["ir.attachment"].create(
            {"name": f"{canary} 4", "res_model": account._name, "res_id": account.id, "raw": b"x"}
        )
        account.partner_id.company_registry = f"{canary} 5"
        self.env["billing.stop"].create({"account_id": account.id, "date_from": "2026-01-01", "date_to": "2026-01-02",
                                         "note": f"{canary} 6"})  # fmt: skip
        self.settle()
        self.erase(self.get_erasure())
        queries = {
            "mail_message": "SELECT count(*) FROM mail_message WHERE body ILIKE %s",
            "mail_activity": "SELECT count(*) FROM mail_activity WHERE note ILIKE %s OR summary ILIKE %s",
            "ir_attachment": "SELECT count(*) FROM ir_attachment WHERE name ILIKE %s",
            "billing_stop": "SELECT count(*) FROM billing_stop WHERE note ILIKE %s",
        }
        for table, query in queries.items():
            self.env.cr.execute(query, [f"%{canary}%"] * query.count("%s"))
            self.assertEqual(self.env.cr.fetchone(), (0,), table)

    def test_automatic_payment_ends_first_and_a_card_can_never_be_charged_again(self):
        token = self.save_method(self.account.partner_id)
        consents = self.env["billing.payment.consents"]
        consent = consents.give(self.account, token, self.account.partner_id, "portal", "I agree")
        self.settle()
        self.erase(self.get_erasure())
        self.assertEqual((consent.state, token.active, token.provider_ref), ("withdrawn", False, "…"))
        self.assertFalse(self.env["billing.collection.message"].search([("account_id", "=", self.account.id)]))

    def test_the_address_that_the_law_keeps_is_not_erased_with_that_of_a_colleague(self):
        """Odoo copies the address of such a contact to its company, also where it is emptied."""
        customer = self.account.partner_id
        address = {
            "street": "Main Street 1",
            "zip": "10115",
            "city": "Berlin",
            "country_id": self.env.ref("base.de").id,
        }
        customer.write(address)
        colleague = self.env["res.partner"].create({"name": "Colleague", "parent_id": customer.id, "type": "contact"})
        self.env.flush_all()
        self.assertEqual(colleague.city, "Berlin")
        self.settle()
        self.erase(self.get_erasure())
        self.assertEqual((customer.street, customer.zip, customer.city), ("Main Street 1", "10115", "Berlin"))
        self.assertFalse(colleague.street or colleague.city or colleague.zip)

    def test_g04_what_the_law_does_not_keep_is_nowhere_any_more(self):
        self.plant()
        self.settle()
        self.assertGreater(len(self.find_quokka()), 8)
        self.erase(self.get_erasure("owner"))
        # Odoo tells people that their log-in has changed, and deletes these mails when they are handed over
        told = self.env["mail.mail"].search([("auto_delete", "=", True), ("email_to", "ilike", CANARY)])
        self.assertEqual(set(told.mapped("model")), {False})
        told.unlink()
        self.assertEqual(self.find_quokka(), set())

    def fill(self, people):
        """Put something into every stored field of contacts, whoever has added it; return the fields."""
        self.env.flush_all()
        made = {"varchar": CANARY, "text": CANARY, "int4": 7, "float8": 7.5, "numeric": 7.5, "bool": True,
                "date": "2026-01-01", "timestamp": "2026-01-01 10:00:00"}  # fmt: skip
        filled, tables = [], {model._table for model in self.env.values()}
        for field in people._fields.values():
            if not field.store or field.name in (*models.MAGIC_COLUMNS, *KEPT_FOR_EVER):
                continue
            if field.type == "many2many" and field.relation in tables:
                continue  # rows of another model, of which Odoo shows a part
            if field.type == "many2many":
                other = self.env[field.comodel_name].sudo().with_context(active_test=False).search([], limit=1)
                if not other:
                    continue
                for person in people:
                    people.env.cr.execute(
                        SQL(
                            "INSERT INTO %s (%s, %s) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                            *(SQL.identifier(name) for name in (field.relation, field.column1, field.column2)),
                            *(person.id, other.id),
                        )
                    )
            elif field.type == "binary" and not field.column_type:
                for person in people:
                    person[field.name] = IMAGE
            elif field.column_type:
                value = made.get(field._column_type[0])
                if field.type == "many2one":
                    value = self.env[field.comodel_name].sudo().with_context(active_test=False).search([], limit=1).id
                elif field.type == "selection":
                    value = field.get_values(self.env)[0]
                if not value:
                    continue
                if field.company_dependent or field.translate:
                    value = json.dumps({self.company.id if field.company_dependent else "en_US": value})
                self.env.cr.execute(
                    SQL("UPDATE res_partner SET %s = %s WHERE id IN %s", SQL.identifier(field.name), value,
                        tuple(people.ids))
                )  # fmt: skip
            else:
                continue
            filled.append(field)
        self.env.invalidate_all()
        return filled

    def is_there(self, person, field):
        """Tell whether a field of a contact has what it was filled with, as the database has it."""
        if field.type == "many2many" or not field.column_type:
            return bool(person[field.name])
        query = SQL("SELECT %s FROM res_partner WHERE id = %s", SQL.identifier(field.name), person.id)
        [(value,)] = self.env.execute_query(query)
        return value not in (None, False, 0, "") and (not field.required or value != field.default(person))

    def test_every_stored_field_of_a_contact_is_erased_but_what_is_named(self):
        """Also what any other addon adds: what nobody has thought of is not kept."""
        customer, payer = self.account.partner_id, self.people["payer"].partner_id
        self.env["res.partner.category"].create({"name": "Pays late"})
        self.settle()
        erasure = self.get_erasure()
        filled = self.fill(customer | payer)
        self.assertGreater(len(filled), 40)
        self.assertLess({"partner_latitude", "partner_longitude", "category_id", "barcode", "image_1920", "tz"},
                        {field.name for field in filled})  # fmt: skip
        self.erase(erasure)
        for person, kept in ((payer, set()), (customer, KEPT_WITH_DOCUMENTS)):
            there = {field.name for field in filled if self.is_there(person, field)}
            self.assertEqual(there & kept, kept & {field.name for field in filled})
            self.assertEqual(there - kept - FOLLOWING, set(), person.name)
        self.work.waiting = None
        with freeze_time(date(erasure.kept_until.year + 1, 1, 1)):
            self.env["billing.erasure.days"].work_through(self.work)
        self.env.flush_all()
        self.assertEqual({field.name for field in filled if self.is_there(customer, field)} - FOLLOWING, set())

    def test_posted_documents_and_payments_are_not_touched(self):
        self.plant()
        self.settle()
        erasure, before = self.get_erasure(), self.get_print()
        self.erase(erasure)
        self.assertEqual(self.compare(before, self.get_print()), set())

    def test_name_address_and_tax_number_stay_as_long_as_documents_do(self):
        customer = self.account.partner_id
        customer.write({"street": "Main Street 1", "vat": "/", "email": "ada@example.com"})
        self.settle()
        erasure = self.get_erasure()
        self.erase(erasure)
        self.assertEqual((customer.name, customer.street, customer.email), ("Ada Works", "Main Street 1", False))
        self.assertEqual(erasure.kept_until.strftime("%m-%d"), "12-31")
        payments = self.env["account.payment"].search([("billing_account_id", "=", self.account.id)])
        last = max(self.account.move_ids.mapped("date") + payments.mapped("date"))
        self.assertEqual(erasure.kept_until.year, last.year + 10)
        self.assertEqual(self.people["payer"].partner_id.name, f"Erased {self.people['payer'].partner_id.id}")

    def test_what_was_kept_goes_once_its_time_is_over(self):
        self.settle()
        erasure = self.get_erasure()
        self.erase(erasure)
        days, kept_until = self.env["billing.erasure.days"], erasure.kept_until
        with freeze_time(kept_until):
            days.work_through(self.work)
        self.assertEqual(self.account.partner_id.name, "Ada Works")
        self.work.waiting = None
        with freeze_time(date(kept_until.year + 1, 1, 1)):
            days.work_through(self.work)
        self.assertEqual(self.account.partner_id.name, f"Erased {self.account.partner_id.id}")
        self.assertFalse(erasure.kept_until)

    def test_people_cannot_log_in_and_nobody_sees_the_account(self):
        self.settle()
        link = self.get_pay_link()
        self.erase(self.get_erasure())
        self.assertTrue(self.get_pay_link(link))
        for name in ("owner", "payer", "viewer", "colleague", "customer"):
            user = self.people[name]
            self.assertFalse(user.active, name)
            self.assertTrue(user.login.startswith("__deleted_user_"), name)
        self.assertTrue(self.people["stranger"].active)
        self.assertEqual(self.account.state, "closed")
        self.assertFalse(self.account.member_ids)

    def test_saved_payment_methods_are_put_away(self):
        token = self.save_method(self.account.partner_id)
        self.settle()
        self.erase(self.get_erasure())
        self.assertFalse(token.active)
        self.assertFalse(token.payment_details)

    def test_a_second_time_finds_nothing_and_who_decided_stays(self):
        self.plant()
        self.settle()
        erasure = self.get_erasure()
        self.erase(erasure)
        before = self.get_print()
        first = (erasure.decided_by_id, erasure.decided_on, self.account.partner_id.write_date)
        self.erase(erasure)
        self.assertEqual((erasure.decided_by_id, erasure.decided_on, self.account.partner_id.write_date), first)
        self.assertEqual(self.compare(before, self.get_print()), set())
        self.assertEqual(erasure.decided_by_id, self.manager)
        self.assertTrue(any(self.manager.name in body for body in erasure.message_ids.mapped("body")))

    def test_who_is_a_customer_of_another_company_here_stays_who_they_are(self):
        other = self.env["res.company"].create({"name": "Other"})
        partner = self.account.partner_id
        self.env["billing.account"].create({"partner_id": partner.id, "company_id": other.id})
        self.settle()
        self.erase(self.get_erasure())
        self.assertEqual(self.people["payer"].partner_id.email, "payer@example.com")
        self.assertTrue(self.people["payer"].active)
        self.assertFalse(self.account.member_ids)

    def test_a_firm_below_the_customer_is_a_customer_of_its_own(self):
        below = self.env["res.partner"].create(
            {"name": "Below", "is_company": True, "parent_id": self.account.partner_id.id, "email": "below@example.com"}
        )
        self.settle()
        self.erase(self.get_erasure())
        self.assertEqual((below.name, below.email, below.active), ("Below", "below@example.com", True))

    def attach(self, record, name, **vals):
        return self.env["ir.attachment"].create(
            {"name": name, "raw": b"%PDF", "res_model": record._name, "res_id": record.id, **vals}
        )

    def test_files_of_documents_and_signed_papers_go_with_the_documents(self):
        move = self.account.move_ids[:1]
        sent = self.attach(move, "invoice.pdf")
        fields_of_move = {"invoice_pdf_report_file", "ubl_cii_xml_file"} & set(move._fields)
        files = sent | self.attach(move, "drawn.pdf", res_field="invoice_pdf_report_file")
        self.assertTrue(fields_of_move)
        message = move.message_post(body="Your invoice", attachment_ids=sent.ids, message_type="comment")
        consent = self.give_written_consent()
        paper = consent.attachment_ids
        self.settle()
        files |= self.attach(
            self.env["account.payment"].search([("billing_account_id", "=", self.account.id)]), "r.pdf"
        )
        erasure = self.get_erasure()
        self.erase(erasure)
        self.assertEqual((files | paper).exists(), files | paper)
        self.assertTrue(message.body)
        self.work.waiting = None
        with freeze_time(date(erasure.kept_until.year + 1, 1, 1)):
            self.env["billing.erasure.days"].work_through(self.work)
        self.env.invalidate_all()
        self.assertFalse(erasure.kept_until)
        self.assertFalse((files | paper).exists())
        self.assertFalse(message.body)
        self.assertEqual(self.account.partner_id.name, f"Erased {self.account.partner_id.id}")

    def test_what_a_restricted_audit_trail_protects_stays(self):
        file = self.attach(self.account.move_ids[:1], "invoice.pdf", mimetype="application/pdf")
        self.settle()
        self.company.restrictive_audit_trail = True
        self.company.billing_retention_years = 0
        with freeze_time("2040-01-01"):
            self.erase(self.get_erasure())
        self.assertTrue(file.exists())
        self.assertEqual(self.account.partner_id.name, f"Erased {self.account.partner_id.id}")

    def give_written_consent(self):
        token = self.save_method(self.account.partner_id)
        paper = self.env["ir.attachment"].create({"name": "signed.pdf", "raw": b"%PDF signed"})
        return self.env["billing.payment.consents"].give(
            self.account, token, self.account.partner_id, "written", "I agree", attachments=paper
        )

    def test_numbers_and_addresses_to_which_messages_went_are_emptied(self):
        customer, payer = self.account.partner_id, self.people["payer"].partner_id
        elsewhere = self.env["res.partner"].create({"name": "Somebody else"})
        kept = self.account.move_ids[:1].message_post(
            body="Your invoice", message_type="comment", author_id=payer.id, email_from="quokka-payer@example.com"
        )
        other = elsewhere.message_post(body="Hello", author_id=payer.id, email_from="quokka-payer@example.com")
        notification = self.env["mail.notification"].create(
            {
                "mail_message_id": kept.id, "res_partner_id": customer.id, "notification_type": "sms",
                "sms_number": "quokka-1", "mail_email_address": "quokka@example.com",
            }
        )  # fmt: skip
        text = self.env["sms.sms"].create({"number": "quokka-1", "partner_id": customer.id, "body": "Hello"})
        mail = self.env["mail.mail"].create(
            {"email_from": "us@example.com", "body_html": "quokka", "recipient_ids": [(4, payer.id)], "state": "sent"}
        )
        self.settle()
        self.erase(self.get_erasure())
        self.assertEqual((notification.sms_number, notification.mail_email_address), (False, False))
        self.assertEqual((kept.email_from, other.email_from), (False, False))
        self.assertTrue(kept.body)
        self.assertFalse(text.exists() or mail.exists())
        self.assertEqual(self.find_quokka(), set())

    def test_why_an_earlier_request_was_refused_is_erased(self):
        first = self.get_erasure()
        self.erasing.with_user(self.manager).refuse(first.with_user(self.manager), "quokka owes us something")
        self.settle()
        self.env["mail.mail"].search([]).unlink()
        self.erase(self.get_erasure())
        self.assertFalse(first.reason)
        self.assertEqual(self.find_quokka(), set())

    def test_what_a_provider_keeps_is_asked_to_be_deleted(self):
        provider = self.env["payment.provider"].create({"name": "Test", "company_id": self.company.id})
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["payment.provider"].create({"name": "Other", "company_id": elsewhere.id})
        self.settle()
        adapter = type(self.env["billing.payment.adapter"])
        with patch.object(adapter, "forget", autospec=True) as forget:
            self.erase(self.get_erasure())
        asked = {call.args[1]: call.args[2] for call in forget.call_args_list}
        self.assertIn(provider, asked)
        self.assertEqual(asked.keys() - {*self.env["payment.provider"].search([("company_id", "=", self.company.id)])},
                         set())  # fmt: skip
        self.assertLessEqual(self.account.partner_id | self.people["payer"].partner_id, asked[provider])

    def test_nothing_is_erased_while_a_provider_is_being_asked(self):
        self.settle()
        attempt = self.env["billing.payment.attempt"].create(
            {"key": "k", "account_id": self.account.id, "currency_id": self.account.currency_id.id, "amount": 5}
        )
        provider = self.env["payment.provider"].create({"name": "Test", "company_id": self.company.id})
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id, "payment_method_id": self.env.ref("payment.payment_method_card").id,
                "amount": 5, "currency_id": self.account.currency_id.id, "partner_id": self.account.partner_id.id,
                "reference": "under way",
            }
        )  # fmt: skip
        erasure = self.get_erasure()
        for state in ("sent", "unknown", "waiting"):
            query = "UPDATE billing_payment_attempt SET state = %s, transaction_id = %s WHERE id = %s"
            self.env.cr.execute(query, [state, transaction.id, attempt.id])
            self.env.cr.execute("UPDATE billing_account SET state = 'closed' WHERE id = %s", [self.account.id])
            self.env.invalidate_all()
            with self.assertRaisesRegex(UserError, "under way"), self.env.cr.savepoint():
                self.erase(erasure)

    def test_another_customer_is_left_alone(self):
        foreign, question = self.foreign_account, self.ask("stranger", account_id=self.foreign_account.id)
        before = (foreign.partner_id.email, foreign.state, question.text)
        self.settle()
        self.erase(self.get_erasure())
        self.assertEqual((foreign.partner_id.email, foreign.state, question.text), before)

    # -- one contact alone --------------------------------------------------------------------------------------------

    def ask_for_leaver(self, name="payer", **vals):
        contact = self.people[name].partner_id
        return self.env["billing.erasure"].create(
            {"customer_id": self.account.partner_id.id, "contact_id": contact.id, "company_id": self.company.id, **vals}
        )

    def plant_on_leaver(self):
        """Put the word into every place where something of one contact may stand."""
        payer = self.people["payer"].partner_id
        payer.write({"name": "Quokka Payer", "email": "quokka@example.com", "phone": "quokka-1", "type": "other",
                     "street": "Quokka Street", "comment": "quokka", "function": "quokka"})  # fmt: skip
        self.people["payer"].login = "quokka-login"
        self.env["res.partner.bank"].create({"acc_number": "quokka-bank", "partner_id": payer.id})
        self.account.invoice_contact_ids = payer | self.people["viewer"].partner_id
        payer.message_post(body="quokka")
        self.account.message_subscribe(payer.ids)
        self.send_document("payer")
        return payer, self.save_working_method(payer, "quokka")

    def test_who_has_left_a_customer_is_erased_alone_and_the_firm_goes_on(self):
        payer, token = self.plant_on_leaver()
        customer, others = self.account.partner_id, [self.people[name] for name in ("owner", "viewer", "customer")]
        files, question = self.send_document("owner").attachment_ids, self.ask("owner", text="Tell me")
        before, link = self.get_print(), self.get_pay_link()
        erasure = self.ask_for_leaver(person_id=self.people["owner"].partner_id.id)
        self.assertEqual(erasure.display_name, payer.display_name)
        self.assertFalse(self.env["billing.portal.privacy"].get_page(customer)[0]["erasure"], "it is not the firm's")
        decision = self.env["billing.erasure.decision"].with_user(self.manager).create({"erasure_id": erasure.id})
        self.assertFalse(decision.obstacles, "what runs and what is open is the firm's")
        decision.confirmation = customer.name
        with self.assertRaisesRegex(UserError, "Quokka Payer"):
            decision.action_erase()
        decision.confirmation = "Quokka Payer"
        decision.action_erase()
        last = erasure.sudo().telling_mail_id
        self.assertEqual(last.email_to, "owner@example.com")
        self.assertIn("Quokka Payer", last.body_html)
        erasure.sudo().mail_ids.unlink()
        self.env.invalidate_all()
        self.assertEqual(self.find_quokka(), set())
        self.assertEqual((payer.name, payer.active), (f"Erased {payer.id}", False))
        self.assertEqual((self.people["payer"].active, token.active, token.provider_ref), (False, False, "…"))
        self.assertEqual(self.account.invoice_contact_ids, self.people["viewer"].partner_id)
        self.assertEqual(set(self.account.member_ids.mapped("role")), {"owner", "viewer"})
        self.assertNotIn(payer, self.account.message_partner_ids)
        self.assertTrue(self.get_pay_link(link), "a mail is nobody's log-in")
        # nothing of the firm
        self.assertEqual((self.account.state, customer.name), ("active", "Ada Works"))
        self.assertTrue(all(user.active and user.partner_id.email for user in others))
        self.assertTrue(files.exists() and question.text == "Tell me")
        self.assertEqual(self.compare(before, self.get_print()), set())
        first = (erasure.decided_on, payer.write_date)
        self.erase(erasure)
        self.assertEqual((erasure.decided_on, payer.write_date), first)

    def test_who_stands_below_a_contact_is_somebody_else(self):
        payer, _token = self.plant_on_leaver()
        below = {
            name: self.env["res.partner"].create(
                {"name": name, "parent_id": parent.id, "type": kind, "email": f"{name}@example.com"}
            )
            for name, kind, parent in (("office", "other", payer), ("assistant", "contact", payer))
        }
        below["desk"] = self.env["res.partner"].create(
            {"name": "desk", "parent_id": below["assistant"].id, "type": "other", "email": "desk@example.com"}
        )
        below["login"] = self.env["res.partner"].create({"name": "login", "parent_id": payer.id, "type": "invoice"})
        self.make_user("below", partner=below["login"])
        below["login"].name = "login"
        below["role"] = self.env["res.partner"].create(
            {"name": "role", "parent_id": payer.id, "type": "invoice", "email": "role@example.com"}
        )
        self.env["billing.account.member"].create({"account_id": self.account.id, "partner_id": below["role"].id})
        self.erase(self.ask_for_leaver())
        self.assertFalse(payer.email or below["office"].email)
        for name in ("assistant", "desk", "login", "role"):
            self.assertEqual((below[name].name, bool(below[name].email), below[name].active), (name, True, True))
        self.assertIn("role", self.account.member_ids.partner_id.mapped("name"))

    def make_branch_account(self, name):
        """Return another account of the customer."""
        account = self.make_account(name, delivery_channel="portal")
        account.partner_id.parent_id = self.account.partner_id
        return account

    def agree(self, account, *tokens, **more):
        person = account.partner_id
        return self.env["billing.payment.consents"].give(
            account, tokens[0].union(*tokens), person, "portal", "I agree", **more
        )

    def get_news(self, account):
        return self.env["billing.collection.message"].search([("account_id", "=", account.id), ("kind", "=", "debit")])

    def test_the_dialogue_says_what_automatic_payment_loses_and_the_owner_is_told(self):
        payer, token = self.plant_on_leaver()
        other = self.save_working_method(self.account.partner_id, "1111")
        alone, spared, parted, paused, ended = accounts = self.account.browse(
            [self.make_branch_account(name).id for name in ("Alone", "Spared", "Parted", "Paused", "Ended")]
        )
        lost = self.agree(alone, token)
        kept = self.agree(spared, token, other)
        part = self.agree(parted, token, other, purposes=["recurring", "other"])
        self.env["billing.payment.consents"].pause(self.agree(paused, token), "A pause")
        self.env["billing.payment.consents"].end_all(self.agree(ended, token).account_id, "Over")
        erasure = self.ask_for_leaver()
        decision = self.env["billing.erasure.decision"].with_user(self.manager).create({"erasure_id": erasure.id})
        said = {
            name: [line for line in decision.automatic.splitlines() if f" {name} " in line]
            for name in accounts.mapped("name")
        }
        self.assertEqual([len(said[account.name]) for account in accounts], [1, 1, 1, 1, 0])
        self.assertIn("No bill is collected until another method is chosen", said[alone.name][0])
        self.assertIn(f"loses {token.display_name}. In its place {other.display_name} is charged", said[spared.name][0])
        self.assertIn("Bills of subscriptions are not collected until", said[parted.name][0])
        decision.confirmation = payer.name
        decision.action_erase()
        self.env.invalidate_all()
        self.assertEqual([one.state for one in lost | kept | part], ["active"] * 3)
        self.assertEqual([one.is_usable for one in lost | kept | part], [False, True, True])
        self.assertEqual([len(self.get_news(account)) for account in accounts], [1, 0, 1, 0, 0])
        self.assertIn("needs another payment method", self.get_news(alone).subject)
        self.assertIn("Erased with the data", lost.method_ids.gone_reason)
        self.assertFalse(self.env["billing.erasure.methods"].get_losses(erasure), "a second time finds nothing")

    def test_what_lacked_a_method_before_is_not_said_to_be_lost_now(self):
        payer, token = self.plant_on_leaver()
        gone = self.save_working_method(self.account.partner_id, "0000")
        other = self.save_working_method(self.account.partner_id, "1111")
        account = self.make_branch_account("Before")
        self.agree(account, gone, token, other, purposes=["recurring", "other", "other"])
        gone.active = False
        self.env.flush_all()
        before = self.get_news(account)
        self.assertEqual(len(before), 1)
        erasure = self.ask_for_leaver()
        [said] = self.env["billing.erasure.methods"].say_losses(erasure, lambda _account: True)
        self.assertIn(f"In its place {other.display_name} is charged", said)
        self.erase(erasure)
        self.assertFalse(payer.email)
        self.assertEqual(self.get_news(account), before, "nobody is told what they know")

    def test_of_an_account_that_staff_may_not_see_the_dialogue_does_not_say_the_name(self):
        _payer, token = self.plant_on_leaver()
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        served = self.env["billing.account"].create({"partner_id": self.account.partner_id.id, "company_id": branch.id})
        served.action_activate()
        self.agree(served, token)
        decisions = self.env["billing.erasure.decision"].with_user(self.manager)
        for company_ids, name in ((self.company, "another account"), (self.company | branch, served.name)):
            self.manager.company_ids = company_ids
            with self.subTest(name=name), self.undone():
                decision = decisions.create({"erasure_id": self.ask_for_leaver().id})
                self.assertIn(f"Automatic payment of {name} loses", decision.automatic)

    def test_name_and_address_of_who_has_left_stay_with_what_is_addressed_to_them(self):
        payer, _token = self.plant_on_leaver()
        move = self.account.move_ids[:1]
        self.env.cr.execute("UPDATE account_move SET partner_shipping_id = %s WHERE id = %s", [payer.id, move.id])
        self.env.invalidate_all()
        erasure = self.ask_for_leaver()
        self.erase(erasure)
        self.assertEqual(erasure.kept_until, date(move.date.year + 10, 12, 31))
        self.assertEqual((payer.name, payer.street), ("Quokka Payer", "Quokka Street"))
        self.assertFalse(payer.email or payer.phone or payer.comment or self.people["payer"].active)
        for way, name, email in (
            ("is reached", "Quokka Payer", "back@example.com"),
            ("has an account of their own", "Quokka Payer", False),
            ("has not come back", f"Erased {payer.id}", False),
        ):
            with self.subTest(way=way), self.undone():
                payer.email = email
                if way == "has an account of their own":
                    own = self.env["billing.account"].create({"partner_id": payer.id, "company_id": self.company.id})
                    own.action_activate()
                self.env.flush_all()
                self.work.waiting, self.work.position = None, 0
                with freeze_time(date(erasure.kept_until.year + 1, 1, 1)):
                    self.env["billing.erasure.days"].work_through(self.work)
                self.env.invalidate_all()
                self.assertEqual((payer.name, payer.email), (name, email))
                self.assertFalse(erasure.kept_until or erasure.look_on)

    def test_who_can_be_erased_alone(self):
        with self.assertRaisesRegex(UserError, "no contact of"):
            self.ask_for_leaver("stranger")
        own = self.make_account("Payer's own", delivery_channel="portal")
        own.partner_id = self.people["payer"].partner_id
        erasure = self.ask_for_leaver()
        with self.assertRaisesRegex(UserError, "account of this contact"):
            self.erase(erasure)

    def test_what_is_open_of_the_closed_account_of_a_contact_comes_first(self):
        own = self.make_account("Payer's own", delivery_channel="portal")
        own.partner_id = self.people["payer"].partner_id
        self.subscribe(own, self.plan, "2026-01-01")
        self.bill(own, DAY.isoformat())
        self.env.flush_all()
        self.env.cr.execute("UPDATE billing_account SET state = 'closed' WHERE id = %s", [own.id])
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "something is still open"):
            self.erase(self.ask_for_leaver())

    def test_a_field_that_has_to_have_a_value_says_nothing_any_more(self):
        payer, _token = self.plant_on_leaver()
        erasing = self.env["billing.erasure.fields"]
        industry = self.env["res.partner.industry"].create({"name": "Keepers of quokkas"})
        for name, given, expected in (("function", "Quokka", "…"), ("color", 7, 0)):
            with self.subTest(field=name), patch.object(payer._fields[name], "required", True):
                payer[name] = given
                self.assertEqual(erasing.prepare_values(payer, False)[name], expected)
        payer.industry_id = industry
        with (
            patch.object(payer._fields["industry_id"], "required", True),
            self.assertRaisesRegex(UserError, "“Industry” of .* has to have a value"),
        ):
            erasing.prepare_values(payer, False)

    # -- the last mail ------------------------------------------------------------------------------------------------

    def look_at_mails(self, day):
        """Let the scheduled action come by on a day."""
        self.work.waiting, self.work.position = None, 0
        with freeze_time(day):
            self.env["billing.erasure.telling"].work_through(self.work)
        self.env.flush_all()
        self.env.invalidate_all()

    def refuse_mails(self, mails, kind):
        """Let a mail server take none of some mails, as Odoo notes it."""
        for mail in mails:
            reason = f"550 {mail.email_to} is unknown"
            mail.write({"state": "exception", "failure_type": kind, "failure_reason": reason})
            mail._postprocess_sent_message([], [], failure_reason=reason, failure_type=kind)
        self.env.flush_all()
        self.env.invalidate_all()

    def test_no_address_outlives_a_last_mail_that_cannot_be_delivered(self):
        self.people["owner"].partner_id.email = "quokka-owner@example.com"
        self.account.partner_id.write(
            {"street": "Main Street 1", "zip": "10115", "city": "Berlin", "country_id": self.env.ref("base.de").id}
        )
        self.settle()
        erasure = self.get_erasure("owner")
        self.erase(erasure)
        mails, first = erasure.sudo().mail_ids, fields.Date.today()
        last = mails.filtered(lambda mail: mail == erasure.sudo().telling_mail_id)
        self.assertEqual(last.email_to, "quokka-owner@example.com")
        self.assertGreater(len(mails), 1, "Odoo tells people that their log-in has changed")
        with self.subTest("none can be delivered"), self.undone():
            for days in range(1, 7):
                self.refuse_mails(mails, "mail_smtp")
                self.look_at_mails(fields.Date.add(first, days=days))
                self.assertEqual((erasure.telling, set(mails.mapped("state"))), ("waiting", {"outgoing"}), days)
            self.refuse_mails(mails, "mail_smtp")
            self.look_at_mails(fields.Date.add(first, days=7))
            self.assertFalse(mails.exists())
            self.check_nobody_was_told(erasure, "Connection failed")
        with self.subTest("there is no such address"), self.undone():
            self.refuse_mails(last, "mail_email_invalid")
            self.assertFalse(last.exists())
            (mails - last).exists().unlink()
            self.check_nobody_was_told(erasure, "Invalid email")
        with self.subTest("somebody has taken it out"), self.undone():
            mails.unlink()
            self.check_nobody_was_told(erasure, "not handed over")
        with self.subTest("it is gone, and nobody has seen it go"), self.undone():
            self.env.flush_all()
            self.env.cr.execute("DELETE FROM mail_mail WHERE id IN %s", [tuple(mails.ids)])
            self.env.invalidate_all()
            self.look_at_mails(fields.Date.add(first, days=1))
            self.check_nobody_was_told(erasure, "not handed over")
        with self.subTest("nobody could look at them"), self.undone():
            telling = self.env.registry["billing.erasure.telling"]
            with (
                patch.object(telling, "_look", side_effect=UserError("Somebody else is at it.")),
                mute_logger(WORK_LOG),
            ):
                self.look_at_mails(fields.Date.add(first, days=1))
            self.assertEqual((erasure.telling, len(mails.exists())), ("waiting", len(mails)))
            self.assertIn("They are still there", erasure.activity_ids.note)
            self.look_at_mails(fields.Date.add(first, days=2))
            self.assertFalse(erasure.activity_ids, "it went well again")
        with self.subTest("the mail server took it, and the mail is deleted for that"), self.undone():
            last.write({"state": "sent"})
            last._postprocess_sent_message([], [])
            self.assertFalse(last.exists())
            self.assertEqual(erasure.telling, "told")
        with self.subTest("all are delivered"), self.undone():
            mails.write({"state": "sent"})
            self.look_at_mails(fields.Date.add(first, days=1))
            self.assertFalse(mails.exists())
            self.assertEqual((erasure.telling, erasure.mails_until), ("told", False))
            self.assertEqual(self.find_quokka(), set())

    def check_nobody_was_told(self, erasure, reason):
        """Somebody has the task, nothing names the address, and a manager closes it."""
        self.assertEqual(erasure.telling, "not_told")
        self.assertEqual(self.find_quokka(), set())
        task = erasure.activity_ids
        self.assertEqual(task.user_id, self.env["billing.work.loop"].get_responsible(self.account))
        self.assertIn(reason, task.note)
        # who asked is nameless by now; a letter goes to what is kept of the customer, as long as it is
        self.assertFalse(erasure.person_id.street or erasure.person_id.city)
        with self.undone():
            self.assertEqual(erasure.with_user(self.clerk).tell_at, "Ada Works\nMain Street 1\n10115 Berlin\nGermany")
            self.account.partner_id.write({"street": False, "zip": False, "city": False})
            self.env.invalidate_all()
            self.assertFalse(erasure.with_user(self.clerk).tell_at, "nobody can be written to")
        with self.assertRaises(AccessError):
            erasure.with_user(self.clerk).action_close_telling()
        erasure.with_user(self.manager).action_close_telling()
        self.assertEqual(erasure.telling, "closed")
        self.assertFalse(erasure.activity_ids)
        with self.assertRaisesRegex(UserError, "nobody to tell"):
            erasure.with_user(self.manager).action_close_telling()

    # -- refused ------------------------------------------------------------------------------------------------------

    def test_a_refusal_says_why_and_tells_the_customer(self):
        erasure = self.get_erasure()
        service = self.erasing.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Write why"):
            service.refuse(erasure.with_user(self.manager), "  ")
        before = self.env["mail.mail"].search([])
        service.refuse(erasure.with_user(self.manager), "Your plan runs.")
        [mail] = self.env["mail.mail"].search([]) - before
        self.assertIn("Your plan runs.", mail.body_html)
        self.assertEqual((erasure.state, erasure.decided_by_id), ("refused", self.manager))
        self.assertFalse(erasure.activity_ids)
        with self.assertRaises(UserError):
            self.erase(erasure)

    def test_who_does_not_own_all_accounts_any_more_is_told_nothing(self):
        erasure = self.get_erasure()
        self.account.member_ids.filtered(lambda one: one.partner_id == erasure.person_id).role = "payer"
        before = self.env["mail.mail"].search([])
        self.erasing.with_user(self.manager).refuse(erasure.with_user(self.manager), "Your plan runs.")
        self.assertEqual(self.env["mail.mail"].search([]), before)
        self.assertEqual(erasure.state, "refused")

    def test_a_manager_gets_the_task(self):
        erasure = self.get_erasure()
        self.assertEqual(erasure.activity_ids.user_id, self.env["billing.work.loop"].get_responsible(self.account))
        self.assertEqual(erasure.activity_ids.date_deadline, fields.Date.today() + timedelta(days=14))


@tagged("post_install", "-at_install")
class TestErasurePage(PrivacyCase):
    def ask_as(self, name, **values):
        self.enter(name)
        answer = PortalCase.post(self, f"{PAGE}/{self.company.id}/erasure", **values)
        self.env.invalidate_all()
        return answer

    def get_requests(self):
        return self.env["billing.erasure"].search([("customer_id", "=", self.account.partner_id.id)])

    def test_owners_ask_with_a_confirmation(self):
        answer = self.ask_as("owner")
        self.assertIn("Please confirm", answer.text)
        self.assertFalse(self.get_requests())
        self.assertEqual(self.ask_as("owner", confirmed="yes").status_code, 303)
        self.assertEqual(self.get_requests().person_id, self.people["owner"].partner_id)
        self.ask_as("customer", confirmed="yes")
        self.assertEqual(len(self.get_requests()), 1)

    def test_nobody_else_asks(self):
        for name in ("payer", "viewer", "colleague"):
            self.assertEqual(self.ask_as(name, confirmed="yes").status_code, 404, name)
        self.ask_as("stranger", confirmed="yes")
        self.assertFalse(self.get_requests())

    def test_who_does_not_own_every_account_does_not_ask(self):
        other = self.make_account("Ada Works East", delivery_channel="portal")
        other.partner_id.parent_id = self.account.partner_id
        self.env.flush_all()
        self.assertIn("owns all accounts", self.ask_as("owner", confirmed="yes").text)
        self.assertFalse(self.get_requests())

    def test_the_page_says_what_must_end_first(self):
        self.enter("owner")
        text = self.open(PAGE)[1]
        self.assertIn("a subscription still runs", text)
        self.assertIn("something is still open", text)
        self.settle()
        text = self.open(PAGE)[1]
        self.assertNotIn('name="obstacles"', text)

    def test_it_can_be_taken_back_until_it_is_decided_and_by_owners_alone(self):
        self.ask_as("owner", confirmed="yes")
        erasure = self.get_requests()
        path = f"{PAGE}/erasure/{erasure.id}/withdraw"
        for name in ("payer", "stranger"):
            self.enter(name)
            self.assertEqual(PortalCase.post(self, path).status_code, 404, name)
        self.env.invalidate_all()
        self.assertEqual(erasure.state, "asked")
        self.enter("owner")
        self.assertEqual(PortalCase.post(self, path).status_code, 303)
        self.env.invalidate_all()
        self.assertEqual(erasure.state, "withdrawn")
        self.assertFalse(erasure.activity_ids)
