"""Send what has been billed: after the run, resumable, each invoice once; receipts go through the same queue."""

import logging
from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.pdf import merge_pdf

from ..shared.work_loop import work_in_batches

_logger = logging.getLogger(__name__)

BATCH_SIZE = 20
RETRY_DELAYS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))  # then it waits for somebody
ERROR_LENGTH = 500


class Queue(NamedTuple):
    """Where a delivery is kept: `<prefix>_state`, `_error`, `_date`, `_attempt_count`, `_retry_date`, `_message_id`."""

    prefix: str
    table: str
    states: tuple[str, ...] = ()  # those of the document itself in which it may be sent; none: always
    batch_size: int = BATCH_SIZE


QUEUES = {
    "account.move": Queue("billing_delivery", "account_move", ("posted",)),
    "account.payment": Queue("billing_receipt", "account_payment", ("in_process", "paid")),
    "billing.collection.message": Queue("delivery", "billing_collection_message", batch_size=200),
}


class BillingDelivery(models.AbstractModel):
    """A document's mail and its mark as sent are one transaction; Odoo's mail queue hands it over after the commit.

    A kill before the commit leaves neither, a kill after it leaves both: nothing is lost, nothing is mailed twice.
    """

    _name = "billing.delivery"
    _description = "Deliver Invoices and Receipts"

    # -- invoices -----------------------------------------------------------------------------------------------------

    @api.private
    def trigger(self):
        """Wake the delivery of invoices."""
        self._trigger_cron("online_billing.cron_deliver_invoices")

    @api.private
    def work(self):
        """Send waiting invoices, batch by batch, until the cron's time is up."""
        self._work_through("account.move", self._send_invoices)

    @api.private
    def deliver(self, moves):
        """Send some waiting or failed invoices in the caller's transaction.

        :return: (moves sent, moves that failed)
        """
        waiting = moves.filtered(
            lambda move: move.state == "posted" and move.billing_delivery_state in ("pending", "failed")
        )
        locked = waiting.try_lock_for_update(
            allow_referencing=True
        )  # what the cron holds at this moment is being sent anyway
        self._send_invoices(locked)
        return locked.filtered(lambda move: move.billing_delivery_state == "sent"), locked.filtered(
            lambda move: move.billing_delivery_state == "failed"
        )

    def _send_invoices(self, moves):
        """Send invoices, each marked as sent or failed."""
        self._send_each(moves, self._send_invoice_batch)

    def _send_invoice_batch(self, moves):
        """Send invoices by Odoo's own way, with all formats set for the customers; raise if one fails."""
        sender, groups = self.env["account.move.send"], defaultdict(lambda: self.env["account.move"])
        for move in moves:
            # the account says "by e-mail"; the customer's setting may add networks, not replace the mail
            methods = (set(sender._get_default_sending_methods(move)) - {"manual", "snailmail"}) | {"email"}
            groups[(move.company_id, frozenset(methods))] |= move
        for (company, methods), own in groups.items():
            # sending changes no amount, so the journal items need not be looked at again with every mark on the invoice
            own = own.with_company(company).with_context(mail_notify_force_send=False, skip_invoice_sync=True)
            sender.with_company(company)._generate_and_send_invoices(own, sending_methods=sorted(methods))
        if unsent := moves.filtered(lambda move: move.billing_delivery_state != "sent"):
            raise UserError(
                self.env._(
                    "%(document)s was not sent. Open it and use “Send” to see why.", document=unsent[0].display_name
                )
            )

    @api.private
    def print_letters(self, moves):
        """Return the download of letters in one PDF, and mark them as delivered.

        The PDF is made before the marks are committed, so that a letter that cannot be printed stays in the list.
        """
        moves = moves.filtered(
            lambda move: move.state == "posted" and move.is_sale_document(include_receipts=True)
        ).sorted(lambda move: (move.invoice_date, move.name, move.id))
        if not moves:
            raise UserError(self.env._("There is no letter to print among these documents. Choose posted invoices."))
        pieces = []
        for company, own in moves.grouped("company_id").items():
            self.env["account.move.send"].with_company(company)._generate_and_send_invoices(
                own.with_company(company), sending_methods=["manual"]
            )
            pieces += [move.invoice_pdf_report_id.raw for move in own]
        self.mark_sent(moves.filtered(lambda move: move.billing_delivery_state == "letter"))
        return self._get_download(pieces, self.env._("Letters"))

    def _get_download(self, pieces, title):
        """Return the action that downloads PDFs as one."""
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{title} {fields.Date.context_today(self).isoformat()}.pdf",
                "raw": merge_pdf(pieces) if len(pieces) > 1 else pieces[0],
                "mimetype": "application/pdf",
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "download",
        }

    # -- the queue ----------------------------------------------------------------------------------------------------

    def _trigger_cron(self, xmlid):
        if cron := self.env.ref(xmlid, raise_if_not_found=False):
            cron.sudo()._trigger()  # sudo: whoever bills or registers a payment wakes the worker

    def _work_through(self, model, send):
        """Take batches of waiting records under row locks, send and commit, until none is left or time is up."""
        work_in_batches(self.env, lambda: self._take(model), send, lambda: self._count_waiting(model), name="delivery")

    def _get_waiting_condition(self, queue):
        """Return the SQL condition for what is to be sent now: new, or failed and due for another attempt."""
        state, retry = SQL.identifier(f"{queue.prefix}_state"), SQL.identifier(f"{queue.prefix}_retry_date")
        return SQL(
            "%s AND (%s = 'pending' OR (%s = 'failed' AND %s <= %s))",
            SQL("state IN %s", queue.states) if queue.states else SQL("TRUE"),
            state,
            state,
            retry,
            fields.Datetime.now(),
        )

    def _take(self, model):
        """Lock the next batch that no other worker holds."""
        queue = QUEUES[model]
        self.env.flush_all()
        query = SQL(
            "SELECT id FROM %s WHERE %s ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
            SQL.identifier(queue.table),
            self._get_waiting_condition(queue),
            queue.batch_size,
        )
        return self.env[model].browse([row[0] for row in self.env.execute_query(query)])

    def _count_waiting(self, model):
        queue = QUEUES[model]
        self.env.flush_all()
        return self.env.execute_query(
            SQL("SELECT count(*) FROM %s WHERE %s", SQL.identifier(queue.table), self._get_waiting_condition(queue))
        )[0][0]

    def _send_each(self, records, send):
        """Send records in one savepoint; where that fails, one by one, so that one bad address stops nobody else.

        :param send: takes a recordset, sends it and marks it; raises if one of them cannot be sent
        """
        unsent = records.browse()
        for record in records:
            if self._is_settled(record):
                self.mark_sent(record)
            elif not record._get_billing_recipients():
                self._mark_failed(record, self._get_missing_address_reason(record))
            else:
                unsent |= record
        if not unsent:
            return
        try:
            with self.env.cr.savepoint():
                send(unsent)
        except psycopg2.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 whatever one document brings up must not stop the others
            self.env.invalidate_all()
            if len(unsent) == 1:
                self._mark_failed(unsent, self._get_reason(unsent, error))
                return
            for record in unsent:
                self._send_each(record, send)
            return
        self._trigger_cron("mail.ir_cron_mail_scheduler_action")

    def _is_settled(self, record):
        """Tell whether the mail of an earlier attempt will do or has done; one not handed over is queued again.

        That mail would go out beside a new one as soon as somebody presses “Retry” on it.
        """
        message = record[f"{QUEUES[record._name].prefix}_message_id"]
        if not message or record[f"{QUEUES[record._name].prefix}_state"] != "failed":
            return False
        mails = (
            self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])
        )  # sudo: the mail queue is for administrators
        if any(mail.state == "outgoing" for mail in mails):
            return True
        if broken := mails.filtered(lambda mail: mail.state == "exception"):
            if broken.recipient_ids == record._get_billing_recipients():
                broken.mark_outgoing()
                self._trigger_cron("mail.ir_cron_mail_scheduler_action")
                return True
            broken.cancel()
            return False
        return any(notification.notification_status == "sent" for notification in message.sudo().notification_ids)

    # -- states -------------------------------------------------------------------------------------------------------

    @api.private
    def mark_sent(self, records):
        if records:
            prefix = QUEUES[records._name].prefix
            # sudo: the mark belongs to the sending, whoever may do that
            records.sudo().with_context(skip_invoice_sync=True).write(
                {
                    f"{prefix}_state": "sent",
                    f"{prefix}_error": False,
                    f"{prefix}_date": fields.Datetime.now(),
                    f"{prefix}_retry_date": False,
                }
            )

    def _mark_failed(self, record, reason):
        """Note why a document was not sent, and when to try again; after the last attempt it waits for somebody."""
        prefix = QUEUES[record._name].prefix
        attempts = record[f"{prefix}_attempt_count"] + 1
        retry = fields.Datetime.now() + RETRY_DELAYS[attempts - 1] if attempts <= len(RETRY_DELAYS) else False
        record.sudo().with_context(skip_invoice_sync=True).write(
            {
                f"{prefix}_state": "failed",
                f"{prefix}_error": reason[:ERROR_LENGTH],
                f"{prefix}_attempt_count": attempts,
                f"{prefix}_retry_date": retry,
            }
        )  # sudo: as for what was sent

    @api.private
    def note_mail_failure(self, mail, reason):
        """Mark the invoice or receipt whose mail the mail server did not take."""
        for model, queue in QUEUES.items():
            sent = (
                self.env[model]
                .sudo()
                .search(
                    [
                        (f"{queue.prefix}_message_id", "=", mail.mail_message_id.id),
                        (f"{queue.prefix}_state", "=", "sent"),
                    ]
                )
            )  # sudo: the mail queue works for everybody
            for record in sent:
                self._mark_failed(
                    record,
                    self.env._(
                        "The mail could not be handed over: %(reason)s", reason=reason or self.env._("unknown reason")
                    ),
                )

    def _get_missing_address_reason(self, record):
        return self.env._(
            "%(customer)s has no e-mail address. Enter one, or choose invoice contacts on the account, and send again.",
            customer=record.partner_id.display_name,
        )

    def _get_reason(self, record, error):
        if isinstance(error, UserError):
            return str(error)
        _logger.exception("%s %s cannot be sent", record._name, record.id)
        return self.env._(
            "Unexpected error: %(kind)s. Ask your administrator to look into the server log.", kind=type(error).__name__
        )

    @api.private
    def get_notification(self, sent, failed):
        """Return what a button shows after sending."""
        if failed:
            message = self.env._(
                "%(sent)s sent, %(failed)s failed: %(reason)s",
                sent=len(sent),
                failed=len(failed),
                reason=failed[0][f"{QUEUES[failed._name].prefix}_error"],
            )
        else:
            message = self.env._("%(sent)s sent.", sent=len(sent)) if sent else self.env._("There was nothing to send.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if failed else "success",
                "message": message,
                "sticky": bool(failed),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
