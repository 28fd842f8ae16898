"""Mails that the mail server took and that came back later: what was sent by them is seen as not delivered."""

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .delivery_common import DeliveryCase

# as a mail server writes it (RFC 3464)
REPORT = """\
From: MAILER-DAEMON@mx.example
To: bounce@acme.example
Subject: About your mail
Message-Id: <report-{number}@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

This is what became of your mail.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}

--x
Content-Type: text/rfc822-headers

Message-Id: {message}

--x--
"""


@tagged("post_install", "-at_install")
class TestReturnedMail(DeliveryCase):
    @mute_logger("odoo.addons.mail.models.mail_thread")
    def report(self, record, address, action="failed", status="5.1.1"):
        """Let a mail server report on the mail of a document."""
        message = record.billing_delivery_message_id.message_id
        report = REPORT.format(
            number=f"{record.id}-{action}", address=address, action=action, status=status, message=message
        )
        self.env["mail.thread"].message_process(None, report)
        self.env.invalidate_all()

    def get_addresses(self, mails):
        return [address for mail in mails for address in mail["email_to"]]

    def assertReturned(self, record, address):
        self.assertEqual(record.billing_delivery_state, "failed")
        self.assertIn(address, record.billing_delivery_error)
        self.assertFalse(record.billing_delivery_retry_date, "the same address is not tried again by itself")

    def test_an_invoice_that_came_back_is_not_delivered_and_goes_to_the_corrected_address(self):
        move = self.make_invoice(self.make_account())
        self.deliver()
        self.assertEqual(move.billing_delivery_state, "sent")
        self.report(move, "ada.lovelace@example.com")
        self.assertReturned(move, "ada.lovelace@example.com")
        self.assertEqual(self.deliver(), [])
        move.partner_id.email = "ada@new.example"
        with self.mock_mail_gateway():
            self.env["billing.invoice.delivery"].send_now(move)
            self.env["mail.mail"].process_email_queue()
        self.assertEqual(self.get_addresses(self._mails), [move.partner_id.email_formatted])
        self.assertEqual((move.billing_delivery_state, move.billing_delivery_error), ("sent", False))

    def test_of_two_recipients_the_other_one_gets_it_no_second_time(self):
        books, boss = self.env["res.partner"].create(
            [{"name": name, "email": f"{name.lower()}@example.com"} for name in ("Books", "Boss")]
        )
        account = self.make_account(invoice_contact_ids=[Command.set((books | boss).ids)])
        move = self.make_invoice(account)
        self.assertEqual(len(self.get_addresses(self.deliver())), 2)
        self.report(move, "books@example.com")
        self.assertReturned(move, "books@example.com")
        books.email = "accounts@example.com"
        with self.mock_mail_gateway():
            self.env["billing.invoice.delivery"].send_now(move)
            self.env["mail.mail"].process_email_queue()
        self.assertEqual(self.get_addresses(self._mails), [books.email_formatted])
        self.assertEqual(move.billing_delivery_state, "sent")

    def test_a_mail_that_is_only_late_or_has_arrived_did_not_come_back(self):
        move = self.make_invoice(self.make_account())
        self.deliver()
        for action, status in (("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0")):
            self.report(move, "ada.lovelace@example.com", action, status)
            self.assertEqual(move.billing_delivery_state, "sent", action)
        self.report(move, "ada.lovelace@example.com")
        self.assertReturned(move, "ada.lovelace@example.com")

    def test_a_reminder_and_a_receipt_that_came_back_are_not_delivered(self):
        account = self.make_account()
        move = self.make_invoice(account, delivery="sent")
        reminder = self.queue(account)
        self._work("billing.collection.message", "_cron_send_messages")
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        payment = wizard.create({})._create_payments()
        self.send_receipts()
        for record in (reminder, payment):
            self.assertEqual(record.billing_delivery_state, "sent")
            self.report(record, "ada.lovelace@example.com")
            self.assertReturned(record, "ada.lovelace@example.com")

    def test_what_somebody_else_forwarded_to_nobody_says_nothing_of_the_document(self):
        move = self.make_invoice(self.make_account())
        self.deliver()
        self.env["res.partner"].create({"name": "Stranger", "email": "gone@example.net"})
        self.report(move, "gone@example.net")
        self.assertEqual(move.billing_delivery_state, "sent")
