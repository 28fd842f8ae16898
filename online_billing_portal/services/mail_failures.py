"""What follows where a mail is not handed over: of the last mail of an erasure somebody is told."""

from odoo import api, models


class BillingDeliveryQueue(models.AbstractModel):
    _inherit = "billing.delivery.queue"

    @api.private
    def note_mail_failure(self, mail, reason, again=True):
        """Note it on the erasure of which the mail tells, as well."""
        self.env["billing.erasure.undelivered"].note(mail, again)
        return super().note_mail_failure(mail, reason, again=again)
