"""Send invoices and credit notes by Odoo's own way, as mails or as one PDF of letters."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...models.delivery.batch import KEY as BATCH
from ...models.delivery.batch import Batch


class BillingInvoiceDelivery(models.AbstractModel):
    """An invoice of which a network or an authority is told as well is sent by Odoo's own queue of invoices.

    What they answer is committed at once, so that nobody is told twice: that ends the transaction by which a batch is
    locked. Odoo's queue takes such invoices one call after the other; how it goes is noted here all the same.
    """

    _name = "billing.invoice.delivery"
    _inherit = "billing.delivery.queue"
    _description = "Deliver Invoices"

    _delivers = "account.move"
    _crons = ("online_billing.cron_deliver_invoices", "online_billing.cron_deliver_invoices_2")
    _states = ("posted",)
    _ended_states = ("cancel",)

    def _get_queue(self, work):
        """Leave out what waits in Odoo's own queue of invoices."""
        queue = super()._get_queue(work)
        return queue._replace(condition=SQL("%s AND unit.sending_data IS NULL", queue.condition))

    def _get_obstacle(self, record):
        networks = self.env["billing.network.delivery"]
        if networks.is_told(record) and (reason := networks.get_obstacle()):
            return reason
        return super()._get_obstacle(record)

    def _get_recipients(self, record):
        return record._get_mail_recipients(record._get_mail_template())

    def _get_sendable(self, records):
        return records._get_undelivered().filtered(lambda move: move.state == "posted" and not move.sending_data)

    def _send(self, records):
        """Send invoices with all formats set for the customers; raise if one fails."""
        networks = self.env["billing.network.delivery"]
        mailed = records.filtered(lambda move: not networks.is_told(move))
        networks.leave_to_odoo(records - mailed)
        self._mail(mailed)
        if unsent := mailed.filtered(lambda move: move.billing_delivery_state != "sent"):
            raise UserError(
                self.env._(
                    "%(document)s was not sent. Open it and use “Send” to see why.", document=unsent[0].display_name
                )
            )

    def _mail(self, records):
        sender = self.env["account.move.send"]
        for company, moves in records.grouped("company_id").items():
            moves.line_ids.tax_ids.ids, moves.line_ids.tax_tag_ids.ids  # noqa: B018  read for all at once
            with Batch(moves) as batch:
                context = {"mail_notify_force_send": False, BATCH: batch}
                sender.with_company(company).with_context(**context)._generate_and_send_invoices(
                    moves.with_company(company).with_context(**context), sending_methods=["email"]
                )

    def _may_be_mailed_again(self, record):
        return record.state == "posted" and not record.sending_data

    @api.private
    def print_letters(self, moves):
        """Return the download of letters in one PDF, and mark them as delivered."""
        moves = moves.filtered(
            lambda move: move.state == "posted" and move.is_sale_document(include_receipts=True)
        ).sorted(lambda move: (move.invoice_date, move.name, move.id))
        return self._print(moves, self.env._("Letters"))

    def _get_letters(self, records):
        for company, moves in records.grouped("company_id").items():
            self.env["account.move.send"].with_company(company)._generate_and_send_invoices(
                moves.with_company(company), sending_methods=["manual"]
            )
        return [move.invoice_pdf_report_id.raw for move in records]
