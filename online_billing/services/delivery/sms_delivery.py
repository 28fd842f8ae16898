"""Text messages: handed to Odoo's own queue of SMS, listed as failed when that could not send them, each sent once."""

from odoo import api, fields, models

# what may pass by itself: the service was away, its credit used up or its account not set up yet
PASSING = ("sms_server", "sms_credit", "sms_acc", "sms_registration_needed")
FAILED = ("exception", "bounce", "canceled")


class BillingSmsDelivery(models.AbstractModel):
    _name = "billing.sms.delivery"
    _description = "Deliver Text Messages"

    @api.private
    def post(self, message):
        """Hand a text message to Odoo's own queue of SMS."""
        recipients = message._get_billing_recipients()
        return message.account_id.with_context(billing_delivery=True)._message_sms(
            message.sms_text or "",
            partner_ids=recipients.ids,
            sms_pid_to_number={partner.id: self._get_sms_number(partner) for partner in recipients},
            put_in_queue=True,
        )

    def _get_sms_number(self, partner):
        return partner._phone_format(fname="phone") or partner.phone

    @api.private
    def queue_again(self, record):
        """Queue the text message of an earlier attempt again for those who have not got it, and for nobody else.

        :return: whether there was an earlier attempt
        """
        if not record.billing_delivery_message_id or record.billing_delivery_state != "failed":
            return False
        # sudo: the queue of text messages is for administrators
        message = record.billing_delivery_message_id.sudo()
        for partner in record._get_billing_recipients():
            notifications = message.notification_ids.filtered(
                lambda one, partner=partner: one.notification_type == "sms" and one.res_partner_id == partner
            )
            self._queue_sms_again(message, partner, notifications, record.sms_text)
        return True

    def _queue_sms_again(self, message, partner, notification, text):
        """Queue a text message for one recipient, unless it is on its way or has arrived.

        What the service did not take keeps its identity, so that a service that did take it can tell. To a corrected
        number, or where a delivery report has ended the old one, a new one goes in its place.
        """
        texts = message.env["sms.sms"].search(
            [("mail_message_id", "=", message.id), ("partner_id", "=", partner.id), ("to_delete", "=", False)]
        )
        failed = texts.filtered(lambda sms: sms.state in ("error", "canceled"))
        if texts - failed or (notification and not any(one.notification_status in FAILED for one in notification)):
            return
        number = self._get_sms_number(partner)
        if same := failed.filtered(lambda sms: sms.number == number)[:1]:
            same.action_set_outgoing()
            self.env.ref("sms.ir_cron_sms_scheduler_action").sudo()._trigger()  # sudo: whoever sends wakes the worker
            return
        notification.sms_tracker_ids.unlink()  # a late report on the old one says nothing about the new one
        failed.unlink()
        sms = texts.create(
            {"body": text or "", "mail_message_id": message.id, "number": number, "partner_id": partner.id}
        )
        values = {
            "sms_id_int": sms.id,
            "sms_number": number,
            "notification_status": "ready",
            "failure_type": False,
            "failure_reason": False,
            "sms_tracker_ids": [fields.Command.create({"sms_uuid": sms.uuid})],
        }
        if notification:
            notification[:1].write(values)
        else:
            fixed = {"mail_message_id": message.id, "res_partner_id": partner.id, "notification_type": "sms"}
            notification.create({**fixed, "author_id": message.author_id.id, "is_read": True, **values})

    # -- failures -----------------------------------------------------------------------------------------------------

    @api.private
    def get_failures(self, notifications):
        """Return {mail message: (why its text message failed, whether to try again)} of those that failed."""
        failed = notifications.filtered(lambda one: one.notification_status in FAILED).grouped("mail_message_id")
        return {
            # else somebody has to correct something first
            message: (self._get_sms_reason(own[:1]), own[:1].failure_type in PASSING)
            for message, own in failed.items()
        }

    def _get_sms_reason(self, notification):
        """Return in plain words why a text message was not sent, and what to do."""
        _, customer, number = self.env._, notification.res_partner_id.display_name, notification.sms_number or ""
        if notification.notification_status == "canceled":
            return _("The text message was cancelled in the queue of text messages.")
        wrong_number = _(
            "The telephone number %(number)s of %(customer)s is not valid. Correct it, with the country code, and send"
            " again.",
            number=number,
            customer=customer,
        )
        undelivered = _(
            "The text message to %(number)s was not delivered: the telephone may be switched off. Send again, or call"
            " %(customer)s.",
            number=number,
            customer=customer,
        )
        reasons = {
            "sms_number_missing": self.get_missing_number_reason(notification.res_partner_id),
            "sms_number_format": wrong_number,
            "sms_invalid_destination": wrong_number,
            "sms_credit": _("The credit for text messages is used up. Buy credit in Settings, Send SMS."),
            "sms_acc": _("The service for text messages is not registered yet. Register it in Settings, Send SMS."),
            "sms_server": _("The service for text messages could not be reached."),
            "sms_country_not_supported": _(
                "The service for text messages does not send to the country of %(number)s. Write to %(customer)s by"
                " e-mail instead.",
                number=number,
                customer=customer,
            ),
            "sms_registration_needed": _(
                "The country of %(number)s asks for a registration of the sender first. See Settings, Send SMS.",
                number=number,
            ),
            "sms_not_delivered": undelivered,
            "sms_expired": undelivered,
            "sms_rejected": _("The text message to %(number)s was refused by the telephone network.", number=number),
            "sms_not_allowed": _("Text messages to %(number)s are not allowed.", number=number),
        }
        return reasons.get(notification.failure_type) or _(
            "The text message to %(number)s could not be sent: %(reason)s",
            number=number,
            reason=notification.failure_reason or _("unknown reason"),
        )

    @api.private
    def get_missing_number_reason(self, partner):
        """Return why somebody without a number gets no text message, and what to do."""
        return self.env._(
            "%(customer)s has no telephone number. Enter one, and send again.", customer=partner.display_name
        )
