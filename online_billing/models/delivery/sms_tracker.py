from odoo import models


class SmsTracker(models.Model):
    _inherit = "sms.tracker"

    def _update_sms_notifications(self, *args, **kwargs):
        """List reminders whose text message failed: Odoo's queue and the delivery reports both come by here."""
        res = super()._update_sms_notifications(*args, **kwargs)
        self.env["billing.message.delivery"].note_text_failures(self.mail_notification_id)
        return res
