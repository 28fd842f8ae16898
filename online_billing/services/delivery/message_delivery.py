"""Send the messages of the collection: e-mail by the mail queue, text messages, letters as one PDF."""

import secrets
from types import SimpleNamespace

from markupsafe import escape
from odoo import api, models
from odoo.fields import Command
from odoo.tools import formataddr

from ...models.delivery.addressed import on_one_line


class BillingMessageDelivery(models.AbstractModel):
    _name = "billing.message.delivery"
    _inherit = "billing.delivery.queue"
    _description = "Deliver Reminders and Notices"

    _batch_size = 200
    _delivers = "billing.collection.message"
    _crons = ("online_billing.cron_send_messages",)
    _asking = ("coming_due", "due", "overdue")  # kinds of messages that ask for the open amount of invoices

    def _get_sendable(self, records):
        return records._get_undelivered().sudo()  # sudo: clerks may send what the billing has made

    def _send(self, records):
        for account in records.account_id:
            self._follow(account)
        texts = records.filtered(lambda message: message.channel == "sms")
        for message in texts:
            message.billing_delivery_message_id = self.env["billing.sms.delivery"].post(
                message.with_company(message.company_id)
            )
        for (company, lang), messages in (records - texts).grouped(lambda one: (one.company_id, one.lang)).items():
            self._queue_mails(messages.with_company(company), lang or self.env.lang)
        self.mark_sent(records)

    def _withdraw(self, records):
        """Ask once more, just before they leave, whether anything is open of what reminders ask for."""
        asking = records.filtered(lambda message: message.kind in self._asking and message.move_ids)
        if not asking:
            return asking
        open_items, owed = self.env["billing.open.items"], set()
        # sudo: what an account owes is asked for the billing, whoever sends
        for account_id, items in open_items.sudo().get_items(asking.account_id.ids).items():
            owed |= {(account_id, item.move_id) for item, _amount in open_items.net(items)}
        paid = asking.filtered(
            lambda message: not any((message.account_id.id, move_id) in owed for move_id in message.move_ids.ids)
        )
        reason = self.env._("Not sent: what it asks for has been paid meanwhile.")
        self._take_out(paid, reason)
        for message in paid:
            note = f"{message.subject or message.display_name}: {reason}"
            message.account_id.sudo().message_post(body=note)
        return paid

    def _get_missing_sender_reason(self, record):
        return super()._get_missing_sender_reason(record) if record.channel == "email" else None

    def _is_settled(self, record):
        if record.channel == "sms":
            return self.env["billing.sms.delivery"].queue_again(record)
        return super()._is_settled(record)

    def _get_missing_address_reason(self, record):
        if record.channel == "sms":
            return self.env["billing.sms.delivery"].get_missing_number_reason(record.partner_id)
        return super()._get_missing_address_reason(record)

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
                    "reply_to": formataddr((on_one_line(company.name), fetched)) if fetched else email_from,
                    "subject": on_one_line(message.subject),
                    "body": message.body,
                    "partner_ids": [Command.set(message._get_billing_recipients().ids)],
                    "email_layout_xmlid": "online_billing.mail_layout",
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
                        "billing_is_own": True,
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
            message.billing_delivery_message_id = own

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
    def note_text_failures(self, notifications):
        """List the messages whose text message Odoo's queue or a delivery report calls failed, with the reason."""
        failures = self.env["billing.sms.delivery"].get_failures(notifications)
        messages = self.env["billing.collection.message"].sudo()  # sudo: the queue of SMS works for everybody
        for message in messages.search(
            [
                ("billing_delivery_message_id", "in", [posted.id for posted in failures]),
                ("channel", "=", "sms"),
                ("billing_delivery_state", "=", "sent"),
            ]
        ):
            reason, again = failures[message.billing_delivery_message_id]
            self.mark_failed(message, reason, again=again)

    @api.private
    def print_letters(self, messages):
        """Return the download of letters in one PDF, and mark them as delivered."""
        messages = messages.filtered(
            lambda message: message.channel == "letter" and message.billing_delivery_state != "cancelled"
        ).sorted("id")
        messages -= self._withdraw(messages.filtered(lambda message: message.billing_delivery_state == "letter"))
        return self._print(messages, self.env._("Reminders"))

    def _get_letters(self, records):
        return [self.env["billing.document"].print_letter(message) for message in records]
