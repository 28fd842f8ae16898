"""A person of the customer asks for themselves alone: who may, what the page says, taking back, refused, done."""

from odoo.exceptions import UserError
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

    def send_payment(self, token, account, state):
        """Let a payment by a saved method be under way."""
        attempt = self.env["billing.payment.attempt"].create(
            {"key": "k", "account_id": account.id, "currency_id": account.currency_id.id, "amount": 5}
        )
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": token.provider_id.id, "payment_method_id": token.payment_method_id.id, "amount": 5,
                "currency_id": account.currency_id.id, "partner_id": token.partner_id.id, "reference": "under way",
            }
        )  # fmt: skip
        query = "UPDATE billing_payment_attempt SET state = %s, token_id = %s, transaction_id = %s WHERE id = %s"
        self.env.cr.execute(query, [state, token.id, transaction.id, attempt.id])
        self.env.invalidate_all()

    def test_a_payment_by_ones_own_method_that_is_under_way_comes_first(self):
        self.send_payment(self.save_method(self.get_person("payer")), self.account, "sent")
        self.assertIn("a payment is under way", self.read("payer")[1])
        self.assertNotIn('name="obstacles"', self.read("viewer")[1])

    def test_the_page_says_what_automatic_payment_loses(self):
        token = self.save_working_method(self.get_person("payer"))
        consents = self.env["billing.payment.consents"]
        consents.give(self.account, token, self.get_person("payer"), "portal", "I agree")
        other = self.save_working_method(self.account.partner_id, "1111")
        hidden = self.make_account("Ada Works East", delivery_channel="portal", is_open_to_colleagues=False)
        hidden.partner_id.parent_id = self.account.partner_id
        consents.give(hidden, token | other, self.account.partner_id, "portal", "I agree")
        self.env.flush_all()
        part = self.read("payer")[1]
        self.assertIn(f"Automatic payment of {self.account.name} loses", part)
        self.assertIn("Automatic payment of another account loses", part)
        self.assertIn("In its place another method is charged", part)
        self.assertNotIn("1111", part)
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
        self.assertEqual(self.ask_as("payer").status_code, 404, "there is nothing of theirs")
        self.assertEqual(len(self.get_requests()), 1)
        self.assertEqual(self.ask_as("payer", other.id).status_code, 303, "there it is not")
        self.account.member_ids.filtered(lambda one: one.partner_id == payer).role = "viewer"
        self.env.flush_all()
        self.assertEqual(self.ask_as("payer").status_code, 303, "with a role again there is something again")
        self.assertEqual(len(self.get_requests()), 3)

    def serve_elsewhere(self, company=None, **values):
        """Return an account of the same customer with another company."""
        company = company or self.env["res.company"].create({"name": "Sister Works"})
        account = self.env["billing.account"].create(
            {"partner_id": self.account.partner_id.id, "company_id": company.id, **values}
        )
        account.action_activate()
        self.env.flush_all()
        return account

    def test_who_still_logs_in_for_another_company_sees_nothing_here_any_more(self):
        self.serve_elsewhere()
        self.assertTrue(self.account.is_open_to_colleagues)
        move = self.account.move_ids[:1]
        for name in ("viewer", "colleague"):
            with self.subTest(person=name):
                person, own = self.get_person(name), self.env["account.move"].with_user(self.people[name])
                self.assertEqual(own.search([("id", "=", move.id)]), move)
                self.ask_as(name)
                self.erase(self.get_requests(name))
                self.assertTrue(self.people[name].active)
                roles = self.env["billing.portal.access"].get_roles(person)
                self.assertNotIn(self.account.id, [account.id for account in roles])
                self.assertFalse(own.search([("id", "=", move.id)]))
                self.assertFalse(own.env["account.move.line"].search([("move_id", "=", move.id)]))
                self.assertIn('name="own_erased"', self.read(name)[1])
        payer = self.env["account.move"].with_user(self.people["payer"])
        self.assertEqual(payer.search([("id", "=", move.id)]), move)

    def test_a_company_with_which_they_have_nothing_to_do_keeps_nothing_of_them(self):
        self.serve_elsewhere(is_open_to_colleagues=False)
        self.ask_as("payer")
        self.assertNotIn("as well", self.read("payer")[1])
        self.erase(self.get_requests())
        self.assertEqual((self.get_person("payer").email, self.people["payer"].active), (False, False))
        self.assertFalse(self.get_requests().is_shared)

    def test_why_somebody_else_was_refused_is_not_for_this_person(self):
        for asker in (self.get_person("owner"), self.get_person("owner").browse()):
            with self.subTest(asker=asker):
                erasure = self.env["billing.erasure"].create(
                    {
                        "customer_id": self.account.partner_id.id, "contact_id": self.get_person("payer").id,
                        "company_id": self.company.id, "person_id": asker.id,
                    }
                )  # fmt: skip
                self.erasing.with_user(self.manager).refuse(erasure.with_user(self.manager), "Still has our laptop")
                self.env.flush_all()
                part = self.read("payer")[1]
                self.assertNotIn("laptop", part)
                self.assertIn('name="ask_own_erasure"', part)

    def test_what_staff_has_found_and_the_person_asks_for_is_told_to_them(self):
        contacts = self.get_person("payer")
        self.erasing.request(self.account.sudo(), contacts)
        erasure = self.get_requests()
        self.assertFalse(erasure.person_id)
        self.ask_as("payer")
        self.assertEqual((self.get_requests(), erasure.person_id), (erasure, contacts))
        self.assertIn('name="withdraw_own"', self.read("payer")[1])

    def test_who_has_no_address_is_written_a_letter_at_home_and_not_at_work(self):
        self.account.partner_id.write({"street": "Works Street 1", "city": "Workham"})
        for street in ("Home Street 9", False):
            with self.subTest(street=street), self.undone():
                self.get_person("payer").write({"email": False, "street": street, "city": False})
                self.env.flush_all()
                self.ask_as("payer")
                erasure = self.get_requests()
                move = self.account.move_ids[:1]  # so that name and address are kept
                self.env.cr.execute(
                    "UPDATE account_move SET partner_shipping_id = %s WHERE id = %s",
                    [self.get_person("payer").id, move.id],
                )
                self.env.invalidate_all()
                self.erase(erasure)
                self.assertEqual(erasure.telling, "not_told")
                self.assertEqual(erasure.activity_ids.summary, "Write a letter: the data is erased")
                self.assertEqual("Home Street 9" in (erasure.tell_at or ""), bool(street))
                self.assertNotIn("Works Street", erasure.tell_at or "")

    def test_who_has_moved_to_another_customer_is_not_half_erased(self):
        self.ask_as("payer")
        other = self.make_account("New Employer", delivery_channel="portal")
        self.get_person("payer").parent_id = other.partner_id
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "no contact of Ada Works any more"):
            self.erase(self.get_requests())
        self.assertEqual(self.get_person("payer").email, "payer@example.com")
        self.assertEqual(self.withdraw_as("payer", self.get_requests()), 303)
        self.assertEqual(self.ask_as("payer").status_code, 303)
        self.assertIn(other.partner_id, self.get_requests().customer_id)

    def test_a_payment_under_way_with_a_branch_comes_first(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        served = self.serve_elsewhere(branch, is_open_to_colleagues=False)
        self.send_payment(self.save_method(self.get_person("payer")), served, "unknown")
        self.assertIn("a payment is under way", self.read("payer")[1])
        self.ask_as("payer")
        self.manager.company_ids = self.company
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "of another company: a payment is under way"):
            self.erase(self.get_requests())
        whole = self.env["billing.erasure"].create(
            {"customer_id": self.account.partner_id.id, "company_id": self.company.id}
        )
        # a branch that serves the customer keeps the methods; one that has closed its account does not
        for state, is_named in (("active", False), ("closed", True)):
            self.env.cr.execute("UPDATE billing_account SET state = %s WHERE id = %s", [state, served.id])
            self.env.invalidate_all()
            obstacles = self.erasing.with_user(self.manager).get_request_obstacles(whole.with_user(self.manager))
            self.assertEqual(any("of another company: a payment" in one.sentence for one in obstacles), is_named, state)

    def test_the_page_has_a_sentence_for_each_word(self):
        for word in ("account", "subscription", "bill", "plan", "payment", "fee", "open", "dispute", "moved"):
            page = self.env["ir.qweb"]._render("online_billing_portal.erasure_obstacles", {"obstacles": {word}})
            self.assertEqual(str(page).count("<li>"), 1, word)

    def test_with_the_whole_customer_goes_what_its_people_have_asked_for_themselves(self):
        self.account.partner_id.email = "ada@example.com"
        for name in ("owner", "payer"):
            self.ask_as(name)
        asked = self.get_requests("owner") | self.get_requests("payer")
        # a name would outlive the erasure
        self.assertEqual(asked.activity_ids.mapped("summary"), ["Decide a request for erasure"] * 2)
        whole = self.env["billing.erasure"].create(
            {"customer_id": self.account.partner_id.id, "company_id": self.company.id}
        )
        self.settle()
        self.erase(whole)
        self.assertEqual(set((asked | whole).mapped("state")), {"done"})
        self.assertEqual(
            set(asked.sudo().telling_mail_id.mapped("email_to")), {"owner@example.com", "payer@example.com"}
        )
        self.assertFalse(asked.activity_ids)
