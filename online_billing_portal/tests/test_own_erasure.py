"""A person of the customer asks for themselves alone: who may, what the page says, taking back, refused, done."""

from odoo.sql_db import db_connect
from odoo.tests import tagged

from .portal_common import PortalCase
from .privacy_common import PrivacyCase

PAGE = "/my/billing/privacy"
EVERYBODY = ("owner", "payer", "viewer", "colleague")


@tagged("post_install", "-at_install")
class TestOwnErasure(PrivacyCase):
    def ask_as(self, name, company_id=None, confirmed="yes"):
        self.enter(name)
        path = f"{PAGE}/{company_id or self.company.id}/own-erasure"
        answer = PortalCase.post(self, path, **({"confirmed": confirmed} if confirmed else {}))
        self.env.invalidate_all()
        return answer

    def get_person(self, name):
        return self.people[name].partner_id

    def get_requests(self, name="payer"):
        return self.env["billing.erasure"].search([("contact_id", "=", self.get_person(name).id)])

    def read(self, name):
        """Return the text of the page, and that of the part about the person alone."""
        self.enter(name)
        text = self.open(PAGE)[1]
        return text, text.partition(f'name="own_{self.company.id}"')[2].partition("</form>")[0]

    def withdraw_as(self, name, erasure):
        self.enter(name)
        answer = PortalCase.post(self, f"{PAGE}/erasure/{erasure.id}/withdraw")
        self.env.invalidate_all()
        return answer.status_code

    def erase(self, erasure):
        self.erasing.with_user(self.manager).erase(erasure.with_user(self.manager))
        self.env.flush_all()
        self.env.invalidate_all()

    # -- asking -------------------------------------------------------------------------------------------------------

    def test_whoever_sees_an_account_asks_for_themselves_alone_and_once(self):
        for name in EVERYBODY:
            for _time in range(2):
                self.assertEqual(self.ask_as(name).status_code, 303, name)
            erasure = self.get_requests(name)
            self.assertEqual(len(erasure), 1, name)
            self.assertEqual(erasure.person_id, self.get_person(name))
            self.assertEqual((erasure.customer_id, erasure.company_id), (self.account.partner_id, self.company))
            self.assertEqual(len(erasure.activity_ids), 1)
        self.assertEqual(self.env["billing.erasure"].search_count([]), len(EVERYBODY))

    def test_it_is_confirmed(self):
        self.assertIn("Please confirm", self.ask_as("payer", confirmed=None).text)
        self.assertFalse(self.get_requests())

    def test_the_customer_itself_who_sees_nothing_and_other_companies_find_no_page(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.account.is_open_to_colleagues = False
        self.env.flush_all()
        for name in ("customer", "colleague"):
            self.assertEqual(self.ask_as(name).status_code, 404, name)
        answers = [self.ask_as("payer", number) for number in (elsewhere.id, 2**31 - 1)]
        self.assertEqual([answer.status_code for answer in answers], [404, 404])
        self.assertEqual(len(answers[0].content), len(answers[1].content))
        self.assertFalse(self.env["billing.erasure"].search([]))
        self.assertIn('name="no_account"', self.read("colleague")[0])

    def test_it_is_about_nobody_else_whatever_the_form_says(self):
        self.enter("viewer")
        more = {"contact_id": self.get_person("payer").id, "person_id": self.get_person("payer").id}
        PortalCase.post(self, f"{PAGE}/{self.company.id}/own-erasure", confirmed="yes", **more)
        self.env.invalidate_all()
        self.assertFalse(self.get_requests("payer"))
        self.assertEqual(self.get_requests("viewer").person_id, self.get_person("viewer"))

    def test_three_a_day_for_each_person_and_for_the_customer(self):
        with db_connect(self.env.cr.dbname).cursor() as cursor:
            cursor.execute("DELETE FROM billing_request_count")  # what is counted stays after a test
        self.env["ir.config_parameter"].sudo().set_param("online_billing.request_limits", "on")
        self.env.flush_all()
        for name, kind in (("owner", "own-erasure"), ("payer", "own-erasure"), ("customer", "erasure")):
            for time in range(4):
                with self.subTest(person=name, time=time):
                    self.enter(name)
                    answer = PortalCase.post(self, f"{PAGE}/{self.company.id}/{kind}", confirmed="yes")
                    self.env.invalidate_all()
                    self.assertEqual(answer.status_code, 303 if time < 3 else 200)
                    self.assertEqual("three times within a day" in answer.text, time == 3)
                    waiting = self.env["billing.erasure"].search([("state", "=", "asked")])
                    self.erasing.withdraw(waiting)
                    self.env.flush_all()

    # -- the page -----------------------------------------------------------------------------------------------------

    def test_the_page_tells_oneself_from_the_whole_customer(self):
        whole, own = 'name="ask_erasure"', 'name="ask_own_erasure"'
        for name, shown in (("customer", (True, False)), ("owner", (True, True)), ("payer", (False, True)),
                            ("viewer", (False, True)), ("colleague", (False, True))):  # fmt: skip
            with self.subTest(person=name):
                text, _part = self.read(name)
                self.assertEqual((whole in text, own in text), shown)
                self.assertEqual('name="difference"' in text, shown[1])
                self.assertEqual('name="not_owner"' in text, not shown[0])

    def test_what_runs_and_is_open_is_the_customers_and_in_nobodys_way(self):
        text, part = self.read("owner")
        self.assertIn("a subscription still runs", text)
        self.assertNotIn('name="obstacles"', part)
        self.assertIn("your log-in to these pages", part)

    def test_an_account_in_ones_own_name_comes_first(self):
        own = self.make_account("Payer's own", delivery_channel="portal")
        own.partner_id = self.get_person("payer")
        self.env.flush_all()
        self.assertIn("an account is in your own name", self.read("payer")[1])
        self.assertNotIn('name="obstacles"', self.read("viewer")[1])

    def test_a_payment_by_ones_own_method_that_is_under_way_comes_first(self):
        token = self.save_method(self.get_person("payer"))
        attempt = self.env["billing.payment.attempt"].create(
            {"key": "k", "account_id": self.account.id, "currency_id": self.account.currency_id.id, "amount": 5}
        )
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": token.provider_id.id, "payment_method_id": token.payment_method_id.id, "amount": 5,
                "currency_id": self.account.currency_id.id, "partner_id": token.partner_id.id, "reference": "under way",
            }
        )  # fmt: skip
        query = "UPDATE billing_payment_attempt SET state = 'sent', token_id = %s, transaction_id = %s WHERE id = %s"
        self.env.cr.execute(query, [token.id, transaction.id, attempt.id])
        self.env.invalidate_all()
        self.assertIn("a payment is under way", self.read("payer")[1])
        self.assertNotIn('name="obstacles"', self.read("viewer")[1])

    def test_the_page_says_what_automatic_payment_loses(self):
        token = self.save_working_method(self.get_person("payer"))
        consents = self.env["billing.payment.consents"]
        consents.give(self.account, token, self.get_person("payer"), "portal", "I agree")
        hidden = self.make_account("Ada Works East", delivery_channel="portal", is_open_to_colleagues=False)
        hidden.partner_id.parent_id = self.account.partner_id
        consents.give(hidden, token, self.account.partner_id, "portal", "I agree")
        self.env.flush_all()
        part = self.read("payer")[1]
        self.assertIn(f"Automatic payment of {self.account.name} loses", part)
        self.assertIn("Automatic payment of another account loses", part)
        self.assertNotIn(hidden.name, part)
        self.assertNotIn("Automatic payment of", self.read("viewer")[1])

    # -- taken back, refused, done ------------------------------------------------------------------------------------

    def test_who_asked_takes_it_back_and_nobody_else(self):
        self.ask_as("payer")
        erasure = self.get_requests()
        self.assertIn('name="withdraw_own"', self.read("payer")[1])
        for name in ("owner", "customer", "viewer", "colleague", "stranger"):
            self.assertEqual(self.withdraw_as(name, erasure), 404, name)
        self.assertEqual(erasure.state, "asked")
        self.assertEqual(self.withdraw_as("payer", erasure), 303)
        self.assertEqual(erasure.state, "withdrawn")
        self.assertFalse(erasure.activity_ids)
        self.assertIn('name="ask_own_erasure"', self.read("payer")[1])

    def test_who_sees_the_account_no_more_still_takes_back_what_they_asked(self):
        self.ask_as("payer")
        self.account.member_ids.filtered(lambda one: one.partner_id == self.get_person("payer")).unlink()
        self.account.is_open_to_colleagues = False
        self.env.flush_all()
        part = self.read("payer")[1]
        self.assertIn('name="withdraw_own"', part)
        self.assertNotIn(self.account.name, part)
        self.assertEqual(self.withdraw_as("payer", self.get_requests()), 303)
        self.assertEqual(self.get_requests().state, "withdrawn")

    def test_what_somebody_else_asked_about_a_person_is_shown_and_not_doubled(self):
        erasure = self.env["billing.erasure"].create(
            {
                "customer_id": self.account.partner_id.id, "contact_id": self.get_person("payer").id,
                "company_id": self.company.id, "person_id": self.get_person("owner").id,
            }
        )  # fmt: skip
        self.env.flush_all()
        part = self.read("payer")[1]
        self.assertIn("We have a request to erase your data", part)
        self.assertNotIn("withdraw_own", part)
        self.assertEqual(self.withdraw_as("payer", erasure), 404)
        self.ask_as("payer")
        self.assertEqual(self.get_requests(), erasure)
        self.assertEqual(erasure.state, "asked")

    def test_the_whole_customer_is_asked_for_beside_it(self):
        self.ask_as("owner")
        PortalCase.post(self, f"{PAGE}/{self.company.id}/erasure", confirmed="yes")
        self.env.invalidate_all()
        found = self.env["billing.erasure"].search([("state", "=", "asked")])
        self.assertEqual(set(found.mapped("contact_id.id")), set(self.get_person("owner").ids))
        self.assertEqual(len(found), 2)

    def test_why_it_was_refused_is_read_and_mailed(self):
        self.ask_as("payer")
        before = self.env["mail.mail"].search([])
        service = self.erasing.with_user(self.manager)
        service.refuse(self.get_requests().with_user(self.manager), "You still have our router.")
        self.env.flush_all()
        [mail] = self.env["mail.mail"].search([]) - before
        self.assertEqual(mail.recipient_ids, self.get_person("payer"))
        part = self.read("payer")[1]
        self.assertIn("You still have our router.", part)
        self.assertIn('name="ask_own_erasure"', part)
        self.assertNotIn("our router", self.read("owner")[0])

    def test_done_the_person_is_gone_and_told_and_the_customer_goes_on(self):
        self.ask_as("payer")
        erasure = self.get_requests()
        self.erase(erasure)
        self.assertEqual(erasure.state, "done")
        self.assertFalse(self.people["payer"].active)
        last = erasure.sudo().telling_mail_id
        self.assertEqual(last.email_to, "payer@example.com")
        self.assertIn("your personal data", last.body_html)
        self.assertEqual((self.account.state, self.account.partner_id.name), ("active", "Ada Works"))
        self.assertTrue(self.people["owner"].active and self.people["owner"].partner_id.email)

    def test_who_is_served_elsewhere_reads_that_it_is_done_here(self):
        other = self.env["res.company"].create({"name": "Sister Works"})
        there = self.env["billing.account"].create({"partner_id": self.account.partner_id.id, "company_id": other.id})
        there.action_activate()
        payer = self.get_person("payer")
        self.ask_as("payer")
        part = self.read("payer")[1]
        self.assertIn("a customer of Sister Works as well", part)
        self.assertIn("saved with this company", part)
        self.erase(self.get_requests())
        self.assertEqual((self.people["payer"].active, payer.email), (True, "payer@example.com"))
        last = self.get_requests().sudo().telling_mail_id
        self.assertIn("which documents you get", last.body_html)
        self.assertNotIn("your log-in, saved", last.body_html)
        part = self.read("payer")[1]
        self.assertIn('name="own_erased"', part)
        self.assertNotIn("ask_own_erasure", part)
        self.assertIn("erased here already", self.ask_as("payer").text)
        self.assertEqual(len(self.get_requests()), 1)
        self.assertEqual(self.ask_as("payer", other.id).status_code, 303, "there it is not")
        self.account.member_ids.create({"account_id": self.account.id, "partner_id": payer.id, "role": "viewer"})
        self.env.flush_all()
        self.assertEqual(self.ask_as("payer").status_code, 303, "with a role again there is something again")
        self.assertEqual(len(self.get_requests()), 3)
