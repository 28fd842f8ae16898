from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..delivery.delivery_common import DeliveryCase


@tagged("post_install", "-at_install")
class TestCollectionMessages(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["billing.collection.message"].search([("billing_delivery_state", "in", ("pending", "failed"))]).write(
            {"billing_delivery_state": "cancelled"}
        )

    def send(self):
        return self._work("billing.collection.message", "_cron_send_messages")

    def test_the_same_key_makes_one_message_whatever_is_asked_for(self):
        account = self.make_account()
        first = self.queue(account)
        again = self.queue(account, subject="Another text")
        self.assertEqual((again, again.subject), (first, "Reminder 4711"))
        self.assertNotEqual(self.queue(account, key="two"), first)

    def test_a_message_goes_to_those_it_is_addressed_to_and_stands_in_the_chatter_of_the_account(self):
        account = self.make_account()
        account.message_subscribe(self.env["res.partner"].create({"name": "Nosy", "email": "nosy@example.com"}).ids)
        message = self.queue(account)
        [mail] = self.send()
        self.assertEqual(mail["email_to"], [account.partner_id.email_formatted])
        self.assertIn("Please pay the open 119.00.", mail["body"])
        self.assertEqual(message.billing_delivery_state, "sent")
        self.assertIn("Please pay", account.message_ids[0].body)
        self.assertEqual(self.send(), [])

    def test_invoice_contacts_get_the_reminder_instead_of_the_customer(self):
        contact = self.env["res.partner"].create({"name": "Books", "email": "books@example.com"})
        account = self.make_account(invoice_contact_ids=[Command.set(contact.ids)])
        self.assertEqual(self.queue(account).partner_ids, contact)

    def test_without_address_it_fails_visibly_and_is_sent_once_as_soon_as_there_is_one(self):
        account = self.make_account()
        account.partner_id.email = False
        message = self.queue(account)
        self.assertEqual(self.send(), [])
        self.assertEqual(message.billing_delivery_state, "failed")
        self.assertIn("has no e-mail address", message.billing_delivery_error)
        account.partner_id.email = "ada@example.com"
        with self.mock_mail_gateway():
            message.with_user(self.clerk).action_send_now()
        self.assertEqual(message.billing_delivery_state, "sent")

    def test_a_refused_mail_is_listed_and_sent_again_once(self):
        message = self.queue(self.make_account())
        with self.refusing_mail_server():
            self.send()
        self.assertEqual(message.billing_delivery_state, "failed")
        message.sudo().billing_delivery_retry_date = "2000-01-01 00:00:00"
        self.assertEqual(len(self.send()), 1)
        self.assertEqual(message.billing_delivery_state, "sent")
        self.assertEqual(self.send(), [])

    def test_answers_go_to_whoever_looks_after_the_account(self):
        account = self.make_account(collector_id=self.clerk.id)
        self.queue(account)
        [mail] = self.send()
        self.assertIn("clerk@example.com", mail["email_from"])
        self.assertIn(self.clerk.partner_id, account.message_partner_ids)

    def test_a_text_message_is_handed_to_the_queue_of_text_messages(self):
        account = self.make_account()
        account.partner_id.phone = "+1 202 555 0166"
        message = self.queue(account, channel="sms", sms_text="Please pay 119.00")
        self.send()
        self.assertEqual(message.billing_delivery_state, "sent")
        sms = self.env["sms.sms"].search([("mail_message_id", "=", message.billing_delivery_message_id.id)])
        self.assertEqual((sms.body, sms.state), ("Please pay 119.00", "outgoing"))

    def test_a_letter_is_printed_and_leaves_the_list(self):
        account = self.make_account()
        message = self.queue(
            account,
            channel="letter",
            lines=[{"number": "INV/1", "due_date": "2026-11-01", "open": 119.0}],
        )
        self.assertEqual(message.billing_delivery_state, "letter")
        self.assertEqual(self.send(), [])
        action = message.with_user(self.clerk).action_print_letters()
        attachment = self.env["ir.attachment"].browse(int(action["url"].split("/")[3].split("?")[0]))
        text = self.read_pdf(attachment.raw)
        for part in ("Reminder 4711", "Please pay the open 119.00.", "INV/1", "119.00", "Ada Lovelace"):
            self.assertIn(part, text)
        self.assertEqual(message.billing_delivery_state, "sent")

    def test_a_cancelled_message_is_not_sent(self):
        message = self.queue(self.make_account())
        message.with_user(self.clerk).action_cancel()
        self.assertEqual(self.send(), [])
        self.assertEqual(message.billing_delivery_state, "cancelled")

    def test_nobody_writes_into_the_outbox_by_hand(self):
        message = self.queue(self.make_account())
        with self.assertRaises(AccessError):
            message.with_user(self.manager).write({"body": "<p>Changed</p>"})

    # -- promises -----------------------------------------------------------------------------------------------------

    def promise(self, account, **vals):
        return self.env["billing.payment.promise"].create(
            {"account_id": account.id, "amount": 50, "date_made": "2026-11-01", "date": "2026-11-20", **vals}
        )

    def test_a_promise_takes_the_currency_of_its_account_and_can_be_cancelled(self):
        promise = self.promise(self.make_account())
        self.assertEqual((promise.state, promise.currency_id), ("open", promise.account_id.currency_id))
        promise.with_user(self.clerk).action_cancel()
        self.assertEqual(promise.state, "cancelled")
        with self.assertRaises(UserError):
            promise.action_cancel()

    def test_a_promise_cannot_lie_in_the_past_or_about_other_peoples_invoices(self):
        account = self.make_account()
        foreign = self.make_invoice(self.make_account("Alan Turing"))
        with self.assertRaises(ValidationError):
            self.promise(account, date="2026-10-31")
        with self.assertRaises(ValidationError):
            self.promise(account, move_ids=[Command.set(foreign.ids)])

    def test_nobody_sets_the_state_of_a_promise_by_hand(self):
        with self.assertRaises(AccessError):
            self.promise(self.make_account()).with_user(self.manager).state = "kept"

    # -- asked again just before it leaves ----------------------------------------------------------------------------

    def remind_of(self, account, moves, **vals):
        return self.queue(account, move_ids=moves.ids, **vals)

    def pay(self, move, amount=None):
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        return wizard.create({"amount": amount or move.amount_residual})._create_payments()

    def test_case_C23_a_reminder_whose_invoices_were_paid_meanwhile_is_not_sent_and_says_so(self):
        account = self.make_account()
        moves = self.make_invoice(account, delivery="sent") | self.make_invoice(account, delivery="sent")
        message = self.remind_of(account, moves)
        for move in moves:
            self.pay(move)
        self.assertEqual(self.send(), [])
        self.assertEqual(message.billing_delivery_state, "cancelled")
        self.assertIn("paid meanwhile", message.billing_delivery_error)
        self.assertIn("paid meanwhile", account.message_ids[0].body)

    def test_case_C23_a_credit_note_counts_as_payment(self):
        account = self.make_account()
        move = self.make_invoice(account, delivery="sent")
        message = self.remind_of(account, move)
        move._reverse_moves([{"invoice_date": "2026-11-05"}], cancel=True)
        self.assertEqual(self.send(), [])
        self.assertEqual(message.billing_delivery_state, "cancelled")

    def test_case_C23_a_reminder_of_which_a_part_is_open_is_sent(self):
        account = self.make_account()
        moves = self.make_invoice(account, delivery="sent") | self.make_invoice(account, delivery="sent")
        message = self.remind_of(account, moves)
        self.pay(moves[0])
        self.pay(moves[1], 19)
        self.assertEqual(len(self.send()), 1)
        self.assertEqual(message.billing_delivery_state, "sent")

    def test_case_C23_the_button_asks_as_well(self):
        account = self.make_account()
        move = self.make_invoice(account, delivery="sent")
        message = self.remind_of(account, move, channel="sms", sms_text="Please pay.")
        self.pay(move)
        message.with_user(self.clerk).action_send_now()
        self.assertEqual(message.billing_delivery_state, "cancelled")

    def test_case_C23_a_confirmation_is_sent_whatever_was_paid(self):
        account = self.make_account()
        move = self.make_invoice(account, delivery="sent")
        message = self.remind_of(account, move, kind="promise")
        self.pay(move)
        self.assertEqual(len(self.send()), 1)
        self.assertEqual(message.billing_delivery_state, "sent")

    # -- addresses ----------------------------------------------------------------------------------------------------

    def test_case_B23_two_contacts_with_one_address_get_one_reminder(self):
        contacts = self.env["res.partner"].create(
            [{"name": "Accounting", "email": "books@example.com"}, {"name": "Boss", "email": "Books@Example.com"}]
        )
        account = self.make_account(invoice_contact_ids=[Command.set(contacts.ids)])
        self.queue(account)
        [mail] = self.send()
        self.assertEqual(mail["email_to"], ['"Accounting" <books@example.com>'])

    def test_case_D14_a_company_without_an_address_sends_nothing_and_says_why_until_it_has_one(self):
        account = self.make_account()
        self.company.email = False
        message = self.queue(account)
        for _hour in range(5):
            self.assertEqual(self.send(), [])
            message.billing_delivery_retry_date = fields.Datetime.now()
        self.assertIn("no e-mail address of its own", message.billing_delivery_error)
        self.company.email = "billing@acme.example"
        [mail] = self.send()
        self.assertEqual(mail["email_from"], '"Acme Telecom" <billing@acme.example>')
        self.assertEqual(message.billing_delivery_state, "sent")
