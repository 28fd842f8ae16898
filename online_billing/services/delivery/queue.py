"""Send what waits: the work loop over documents and messages, each sent once, with what failed kept on it."""

import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every
from odoo.tools.pdf import merge_pdf

from ...models.delivery.mail_mail import UNDELIVERED
from ..shared import garbage
from ..shared.work_loop import Pass, Queue

RETRY_DELAYS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))  # then it waits for somebody
ERROR_LENGTH = 500
# of one press of "Print Letters": Odoo ends a request that takes longer than a minute, and nothing is printed then
PRINTING_SECONDS = 20
PRINTED_AT_ONCE = 20
# Odoo's own mail queue, and a second lane of it
MAIL_QUEUES = ("mail.ir_cron_mail_scheduler_action", "online_billing.cron_hand_over_mails_2")
SERVICES = ("billing.invoice.delivery", "billing.receipt.delivery", "billing.message.delivery")


class BillingDeliveryQueue(models.AbstractModel):
    """A document's mail and its mark as sent are one transaction; Odoo's mail queue hands it over after the commit.

    A kill before the commit leaves neither, a kill after it leaves both: nothing is lost, nothing is mailed twice.
    A service that delivers something says what, by which scheduled action, and how (`_send`).
    """

    _name = "billing.delivery.queue"
    _inherit = "billing.work.loop"
    _description = "Send What Waits"

    _batch_size = 100
    _delivers = None  # name of the model
    _crons = ()  # XML ids of the scheduled actions: lanes that share what waits
    _states = ()  # those of the document itself in which it may be sent; none: always
    _ended_states = ()  # those in which it is not sent any more, and taken out

    # -- what differs -------------------------------------------------------------------------------------------------

    def _send(self, records):
        """Send records that have an address and mark them; raise if one of them cannot be sent."""
        raise NotImplementedError

    def _get_sendable(self, records):
        """Return those of some records that a person may send now."""
        return records

    def _get_obstacle(self, record):
        """Return why a record cannot be sent as things are, or nothing."""
        if not record._get_billing_recipients():
            return self._get_missing_address_reason(record)
        return None

    def _get_recipients(self, record):
        """Return who gets the mail of a record."""
        return record._get_billing_recipients()

    def _get_missing_sender_reason(self, record):
        """Return why nothing can be sent for a company at all, or nothing; what waits for that uses up no attempt."""
        if record._get_billing_sender():
            return None
        return self.env._(
            "%(company)s has no e-mail address of its own, so nothing can be sent for it. Enter one in Settings,"
            " Companies; what waits is sent within the hour.",
            company=record.company_id.display_name,
        )

    def _withdraw(self, records):
        """Take out what need not be sent any more, and say so on it.

        :return: the records that were taken out
        """
        ended = records.filtered(lambda record: self._ended_states and record.state in self._ended_states)
        self._take_out(ended, self.env._("Not sent: the document was cancelled."))
        return ended

    def _take_out(self, records, reason):
        # sudo: the mark belongs to the sending, whoever may do that
        records.sudo().with_context(skip_invoice_sync=True).write(
            {
                "billing_delivery_state": "cancelled",
                "billing_delivery_error": reason,
                "billing_delivery_retry_date": False,
            }
        )

    def _get_missing_address_reason(self, record):
        return self.env._(
            "%(customer)s has no e-mail address. Enter one, or add a recipient on the account, and send again.",
            customer=record.partner_id.display_name,
        )

    # -- entry points -------------------------------------------------------------------------------------------------

    @api.private
    def wake(self):
        """Wake the scheduled actions that send."""
        self._wake_crons(self._crons)

    @api.private
    def wake_crons(self, xmlids):
        """Wake scheduled actions by their XML ids; those that are not there or not active stay as they are."""
        self._wake_crons(xmlids)

    @api.private
    def work(self):
        """Send what waits, batch by batch, until the cron's time is up."""
        self.work_through(Pass())

    @api.private
    def send_now(self, records):
        """Send records in the caller's transaction, but what the scheduled action holds: that is being sent anyway.

        :return: (records sent, records that failed)
        """
        locked = self._get_sendable(records).try_lock_for_update(allow_referencing=True)
        if locked:
            self.with_env(locked.env)._work_on(Pass(commit=False), dict.fromkeys(locked.ids))
        return locked.filtered(lambda record: record.billing_delivery_state == "sent"), locked.filtered(
            lambda record: record.billing_delivery_state == "failed"
        )

    @api.private
    def send_and_notify(self, records):
        """Send records and return what a button shows then; more than one batch is left to the scheduled actions."""
        if len(sendable := self._get_sendable(records)) > self._batch_size:
            self._send_soon(sendable)
            message = self.env._(
                "Being sent in the background: %(count)s. What cannot be sent is listed as failed, with the reason.",
                count=len(sendable),
            )
            return self._get_notice("success", message)
        sent, failed = self.send_now(records)
        if failed:
            message = self.env._(
                "%(sent)s sent, %(failed)s failed: %(reason)s",
                sent=len(sent),
                failed=len(failed),
                reason=failed[0].billing_delivery_error,
            )
        elif sent:
            message = self.env._("%(sent)s sent.", sent=len(sent))
        elif any(record.billing_delivery_state == "pending" for record in records):
            message = self.env._("Being sent in the background.")
        else:
            message = self.env._("There was nothing to send.")
        return self._get_notice("warning" if failed else "success", message)

    def _get_notice(self, kind, message, follow_up=None):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "sticky": kind == "warning",
                "next": follow_up or {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.private
    def mail_again(self, record):
        """Mail a document once more to those who get it; how it was delivered at first stays as it is.

        :raise UserError: it cannot be mailed
        """
        locked = record.try_lock_for_update(allow_referencing=True)
        if not locked or not self._may_be_mailed_again(record):
            raise UserError(self.env._("%(document)s is being sent just now.", document=record.display_name))
        if reason := self._get_missing_sender_reason(record) or self._get_obstacle(record):
            raise UserError(reason)
        self._mail(record)
        record.sudo().billing_delivery_date = fields.Datetime.now()  # sudo: the mark belongs to the sending
        self._wake_crons(MAIL_QUEUES)

    def _may_be_mailed_again(self, record):
        """Tell whether a document may be mailed that nobody is working on."""
        raise NotImplementedError

    def _mail(self, records):
        """Mail documents, whatever their state of delivery is."""
        raise NotImplementedError

    def _send_soon(self, records):
        """Let the scheduled actions send records next, but what they hold: that is being sent anyway.

        What failed stays failed until then: by that it is known which of its mails have arrived.
        """
        # sudo: as for what was sent
        locked = records.try_lock_for_update(allow_referencing=True).sudo().with_context(skip_invoice_sync=True)
        failed = locked.filtered(lambda record: record.billing_delivery_state == "failed")
        failed.billing_delivery_retry_date = fields.Datetime.now()
        (locked - failed).write({"billing_delivery_state": "pending", "billing_delivery_attempt_count": 0})
        self.wake()

    @api.private
    def mark_sent(self, records):
        """Mark records as sent; what was said about a failure before is gone."""
        # sudo: the mark belongs to the sending, whoever may do that
        records.sudo().with_context(skip_invoice_sync=True).write(
            {
                "billing_delivery_state": "sent",
                "billing_delivery_error": False,
                "billing_delivery_date": fields.Datetime.now(),
                "billing_delivery_retry_date": False,
            }
        )

    @api.private
    def call_back(self, records):
        """Take back mails that wait or failed of documents that are being changed: these are sent as they are then."""
        records = records.sudo()  # sudo: the mark and the mail queue belong to the sending, whoever changes a document
        messages = records.billing_delivery_message_id
        mails = messages.env["mail.mail"].search(
            [("mail_message_id", "in", messages.ids), ("state", "in", UNDELIVERED)]
        )
        again = records.filtered(
            lambda record: (
                record.billing_delivery_message_id
                and (
                    record.billing_delivery_state == "failed"
                    or record.billing_delivery_message_id in mails.mail_message_id
                )
            )
        )
        mails.cancel()
        again.with_context(skip_invoice_sync=True).write(
            {
                "billing_delivery_state": "pending",
                "billing_delivery_error": False,
                "billing_delivery_attempt_count": 0,
                "billing_delivery_retry_date": False,
                "billing_delivery_message_id": False,
            }
        )

    @api.private
    def note_mail_failure(self, mail, reason, again=True):
        """Mark what was sent by a mail that the mail server did not take.

        :param again: whether trying again may help
        """
        _ = self.env._
        text = _("The mail could not be handed over: %(reason)s", reason=reason or _("unknown reason"))
        self._note_undelivered(mail.mail_message_id, text, again)

    @api.private
    def note_returned_mail(self, message, address):
        """Mark what was sent by a mail that the mail server took and that came back later.

        Nothing but another address helps, so it waits for somebody.
        """
        text = self.env._(
            "The mail to %(address)s came back: it could not be delivered there. Correct the address and send again.",
            address=address,
        )
        self._note_undelivered(message, text, again=False)

    def _note_undelivered(self, message, reason, again):
        for name in SERVICES:
            service = self.env[name]
            # sudo: mail queue and incoming mail work for everybody
            sent = (
                self.env[service._delivers]
                .sudo()
                .search([("billing_delivery_message_id", "=", message.id), ("billing_delivery_state", "=", "sent")])
            )
            for record in sent:
                service.mark_failed(record, reason, again=again)

    @api.private
    def mark_failed(self, record, reason, again=True):
        """Note why a document was not sent, and when to try again; after the last attempt it waits for somebody.

        :param again: whether trying again may help
        """
        attempts = record.billing_delivery_attempt_count + 1
        delay = RETRY_DELAYS[attempts - 1] if again and attempts <= len(RETRY_DELAYS) else None
        # sudo: as for what was sent
        record.sudo().with_context(skip_invoice_sync=True).write(
            {
                "billing_delivery_state": "failed",
                "billing_delivery_error": reason[:ERROR_LENGTH],
                "billing_delivery_attempt_count": attempts,
                "billing_delivery_retry_date": fields.Datetime.now() + delay if delay else False,
            }
        )

    # -- the loop -----------------------------------------------------------------------------------------------------

    def _get_queue(self, work):
        """Return what is to be sent now: new, or failed and due for another attempt."""
        condition = SQL(
            "unit.billing_delivery_state IN ('pending', 'failed') AND (%(has_ended)s OR %(is_ready)s"
            " AND (unit.billing_delivery_state = 'pending' OR unit.billing_delivery_retry_date <= %(now)s))",
            has_ended=SQL("unit.state IN %s", self._ended_states) if self._ended_states else SQL("FALSE"),
            is_ready=SQL("unit.state IN %s", self._states) if self._states else SQL("TRUE"),
            now=fields.Datetime.now(),
        )
        return Queue(self.env[self._delivers]._table, "unit", condition)

    def _handle(self, work, units):
        records = self.env[self._delivers].browse(units)
        unsent = records.browse()
        for record in records - self._withdraw(records):
            if reason := self._get_missing_sender_reason(record):
                self._postpone(record, reason)
            elif self._is_settled(record):
                self.mark_sent(record)
            elif reason := self._get_obstacle(record):
                self.mark_failed(record, reason)
            else:
                unsent |= record
        if unsent:
            with garbage.kept():
                self._send(unsent)
            self._wake_crons(MAIL_QUEUES)

    def _postpone(self, record, reason):
        """Let a record wait for what has nothing to do with itself."""
        # sudo: as for what was sent
        record.sudo().with_context(skip_invoice_sync=True).write(
            {
                "billing_delivery_state": "failed",
                "billing_delivery_error": reason[:ERROR_LENGTH],
                "billing_delivery_retry_date": fields.Datetime.now() + RETRY_DELAYS[0],
            }
        )

    def _note_failure(self, work, unit_id, value, error):
        self.mark_failed(self.env[self._delivers].browse(unit_id), self.get_reason(error))

    def _is_settled(self, record):
        """Tell whether the mails of an earlier attempt will do or have done; those not handed over are queued again.

        They would go out beside new ones as soon as somebody presses “Retry” on them. Whoever got one gets no other.
        """
        message = record.billing_delivery_message_id.sudo()  # sudo: the mail queue is for administrators
        if not message or record.billing_delivery_state != "failed":
            return False
        mails = message.env["mail.mail"].search([("mail_message_id", "=", message.id), ("state", "in", UNDELIVERED)])
        reached = message.notification_ids.filtered(lambda one: one.notification_status == "sent").res_partner_id
        missing = self._get_recipients(record) - reached
        new = missing - mails.recipient_ids
        if new and not reached:
            mails.cancel()
            return False
        broken = mails.filtered(lambda mail: mail.state == "exception")
        for mail in broken:
            mail.recipient_ids &= missing
        again = broken.filtered("recipient_ids")
        again.mark_outgoing()
        (broken - again).cancel()
        if new:
            self._notify(message, new)
        self._wake_crons(MAIL_QUEUES)
        return bool(mails - (broken - again) or reached)

    def _notify(self, message, partners):
        """Mail a message to some, instead of what has failed to reach them."""
        message.notification_ids.filtered(lambda one: one.res_partner_id in partners).unlink()
        document = self.env[message.model].browse(message.res_id)
        document.with_context(billing_delivery=True, mail_notify_force_send=False)._notify_thread(
            message, msg_vals={"partner_ids": partners.ids}
        )

    # -- small helps --------------------------------------------------------------------------------------------------

    def _wake_crons(self, xmlids):
        find = self.env["ir.model.data"]._xmlid_to_res_id
        ids = [found for xmlid in xmlids if (found := find(xmlid, raise_if_not_found=False))]
        # sudo: whoever bills or registers a payment wakes the worker
        crons = self.env["ir.cron"].sudo()
        for cron in crons.search_fetch([("id", "in", ids), ("active", "=", True)], ["active"]):
            cron._trigger()

    def _print(self, records, title):
        """Mark letters as delivered and return the action that downloads their PDFs as one.

        The PDF is made before the marks are committed, so that a letter that cannot be printed stays in the list. Of
        very many, only those are printed for which the time of a request is enough; those that wait come first.
        """
        if not records:
            raise UserError(self.env._("There is no letter to print among these. Choose posted invoices or letters."))
        chosen = records.sorted(lambda record: record.billing_delivery_state != "letter")
        pieces, end = [], time.monotonic() + PRINTING_SECONDS
        for ids in split_every(PRINTED_AT_ONCE, chosen.ids):
            if pieces and time.monotonic() >= end:
                break
            pieces += self._get_letters(chosen.browse(ids))
        records = chosen[: len(pieces)]
        self.mark_sent(records.filtered(lambda record: record.billing_delivery_state == "letter"))
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{title} {fields.Date.context_today(self).isoformat()}.pdf",
                "raw": merge_pdf(pieces) if len(pieces) > 1 else pieces[0],
                "mimetype": "application/pdf",
            }
        )
        download = {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "download",
        }
        if not (left := len(chosen) - len(pieces)):
            return download
        message = self.env._(
            "%(count)s letters are in this file, %(left)s are left: all at once would take too long. Choose those that"
            " are left, and press “Print Letters” again.",
            count=len(pieces),
            left=left,
        )
        return self._get_notice("warning", message, download)

    def _get_letters(self, records):
        """Return the PDF of each of some letters, in their order."""
        raise NotImplementedError
