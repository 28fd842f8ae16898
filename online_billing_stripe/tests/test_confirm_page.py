"""The page on which a customer finishes a payment."""

import re

from odoo.addons.online_billing.services.payments.pay_links import PayLink
from odoo.addons.online_billing.tests.payments.page_inventory import take_inventory
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .stripe_common import StripeCase


@tagged("post_install", "-at_install")
class TestConfirmPage(HttpCase, StripeCase):
    def setUp(self):
        super().setUp()
        self.token = self.save_card(self.account.partner_id, "pm_card_authenticationRequired")
        self.attempt = self.charge(self.token)
        self.path = self.attempt.action_url[self.attempt.action_url.index("/online_billing") :]

    def confirm(self):
        """Let the customer's browser do what Stripe's script does there."""
        self.simulator.behave(self.token.stripe_payment_method, authentication=None)
        self.client.v1.payment_intents.confirm(
            self.attempt.provider_reference, {"payment_method": self.token.stripe_payment_method}
        )

    def test_the_page_shows_what_is_confirmed_and_goes_on_with_the_same_intent(self):
        page = self.url_open(self.path)
        [intent] = self.simulator.objects("payment_intent")
        self.assertEqual(page.status_code, 200)
        self.assertIn(intent["client_secret"], page.text)
        self.assertIn("<noscript>", page.text)
        self.assertIn("119.00", page.text)
        self.assertIn(self.attempt.line_ids.move_id.name, page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        foreign = [line for line in take_inventory(page) if "//" in line and not line.startswith(("inline", "header"))]
        self.assertEqual(foreign, ["script https://js.stripe.com/v3/"], "G-01: nobody else reads what is typed there")

    def test_once_it_is_confirmed_the_page_says_so_and_the_payment_is_booked(self):
        self.authenticate(None, None)
        self.confirm()
        token = self.path.partition("access_token=")[2]
        page = self.url_open(
            f"/online_billing/stripe/confirm/{self.attempt.id}/done",
            data={"access_token": token, "csrf_token": Request.csrf_token(self)},
        )
        self.assertIn("The payment has been made", page.text)
        self.attempt.invalidate_recordset()
        self.assertEqual((self.attempt.state, self.attempt.is_booked), ("succeeded", True))
        self.assertIn("The payment has been made", self.url_open(self.path).text)

    def test_without_a_right_token_there_is_no_page(self):
        other = self.env["billing.payment.adapter.stripe"].get_confirm_token(self.attempt.id + 1)
        for query in ("", "?access_token=", "?access_token=wrong", "?access_token=%C3%A9", f"?access_token={other}"):
            with self.subTest(query=query):
                page = self.url_open(f"/online_billing/stripe/confirm/{self.attempt.id}{query}")
                self.assertEqual(page.status_code, 404)

    @mute_logger("odoo.http")
    def test_stripe_that_does_not_answer_is_told(self):
        self.simulator.fail("payment_intents.retrieve", "error_before", count=None)
        self.assertIn("cannot be reached now", self.url_open(self.path).text)

    def test_what_was_given_up_shows_what_is_open(self):
        self.client.v1.payment_intents.cancel(self.attempt.provider_reference)
        self.ask(self.attempt)
        page = self.url_open(self.path).text
        self.assertIn("nothing to confirm any more", page)
        [token] = re.findall(r"/billing/pay/[\d/]+\?access_token=([\w.-]+)", page)
        links, account = self.env["billing.pay.links"], self.attempt.account_id
        self.assertEqual(
            links.read_pay_token(token, account.id, self.attempt.currency_id.id),
            PayLink(self.attempt.day or self.attempt.create_date.date(), is_turned=False),
            "who has an old link has no new one by it",
        )
