"""How a customer is told and where the legal document goes are two things: a stand-in for an authority shows both.

The stand-in is what Odoo's addons of countries are: a further kind of electronic document (`_get_all_extra_edis`) that
is for some customers, and a call to a service after the PDF was made. The real network is in `tests/stories`.
"""

from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from odoo.tests import tagged

from .delivery_common import DeliveryCase

ODOO_QUEUE = "account.ir_cron_account_move_send"


@tagged("post_install", "-at_install")
class TestNetwork(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref(ODOO_QUEUE).active = True
        cls.code = cls.make_code("NET", 40)
        cls.plan = cls.make_plan(cls.code)
        cls.told, cls.refusal = [], ""

    @contextmanager
    def authority(self, customers):
        """Let an authority be told of the documents of some customers."""
        sender = type(self.env["account.move.send"])
        original = sender._call_web_service_after_invoice_pdf_render

        def is_applicable(move):
            return move.partner_id.id in customers.ids and move.id not in self.told

        def call(sending, invoices_data):
            res = original(sending, invoices_data)
            for invoice, data in invoices_data.items():
                if "stand_in" in data["extra_edis"]:
                    if self.refusal:
                        data["error"] = {"error_title": self.refusal, "errors": []}
                    else:
                        self.told.append(invoice.id)
            return res

        kinds = {"stand_in": {"label": "An authority", "is_applicable": is_applicable}}
        with ExitStack() as stack:
            stack.enter_context(patch.object(sender, "_get_all_extra_edis", lambda sending: kinds))
            stack.enter_context(patch.object(sender, "_call_web_service_after_invoice_pdf_render", call))
            yield

    def setUp(self):
        super().setUp()
        self.told.clear()
        type(self).refusal = ""

    def make_bill(self, channel, name="Ada Lovelace"):
        account = self.make_account(name, delivery_channel=channel)
        self.subscribe(account, self.plan, "2026-11-01")
        return account

    def bill_and_send(self, accounts):
        """Bill accounts, let the delivery work and then Odoo's queue of invoices; return the invoices and the mails."""
        self.bill(accounts, "2026-11-01")
        mails = self.work_on()
        return self.get_invoices(accounts[:1]) if len(accounts) == 1 else accounts.mapped(
            "charge_ids.invoice_id"
        ), mails

    def work_on(self):
        self.deliver()
        return self._work("account.move", "_cron_account_move_send")

    def test_case_B24_a_customer_with_portal_or_letter_is_told_so_and_the_network_gets_the_document(self):
        for channel, told_by in (("portal", "none"), ("letter", "letter")):
            with self.subTest(channel=channel):
                account = self.make_bill(channel, f"By {channel}")
                with self.authority(account.partner_id):
                    move, mails = self.bill_and_send(account)
                self.assertEqual(self.told, [move.id])
                self.assertEqual(move.billing_network_state, "sent")
                self.assertEqual(move.billing_delivery_state, told_by)
                self.assertFalse(mails, "nobody is mailed who did not ask for it")
                self.told.clear()

    def test_case_B24_a_mailed_customer_gets_the_mail_and_the_network_the_document(self):
        account = self.make_bill("email")
        with self.authority(account.partner_id):
            move, mails = self.bill_and_send(account)
        self.assertEqual(self.told, [move.id])
        self.assertEqual(move.billing_delivery_state, "sent")
        self.assertEqual(len(mails), 1)

    def test_case_B24_who_is_on_no_network_is_asked_about_once_and_left_alone(self):
        told, other = self.make_bill("portal", "On It"), self.make_bill("portal", "Not On It")
        with self.authority(told.partner_id):
            self.bill_and_send(told + other)
        move = self.get_invoices(other)
        self.assertFalse(move.billing_network_state)
        self.assertFalse(move.sending_data or move.invoice_pdf_report_id)
        self.assertEqual(self.told, self.get_invoices(told).ids)

    def test_case_B24_without_any_network_nothing_happens(self):
        account = self.make_bill("portal")
        self.bill(account, "2026-11-01")
        move = self.get_invoices(account)
        self.assertFalse(move.billing_network_state)
        self.work_on()
        self.assertFalse(move.sending_data or move.invoice_pdf_report_id)
        self.assertEqual(move.billing_delivery_state, "none")

    def test_case_B24_what_the_network_refuses_is_seen_and_tried_again(self):
        account = self.make_bill("portal")
        type(self).refusal = "The network does not answer."
        with self.authority(account.partner_id):
            move, _mails = self.bill_and_send(account)
            self.assertEqual(move.billing_network_state, "failed")
            self.assertIn("does not answer", move.billing_delivery_error)
            self.work_on()
            self.assertEqual(move.billing_network_state, "failed", "it is not time yet")
            move.billing_delivery_retry_date = "2000-01-01 00:00:00"
            type(self).refusal = ""
            self.work_on()
        self.assertEqual(move.billing_network_state, "sent")
        self.assertFalse(move.billing_delivery_error)
        self.assertEqual(self.told, move.ids)

    def test_case_B24_a_letter_that_is_printed_first_takes_nothing_from_the_network(self):
        account = self.make_bill("letter")
        with self.authority(account.partner_id):
            self.bill(account, "2026-11-01")
            move = self.get_invoices(account)
            self.deliver()
            self.assertEqual(move.billing_network_state, "queued")
            self.env["billing.invoice.delivery"].print_letters(move)
            self.assertEqual(move.billing_delivery_state, "sent")
            self.work_on()
            self.work_on()
        self.assertEqual(self.told, move.ids, "once, with the letter or after it")
        self.assertIn(move.billing_network_state, ("sent", False))

    def test_case_B24_a_queue_that_rests_is_said(self):
        account = self.make_bill("portal")
        self.env.ref(ODOO_QUEUE).active = False
        with self.authority(account.partner_id):
            move, _mails = self.bill_and_send(account)
        self.assertEqual(move.billing_network_state, "failed")
        self.assertIn("not active", move.billing_delivery_error)
