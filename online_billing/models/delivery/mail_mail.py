from odoo import models


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

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Show on invoices and receipts that their mail was not handed over, so that it is tried again and seen."""
        if failure_type:
            for mail in self.exists():
                self.env["billing.delivery.queue"].note_mail_failure(mail, failure_reason or mail.failure_reason)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
