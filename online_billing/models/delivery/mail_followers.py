from odoo import models

from .batch import get_batch


class MailFollowers(models.Model):
    _inherit = "mail.followers"

    def _get_recipient_data(self, records, message_type, subtype_id, pids=None):
        """Answer for a document of a batch with what was asked for all of them.

        Mails of the billing go to those they are addressed to, so nothing is said of others who follow the document.
        """
        batch = get_batch(self)
        known = batch.recipients.get((message_type, subtype_id)) if batch else None
        if not known or len(records) != 1 or records._name != batch.model or records.id not in known:
            return super()._get_recipient_data(records, message_type, subtype_id, pids=pids)
        of_record = known[records.id]
        return {records.id: {pid: of_record[pid] for pid in pids or () if pid in of_record}}
