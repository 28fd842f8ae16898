import re
import socket
import unittest
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.tests import JsonRpcException, tagged

from ..delivery.delivery_common import DeliveryCase
from .pay_common import PayCase

try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Message
except ImportError:  # only the project's own tests bring a mail server
    Controller, Message = None, object


class Sink(Message):
    """A mail server that keeps what it gets."""

    def __init__(self):
        super().__init__()
        self.messages = []

    def handle_message(self, message):
        self.messages.append(message)


@tagged("post_install", "-at_install")
class TestPayLink(PayCase, DeliveryCase):
    def get_link(self, move):
        """Return path and query of the link in the mail of an invoice."""
        [mail] = self.deliver()
        [address] = {
            address.replace("&amp;", "&") for address in re.findall(r'href="([^"]+/my/invoices/[^"]+)"', mail["body"])
        }
        parts = urlsplit(address)
        self.assertEqual(f"{parts.scheme}://{parts.netloc}", move.get_base_url())
        return f"{parts.path}?{parts.query}"

    def test_mailed_link_opens_the_invoice_without_login_and_pays_it(self):
        move = self.make_invoice(self.make_account("Ada Lovelace"))
        link = self.get_link(move)
        page = self.url_open(link)
        self.assertEqual((page.status_code, urlsplit(page.url).path), (200, f"/my/invoices/{move.id}"))
        self.assertIn(move.name, page.text)
        self.assertIn("119.00", page.text)
        self.assertIn("Pay Now", page.text)
        route = f"/invoice/transaction/{move.id}"
        status = self.finish_payment(
            self.start_payment(route, move.amount_residual, link, access_token=move.access_token)
        )
        self.assertEqual((status["state"], status["landing_route"]), ("done", link))
        self.assertEqual((move.payment_state, move.amount_residual), ("paid", 0.0))
        payment = move.reconciled_payment_ids
        self.assertEqual((len(payment), payment.billing_delivery_state), (1, "pending"))
        [receipt] = self.send_receipts()
        self.assertEqual(receipt["email_to"], [move.partner_id.email_formatted])
        self.assertIn("fully paid", receipt["body"])
        self.assertNotIn("Pay Now", self.url_open(link).text)

    def test_link_without_token_or_with_a_wrong_one_shows_nothing(self):
        move = self.make_invoice(self.make_account("Ada Lovelace"))
        link = self.get_link(move)
        other = self.make_invoice(self.make_account("Alan Turing"))
        for path in (f"/my/invoices/{move.id}", f"{link}x", f"/my/invoices/{other.id}?{urlsplit(link).query}"):
            with self.subTest(path=path):
                page = self.url_open(path)
                self.assertNotIn(move.name, page.text)
                self.assertNotIn(other.name, page.text)
                self.assertIn("/web/login", page.url)
        with self.assertRaises(JsonRpcException):
            self.start_payment(f"/invoice/transaction/{move.id}", 1, "/", access_token="wrong")
        self.assertFalse(move.transaction_ids)

    def test_the_portal_gives_the_same_pdf_as_the_mail(self):
        move = self.make_invoice(self.make_account("Ada Lovelace"))
        [mail] = self.deliver()
        answer = self.url_open(move.get_portal_url(report_type="pdf", download=True))
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertEqual(answer.content, self.get_pdf(mail)[0])

    @unittest.skipUnless(Controller, "aiosmtpd is not installed")
    def test_a_real_mail_server_gets_text_html_and_pdf(self):
        self.env["ir.mail_server"].search([]).active = False
        sink = Sink()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        controller = Controller(sink, hostname="127.0.0.1", port=port)
        controller.start()
        self.addCleanup(controller.stop)
        self.env["ir.mail_server"].create(
            {
                "name": "Sink",
                "smtp_host": "127.0.0.1",
                "smtp_port": port,
                "smtp_encryption": "none",
                "from_filter": "acme.example",
            }
        )
        move = self.make_invoice(self.make_account("Ada Lovelace"))
        with patch.object(IrMail_Server, "_disable_send", lambda _self: False), self.worker() as env:
            env["account.move"]._cron_deliver_billing()
            env["mail.mail"].process_email_queue()
        [message] = sink.messages
        self.assertEqual(message["X-RcptTo"], move.partner_id.email)
        self.assertIn("billing@acme.example", message["From"])
        self.assertIn("billing@acme.example", message["Reply-To"])
        parts = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
        link = f"/my/invoices/{move.id}?access_token={move.access_token}"
        text, html = (parts[kind].get_payload(decode=True).decode() for kind in ("text/plain", "text/html"))
        self.assertIn(link, text)
        self.assertIn("119.00", text)
        self.assertIn(link, html.replace("&amp;", "&"))
        self.assertIn("119.00", self.read_pdf(parts["application/pdf"].get_payload(decode=True)))
        self.assertFalse(self.env["mail.mail"].search([("res_id", "=", move.id), ("model", "=", "account.move")]))
