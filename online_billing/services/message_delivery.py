"""Send the messages of the collection: e-mail by the mail queue, SMS by Odoo's SMS queue, letters as one PDF."""

from odoo import models
from odoo.exceptions import UserError


class BillingDelivery(models.AbstractModel):
    _inherit = "billing.delivery"

    def _trigger_messages(self):
        """Wake the delivery of reminders and notices."""
        self._trigger_cron("online_billing.cron_send_messages")

    def _work_messages(self):
        """Send waiting messages, batch by batch, until the cron's time is up."""
        self._work_through("billing.collection.message", self._send_waiting_messages)

    def _send_waiting_messages(self, messages):
        self._send_each(messages, self._send_message_batch)

    def _send_messages_now(self, messages):
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
        for message in messages:
            own = message.with_company(message.company_id)
            self._follow(own.account_id)
            own.delivery_message_id = self._post_sms(own) if own.channel == "sms" else self._post_mail(own)
        self._mark_sent(messages)

    def _follow(self, account):
        """Let whoever looks after the account see the answers."""
        collector = account._get_collector()
        if collector and collector.partner_id not in account.message_partner_ids:
            account.message_subscribe(collector.partner_id.ids)

    def _post_mail(self, message):
        """Post a message on its account, mailed to those it is addressed to and to nobody else.

        Answers go to the address from which Odoo fetches them where there is one: they then arrive on the account and
        reach whoever follows it. Without such an address they go to the sender, as those to an invoice do.
        """
        sender = message._get_billing_sender()
        author_id, email_from = message.account_id._message_compute_author(email_from=sender or None)
        fetched = message.company_id.alias_domain_id.catchall_email
        return message.account_id.with_context(
            billing_delivery=True, mail_notify_force_send=False, lang=message.lang or self.env.lang
        ).message_post(
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=author_id,
            email_from=email_from,
            reply_to=False if fetched else sender or False,
            subject=message.subject,
            body=message.body,
            partner_ids=message._get_billing_recipients().ids,
            email_layout_xmlid="online_billing.mail_layout",
            email_add_signature=False,
            mail_auto_delete=True,
        )

    def _post_sms(self, message):
        """Hand a text message to Odoo's own queue of SMS."""
        recipients = message._get_billing_recipients()
        return message.account_id.with_context(billing_delivery=True)._message_sms(
            message.sms_text or "",
            partner_ids=recipients.ids,
            sms_pid_to_number={
                partner.id: partner._phone_format(fname="phone") or partner.phone for partner in recipients
            },
            put_in_queue=True,
        )

    def _get_missing_address_reason(self, record):
        if record._name == "billing.collection.message" and record.channel == "sms":
            return self.env._(
                "%(customer)s has no telephone number. Enter one, and send again.",
                customer=record.partner_id.display_name,
            )
        return super()._get_missing_address_reason(record)

    def _print_reminder_letters(self, messages):
        """Return the download of letters in one PDF, and mark them as delivered."""
        messages = messages.filtered(
            lambda message: message.channel == "letter" and message.delivery_state != "cancelled"
        ).sorted("id")
        if not messages:
            raise UserError(
                self.env._("There is no letter to print among these messages. Choose messages of the channel letter.")
            )
        documents = self.env["billing.document"]
        pieces = [documents._draw_reminder(message) for message in messages]
        self._mark_sent(messages.filtered(lambda message: message.delivery_state == "letter"))
        return self._get_download(pieces, self.env._("Reminders"))
