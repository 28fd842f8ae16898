"""The profile: who sees and changes what, the tax number, documents for verification."""

import json
from unittest.mock import patch

from lxml.html import fromstring
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..services import verifying
from .portal_common import PortalCase
from .privacy_common import PDF, PrivacyCase

PAGE = "/my/billing/profile"


@tagged("post_install", "-at_install")
class TestVerification(PrivacyCase):
    def ask_for(self, **vals):
        return self.env["billing.verification"].with_user(self.staff).create({"account_id": self.account.id, **vals})

    def get_mail(self, act):
        before = self.env["mail.mail"].search([])
        act()
        return self.env["mail.mail"].search([]) - before

    def test_staff_asks_the_customer_sends_staff_accepts(self):
        made = []
        [mail] = self.get_mail(lambda: made.append(self.ask_for(kind="register", note="Not older than a year")))
        self.assertEqual(mail.recipient_ids, self.account.partner_id)
        self.assertIn("Not older than a year", mail.body_html)
        [one] = made
        self.assertEqual((one.state, self.account.verification), ("asked", "asked"))
        self.send_document(asked=one.sudo(), kind=None)
        self.assertEqual((one.state, self.account.verification), ("received", "received"))
        self.assertEqual(one.activity_ids.user_id, self.staff)
        [mail] = self.get_mail(one.action_accept)
        self.assertEqual((one.state, self.account.verification), ("accepted", "verified"))
        self.assertEqual(mail.recipient_ids, self.people["owner"].partner_id)
        self.assertFalse(one.activity_ids)

    def test_a_refusal_has_a_reason_and_another_file_takes_the_place_of_the_first(self):
        one = self.send_document(files=[("first.pdf", PDF)])
        service = self.env["billing.verifying"].with_user(self.staff)
        with self.assertRaisesRegex(UserError, "Write what is wrong"):
            service.refuse(one.with_user(self.staff), " ")
        [mail] = self.get_mail(lambda: service.refuse(one.with_user(self.staff), "Cut off below"))
        self.assertIn("Cut off below", mail.body_html)
        self.assertEqual((one.state, self.account.verification), ("refused", "refused"))
        self.send_document(files=[("second.pdf", PDF)], asked=one)
        self.assertEqual((one.state, one.reason), ("received", False))
        self.assertEqual(one.attachment_ids.mapped("name"), ["second.pdf"])

    def test_who_has_no_role_any_more_is_told_nothing(self):
        one, other = self.send_document(), self.send_document(kind="tax")
        member = self.account.member_ids.filtered(lambda one: one.partner_id == self.people["owner"].partner_id)
        member.role = "viewer"
        self.assertFalse(self.get_mail(one.with_user(self.staff).action_accept))
        service = self.env["billing.verifying"].with_user(self.staff)
        self.assertFalse(self.get_mail(lambda: service.refuse(other.with_user(self.staff), "Cut off below")))
        self.assertEqual((one.state, other.state), ("accepted", "refused"))

    def test_the_customer_of_a_draft_is_asked(self):
        partner = self.env["res.partner"].create({"name": "New", "email": "new@example.com"})
        draft = self.env["billing.account"].create({"partner_id": partner.id})
        [mail] = self.get_mail(lambda: self.ask_for(account_id=draft.id))
        self.assertEqual(mail.recipient_ids, partner)

    def test_a_decision_can_be_taken_back(self):
        one = self.send_document().with_user(self.staff)
        one.action_accept()
        one.action_reopen()
        self.assertEqual((one.state, self.account.verification), ("received", "received"))
        self.assertTrue(one.activity_ids)

    def test_what_is_not_needed_any_more_keeps_nobody_unverified(self):
        self.send_document().with_user(self.staff).action_accept()
        wanted = self.ask_for(kind="tax")
        self.assertEqual(self.account.verification, "asked")
        wanted.action_cancel()
        self.assertEqual(self.account.verification, "verified")

    def test_files_are_few_small_and_what_they_say(self):
        for files, said in (
            ([], "at least one file"),
            ([("card.pdf", b"MZ")], "no file of its type"),
            ([("card.txt", b"hello")], "cannot be added"),
            ([("card.exe", b"MZ")], "cannot be added"),
            ([("card.pdf", PDF * 500_000)], "too large"),
            ([(f"{number}.pdf", PDF) for number in range(6)], "at most 5 files"),
        ):
            with self.assertRaisesRegex(UserError, said):
                self.send_document(files=files)
        self.assertFalse(self.account.verification_ids)

    def test_only_so_many_wait(self):
        with patch.object(verifying, "MOST_WAITING", 2):
            self.send_document()
            self.send_document(kind="address")
            with self.assertRaisesRegex(UserError, "several documents"):
                self.send_document(kind="tax")

    def test_no_person_of_the_customer_reads_the_files(self):
        one = self.send_document()
        for name in ("owner", "payer", "viewer", "colleague", "customer", "stranger"):
            with self.assertRaises(AccessError):
                one.attachment_ids.with_user(self.people[name]).read(["raw"])
            self.enter(name)
            self.assertEqual(self.open(f"/web/content/{one.attachment_ids.id}")[0], 404, name)
        self.assertEqual(one.attachment_ids.with_user(self.staff).raw, PDF)


