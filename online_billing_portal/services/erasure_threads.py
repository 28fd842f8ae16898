"""What lies on records and was written about them: files, messages, notes; one way to erase them."""

from odoo import api, models
from odoo.fields import Domain

#: of a message: what was written, and where it came from and went to
WRITTEN = (
    "body",
    "subject",
    "email_from",
    "record_name",
    "incoming_email_to",
    "incoming_email_cc",
    "outgoing_email_to",
    "reply_to",
)
NUMBERS = ("sms_number", "mail_email_address")


class BillingErasureThreads(models.AbstractModel):
    """What a restricted audit trail of Odoo protects stays."""

    _name = "billing.erasure.threads"
    _description = "Erase Files and Messages"

    @api.private
    def find_files(self, records, with_fields=False):
        """Return the files that lie on records; a restricted audit trail protects those of invoices.

        :param with_fields: pictures and other fields of their own as well
        """
        where = Domain("res_model", "=", records._name) & Domain("res_id", "in", records.ids)
        # Odoo leaves files of fields out unless a search names them
        where &= Domain("id", "!=", False) if with_fields else Domain("res_field", "=", False)
        return records.env["ir.attachment"].search(where).filtered(self._may_go)

    def _may_go(self, file):
        """Tell whether Odoo lets a file be deleted: those of invoices stay in a restricted audit trail."""
        return file.res_model != "account.move" or not file.company_id.restrictive_audit_trail

    @api.private
    def erase_thread(self, records):
        """Erase what was written about records; what a restricted audit trail protects stays."""
        kinds = ("comment", "email", "email_outgoing", "user_notification")
        self._erase_messages(records, [("message_type", "in", kinds)])

    @api.private
    def erase_notes(self, records):
        """Erase what staff noted, and the old values of what was changed."""
        self.env.flush_all()
        note = self.env.ref("mail.mt_note").id
        self._erase_messages(records, ["|", ("subtype_id", "=", note), ("message_type", "=", "notification")])

    def _erase_messages(self, records, which):
        messages = records.env["mail.message"].search(
            [("model", "=", records._name), ("res_id", "in", records.ids), *which]
        )
        messages = messages.filtered(lambda message: not message.account_audit_log_restricted)
        messages.tracking_value_ids.unlink()
        places = (False, records._name, "mail.message")
        files = messages.attachment_ids.filtered(lambda file: file.res_model in places)
        files.filtered(self._may_go).unlink()
        messages.env["mail.mail"].search([("mail_message_id", "in", messages.ids)]).unlink()
        messages = messages.exists()  # a mail that was written by itself takes its message along
        messages.env["sms.sms"].search([("mail_message_id", "in", messages.ids)]).unlink()
        # one to an address without a contact says nothing else
        notifications = messages.notification_ids.filtered(lambda one: one.sms_number or one.mail_email_address)
        notifications.filtered(lambda one: not one.res_partner_id).unlink()
        notifications.exists().write(dict.fromkeys(NUMBERS, False))
        messages.filtered(lambda message: any(message[name] for name in WRITTEN)).write(dict.fromkeys(WRITTEN, False))
