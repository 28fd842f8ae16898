"""A customer of two companies: what is of one goes there, what they share goes with the last that keeps it."""

from datetime import date

from odoo import fields
from odoo.tests import freeze_time, tagged

from .privacy_common import PrivacyCase


@tagged("post_install", "-at_install")
class TestErasureShared(PrivacyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Sister Works"})
        cls.manager.company_ids |= cls.other
        cls.customer = cls.account.partner_id
        cls.customer.write({"email": "ada@example.com", "phone": "+49 30 1234", "street": "Main Street 1"})
        cls.other_account = cls.env["billing.account"].create(
            {"partner_id": cls.customer.id, "company_id": cls.other.id}
        )
        cls.other_account.action_activate()
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.settle()

    def make_document(self, day, company=None):
        """Let the other company, or a chosen one, have a posted document of the customer, of a day."""
        company = company or self.other
        journal = self.env["account.journal"].create(
            {"name": "Notes", "code": "NOTE", "type": "general", "company_id": company.id}
        )
        place = self.env["account.account"].create(
            {"name": "Notes", "code": "NOTE1", "account_type": "asset_current", "company_ids": [(6, 0, company.ids)]}
        )
        line = {"account_id": place.id, "partner_id": self.customer.id}
        move = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": day,
                "partner_id": self.customer.id,
                "line_ids": [(0, 0, {**line, "debit": 5}), (0, 0, {**line, "credit": 5})],
            }
        )
        move.action_post()

    def make_request(self, company, **vals):
        return self.env["billing.erasure"].create(
            {"customer_id": self.customer.id, "company_id": company.id, "person_id": self.customer.id, **vals}
        )

    def erase(self, company=None):
        erasure = self.make_request(company or self.company)
        self.erasing.with_user(self.manager).erase(erasure.with_user(self.manager))
        self.env.flush_all()
        self.env.invalidate_all()
        return erasure

    def work_on(self, day):
        """Let the scheduled action come by on a day."""
        self.work.waiting, self.work.position = None, 0
        with freeze_time(day):
            self.env["billing.erasure.days"].work_through(self.work)
        self.env.flush_all()
        self.env.invalidate_all()

    # -- both grant it ------------------------------------------------------------------------------------------------

    def test_what_is_of_one_company_goes_there_and_what_is_shared_when_both_have_granted_it(self):
        payer = self.people["payer"]
        first = self.erase()
        self.assertFalse(self.account.member_ids)
        self.assertTrue(first.is_shared)
        self.assertEqual((self.customer.email, self.customer.phone), ("ada@example.com", "+49 30 1234"))
        self.assertTrue(payer.active)
        second = self.erase(self.other)
        self.assertEqual((self.customer.email, self.customer.phone), (False, False))
        self.assertEqual(payer.partner_id.name, f"Erased {payer.partner_id.id}")
        self.assertFalse(payer.active)
        self.assertFalse(second.is_shared)
        # the first company's documents are kept still
        self.assertEqual((self.customer.name, self.customer.street), ("Ada Works", "Main Street 1"))
        self.work_on(fields.Date.today())
        self.assertFalse(first.is_shared)
        self.assertFalse(first.stays)
        self.assertEqual(first.look_on, date(first.kept_until.year + 1, 1, 1))

    def test_a_document_whose_day_is_ahead_takes_nothing_back_that_was_granted(self):
        self.make_document(fields.Date.add(fields.Date.today(), days=3), self.company)
        self.erase()
        self.erase(self.other)
        self.assertFalse(self.customer.email)

    def test_name_and_address_go_with_the_last_company_that_keeps_documents(self):
        self.make_document("2030-05-01")
        self.other.billing_retention_years = 12
        with freeze_time("2030-06-01"):
            first = self.erase()
            second = self.erase(self.other)
        self.assertFalse(self.customer.email)
        self.assertGreater(date(2042, 12, 31), first.kept_until)
        self.work_on(date(first.kept_until.year + 1, 1, 1))
        self.assertFalse(first.kept_until)
        self.assertEqual((self.customer.name, self.customer.street), ("Ada Works", "Main Street 1"))
        # its own accounts have no document there: what it waits for are those of the company
        self.assertTrue(second.look_on)
        for day in ("2042-12-31", "2043-01-31"):
            self.assertEqual(self.customer.name, "Ada Works")
            self.work_on(date.fromisoformat(day))
        self.assertEqual(self.customer.name, f"Erased {self.customer.id}")
        self.assertFalse(self.customer.street)
        self.assertFalse(first.look_on or second.look_on)

    def test_the_number_of_a_bank_account_goes_with_the_payments_that_name_it(self):
        self.other_account.action_close()
        numbers = ("DE02120300000000202051", "DE02500105170137075030", "DE88100900001234567892")
        paid, credited, unused = banks = self.env["res.partner.bank"].create(
            [{"acc_number": number, "partner_id": self.customer.id} for number in numbers]
        )
        payment = self.env["account.payment"].search([("billing_account_id", "=", self.account.id)], limit=1)
        query = "UPDATE account_payment SET partner_bank_id = %s WHERE id = %s"
        self.env.cr.execute(query, [paid.id, payment.id])
        query = "UPDATE account_move SET partner_bank_id = %s WHERE id = %s"
        self.env.cr.execute(query, [credited.id, self.account.move_ids[:1].id])
        self.env.invalidate_all()
        erasure = self.erase()
        self.assertEqual(banks.mapped("acc_number"), [*numbers[:2], f"…{unused.id}"])
        self.work_on(date(erasure.kept_until.year + 1, 1, 1))
        self.assertEqual(banks.mapped("acc_number"), [f"…{bank.id}" for bank in banks])

    # -- or nothing is left there -------------------------------------------------------------------------------------

    def test_what_is_shared_goes_once_the_other_company_has_nothing_left(self):
        self.make_document("2026-05-01")
        self.other.billing_retention_years = 1
        erasure = self.erase()
        self.work_on("2027-12-31")
        self.assertTrue(self.customer.email)  # the account there is open
        self.other_account.action_close()
        self.env.flush_all()
        for day, email in (("2027-12-31", "ada@example.com"), ("2028-02-01", False)):
            erasure.sudo().look_on = "2027-01-01"
            self.work_on(day)
            self.assertEqual(self.customer.email, email, day)
        self.assertFalse(erasure.is_shared)

    def test_the_job_looks_again_by_itself(self):
        erasure = self.erase()
        self.assertEqual((erasure.look_on - fields.Date.today()).days, 30)
        told = erasure.message_ids.mapped("body")
        self.work_on(erasure.look_on)
        self.assertEqual(erasure.message_ids.mapped("body"), told, "nothing is new")
        self.other_account.action_close()
        self.env.flush_all()
        self.work_on(erasure.look_on)
        self.assertFalse(self.customer.email)

    def test_who_works_here_stays_until_they_do_not(self):
        self.other_account.action_close()
        worker = self.env["res.users"].create(
            {"name": "Worker", "login": "worker", "group_ids": [(6, 0, self.env.ref("base.group_user").ids)],
             "partner_id": self.env["res.partner"].create({"name": "Worker", "parent_id": self.customer.id}).id}
        )  # fmt: skip
        erasure = self.erase()
        self.assertIn("works here", erasure.stays)
        self.assertTrue(self.customer.email)
        worker.active = False
        self.work_on(erasure.look_on)
        self.assertFalse(erasure.activity_ids.mapped("note"))
        self.assertFalse(self.customer.email)

    def test_who_has_come_back_is_a_customer_like_any_other(self):
        self.erase()
        self.erase(self.other)
        self.customer.email = "back@example.com"
        again = self.env["billing.account"].create({"partner_id": self.customer.id, "company_id": self.company.id})
        again.action_activate()
        self.env.flush_all()
        first = self.env["billing.erasure"].search([("company_id", "=", self.company.id)], limit=1)
        self.work_on(date(first.kept_until.year + 1, 1, 1))
        self.assertEqual((again.state, self.customer.email), ("active", "back@example.com"))
        self.assertTrue(first.is_shared)

    def test_an_account_that_was_never_activated_keeps_nothing(self):
        self.other_account.action_close()
        draft = self.env["billing.account"].create({"partner_id": self.customer.id, "company_id": self.company.id})
        erasure = self.erase()
        self.assertEqual(draft.state, "closed")
        self.assertFalse(erasure.is_shared or erasure.stays)
        self.assertEqual(erasure.look_on, date(erasure.kept_until.year + 1, 1, 1))

    def make_transaction(self, token, account):
        return self.env["payment.transaction"].create(
            {
                "provider_id": token.provider_id.id, "payment_method_id": token.payment_method_id.id, "amount": 5,
                "currency_id": self.company.currency_id.id, "partner_id": self.customer.id,
                "reference": f"of {account.name}", "billing_account_id": account.id,
            }
        )  # fmt: skip

    def test_who_has_come_back_keeps_what_they_have_saved_since(self):
        first = self.erase()
        again = self.env["billing.account"].create({"partner_id": self.customer.id, "company_id": self.company.id})
        again.action_activate()
        token = self.save_method(self.customer)
        old, new = self.make_transaction(token, self.account), self.make_transaction(token, again)
        self.env.flush_all()
        for day in (first.look_on, date(first.kept_until.year + 1, 1, 1)):
            self.work_on(day)
            self.assertEqual(
                (token.active, token.provider_ref, token.payment_details), (True, "card 4242", "4242"), day
            )
            self.assertEqual((old.partner_email, new.partner_email), (False, "ada@example.com"), day)

    def test_a_branch_charges_what_was_saved_with_its_parent_company(self):
        self.other_account.action_close()
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.manager.company_ids |= branch
        served = self.env["billing.account"].create({"partner_id": self.customer.id, "company_id": branch.id})
        served.action_activate()
        token = self.save_method(self.customer)
        self.env.flush_all()
        self.erase()
        self.assertTrue(token.active)
        self.erase(branch)
        self.work_on(fields.Date.today())
        self.assertEqual((token.active, token.provider_ref), (False, "…"))

    def test_who_has_left_is_reached_for_the_other_company_until_it_has_granted_it_too(self):
        payer = self.people["payer"]
        self.other_account.invoice_contact_ids = payer.partner_id
        first, second = (
            self.make_request(company, contact_id=payer.partner_id.id) for company in (self.company, self.other)
        )
        for erasure, email in ((first, "payer@example.com"), (second, False)):
            self.erasing.with_user(self.manager).erase(erasure.with_user(self.manager))
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual((payer.partner_id.email, payer.active), (email, bool(email)))
            self.assertEqual((erasure.is_shared, "Sister Works" in (erasure.stays or "")), (bool(email), bool(email)))
        self.work_on(fields.Date.today())
        self.assertFalse(first.is_shared or first.stays)
        self.assertEqual((self.account.state, self.customer.email), ("active", "ada@example.com"))

    # -- what is said -------------------------------------------------------------------------------------------------

    def test_who_asks_is_told_what_stays_and_why(self):
        self.enter("customer")
        text = self.open("/my/billing/privacy")[1]
        self.assertIn("a customer of Sister Works as well", text)
        before = self.env["mail.mail"].search([])
        erasure = self.erase()
        [mail] = self.env["mail.mail"].search([]) - before
        self.assertEqual((mail.email_to, mail.auto_delete), ("ada@example.com", True))
        self.assertIn("a customer of Sister Works as well", mail.body_html)
        self.assertIn(str(erasure.kept_until.year), mail.body_html)
        self.assertIn("Sister Works", erasure.stays)
        text = self.open("/my/billing/privacy")[1]
        self.assertIn('name="erased"', text)
        self.assertIn("a customer of Sister Works as well", text)

    def test_pages_tell_the_companies_apart(self):
        """Numbers of accounts and invoices of two companies look alike."""
        self.make_request(self.company)
        self.env.flush_all()
        self.enter("customer")
        named = f"{self.account.name}, {self.company.name}"
        for page in ("invoices", "subscriptions"):
            self.assertIn(named, self.open(f"/my/billing/{page}")[1], page)
        self.assertEqual(self.open("/my/billing/privacy")[1].count('name="stays"'), 2, "also of what waits")

    def test_staff_reads_what_stays_before_deciding(self):
        decisions = self.env["billing.erasure.decision"].with_user(self.manager)
        decision = decisions.create({"erasure_id": self.make_request(self.company).id})
        self.assertIn("Sister Works", decision.stays)
        self.other_account.action_close()
        decision.invalidate_recordset()
        decision.erasure_id.invalidate_recordset()
        self.assertFalse(decision.stays)

    def test_who_has_nothing_to_do_with_the_other_company_does_not_read_its_name(self):
        owner = self.people["owner"]
        self.other_account.is_open_to_colleagues = False
        self.env.flush_all()
        self.enter("owner")
        text = self.open("/my/billing/privacy")[1]
        self.assertIn("another company here", text)
        self.assertNotIn("Sister Works", text)
        self.manager.company_ids = self.company
        before = self.env["mail.mail"].search([])
        erasure = self.make_request(self.company, person_id=owner.partner_id.id)
        decision = self.env["billing.erasure.decision"].with_user(self.manager).create({"erasure_id": erasure.id})
        self.assertIn("another company here", decision.stays)
        self.assertNotIn("Sister Works", decision.stays)
        self.erasing.with_user(self.manager).erase(erasure.with_user(self.manager))
        [mail] = self.env["mail.mail"].search([]) - before
        self.assertIn("another company here", mail.body_html)
        self.assertNotIn("Sister Works", mail.body_html)

    def test_the_address_of_who_is_told_stands_nowhere_afterwards(self):
        self.other_account.action_close()
        before = self.env["mail.mail"].search([])
        self.erase()
        self.assertFalse(self.customer.email)
        mails = (self.env["mail.mail"].search([]) - before).filtered(lambda mail: "erased" in (mail.subject or ""))
        self.assertEqual(mails.mapped("email_to"), ["ada@example.com"])
        self.assertNotIn("Sister Works", mails.body_html)
        mails.unlink()
        found = self.env["mail.message"].search([("outgoing_email_to", "ilike", "ada@example.com")])
        self.assertFalse(found)

    def test_mails_that_were_written_by_themselves(self):
        """One from a template is a message of its own: about a person it goes, about a document it is a letter."""
        self.other_account.action_close()
        move = self.account.move_ids[:1]
        about_customer, about_document = self.env["mail.mail"].create(
            [
                {
                    "model": record._name, "res_id": record.id, "message_type": "email_outgoing", "state": "sent",
                    "subject": "From a template", "body_html": "Dear Ada", "recipient_ids": [(4, self.customer.id)],
                }
                for record in (self.customer, move)
            ]
        )  # fmt: skip
        letter = about_document.mail_message_id
        self.env.flush_all()
        self.erase()
        self.assertFalse(about_customer.exists() or about_document.exists())
        self.assertEqual(letter.exists().subject, "From a template")

    def test_who_has_a_longer_address_is_somebody_else(self):
        self.other_account.action_close()
        messages = [
            self.env["mail.message"].create({"model": "res.company", "res_id": self.company.id, "email_from": address})
            for address in ("Ada <ADA@example.com>", "Fada <fada@example.com>", "ada@example.com.au")
        ]
        for message in messages:
            message.author_id = False
        self.erase()
        self.assertEqual(
            [message.email_from for message in messages], [False, "Fada <fada@example.com>", "ada@example.com.au"]
        )
