from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Show on invoices and receipts that their mail was not handed over, so that it is tried again and seen."""
        if failure_type:
            for mail in self.exists():
                self.env["billing.delivery.queue"].note_mail_failure(mail, failure_reason or mail.failure_reason)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
