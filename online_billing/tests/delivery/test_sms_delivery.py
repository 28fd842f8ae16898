"""Text messages that Odoo's queue of SMS could not send: listed with a reason, sent again, never twice."""

from odoo import Command
from odoo.addons.sms.tests.common import MockSMS
from odoo.tests import tagged

from .delivery_common import DeliveryCase


@tagged("post_install", "-at_install")
class TestSmsDelivery(DeliveryCase, MockSMS):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.customer = cls.account.partner_id
        cls.customer.phone = "+1 202 555 0166"

    def remind(self, **vals):
        """Return a reminder by SMS, handed to Odoo's queue."""
        message = self.env["billing.outbox"].queue(
            [
                {
                    "key": "sms",
                    "account_id": self.account.id,
                    "currency_id": self.account.currency_id.id,
                    "channel": "sms",
                    "subject": "Reminder",
                    "sms_text": "Please pay 119.00",
                    **vals,
                }
            ]
        )
        message.with_user(self.clerk).action_send_now()
        return message

    def get_texts(self, message):
        return self.env["sms.sms"].search([("mail_message_id", "=", message.billing_delivery_message_id.id)])

    def work_queue(self, answer=None):
        """Let Odoo's queue of SMS work; the service answers so. Return the numbers that it was given."""
        with self.mockSMSGateway(sim_error=answer):
            waiting = self.env["sms.sms"].search([("state", "=", "outgoing")])
            numbers = waiting.mapped("number")
            waiting.send()
        self.env.invalidate_all()
        return numbers

    def report(self, message, status):
        """Let a delivery report arrive, as its route does."""
        tracker = message.billing_delivery_message_id.notification_ids.sms_tracker_ids
        tracker._action_update_from_provider_error(status)

    def is_listed(self, message):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "online_billing.billing_collection_message_action_not_sent"
        )
        domain = [("billing_delivery_state", "in", ("failed", "letter")), ("id", "=", message.id)]
        self.assertIn("failed", action["domain"])
        return bool(self.env["billing.collection.message"].with_user(self.clerk).search(domain))

    def test_what_the_service_refuses_is_listed_with_the_reason_and_what_to_do(self):
        reasons = {
            "wrong_number_format": "is not valid. Correct it",
            "insufficient_credit": "Buy credit",
            "unregistered": "not registered",
            "server_error": "could not be reached",
            "country_not_supported": "does not send to the country",
        }
        for number, (answer, words) in enumerate(reasons.items()):
            with self.subTest(answer=answer):
                message = self.remind(key=f"sms {number}")
                self.assertEqual(message.billing_delivery_state, "sent")
                self.work_queue(answer)
                self.assertEqual(message.billing_delivery_state, "failed")
                self.assertIn(words, message.billing_delivery_error)
                self.assertTrue(self.is_listed(message))
                self.get_texts(message).unlink()

    def test_what_may_pass_is_tried_again_by_itself_and_what_needs_a_correction_is_not(self):
        message = self.remind()
        self.work_queue("server_error")
        self.assertTrue(message.billing_delivery_retry_date)
        other = self.remind(key="other")
        self.work_queue("wrong_number_format")
        self.assertFalse(other.billing_delivery_retry_date)

    def test_sent_again_it_is_the_same_text_and_goes_once(self):
        message = self.remind()
        self.work_queue("insufficient_credit")
        posted, text = message.billing_delivery_message_id, self.get_texts(message)
        message.with_user(self.clerk).action_send_now()
        message.with_user(self.clerk).action_send_now()
        self.assertEqual((message.billing_delivery_state, message.billing_delivery_message_id), ("sent", posted))
        self.assertEqual(self.get_texts(message), text)
        self.assertEqual(self.work_queue(), ["+12025550166"])
        self.assertEqual(message.billing_delivery_state, "sent")
        self.assertFalse(message.billing_delivery_error)
        self.assertEqual(self.work_queue(), [])

    def test_a_corrected_number_gets_it_and_the_wrong_one_does_not(self):
        message = self.remind()
        self.work_queue("wrong_number_format")
        self.customer.phone = "+1 202 555 0177"
        message.with_user(self.clerk).action_send_now()
        self.assertEqual(self.work_queue(), ["+12025550177"])
        self.assertEqual(message.billing_delivery_state, "sent")

    def test_of_two_recipients_only_the_one_without_it_gets_it_again(self):
        second = self.env["res.partner"].create(
            {"name": "Second", "email": "second@example.com", "phone": "+1 202 555 0188"}
        )
        self.account.invoice_contact_ids = [Command.set((self.customer | second).ids)]
        message = self.remind()
        texts = self.get_texts(message)
        with self.mockSMSGateway():
            texts.filtered(lambda sms: sms.partner_id == self.customer).send()
        self.work_queue("server_error")
        self.assertEqual(message.billing_delivery_state, "failed")
        message.with_user(self.clerk).action_send_now()
        self.assertEqual(self.work_queue("server_error"), ["+12025550188"])
        message.with_user(self.clerk).action_send_now()
        self.assertEqual(self.work_queue(), ["+12025550188"])

    def test_a_text_that_odoo_itself_sent_again_is_not_doubled(self):
        message = self.remind()
        self.work_queue("server_error")
        with self.mockSMSGateway():
            self.get_texts(message).resend_failed()
        message.with_user(self.clerk).action_send_now()
        self.assertEqual(message.billing_delivery_state, "sent")
        self.assertEqual(self.work_queue(), [])

    def test_a_delivery_report_of_a_failure_lists_it_and_a_new_text_can_be_sent(self):
        message = self.remind()
        self.work_queue()
        first = self.get_texts(message)
        self.report(message, "not_delivered")
        self.assertEqual(message.billing_delivery_state, "failed")
        self.assertIn("was not delivered", message.billing_delivery_error)
        first.unlink()  # as Odoo does with what the service has taken
        message.with_user(self.clerk).action_send_now()
        self.assertEqual(self.work_queue(), ["+12025550166"])
        self.assertEqual(message.billing_delivery_state, "sent")

    def test_a_text_cancelled_in_the_queue_is_listed_and_not_sent_by_itself(self):
        message = self.remind()
        self.get_texts(message).action_set_canceled()
        self.assertEqual((message.billing_delivery_state, message.billing_delivery_retry_date), ("failed", False))
        self.assertIn("cancelled", message.billing_delivery_error)
        self.assertEqual(self.work_queue(), [])
        message.with_user(self.clerk).action_send_now()
        self.assertEqual(self.work_queue(), ["+12025550166"])

    def test_texts_of_others_change_nothing_here(self):
        message = self.remind()
        self.work_queue()
        self.customer._message_sms("Something else", partner_ids=self.customer.ids, put_in_queue=True)
        self.work_queue("server_error")
        self.assertEqual(message.billing_delivery_state, "sent")
