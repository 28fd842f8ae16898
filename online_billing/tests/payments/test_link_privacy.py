"""What a link alone shows, and how long: over real HTTP, as a stranger, as a colleague and as staff."""

from datetime import date, timedelta

from lxml import html
from odoo.tests import freeze_time, new_test_user, tagged

from ..delivery.delivery_common import DeliveryCase
from .pay_common import PayCase


@tagged("post_install", "-at_install")
class TestLinkPrivacy(PayCase, DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.currency = cls.account.currency_id
        due = {"invoice_payment_term_id": False}
        cls.first = cls.make_invoice(cls.account, price=100, invoice_date_due="2026-11-05", **due)
        cls.second = cls.make_invoice(cls.account, price=50, invoice_date_due="2026-11-06", **due)
        cls.env["billing.pay.links"].ensure_invoice_tokens(cls.first | cls.second)
        partner = cls.account.partner_id
        cls.customer = new_test_user(cls.env, "ada", "base.group_portal", partner_id=partner.id)
        cls.stranger = new_test_user(cls.env, "eve", "base.group_portal")

    def get_pay_link(self):
        return self.get_path(self.env["billing.pay.links"].get_pay_url(self.account, self.currency))

    def get_link(self, move=None, more=""):
        move = move or self.first
        return f"/my/invoices/{move.id}?access_token={move.access_token}{more}"

    def open(self, path, login=None):
        self.authenticate(login, login)
        return self.url_open(path, allow_redirects=False)

    @staticmethod
    def read_named(text, name):
        [found] = html.fromstring(text).xpath(f"//*[@name='{name}']")
        return " ".join(found.text_content().split())

    def set_privacy(self, view):
        self.account.link_privacy = view
        self.env.flush_all()

    def test_all_by_default(self):
        self.assertIn(self.first.name, self.open(self.get_link()).text)
        self.assertIn(self.first.name, self.open(self.get_pay_link()).text)

    def test_amount_and_day_alone(self):
        self.set_privacy("amount")
        text = self.open(self.get_link()).text
        self.assertIn('name="o_payment_radio"', text)
        for told in ("119.00", "11/05/2026"):
            self.assertIn(told, text)
        hidden = (self.first.name, self.second.name, self.account.partner_id.name, self.account.name, "Fibre", "59.50")
        for what in (*hidden, "/billing/pay/"):
            self.assertNotIn(what, text)
        text = self.open(self.get_pay_link()).text
        self.assertIn("178.50", text)
        for what in hidden[:-1]:
            self.assertNotIn(what, text)

    def test_files_and_messages_are_no_way_around(self):
        for view in ("amount", "nothing"):
            self.set_privacy(view)
            for more in ("&report_type=pdf", "&report_type=pdf&download=true", "&report_type=html"):
                answer = self.open(self.get_link(more=more))
                self.assertNotIn(self.first.name, answer.text, (view, more))
                self.assertTrue(answer.headers["Content-Type"].startswith("text/html"), (view, more))
            thread = self.env["account.move"].with_user(self.env.ref("base.public_user"))
            partner = self.account.partner_id
            of_mail = {"hash": self.first._sign_token(partner.id), "pid": partner.id}
            for link in ({"token": self.first.access_token}, of_mail):
                self.assertFalse(thread._get_thread_with_access(self.first.id, **link), (view, link))
        self.set_privacy("all")
        for link in ({"token": self.first.access_token}, of_mail):
            self.assertTrue(thread._get_thread_with_access(self.first.id, **link), link)

    def test_a_link_that_shows_nothing_takes_no_money(self):
        self.set_privacy("nothing")
        token = self.env["billing.pay.links"].get_pay_token(self.account.id, self.currency.id)
        for route, access in (
            (f"/billing/pay/{self.account.id}/{self.currency.id}/transaction/all", token),
            (f"/invoice/transaction/{self.first.id}", self.first.access_token),
        ):
            refusal = self.get_refusal(route, 99999, access_token=access)
            self.assertNotIn("119", str(refusal), route)
            self.assertNotIn(self.first.name, str(refusal), route)
        self.assertFalse(self.env["payment.transaction"].search([("invoice_ids", "in", self.first.ids)]))

    def test_a_saved_card_is_for_whoever_logs_in(self):
        card = self.env["payment.token"].create(
            {
                "provider_id": self.provider.id, "payment_method_id": self.method.id, "provider_ref": "x",
                "partner_id": self.account.partner_id.id, "payment_details": "9876", "active": True,
            }
        )  # fmt: skip
        self.env.flush_all()
        token = self.env["billing.pay.links"].get_pay_token(self.account.id, self.currency.id)
        given = {"flow": "token", "token_id": card.id, "payment_method_id": None, "is_validation": False}
        for path in (self.get_pay_link(), self.get_link()):
            self.assertNotIn("9876", self.open(path).text, path)
        for route, access in (
            (f"/billing/pay/{self.account.id}/{self.currency.id}/transaction/all", token),
            (f"/invoice/transaction/{self.first.id}", self.first.access_token),
        ):
            self.assertTrue(self.get_refusal(route, 119, access_token=access, **given), route)
        self.assertFalse(self.env["payment.transaction"].search([("token_id", "=", card.id)]))
        self.assertIn("9876", self.open(self.get_pay_link(), "ada").text)

    def test_a_link_that_still_shows_its_document_is_not_renewed(self):
        old = self.first.access_token
        token = self.open("/web/login").text.partition('csrf_token: "')[2].partition('"')[0]
        form = {"csrf_token": token, "move": str(self.first.id), "access_token": old}
        self.assertEqual(self.url_open("/billing/link/renew", data=form).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(self.first.access_token, old)

    def test_nothing_until_they_log_in(self):
        self.set_privacy("nothing")
        for path in (self.get_link(), self.get_pay_link()):
            answer = self.open(path)
            self.assertEqual(answer.status_code, 303)
            self.assertIn("/web/login?redirect=", answer.headers["Location"])
            self.assertEqual(self.open(path, "ada").status_code, 200)
        self.assertEqual(self.open(self.get_pay_link(), "eve").status_code, 404)

    def test_whoever_sees_the_account_anyway_sees_all(self):
        self.set_privacy("amount")
        for login in ("ada", "clerk"):
            self.assertIn(self.first.name, self.open(self.get_pay_link(), login).text, login)
        self.assertNotIn(self.first.name, self.open(self.get_pay_link(), "eve").text)

    def test_the_company_decides_where_the_account_does_not(self):
        self.company.billing_link_privacy = "nothing"
        self.env.flush_all()
        self.assertEqual(self.open(self.get_link()).status_code, 303)
        self.set_privacy("all")
        self.assertEqual(self.open(self.get_link()).status_code, 200)

    def test_paying_what_was_chosen(self):
        path = f"{self.get_pay_link()}&scope=documents-{self.second.id}"
        text = self.open(path).text
        self.assertIn("59.50", text)
        self.assertIn("You pay what you have chosen", text)
        token = self.env["billing.pay.links"].get_pay_token(self.account.id, self.currency.id)
        route = f"/billing/pay/{self.account.id}/{self.currency.id}/transaction/documents-{self.second.id}"
        given = {"access_token": token, "is_validation": False, "csrf_token": "x", "payment_reference": "x"}
        started = self.start_payment(route, 59.5, self.get_pay_link(), **given)
        self.assertEqual(self.finish_payment(started)["state"], "done")
        self.assertEqual((self.first.payment_state, self.second.payment_state), ("not_paid", "paid"))

    def test_scopes_of_documents_that_are_not_asked_for(self):
        foreign = self.make_invoice(self.make_account("Eve"), price=70)
        for chosen in (foreign.id, "", "x", "-", "9" * 30):
            answer = self.open(f"{self.get_pay_link()}&scope=documents-{chosen}")
            self.assertEqual(answer.status_code, 200)
            self.assertNotIn("You pay what you have chosen", answer.text, chosen)
            self.assertIn("Nothing is to be paid for what you have chosen", answer.text, chosen)
            self.assertNotIn("data-amount", answer.text, "something else is asked for instead")

    def test_of_chosen_documents_those_that_are_paid_meanwhile_are_left_out(self):
        page = f"{self.get_pay_link()}&scope=documents-{self.first.id}-{self.second.id}"
        self.assertIn(f"{self.first.name}, {self.second.name}", self.open(page).text)
        self.settle(date(2026, 11, 20))
        text = self.open(page).text
        self.assertIn("You pay what you have chosen", text)
        self.assertRegex(text, f"<strong>{self.second.name}</strong>")
        self.assertIn('data-amount="59.5"', text)
        self.assertEqual(self.read_named(text, "settled"), f"Paid already: {self.first.name}.")

    def test_where_all_chosen_documents_are_paid_meanwhile_nothing_else_is_asked_for_instead(self):
        page = f"{self.get_pay_link()}&scope=documents-{self.first.id}"
        self.settle(date(2026, 11, 20))
        text = self.open(page).text
        self.assertIn(f"Paid already: {self.first.name}.", self.read_named(text, "choice_gone"))
        self.assertNotIn("data-amount", text)
        [offered] = html.fromstring(text).xpath("//div[@id='pay']/a/@href")
        self.assertIn('data-amount="59.5"', self.open(offered).text)
        self.set_privacy("amount")
        gone = self.read_named(self.open(page).text, "choice_gone")
        self.assertIn("What you have chosen is paid already.", gone)
        self.assertNotIn(self.first.name, gone)

    def test_documents_of_others_are_never_called_paid(self):
        foreign = self.make_invoice(self.make_account("Eve"), price=70)
        self.settle(date(2026, 11, 20), foreign)
        text = self.open(f"{self.get_pay_link()}&scope=documents-{foreign.id}").text
        self.assertNotIn("aid already", text)
        self.assertNotIn(foreign.name, text)

    # -- the end of a link --------------------------------------------------------------------------------------------

    def settle(self, day, moves=None):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=(moves or self.first).ids
        )
        wizard.create({"payment_date": day})._create_payments()
        self.env.flush_all()

    def test_a_link_lives_ninety_days_after_its_document_is_settled(self):
        privacy, settled = self.env["billing.link.privacy"], date(2026, 11, 20)
        self.assertTrue(privacy.is_link_open(self.first, date(2036, 1, 1)))
        self.settle(settled)
        self.assertTrue(privacy.is_link_open(self.first, settled + timedelta(days=90)))
        self.assertFalse(privacy.is_link_open(self.first, settled + timedelta(days=91)))

    def freeze(self, day):
        freezer = freeze_time(day)
        freezer.start()
        self.addCleanup(freezer.stop)

    def count_links(self):
        """Return how many new links of the account were mailed, and to whom."""
        self.env.invalidate_all()
        own = [("account_id", "=", self.account.id), ("key", "like", "link:%")]
        messages = self.env["billing.collection.message"].search(own)
        return len(messages), messages.partner_ids

    def renew_pay_link(self, path):
        """Press the button of a page that says that a link has ended."""
        form = self.open("/web/login").text.partition('csrf_token: "')[2].partition('"')[0]
        base, _mark, token = path.partition("?access_token=")
        answer = self.url_open(f"{base}/renew", data={"csrf_token": form, "access_token": token})
        self.assertIn("Look into your mail", answer.text)

    def assertEnded(self, path):
        answer = self.open(path)
        self.assertEqual((answer.status_code, answer.headers["Referrer-Policy"]), (410, "no-referrer"))
        self.assertIn("Mail me a new link", answer.text)
        for what in (self.first.name, self.account.name, self.account.partner_id.name):
            self.assertNotIn(what, answer.text)
        base, _mark, token = path.partition("?access_token=")
        self.assertTrue(self.get_refusal(f"{base}/transaction/all", 119, access_token=token))

    def test_the_link_of_an_account_lives_as_long_as_what_was_open_on_its_day_and_ninety_days_more(self):
        self.freeze("2026-11-10")
        path, settled = self.get_pay_link(), date(2027, 3, 1)
        self.second.button_draft()
        self.second.button_cancel()
        self.freeze("2027-02-28")
        self.assertIn(self.first.name, self.open(path).text)
        self.settle(settled)
        later = self.make_invoice(self.account, price=70, invoice_date="2027-03-05")
        self.env.flush_all()
        self.freeze(settled + timedelta(days=90))
        text = self.open(path).text
        self.assertIn(later.name, text)
        fresh = self.get_pay_link()
        self.assertNotEqual(fresh, path)
        self.assertNotIn(fresh.partition("=")[2], text, "an old link would live for ever")
        self.freeze(settled + timedelta(days=91))
        self.assertEnded(path)
        self.assertIn(later.name, self.open(fresh).text)
        self.assertIn(later.name, self.open(path, "ada").text, "who sees the account anyway needs no link")
        self.assertFalse(self.env["payment.transaction"].search([("billing_account_id", "=", self.account.id)]))

    def test_an_old_link_of_an_account_offers_a_new_one_to_the_known_address(self):
        path = self.get_pay_link()
        self.renew_pay_link(path)
        self.assertEqual(self.count_links()[0], 0, "one that is still accepted is not renewed")
        self.account.action_turn_pay_links()
        self.env.flush_all()
        self.assertEnded(path)
        for _time in range(3):
            self.renew_pay_link(path)
        self.assertEqual(self.count_links(), (1, self.account.partner_id), "once a day")
        fresh = self.get_pay_link()
        message = self.env["billing.collection.message"].search([("key", "like", "link:%")])
        self.assertIn(fresh, message.body)
        self.assertIn(self.first.name, self.open(fresh).text)

    def test_nobody_makes_an_older_or_newer_link_of_one_they_have(self):
        path = self.get_pay_link()
        base, _mark, token = path.partition("?access_token=")
        number, day, signature = token.split(".")
        newer, later = f"{int(number) + 1}.{day}.{signature}", f"{number}.2099-12-31.{signature}"
        for forged in (newer, later, signature, f".{token}", f"x.{signature}", ".", ".."):
            self.assertEqual(self.open(f"{base}?access_token={forged}").status_code, 404, forged)

    def test_an_old_link_offers_a_new_one_to_the_known_address(self):
        old = self.first.access_token
        self.settle("2026-11-01")
        self.freeze("2027-03-01")
        for kind in ("pdf", "html"):
            file = self.open(self.get_link(more=f"&report_type={kind}&download=true"))
            self.assertEqual(file.status_code, 410, "A-02: an ended link has no files, and no messages")
        thread = self.env["account.move"].with_user(self.env.ref("base.public_user"))
        self.assertFalse(thread._get_thread_with_access(self.first.id, token=old))
        answer = self.open(self.get_link())
        self.assertEqual(answer.status_code, 410)
        self.assertNotIn(self.first.name, answer.text)
        token = answer.text.partition('csrf_token: "')[2].partition('"')[0]
        form = {"csrf_token": token, "move": str(self.first.id), "access_token": old}
        self.env.cr.execute("SELECT count(*) FROM mail_mail")
        before = self.env.cr.fetchone()[0]
        answer = self.url_open("/billing/link/renew", data=form)
        self.assertIn("Look into your mail", answer.text)
        self.env.invalidate_all()
        self.assertNotEqual(self.first.access_token, old)
        self.env.cr.execute("SELECT count(*) FROM mail_mail")
        self.assertEqual(self.env.cr.fetchone()[0], before + 1)
        self.assertEqual(self.open(self.get_link()).status_code, 200)
        # the old one is worth nothing any more, and asks for no other
        form["csrf_token"] = self.open("/web/login").text.partition('csrf_token: "')[2].partition('"')[0]
        answer = self.url_open("/billing/link/renew", data=form)
        self.assertIn("Look into your mail", answer.text)
        self.env.cr.execute("SELECT count(*) FROM mail_mail")
        self.assertEqual(self.env.cr.fetchone()[0], before + 1)

    def test_nonsense_asks_for_no_link(self):
        token = self.open("/web/login").text.partition('csrf_token: "')[2].partition('"')[0]
        for values in ({}, {"move": "x"}, {"move": "9" * 40}, {"move": str(self.first.id), "access_token": "é"}):
            answer = self.url_open("/billing/link/renew", data={"csrf_token": token, **values})
            self.assertEqual(answer.status_code, 200)
