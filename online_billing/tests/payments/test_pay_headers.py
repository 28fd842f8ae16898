"""Pages whose address is a right tell it to nobody: A-19."""

from unittest.mock import patch

from odoo.tests import tagged

from ..delivery.delivery_common import DeliveryCase
from .pay_common import PayCase


@tagged("post_install", "-at_install")
class TestPayHeaders(PayCase, DeliveryCase):
    def test_a19_no_other_site_learns_or_frames_a_pay_page_and_no_cache_keeps_it(self):
        account = self.make_account("Grace")
        self.env.flush_all()
        link = self.get_path(self.env["billing.pay.links"].get_pay_url(account, account.currency_id))
        self.assertClosed(self.url_open(link), 200)

    def test_a19_nor_the_page_of_a_document_nor_one_that_says_that_a_link_has_ended_or_to_wait(self):
        account = self.make_account("Grace")
        move = self.make_invoice(account, price=100)
        self.env["billing.pay.links"].ensure_invoice_tokens(move)
        self.env.flush_all()
        link, token = f"/my/invoices/{move.id}?access_token={move.access_token}", self.get_csrf_token()
        answer = self.url_open(link)
        self.assertIn(move.name, answer.text)
        self.assertClosed(answer, 200)
        with patch.object(self.registry["billing.link.privacy"], "is_link_open", lambda *_args: False):
            self.assertClosed(self.url_open(link), 410)
        self.assertClosed(self.url_open("/billing/link/renew", data={"csrf_token": token, "move": "0"}), 200)
        with patch.object(self.registry["billing.request.limits"], "get_wait", lambda *_args: 7):
            self.assertClosed(self.url_open(link), 429)

    def get_csrf_token(self):
        return self.url_open("/web/login").text.partition('csrf_token: "')[2].partition('"')[0]

    def assertClosed(self, answer, status):
        self.assertEqual(answer.status_code, status)
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("no-store", answer.headers["Cache-Control"])
        self.assertIn("frame-ancestors 'self'", answer.headers["Content-Security-Policy"])
        self.assertEqual(answer.headers["X-Frame-Options"], "SAMEORIGIN")
