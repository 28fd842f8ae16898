"""Notices of debits by text message: who gets them, what they say, and that they go out by Odoo's queue of SMS."""

from odoo import Command
from odoo.addons.sms.tests.common import MockSMS
from odoo.tests import freeze_time, tagged

from ...services.automatic_payment.consents import Terms
from .debit_common import DebitCase


@tagged("post_install", "-at_install")
class TestNoticesByText(DebitCase, MockSMS):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account.partner_id.phone = "+1 202 555 0166"
        cls.account.debit_notice_channel = "sms"

    def send(self):
        """Let the outbox and Odoo's queue of text messages work; return what the service was given."""
        with self.mockSMSGateway():
            self.get_messages(self.account).action_send_now()
            self.env["sms.sms"].search([("state", "=", "outgoing")]).send()
        return [(one["number"], one["body"]) for one in self._sms]

    def get_pay_url(self, day):
        """Return the link of a day."""
        with freeze_time(day):
            return self.env["billing.pay.links"].get_pay_url(self.account, self.account.currency_id)

    def test_a_coming_debit_is_announced_by_text_message(self):
        self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        [(number, text)] = self.send()
        self.assertEqual(number, "+12025550166")
        for part in (self.company.name, "on 11/02/2026 we will collect", "119.00", "1234", "http"):
            self.assertIn(part, text)
        message = self.get_messages(self.account)
        self.assertEqual((message.channel, message.billing_delivery_state), ("sms", "sent"))
        self.assertFalse(message.body)

    def test_a_failed_one_says_when_it_is_tried_again_and_how_to_pay(self):
        self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account, self.save_method(self.account.partner_id, "error"))
        self.run_jobs("2026-10-30 10:00:00")
        self.run_jobs("2026-11-02 10:30:00")
        _coming, again = self.get_messages(self.account).sorted("id").mapped("sms_text")
        for part in ("could not collect", "119.00", "11/03/2026", self.get_pay_url("2026-11-02 10:30:00")):
            self.assertIn(part, again)

    def test_a_bill_above_the_limit_and_methods_that_are_gone_are_told(self):
        self.owe(self.account, "2026-11-02", 200)
        consent = self.consent(self.account, terms=Terms(limit_debit=100))
        self.run_jobs("2026-10-30 10:00:00")
        self.env["billing.debit.news"].tell_without_method(consent, ["recurring", "other"])
        above, gone = self.get_messages(self.account).sorted("id").mapped("sms_text")
        self.assertIn("238.00", above)
        self.assertIn("cannot be collected", gone)

    def test_the_text_is_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.account.partner_id.lang = "de_DE"
        self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        self.assertIn("ziehen wir", self.get_messages(self.account).sms_text)

    def test_who_gets_which(self):
        news, company = self.env["billing.debit.news"], self.company
        for own, by_company, documents, phone, expected in (
            ("sms", "email", "email", True, "sms"),
            ("sms", "email", "email", False, "email"),
            ("sms", "email", "letter", True, "sms"),
            ("sms", "email", "letter", False, "letter"),
            ("email", "sms", "email", True, "email"),
            ("email", "sms", "letter", True, "email"),
            (False, "sms", "email", True, "sms"),
            (False, "sms", "portal", False, "email"),
            (False, "sms", "letter", True, "letter"),
            (False, "email", "portal", True, "email"),
        ):
            company.billing_debit_notice_channel = by_company
            self.account.write({"debit_notice_channel": own, "delivery_channel": documents})
            self.account.partner_id.phone = "+1 202 555 0166" if phone else False
            self.assertEqual(news.get_channel(self.account), expected, (own, by_company, documents, phone))

    def test_invoice_contacts_get_it_in_place_of_the_customer(self):
        contact = self.env["res.partner"].create(
            {
                "name": "Bo",
                "parent_id": self.account.partner_id.id,
                "email": "bo@example.com",
                "phone": "+1 202 555 0177",
            }
        )
        self.account.invoice_contact_ids = [Command.set(contact.ids)]
        without = contact.copy({"name": "Cy", "phone": False, "email": "cy@example.com"})
        self.account.invoice_contact_ids |= without
        self.owe(self.account, "2026-11-02", 100)
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        by_text, by_mail = self.get_messages(self.account)
        self.assertEqual((by_text.channel, by_text.partner_ids), ("sms", contact))
        self.assertEqual((by_mail.channel, by_mail.partner_ids), ("email", without), "nobody is left out")
        self.assertIn("11/02/2026", by_mail.body)
        self.assertEqual([number for number, _text in self.send()], ["+12025550177"])
