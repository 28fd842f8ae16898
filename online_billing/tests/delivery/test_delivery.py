from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...services.delivery import queue
from .delivery_common import DeliveryCase

DELIVERY_LOG = "odoo.addons.online_billing.services.shared.work_loop"


@tagged("post_install", "-at_install")
class TestDelivery(DeliveryCase):
    def test_waiting_invoices_are_mailed_once(self):
        accounts = [self.make_account(name) for name in ("Ada Lovelace", "Alan Turing", "Grace Hopper")]
        moves = self.env["account.move"].union(*(self.make_invoice(account) for account in accounts))
        mails = self.deliver()
        self.assertEqual(
            [mail["email_to"] for mail in mails], [[account.partner_id.email_formatted] for account in accounts]
        )
        self.assertEqual(set(moves.mapped("billing_delivery_state")), {"sent"})
        self.assertTrue(all(moves.mapped("is_move_sent")))
        self.assertTrue(all(moves.mapped("billing_delivery_date")))
        self.assertEqual(self.deliver(), [])

    def test_case_B23_a_name_with_a_line_break_keeps_no_mail_back(self):
        account = self.make_account("Ada Lovelace")
        account.partner_id.name = "Ada\nLovelace\r\nCountess"
        move = self.make_invoice(account)
        [mail] = self.deliver()
        self.assertEqual(move.billing_delivery_state, "sent")
        self.assertIn("ada.lovelace@example.com", mail["email_to"][0])
        self.assertNotIn("\n", mail["email_to"][0])
        self.assertNotIn("\n", mail["subject"])

    def test_case_B23_two_contacts_with_one_address_get_one_mail(self):
        account = self.make_account("Ada Lovelace")
        account.invoice_contact_ids = self.env["res.partner"].create(
            [{"name": name, "email": "Office@example.com"} for name in ("First", "Second")]
        )
        self.make_invoice(account)
        self.assertEqual(len(self.deliver()), 1)

    def test_mail_says_what_is_owed_by_when_for_what_and_links_with_token(self):
        move = self.make_invoice(
            self.make_account("Ada Lovelace"),
            invoice_date_due="2026-11-30",
            lines=[{"name": "Fibre 250", "price_unit": 40}, {"name": "Calls <abroad>", "price_unit": 1.5}],
        )
        [mail] = self.deliver()
        self.assertTrue(move.access_token)
        self.assertIn(f"/my/invoices/{move.id}?access_token={move.access_token}", mail["body"])
        for text in (
            move.name,
            "$ 49.39",
            "11/30/2026",
            "Fibre 250",
            "$ 40.00",
            "Calls &lt;abroad&gt;",
            "$ 1.50",
            "Acme Telecom",
        ):
            self.assertIn(text, mail["body"].replace("&nbsp;", " "))
        for text in (
            f"/my/invoices/{move.id}?access_token={move.access_token}",
            "$ 49.39",
            "11/30/2026",
            "Calls <abroad>",
        ):
            self.assertIn(text, mail["body_alternative"].replace("\xa0", " "))
        self.assertEqual(mail["subject"].replace("\xa0", " "), f"Acme Telecom: invoice {move.name}, $ 49.39")
        [pdf] = self.get_pdf(mail)
        self.assertIn("49.39", self.read_pdf(pdf))

    def test_each_address_of_a_customer_who_has_several_gets_the_mail(self):
        account = self.make_account("Ada Lovelace")
        account.partner_id.email = "ada@example.com, books@example.com; boss@example.com"
        move = self.make_invoice(account)
        [mail] = self.deliver()
        addresses = [address.rpartition("<")[2].strip(">") for address in mail["email_to"]]
        self.assertEqual(addresses, ["ada@example.com", "books@example.com", "boss@example.com"])
        self.assertEqual(move.billing_delivery_state, "sent")

    def test_an_invoice_is_mailed_with_odoos_text_where_somebody_has_deleted_ours(self):
        move = self.make_invoice(self.make_account("Ada Lovelace"))
        self.env.ref("online_billing.mail_template_invoice").unlink()
        [mail] = self.deliver()
        self.assertIn(move.name, mail["subject"])
        self.assertEqual((move.billing_delivery_state, len(self.get_pdf(mail))), ("sent", 1))

    def test_answers_reach_the_company(self):
        self.make_invoice(self.make_account())
        [mail] = self.deliver()
        self.assertEqual(
            (mail["email_from"], mail["reply_to"]),
            ('"Acme Telecom" <billing@acme.example>', '"Acme Telecom" <billing@acme.example>'),
        )

    def test_answers_reach_the_salesperson_of_the_invoice(self):
        self.make_invoice(self.make_account(), invoice_user_id=self.clerk.id)
        [mail] = self.deliver()
        self.assertEqual(mail["reply_to"], self.clerk.email_formatted)

    def test_invoice_contacts_get_the_mail_instead_of_the_customer(self):
        contacts = self.env["res.partner"].create(
            [{"name": "Accounting", "email": "accounting@example.com"}, {"name": "Boss", "email": "boss@example.net"}]
        )
        move = self.make_invoice(self.make_account(invoice_contact_ids=[(6, 0, contacts.ids)]))
        move.message_subscribe(move.partner_id.ids)  # who follows the invoice gets no copy
        self.assertEqual(
            sorted(mail["email_to"][0] for mail in self.deliver()),
            ['"Accounting" <accounting@example.com>', '"Boss" <boss@example.net>'],
        )

    # -- A-12 ---------------------------------------------------------------------------------------------------------

    def follow(self, move):
        """Let somebody outside, somebody who logs in and somebody of the house follow an invoice."""
        outside = self.env["res.partner"].create({"name": "Nosy", "email": "nosy@example.com"})
        portal = new_test_user(self.env, "eve", "base.group_portal", email="eve@example.com")
        house = new_test_user(self.env, "walt", "base.group_user", email="walt@example.com")
        followers = outside | portal.partner_id | house.partner_id
        move.message_subscribe(followers.ids)
        return followers

    def post(self, act):
        """Return the mails that an act makes Odoo send."""
        with self.mock_mail_gateway():
            act()
            self.env["mail.mail"].process_email_queue()
        return list(self._mails)

    def assertNoTokens(self, mails, move):
        """Check that no mail but the customer's own opens the document, or anything of the account."""
        for mail in mails:
            if move.partner_id.email in mail["email_to"][0]:
                continue
            for text in (mail["body"], mail["body_alternative"] or "", str(mail.get("headers"))):
                for secret in (move.access_token, "access_token=", "hash=", "signup_token", "/billing/pay/"):
                    self.assertNotIn(secret, text, mail["email_to"])

    def test_a12_who_follows_an_invoice_is_sent_no_link_that_opens_it(self):
        move = self.make_invoice(self.make_account("Ada Lovelace"))
        followers = self.follow(move)
        self.assertEqual([mail["email_to"] for mail in self.deliver()], [[move.partner_id.email_formatted]])
        word = {"body": "A word", "subtype_xmlid": "mail.mt_comment", "partner_ids": move.partner_id.ids}
        mails = self.post(lambda: move.message_post(**word))
        told = {mail["email_to"][0] for mail in mails}
        self.assertIn(move.partner_id.email_formatted, told, "Odoo tells the customer, by a link of theirs")
        self.assertTrue(told & set(followers.mapped("email_formatted")), "and those who follow, without")
        self.assertNoTokens(mails, move)

    def test_a12_what_is_sent_again_or_for_another_channel_goes_to_no_follower(self):
        account = self.make_account("Ada Lovelace")
        move = self.make_invoice(account)
        self.follow(move)
        account.message_subscribe(move.message_partner_ids.ids)
        self.deliver()
        again = self.post(lambda: self.env["billing.invoice.delivery"].mail_again(move))
        self.assertEqual([mail["email_to"] for mail in again], [[move.partner_id.email_formatted]])
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        register.create({})._create_payments()
        for mail in self.send_receipts():
            self.assertEqual(mail["email_to"], [move.partner_id.email_formatted])

    def test_a12_who_answers_a_forwarded_mail_is_given_nothing_and_a_bounce_tells_nobody(self):
        self.company.alias_domain_id = self.env["mail.alias.domain"].create(
            {"name": "acme.example", "catchall_alias": "catchall"}
        )
        move = self.make_invoice(self.make_account("Ada Lovelace"))
        self.deliver()
        sent = move.billing_delivery_message_id
        raw = "\r\n".join(
            (
                "From: Nosy <nosy@example.com>", "To: catchall@acme.example", "Subject: Fwd: invoice",
                "Message-Id: <forwarded@example.com>", f"In-Reply-To: {sent.message_id}",
                f"References: {sent.message_id}", "Content-Type: text/plain", "", "Is this mine?",
            )
        )  # fmt: skip
        mails = self.post(lambda: self.env["mail.thread"].message_process("mail.thread", raw))
        answer = move.message_ids[:1]
        self.assertIn("Is this mine?", answer.body)
        self.assertNoTokens(mails, move)
        nosy = self.env["res.partner"].create({"name": "Nosy", "email": "nosy@example.com"})
        word = {"body": "No", "subtype_xmlid": "mail.mt_comment", "partner_ids": nosy.ids, "parent_id": answer.id}
        mails = self.post(lambda: move.message_post(**word))
        self.assertIn([nosy.email_formatted], [mail["email_to"] for mail in mails])
        self.assertNoTokens(mails, move)
        bounced = "\r\n".join(
            (
                "From: MAILER-DAEMON@mail.example", "To: catchall@acme.example", "Subject: Undelivered Mail",
                "Message-Id: <bounce@mail.example>", f"References: {sent.message_id}", "MIME-Version: 1.0",
                'Content-Type: multipart/report; report-type=delivery-status; boundary="x"', "",
                "--x", "Content-Type: text/plain", "", "Unknown user", "--x",
                "Content-Type: message/delivery-status", "",
                f"Final-Recipient: rfc822; {move.partner_id.email}", "Action: failed", "Status: 5.1.1", "--x--", "",
            )
        )  # fmt: skip
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            mails = self.post(lambda: self.env["mail.thread"].message_process("mail.thread", bounced))
        self.assertEqual(mails, [])

    def test_mail_is_written_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        account = self.make_account()
        account.partner_id.lang = "fr_FR"
        template = self.env.ref("online_billing.mail_template_invoice")
        template.with_context(
            lang="fr_FR"
        ).subject = "Facture {{ object.name }} du {{ format_date(object.invoice_date) }}"
        move = self.make_invoice(account, invoice_date="2026-11-30")
        [mail] = self.deliver()
        self.assertEqual(mail["subject"], f"Facture {move.name} du 30/11/2026")
        self.assertIn("30/11/2026", self.read_pdf(self.get_pdf(mail)[0]))

    def test_credit_note_has_words_of_its_own(self):
        account = self.make_account()
        original = self.make_invoice(account, delivery="none")
        note = original._reverse_moves(
            [{"invoice_date": "2026-11-05", "billing_delivery_state": "pending", "billing_account_id": account.id}]
        )
        note.action_post()
        [mail] = self.deliver()
        self.assertEqual(mail["subject"].replace("\xa0", " "), f"Acme Telecom: credit note {note.name}, $ 119.00")
        self.assertIn(original.name, mail["body"])
        self.assertNotIn("To be paid", mail["body"])

    def test_letters_portal_customers_and_drafts_get_no_mail(self):
        account = self.make_account()
        self.make_invoice(account, delivery="none")
        self.make_invoice(account, delivery="letter")
        self.make_invoice(account, post=False)
        self.assertEqual(self.deliver(), [])

    def test_invoice_sent_by_hand_is_not_mailed_again(self):
        move = self.make_invoice(self.make_account())
        with self.mock_mail_gateway():
            wizard = (
                self.env["account.move.send.wizard"]
                .with_context(active_model="account.move", active_ids=move.ids, force_report_rendering=True)
                .create({})
            )
            wizard.action_send_and_print()
            self.assertEqual(len(self._new_mails), 1)
        self.assertEqual(move.billing_delivery_state, "sent")
        self.assertEqual(self.deliver(), [])

    def test_letter_that_was_also_mailed_by_hand_is_still_to_be_printed(self):
        move = self.make_invoice(self.make_account(), delivery="letter")
        with self.mock_mail_gateway():
            self.env["account.move.send"].with_context(force_report_rendering=True)._generate_and_send_invoices(
                move, sending_methods=["email"]
            )
            self.assertEqual(len(self._new_mails), 1)
        self.assertEqual(move.billing_delivery_state, "letter")

    def test_case_B23_customer_and_company_with_line_breaks_in_their_names(self):
        account = self.make_account("Ada Lovelace")
        account.partner_id.name = "Ada\nLovelace"
        self.company.name = "Acme\r\nTelecom"
        move = self.make_invoice(account)
        mails = self.deliver()
        self.assertFalse(move.billing_delivery_error)
        [mail] = mails
        self.assertEqual(mail["email_to"], ['"Ada Lovelace" <ada.lovelace@example.com>'])
        self.assertEqual(mail["email_from"], '"Acme Telecom" <billing@acme.example>')
        self.assertNotIn("\n", mail["subject"])
        self.assertEqual(move.billing_delivery_state, "sent")

    def test_case_D14_a_company_without_an_address_sends_no_invoice_and_says_why(self):
        self.company.email = False
        move = self.make_invoice(self.make_account())
        self.assertEqual(self.deliver(), [])
        self.assertEqual((move.billing_delivery_state, move.billing_delivery_attempt_count), ("failed", 0))
        self.assertIn("no e-mail address of its own", move.billing_delivery_error)
        self.company.email = "billing@acme.example"
        move.billing_delivery_retry_date = fields.Datetime.now()
        self.assertEqual(len(self.deliver()), 1)

    # -- failures -----------------------------------------------------------------------------------------------------

    def test_missing_address_stops_nobody_else_and_is_tried_again(self):
        silent, other = self.make_account("No Address"), self.make_account("Ada Lovelace")
        silent.partner_id.email = False
        moves = self.make_invoice(silent), self.make_invoice(other)
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual([move.billing_delivery_state for move in moves], ["failed", "sent"])
        self.assertIn("e-mail address", moves[0].billing_delivery_error)
        silent.partner_id.email = "late@example.com"
        self.assertEqual(self.deliver(), [])  # not before its time
        moves[0].billing_delivery_retry_date = fields.Datetime.now()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual((moves[0].billing_delivery_state, moves[0].billing_delivery_error), ("sent", False))

    def test_failed_delivery_is_given_up_after_the_last_attempt_and_sent_by_button(self):
        account = self.make_account()
        account.partner_id.email = False
        move = self.make_invoice(account)
        delays = []
        for _attempt in range(4):
            before = fields.Datetime.now()
            self.deliver()
            delays.append(
                move.billing_delivery_retry_date
                and round((move.billing_delivery_retry_date - before) / timedelta(hours=1))
            )
            move.billing_delivery_retry_date = move.billing_delivery_retry_date and before
        self.assertEqual(delays, [1, 6, 24, False])
        account.partner_id.email = "late@example.com"
        self.assertEqual(self.deliver(), [])
        with self.mock_mail_gateway():
            answer = move.with_user(self.clerk).with_context(force_report_rendering=True).action_send_billing_now()
            self.assertEqual(len(self._new_mails), 1)
        self.assertEqual((move.billing_delivery_state, answer["params"]["type"]), ("sent", "success"))

    @mute_logger(DELIVERY_LOG)
    def test_invoice_whose_document_cannot_be_made_is_marked_and_the_others_are_sent(self):
        bad, good = (
            self.make_invoice(self.make_account("Bad Luck")),
            self.make_invoice(self.make_account("Ada Lovelace")),
        )
        documents, reason = type(self.env["billing.document.drawing"]), "The paper is torn."
        draw = documents._get_invoice_document

        def fail(model, move, *args):
            if move.id == bad.id:
                raise UserError(reason)
            return draw(model, move, *args)

        with patch.object(documents, "_get_invoice_document", fail):
            mails = self.deliver()
        self.assertEqual([mail["email_to"] for mail in mails], [[good.partner_id.email_formatted]])
        self.assertEqual((bad.billing_delivery_state, bad.billing_delivery_error), ("failed", reason))
        self.assertFalse(self.env["mail.mail"].search([("model", "=", "account.move"), ("res_id", "=", bad.id)]))

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_refused_mail_is_shown_and_queued_again_instead_of_doubled(self):
        move = self.make_invoice(self.make_account())
        with self.worker() as env, self.refusing_mail_server():
            env["account.move"]._cron_deliver_billing()
            env["mail.mail"].process_email_queue()
        self.assertEqual(move.billing_delivery_state, "failed")
        self.assertIn("Connection refused", move.billing_delivery_error)
        mail = self.env["mail.mail"].search([("model", "=", "account.move"), ("res_id", "=", move.id)])
        self.assertEqual((len(mail), mail.state), (1, "exception"))
        move.billing_delivery_retry_date = fields.Datetime.now()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(move.billing_delivery_state, "sent")
        self.assertEqual(len(move.message_ids.filtered(lambda message: message.message_type == "comment")), 1)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_refused_mail_that_somebody_sent_again_is_not_sent_a_second_time(self):
        move = self.make_invoice(self.make_account())
        with self.worker() as env, self.refusing_mail_server():
            env["account.move"]._cron_deliver_billing()
            env["mail.mail"].process_email_queue()
        self.env["mail.mail"].search([("res_id", "=", move.id), ("model", "=", "account.move")]).mark_outgoing()
        with self.mock_mail_gateway(mail_unlink_sent=True), self.worker() as env:
            env["mail.mail"].process_email_queue()
        move.billing_delivery_retry_date = fields.Datetime.now()
        self.assertEqual(self.deliver(), [])
        self.assertEqual(move.billing_delivery_state, "sent")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_an_invoice_that_was_changed_is_mailed_as_it_is_and_not_as_its_refused_mail_said(self):
        move = self.make_invoice(self.make_account(), price=100)
        with self.worker() as env, self.refusing_mail_server():
            env["account.move"]._cron_deliver_billing()
            env["mail.mail"].process_email_queue()
        self.assertEqual(move.billing_delivery_state, "failed")
        move.button_draft()
        move.invoice_line_ids.price_unit = 70
        move.action_post()
        [mail] = self.deliver()
        self.assertIn("83.30", mail["subject"])
        self.assertIn("83.30", self.read_pdf(self.get_pdf(mail)[0]))
        self.assertEqual(move.billing_delivery_state, "sent")

    def test_a_mail_that_waits_when_the_invoice_is_cancelled_is_not_sent(self):
        move = self.make_invoice(self.make_account())
        self.env["billing.invoice.delivery"].send_now(move)
        move.button_cancel()
        self.assertEqual(self.deliver(), [])
        self.assertEqual(move.billing_delivery_state, "cancelled")

    def test_a_receipt_that_waits_when_the_payment_is_cancelled_is_not_sent(self):
        for act in ("action_cancel", "action_draft"):
            move = self.make_invoice(self.make_account())
            wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
            payment = wizard.create({"payment_date": "2026-11-10"})._create_payments()
            payment.billing_delivery_state = "pending"
            self.env["billing.receipt.delivery"].send_now(payment)
            self.assertEqual(payment.billing_delivery_state, "sent")
            getattr(payment, act)()
            self.assertEqual(self.send_receipts(), [])
            self.assertIn(payment.billing_delivery_state, ("cancelled", "pending"))

    # -- beside Odoo's own queue of invoices --------------------------------------------------------------------------

    def activate_odoos_queue(self):
        self.env.ref("account.ir_cron_account_move_send").active = True

    def let_odoo_send(self):
        """Let Odoo's queue of invoices work, then its mail queue; return the mails that went out."""
        return self._work("account.move", "_cron_account_move_send")

    def tell_an_authority(self, error=None):
        """Let an addon tell an authority of each invoice that is sent."""
        self.activate_odoos_queue()
        owner = type(self.env["account.move.send"])
        told = []

        def tell(sender, invoices_data):
            for move, data in invoices_data.items():
                told.append(move.id)
                if error:
                    data["error"] = {"error_title": error, "errors": []}

        edis = {"acme": {"label": "Acme", "is_applicable": lambda _move: True}}
        self.patch(owner, "_get_all_extra_edis", lambda _sender: edis)
        self.patch(owner, "_call_web_service_after_invoice_pdf_render", tell)
        return told

    def test_invoices_that_odoos_wizard_for_several_has_queued_are_left_to_it(self):
        self.activate_odoos_queue()
        moves = self.make_invoice(self.make_account("Ada")) | self.make_invoice(self.make_account("Blaise"))
        wizard = self.env["account.move.send.batch.wizard"].with_context(
            active_model="account.move", active_ids=moves.ids
        )
        wizard.create({}).action_send_and_print()
        self.assertEqual(self.deliver(), [])
        self.env["billing.invoice.delivery"].send_now(moves)
        self.assertEqual(set(moves.mapped("billing_delivery_state")), {"pending"})
        self.assertEqual(len(self.let_odoo_send()), 2)
        self.assertEqual(set(moves.mapped("billing_delivery_state")), {"sent"})
        self.assertEqual(self.deliver(), [])

    def test_invoices_of_which_an_authority_is_told_are_sent_by_odoos_queue(self):
        told = self.tell_an_authority()
        moves = self.make_invoice(self.make_account("Ada")) | self.make_invoice(self.make_account("Blaise"))
        moves[0].commercial_partner_id.invoice_sending_method = "manual"
        self.assertEqual(self.deliver(), [])
        self.assertEqual(told, [])
        self.assertEqual(len(self.let_odoo_send()), 2)
        self.assertEqual(sorted(told), moves.ids)
        self.assertEqual(set(moves.mapped("billing_delivery_state")), {"sent"})
        self.assertEqual(self.deliver() + self.let_odoo_send(), [])

    def test_where_odoos_queue_is_switched_off_the_invoice_says_so(self):
        self.tell_an_authority()
        self.env.ref("account.ir_cron_account_move_send").active = False
        move = self.make_invoice(self.make_account("Ada"))
        self.assertEqual(self.deliver(), [])
        self.assertEqual(move.billing_delivery_state, "failed")
        self.assertIn("scheduled action of Odoo that is not active", move.billing_delivery_error)

    def test_what_an_authority_refuses_is_seen_on_the_invoice_and_tried_again(self):
        told = self.tell_an_authority("VAT number unknown")
        move = self.make_invoice(self.make_account("Ada"))
        self.assertEqual(self.deliver() + self.let_odoo_send(), [])
        self.assertEqual(move.billing_delivery_state, "failed")
        self.assertIn("VAT number unknown", move.billing_delivery_error)
        self.assertTrue(move.billing_delivery_retry_date)
        self.assertEqual(self.deliver() + self.let_odoo_send(), [])
        self.assertEqual(len(told), 1)
        move.billing_delivery_retry_date = fields.Datetime.now()
        self.deliver()
        self.let_odoo_send()
        self.assertEqual(len(told), 2)

    # -- letters and the portal ---------------------------------------------------------------------------------------

    def test_printing_letters_gives_one_pdf_and_empties_the_list(self):
        moves = self.env["account.move"].union(
            *(self.make_invoice(self.make_account(name), delivery="letter") for name in ("Ada Lovelace", "Alan Turing"))
        )
        with self.mock_mail_gateway():
            action = moves.with_user(self.clerk).with_context(force_report_rendering=True).action_print_letters()
            self.assertFalse(self._new_mails)
        content = self.env["ir.attachment"].browse(int(action["url"].split("/")[3].split("?")[0])).raw
        text = self.read_pdf(content)
        self.assertIn("Ada Lovelace", text)
        self.assertIn("Alan Turing", text)
        self.assertEqual(set(moves.mapped("billing_delivery_state")), {"sent"})

    def test_of_very_many_letters_those_left_stay_in_the_list_and_come_next(self):
        moves = self.env["account.move"].union(
            *(self.make_invoice(self.make_account(name), delivery="letter") for name in ("Ada Lovelace", "Alan Turing"))
        )
        self.patch(queue, "PRINTING_SECONDS", 0)
        self.patch(queue, "PRINTED_AT_ONCE", 1)
        for name, states in (("Ada Lovelace", ["sent", "letter"]), ("Alan Turing", ["sent", "sent"])):
            notice = moves.with_context(force_report_rendering=True).action_print_letters()["params"]
            self.assertIn("1 letters are in this file, 1 are left", notice["message"])
            attachment_id = int(notice["next"]["url"].split("/")[3].split("?")[0])
            self.assertIn(name, self.read_pdf(self.env["ir.attachment"].browse(attachment_id).raw))
            self.assertEqual(moves.mapped("billing_delivery_state"), states)

    def test_more_than_a_batch_is_sent_in_the_background(self):
        moves = self.make_invoice(self.make_account("Ada")) | self.make_invoice(self.make_account("Blaise"))
        service = self.env["billing.invoice.delivery"]
        service.mark_failed(moves[1], "No address.", again=False)
        self.patch(type(service), "_batch_size", 1)
        wake = self.startPatcher(patch.object(type(service), "wake"))
        notice = moves.with_user(self.clerk).action_send_billing_now()["params"]
        self.assertIn("Being sent in the background: 2.", notice["message"])
        wake.assert_called_once()
        self.assertEqual(moves.mapped("billing_delivery_state"), ["pending", "failed"])
        self.assertEqual(len(self.deliver()), 2)
        self.assertEqual(set(moves.mapped("billing_delivery_state")), {"sent"})

    def test_letter_that_cannot_be_printed_stays_in_the_list(self):
        move = self.make_invoice(self.make_account(), delivery="letter")
        torn = patch.object(type(self.env["billing.document"]), "draw", side_effect=UserError("No ink."))
        with torn, self.assertRaisesRegex(UserError, "No ink"), self.env.cr.savepoint():
            move.with_context(force_report_rendering=True).action_print_letters()
        self.assertEqual(move.billing_delivery_state, "letter")

    def test_posted_invoice_is_never_called_pro_forma(self):
        move = self.make_invoice(self.make_account(), delivery="none").with_context(force_report_rendering=True)
        [document] = move._get_invoice_legal_documents_all(allow_fallback=True)
        self.assertNotIn("forma", document["filename"] + self.read_pdf(document["content"]))
        html, _kind = (
            self.env["ir.actions.report"]
            .with_context(proforma_invoice=True)
            ._render_qweb_html("account.account_invoices", move.ids)
        )
        self.assertNotIn("Proforma", html.decode())