@tagged("post_install", "-at_install")
class TestProfilePage(PrivacyCase):
    def setUp(self):
        super().setUp()
        self.customer = self.account.partner_id
        self.customer.write({"country_id": self.env.ref("base.be").id, "street": "Main Street 1"})
        self.env.flush_all()

    def send(self, name, path, files=None, **values):
        self.enter(name)
        token = self.open("/my/billing")[1].partition('csrf_token: "')[2].partition('"')[0]
        answer = self.url_open(
            f"{PAGE}/{self.account.id}/{path}", data={"csrf_token": token, **values}, files=files, allow_redirects=False
        )
        self.env.invalidate_all()
        return answer

    def test_everybody_who_sees_the_account_sees_the_profile_and_owners_change_it(self):
        self.send_document()
        self.env.flush_all()
        for name in ("owner", "payer", "viewer", "colleague"):
            self.enter(name)
            status, text = self.open(PAGE)
            self.assertEqual(status, 200)
            self.assertIn("Main Street 1", text, name)
            self.assertEqual("verifications" in text, name == "owner", name)
            self.assertEqual('name="tax"' in text, name == "owner", name)
        self.enter("stranger")
        self.assertNotIn("Main Street 1", self.open(f"{PAGE}?account={self.account.id}")[1])

    def test_a_page_of_contacts_costs_as_much_with_ninety_colleagues(self):
        self.env["res.partner"].create(
            [
                {"name": f"{kind} {number:03d}", "parent_id": self.customer.id, "type": kind, "email": "x@example.com"}
                for number in range(90)
                for kind in ("contact", "invoice")
            ]
        )
        self.env.flush_all()
        for name in ("owner", "customer", "viewer"):
            self.enter(name)
            self.open(PAGE)  # what is kept of templates and rights is kept now
            before = self.env.cr.sql_log_count
            text = self.open(PAGE)[1]
            self.assertLess(self.env.cr.sql_log_count - before, 60, name)
            self.assertGreater(self.env.cr.sql_log_count - before, 5, name)
            self.assertIn("contact 000", text)
            self.assertNotIn("contact 089", text)
            self.assertIn("The first addresses", text)
        text = self.open(f"{PAGE}?people=5")[1]
        self.assertIn("contact 089", text)
        self.assertNotIn("contact 000", text)
        for nonsense in ("0", "-1", "99", "x", "9" * 30):
            self.assertEqual(self.open(f"{PAGE}?people={nonsense}")[0], 200, nonsense)

    def test_who_may_be_changed_is_what_odoo_says_of_each(self):
        made = self.env["res.partner"].create(
            [{"name": kind, "parent_id": self.customer.id, "type": kind} for kind in ("contact", "invoice", "other")]
        )
        people = made | self.customer | self.people["payer"].partner_id | self.foreign_account.partner_id
        for name in ("owner", "customer", "payer", "viewer", "stranger"):
            own = people.with_user(self.people[name]).sudo()
            one_by_one = own.filtered(lambda one: one._can_be_edited_by_current_customer())
            self.assertEqual(own._filter_editable_by_current_customer(), one_by_one, name)

    def test_nobody_but_owners_changes_it(self):
        for name in ("payer", "viewer", "colleague", "stranger"):
            self.assertEqual(self.send(name, "tax", number="BE0477472701").status_code, 404, name)
            answer = self.send(name, "documents", {"files": ("card.pdf", PDF)}, kind="identity")
            self.assertEqual(answer.status_code, 404, name)
        self.assertFalse(self.customer.vat)
        self.assertFalse(self.account.verification_ids)

    def test_that_a_number_is_checked_is_said_where_it_is(self):
        self.enter("owner")
        is_installed = "vies_valid" in self.customer._fields
        # of numbers of the United States Odoo knows nothing
        for country, is_checked in (("be", is_installed), ("us", False)):
            self.customer.country_id = self.env.ref(f"base.{country}")
            self.env.flush_all()
            self.assertEqual("It is checked when you save it" in self.open(PAGE)[1], is_checked, country)

    def test_what_is_wrong_is_said_beside_the_form_that_it_is_about(self):
        for path, sent, title in (
            ("tax", {"number": "1" * 40}, "Tax number"),
            ("documents", {"kind": "identity"}, "Documents for verification"),
        ):
            page = fromstring(self.send("owner", path, **sent).text)
            [alert] = page.xpath("//div[@role='alert']")
            self.assertEqual(alert.xpath("string(preceding::h2[1])"), title)
            # the browser opens the page there
            place = alert.xpath("preceding::h2[1]/@id")[0]
            [action] = {
                form.get("action").partition("#")[2] for form in page.xpath(f"//form[contains(@action, '/{path}')]")
            }
            self.assertEqual(action, place)
            marked = page.xpath("//input[@aria-invalid='true']/@name")
            self.assertEqual(marked, ["number"] if path == "tax" else [])

    def test_only_owners_change_and_archive_addresses_of_others(self):
        address = self.env["res.partner"].create(
            {"name": "Books", "parent_id": self.customer.id, "type": "invoice", "email": "books@example.com"}
        )
        self.env.flush_all()
        path = f"/my/address?partner_id={address.id}&address_type=billing"
        for name, is_open in (("viewer", False), ("payer", False), ("owner", True)):
            self.enter(name)
            self.assertEqual(self.open(path)[0] == 200, is_open, name)
            self.assertEqual(f"partner_id={address.id}&" in self.open(PAGE)[1], is_open, name)
            with mute_logger("odoo.http"):
                self.make_address_request("/my/address/archive", address)
            self.env.invalidate_all()
            self.assertEqual(address.active, not is_open, name)

    def make_address_request(self, route, address):
        body = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "call", "params": {"partner_id": address.id}})
        return self.url_open(route, data=body, headers={"Content-Type": "application/json"})

    def test_the_tax_number_is_checked_as_odoo_does(self):
        if "vies_valid" not in self.customer._fields:
            self.skipTest("Odoo's check of tax numbers, base_vat, is not installed")
        answer = self.send("owner", "tax", number="BE0477472700")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("BE0477472700", answer.text)
        self.assertIn("is not taken", answer.text)
        self.assertFalse(self.customer.vat)
        self.assertEqual(self.send("owner", "tax", number="BE 0477 472 701").status_code, 303)
        self.assertEqual(self.customer.vat, "BE0477472701")

    def test_what_odoos_check_refuses_is_said_and_not_kept(self):
        with patch.object(type(self.customer), "_check_vat", side_effect=ValidationError("No such number")):
            answer = self.send("owner", "tax", number="BE0477472700")
        self.assertIn("No such number", answer.text)
        self.assertFalse(self.customer.vat)

    def test_a_number_on_invoices_is_not_changed_here(self):
        self.customer.vat = "BE0477472701"
        self.env.flush_all()
        self.enter("owner")
        self.assertNotIn('name="tax"', self.open(PAGE)[1])
        self.assertIn("cannot be changed here", self.send("owner", "tax", number="").text)
        self.assertEqual(self.customer.vat, "BE0477472701")

    def enter_number(self):
        """Let an owner give the first tax number, with a typing mistake; documents of the customer are older."""
        self.assertEqual(self.send("owner", "tax", number="BE0477472701").status_code, 303)
        self.assertTrue(self.account.move_ids)

    def update_move(self, query):
        self.env.cr.execute(query, self.account.move_ids[:1].ids)
        self.env.invalidate_all()

    def assertLocked(self, reason):
        self.env.flush_all()
        self.enter("owner")
        text = self.open(PAGE)[1]
        self.assertNotIn('name="tax"', text)
        self.assertIn(reason, text)
        self.assertIn(reason, self.send("owner", "tax", number="BE0428759497").text)
        self.assertFalse(self.customer.can_edit_vat())
        self.assertEqual(self.customer.vat, "BE0477472701")

    def test_who_has_mistyped_their_number_corrects_it_while_no_document_bears_it(self):
        self.enter_number()
        self.assertTrue(self.customer.can_edit_vat(), "Odoo's own form of the address asks this")
        self.assertIn('name="tax"', self.open(PAGE)[1])
        self.assertEqual(self.send("owner", "tax", number="BE0428759497").status_code, 303)
        self.assertEqual(self.customer.vat, "BE0428759497")

    def test_a_number_is_not_corrected_once_a_later_document_bears_it(self):
        self.enter_number()
        # all of a test is one transaction, and so one moment of the database
        self.update_move("UPDATE account_move SET create_date = create_date + interval '1 day' WHERE id = %s")
        self.assertLocked("Invoices bear this number")

    def test_a_draft_of_before_that_is_posted_later_bears_the_number(self):
        self.enter_number()
        self.update_move("UPDATE account_move SET invoice_date = '2099-01-01' WHERE id = %s")
        self.assertLocked("Invoices bear this number")

    def test_a_number_that_staff_entered_is_not_changed_here(self):
        self.customer.with_user(self.staff).with_context(tracking_disable=False).vat = "BE0477472701"
        self.env.cr.flush()
        self.assertLocked("We have entered this number for you")

    def test_a_number_that_was_proven_is_not_changed_here(self):
        self.enter_number()
        self.send("owner", "documents", {"files": ("tax.pdf", PDF)}, kind="tax")
        self.assertTrue(self.customer.can_edit_vat(), "nobody has looked at it yet")
        self.account.verification_ids.with_user(self.staff).action_accept()
        self.assertLocked("You have proven this number by a document")

    def test_without_a_country_nothing_can_be_checked(self):
        self.customer.country_id = False
        self.env.flush_all()
        self.assertIn("do not know your country", self.send("owner", "tax", number="BE0477472701").text)
        self.assertFalse(self.customer.vat)

    def test_an_owner_sends_a_document_unasked_and_one_that_is_wanted(self):
        self.assertEqual(
            self.send("owner", "documents", {"files": ("card.pdf", PDF)}, kind="identity").status_code, 303
        )
        one = self.account.verification_ids
        self.assertEqual((one.state, one.kind, one.attachment_ids.raw), ("received", "identity", PDF))
        self.assertEqual(one.person_id, self.people["owner"].partner_id)
        wanted = self.env["billing.verification"].create({"account_id": self.account.id, "kind": "tax"})
        self.env.flush_all()
        self.send("owner", "documents", {"files": ("tax.pdf", PDF)}, wanted=str(wanted.id))
        self.assertEqual(wanted.state, "received")
        self.assertEqual(len(self.account.verification_ids), 2)

    def test_a_document_of_another_account_is_not_there(self):
        foreign = self.env["billing.verification"].create({"account_id": self.foreign_account.id})
        self.env.flush_all()
        for wanted in (str(foreign.id), "0", "x", "99999999"):
            answer = self.send("owner", "documents", {"files": ("card.pdf", PDF)}, wanted=wanted)
            self.assertEqual(answer.status_code, 404, wanted)
        self.assertEqual(foreign.state, "asked")

    def test_what_is_refused_comes_back_with_the_reason(self):
        answer = self.send("owner", "documents", {"files": ("card.exe", b"MZ")}, kind="identity")
        self.assertIn("cannot be added", answer.text)
        answer = self.send("owner", "documents", {"files": ("card.pdf", PDF)}, kind="passport")
        self.assertIn("Choose which document", answer.text)
        self.assertFalse(self.account.verification_ids)

    def test_it_leads_to_odoos_own_forms(self):
        self.enter("customer")
        text = self.open(PAGE)[1]
        self.assertIn('href="/my/addresses"', text)
        self.assertIn(f"/my/address?partner_id={self.customer.id}&amp;", text)
        status = self.open(f"/my/address?partner_id={self.customer.id}&address_type=billing&callback={PAGE}")[0]
        self.assertEqual(status, 200)

    def test_b80_addresses_that_make_no_sense(self):
        self.enter("owner")
        for value in ("0", "-1", "x", "9" * 30, "1%00"):
            self.assertEqual(self.open(f"{PAGE}?account={value}&saved={value}")[0], 200, value)
        for path in (f"{PAGE}/0/tax", f"{PAGE}/{2**64}/documents", f"/my/billing/privacy/{2**64}/export"):
            answer = PortalCase.post(self, path)
            self.assertEqual(answer.status_code, 404, path)
