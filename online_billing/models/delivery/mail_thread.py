from odoo import models
from odoo.tools import email_normalize

from .batch import get_batch
from .notes import get_notes


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _message_compute_author(self, author_id=None, email_from=None):
        """Look up once whose address a batch is sent from, where only one contact has it.

        Of several it depends on the document whom Odoo takes.
        """
        batch = get_batch(self)
        if not batch or author_id is not None or not email_from:
            return super()._message_compute_author(author_id=author_id, email_from=email_from)
        key = ("author", email_from, self.env.uid, self.env.company.id)
        if not batch.get(("author is one", email_from), lambda: self._is_address_of_one(email_from)):
            return super()._message_compute_author(author_id=author_id, email_from=email_from)
        return batch.get(key, lambda: super(MailThread, self)._message_compute_author(author_id, email_from))

    def _is_address_of_one(self, email_from):
        # sudo: how many there are says nothing of them
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        domain = [("email_normalized", "=", email_normalize(email_from, strict=False))]
        return partners.search_count(domain, limit=2) < 2

    def _message_log_batch(self, *args, **kwargs):
        notes = get_notes(self)
        if not notes:
            return super()._message_log_batch(*args, **kwargs)
        with notes.logging():
            return super()._message_log_batch(*args, **kwargs)

    def _message_create(self, values_list):
        """Keep notes that are written together with others; whoever logs them does not look at them."""
        notes = get_notes(self)
        if not notes or not notes.is_logging:
            return super()._message_create(values_list)
        notes.keep(self, values_list)
        return self.env["mail.message"]

    def _message_compute_real_author(self, author_id):
        batch = get_batch(self)
        if not batch:
            return super()._message_compute_real_author(author_id)
        return batch.get(
            ("real author", author_id, self.env.uid),
            lambda: super(MailThread, self)._message_compute_real_author(author_id),
        )

    def _routing_handle_bounce(self, email_message, message_dict):
        """Show on invoices, receipts and reminders that their mail came back after the mail server had taken it."""
        res = super()._routing_handle_bounce(email_message, message_dict)
        message, partners = message_dict["bounced_message"], message_dict["bounced_partner"]
        returned = message.notification_ids.filtered(
            lambda one: one.notification_status == "bounce" and one.res_partner_id in partners
        )
        if returned and _is_final(email_message):
            address = message_dict["bounced_email"] or returned[0].res_partner_id.email
            self.env["billing.delivery.queue"].note_returned_mail(message, address)
        return res

    def _notify_by_email_get_base_mail_values(self, message, recipients_data, additional_values=None):
        """Mark the mails of the billing, which several lanes hand over."""
        values = super()._notify_by_email_get_base_mail_values(
            message, recipients_data, additional_values=additional_values
        )
        if self.env.context.get("billing_delivery"):
            values["billing_is_own"] = True
        return values


def _is_final(report):
    """Tell whether a report on a mail says that it was given up: that it is late, or has arrived, says so too.

    What says nothing of that in the words of RFC 3464 has come back by itself.
    """
    parts = [part for part in report.walk() if part.get_content_type() == "message/delivery-status"]
    blocks = [block for part in parts for block in part.get_payload()]
    actions = [action.strip().lower() for block in blocks for action in block.get_all("Action", ())]
    return not actions or "failed" in actions
