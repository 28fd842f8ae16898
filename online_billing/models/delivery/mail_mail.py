import logging

from odoo import api, fields, models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

AT_ONCE = 1000  # mails of one pass, as many as Odoo's own queue takes
UNDELIVERED = ("outgoing", "exception")  # states of a mail that may still be sent


def _join_lines(text):
    return " ".join(text.splitlines()) if len(text.splitlines()) > 1 else text


class MailMail(models.Model):
    _inherit = "mail.mail"

    billing_is_own = fields.Boolean(
        string="Of the Billing",
        readonly=True,
        copy=False,
        help="Made by the delivery of the billing: several lanes hand such mails over to the mail server.",
    )

    _billing_outgoing_idx = models.Index("(id) WHERE billing_is_own AND state = 'outgoing'")

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
        """Let several workers share the mails of the billing; all others are sent as ever."""
        ours, others = self.browse(), self
        if auto_commit and not args and self._is_shared(**kwargs):
            others = self.exists()  # another lane may have sent and deleted some meanwhile
            ours = others.filtered("billing_is_own")
            others -= ours
        if others or not ours:
            super(MailMail, others)._send(auto_commit, *args, post_send_callback=post_send_callback, **kwargs)
        if ours:
            settings = {"smtp_session": None, "alias_domain_id": False, "mail_server": False, **kwargs}
            self.env["billing.mail.hand.over"].hand_over(ours, settings, post_send_callback)
        return True

    def _is_shared(self, mail_server=False, **_kwargs):
        """Tell whether mails are sent here at all, and by a mail server of the company, not of a person."""
        return not (mail_server and mail_server.owner_user_id) and not self.env["ir.mail_server"]._disable_send()

    def _send_as_odoo_does(self, settings):
        return super()._send(True, **settings)

    @api.model
    def _cron_hand_over_billing(self):
        """Hand over mails of the billing beside Odoo's own queue: that begins with the oldest, this with the newest.

        What goes by the mail server of a person is left to Odoo's queue, which counts how many that takes in a minute.
        """
        owners = self.env["ir.mail_server"].search([("owner_user_id", "!=", False)]).owner_user_id
        is_due = Domain("scheduled_date", "=", False) | Domain("scheduled_date", "<=", fields.Datetime.now())
        mails = self.search(
            Domain("billing_is_own", "=", True)
            & Domain("state", "=", "outgoing")
            & is_due
            & Domain("mail_message_id.create_uid", "not in", owners.ids),
            order="id desc",
            limit=AT_ONCE,
        )
        done = set()

        def note(ids):
            count = len(set(ids) - done)
            done.update(ids)
            self.env["ir.cron"]._commit_progress(count, remaining=len(mails) - len(done))

        try:
            mails.send(auto_commit=True, post_send_callback=note)
        except Exception:  # the mail server has hung up, as it may for Odoo's queue; what waits is sent later
            self.env.cr.rollback()
            _logger.exception("Mails of the billing could not be handed over")

    def cancel(self):
        self._note_called_off()
        return super().cancel()

    def unlink(self):
        self._note_called_off()
        return super().unlink()

    def _note_called_off(self):
        """Show on invoices and receipts that somebody has called off their mail before it was sent."""
        for mail in self.filtered(lambda mail: mail.billing_is_own and mail.state in UNDELIVERED):
            reason = self.env._("somebody has taken the mail out of the queue. Send it again, if it is to be sent.")
            self.env["billing.delivery.queue"].note_mail_failure(mail, reason, again=False)

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Show on invoices and receipts that their mail was not handed over, so that it is tried again and seen."""
        if failure_type:
            for mail in self.exists():
                self.env["billing.delivery.queue"].note_mail_failure(mail, failure_reason or mail.failure_reason)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
