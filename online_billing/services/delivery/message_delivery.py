"""Send the messages of the collection: e-mail by the mail queue, letters as one PDF; SMS in `sms_delivery`."""

import secrets
from types import SimpleNamespace

from markupsafe import escape
from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import formataddr


class BillingDelivery(models.AbstractModel):
    _inherit = "billing.delivery"

    @api.private
    def trigger_messages(self):
        """Wake the delivery of reminders and notices."""
        self._trigger_cron("online_billing.cron_send_messages")

    @api.private
    def work_messages(self):
        """Send waiting messages, batch by batch, until the cron's time is up."""
        self._work_through("billing.collection.message", self._send_waiting_messages)

    def _send_waiting_messages(self, messages):
        self._send_each(messages, self._send_message_batch)

    @api.private
    def send_messages_now(self, messages):
        """Send some waiting or failed messages in the caller's transaction.

        :return: (messages sent, messages that failed)
        """
        waiting = messages.filtered(lambda message: message.delivery_state in ("pending", "failed"))
        # sudo: clerks may send what the billing has made; what the cron holds at this moment is being sent anyway
        locked = waiting.sudo().try_lock_for_update(allow_referencing=True)
        self._send_waiting_messages(locked)
        return locked.filtered(lambda message: message.delivery_state == "sent"), locked.filtered(
            lambda message: message.delivery_state == "failed"
        )

    def _send_message_batch(self, messages):
        accounts = messages.account_id
        for account in accounts:
            self._follow(account)
        for message in messages.filtered(lambda message: message.channel == "sms"):
            message.delivery_message_id = self._post_sms(message.with_company(message.company_id))
        for (company, lang), own in (
            messages.filtered(lambda message: message.channel != "sms")
            .grouped(lambda message: (message.company_id, message.lang))
            .items()
        ):
            self._queue_mails(own.with_company(company), lang or self.env.lang)
        self.mark_sent(messages)

    def _follow(self, account):
        """Let whoever looks after the account see the answers."""
        collector = account._get_collector()
        if collector and collector.partner_id not in account.message_partner_ids:
            account.message_subscribe(collector.partner_id.ids)

    def _queue_mails(self, messages, lang):
        """Post messages on their accounts and queue their mails, in few statements however many.

        What `message_post` would make, once for all: the message in the chatter, the mail in the look of the company,
        and who was notified. Answers go to the address from which Odoo fetches them where there is one: they then
        arrive on the account and reach whoever follows it. Without such an address they go to the sender, as those to
        an invoice do.

        :param messages: of one company and language
        """
        company = messages.company_id
        fetched = company.alias_domain_id.catchall_email
        senders = {sender: self._get_author(messages, sender) for sender in {m._get_billing_sender() for m in messages}}
        posted_vals = []
        for message in messages:
            author_id, email_from = senders[message._get_billing_sender()]
            posted_vals.append(
                {
                    "message_type": "comment",
                    "subtype_id": self.env.ref("mail.mt_comment").id,
                    "model": "billing.account",
                    "res_id": message.account_id.id,
                    "record_name": message.account_id.display_name,
                    "author_id": author_id,
                    "email_from": email_from,
                    "reply_to": formataddr((company.name, fetched)) if fetched else email_from,
                    "subject": " ".join((message.subject or "").split()),
                    "body": message.body,
                    "partner_ids": [Command.set(message._get_billing_recipients().ids)],
                }
            )
        # sudo: the chatter and the mail queue are written by whoever may send the message
        posted = self.env["mail.message"].sudo().create(posted_vals)
        before, between, after = self._get_mail_layout(company, lang)
        mails = (
            self.env["mail.mail"]
            .sudo()
            .create(
                [
                    {
                        "mail_message_id": own.id,
                        "subject": own.subject,
                        "body_html": f"{before}{escape(own.subject)}{between}{message.body or ''}{after}",
                        "recipient_ids": [Command.set(message._get_billing_recipients().ids)],
                        "auto_delete": True,
                        "is_notification": True,
                        "references": own.message_id,
                    }
                    for own, message in zip(posted, messages, strict=True)
                ]
            )
        )
        self.env["mail.notification"].sudo().create(
            [
                {
                    "author_id": own.author_id.id,
                    "mail_message_id": own.id,
                    "mail_mail_id": mail.id,
                    "res_partner_id": partner_id,
                    "notification_type": "email",
                    "notification_status": "ready",
                    "is_read": True,
                }
                for own, mail, message in zip(posted, mails, messages, strict=True)
                for partner_id in message._get_billing_recipients().ids
            ]
        )
        for own, message in zip(posted, messages, strict=True):
            message.delivery_message_id = own

    def _get_author(self, messages, sender):
        return messages.account_id[:1]._message_compute_author(email_from=sender or None)

    def _get_mail_layout(self, company, lang):
        """Return the page of a mail in three pieces: before the subject, between subject and text, after the text."""
        subject, body = secrets.token_hex(16), secrets.token_hex(16)
        page = self.env["ir.qweb"]._render(
            "online_billing.mail_layout",
            {
                "message": SimpleNamespace(subject=subject, body=body),
                "record_name": subject,
                "company": company,
                "lang": lang,
            },
            minimal_qcontext=True,
            lang=lang,
        )
        page = str(self.env["mail.render.mixin"]._replace_local_links(page))
        before, _mark, rest = page.partition(subject)
        between, _mark, after = rest.partition(body)
        return before, between, after

    @api.private
    def print_reminder_letters(self, messages):
        """Return the download of letters in one PDF, and mark them as delivered."""
        messages = messages.filtered(
            lambda message: message.channel == "letter" and message.delivery_state != "cancelled"
        ).sorted("id")
        if not messages:
            raise UserError(
                self.env._("There is no letter to print among these messages. Choose messages of the channel letter.")
            )
        documents = self.env["billing.document"]
        pieces = [documents.draw_reminder(message) for message in messages]
        self.mark_sent(messages.filtered(lambda message: message.delivery_state == "letter"))
        return self._get_download(pieces, self.env._("Reminders"))
