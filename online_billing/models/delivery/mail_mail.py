from odoo import models
from psycopg2.errors import SerializationFailure


def _join_lines(text):
    return " ".join(text.splitlines()) if len(text.splitlines()) > 1 else text


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, *args, **kwargs):
        """Write addresses, subject and headers in one line each.

        Names of customers are imported with line breaks, and no header may hold one.
        """
        emails = super()._prepare_outgoing_list(*args, **kwargs)
        for email in emails:
            email["email_to"] = [_join_lines(address) for address in email["email_to"]]
            email["headers"] = {
                name: _join_lines(value) if isinstance(value, str) else value
                for name, value in (email.get("headers") or {}).items()
            }
            if email.get("subject"):
                email["subject"] = _join_lines(email["subject"])
        return emails

    def _send(self, auto_commit=False, *args, post_send_callback=None, **kwargs):
        """Let several workers share the queue: a mail that another one holds or has sent is left to it.

        Each mail is a transaction of its own as before, which begins with its lock: so its state is read anew.
        """
        if not auto_commit:
            return super()._send(auto_commit, *args, post_send_callback=post_send_callback, **kwargs)
        for mail in self:
            if taken := mail._take_for_sending():
                super(MailMail, taken)._send(auto_commit, *args, post_send_callback=post_send_callback, **kwargs)
        if post_send_callback:
            post_send_callback(self.ids)
        return True

    def _take_for_sending(self):
        self.env.cr.commit()  # pylint: disable=invalid-commit
        try:
            return self.try_lock_for_update()
        except SerializationFailure:  # another worker has just sent it
            self.env.cr.rollback()
            return self.browse()

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Show on invoices and receipts that their mail was not handed over, so that it is tried again and seen."""
        if failure_type:
            for mail in self.exists():
                self.env["billing.delivery.queue"].note_mail_failure(mail, failure_reason or mail.failure_reason)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
