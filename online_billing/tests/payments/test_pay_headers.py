"""Pages whose address is a right tell it to nobody, and bring nothing along that is not known: A-19, G-01."""

from pathlib import Path
from unittest.mock import patch

from odoo.addons.payment.utils import generate_access_token
from odoo.tests import new_test_user, tagged

from ..delivery.delivery_common import DeliveryCase
from .page_inventory import take_inventory
from .pay_common import PayCase

#: lines of "page | what it brings along"
INVENTORY = Path(__file__).with_name("pay_pages.txt")


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
        payer, amount, currency = account.partner_id, move.amount_residual, move.currency_id
        secret = generate_access_token(payer.id, amount, currency.id, env=self.env)
        self.assertClosed(
            self.url_open(f"/payment/pay?invoice_id={move.id}&amount={amount}&access_token={secret}"), 200
        )
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

    def test_g01_scripts_and_headers_of_pages_with_a_payment_form_are_those_of_the_list(self):
        """Every script beside the form can read what is typed there: a new one is looked at before it counts."""
        with INVENTORY.open() as file:
            known = {tuple(line.rstrip("\n").split(" | ", 1)) for line in file}
        account = self.make_account("Grace")
        new_test_user(self.env, "grace", "base.group_portal", partner_id=account.partner_id.id)
        move = self.make_invoice(account, price=100)
        links = self.env["billing.pay.links"]
        links.ensure_invoice_tokens(move)
        payer, amount, currency = account.partner_id, move.amount_residual, move.currency_id
        secret = generate_access_token(payer.id, amount, currency.id, env=self.env)
        invoice = f"/my/invoices/{move.id}?access_token={move.access_token}"
        pages = {
            "pay page": links.get_pay_path(account.id, currency.id),
            "invoice": invoice,
            "payment": f"/payment/pay?invoice_id={move.id}&amount={amount}&access_token={secret}",
            "amount alone": invoice,
            "methods": "/my/payment_method",
        }
        found = set()
        for name, path in pages.items():
            if name == "amount alone":
                account.link_privacy = "amount"
            if name == "methods":
                self.authenticate("grace", "grace")
            self.env.flush_all()
            answer = self.url_open(path)
            self.assertIn("o_payment_form", answer.text, name)
            found |= {(name, line) for line in take_inventory(answer)}
        # of an addon that is not here, a script is missing; of a header nothing may be
        gone = {line for line in known - found if line[1].startswith("header")}
        told = [f"+ {' | '.join(line)}" for line in found - known] + [f"- {' | '.join(line)}" for line in gone]
        self.assertFalse(
            told,
            f"Look at who brought what is new and what has gone; if it is meant, write it into {INVENTORY.name}:\n"
            + "\n".join(sorted(told)),
        )

    def test_g01_what_a_page_brings_along_is_seen(self):
        class Answer:
            headers = {"X-Frame-Options": "DENY", "Date": "today"}
            content = b"""<html><head><script src="https://evil.example/x.js"></script><script>var a = "b" + 7;</script>
                <link rel="stylesheet" href="/web/assets/0af/a.css"><base href="https://evil.example/"></head>
                <body onload="go(1)"><iframe src="//evil.example"></iframe><a href="JavaScript:go()">x</a>
                <form action="https://evil.example/"></form><form action="/pay"></form></body></html>"""

        self.assertEqual(
            [
                line.replace(line.split()[1], "#") if line.startswith("inline") else line
                for line in take_inventory(Answer)
            ],
            [
                "base https://evil.example/",
                "form https://evil.example/",
                "handler href of a: JavaScript:go()",
                "handler onload of body: go(*)",
                "header X-Frame-Options: DENY",
                "iframe //evil.example",
                "inline # var a = * + *;",
                "script https://evil.example/x.js",
                "style /web/assets/*/a.css",
            ],
        )
