"""Send invoices and credit notes by Odoo's own way, as mails or as one PDF of letters."""

from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError

from ...models.delivery.batch import KEY as BATCH
from ...models.delivery.batch import Batch


class BillingInvoiceDelivery(models.AbstractModel):
    _name = "billing.invoice.delivery"
    _inherit = "billing.delivery.queue"
    _description = "Deliver Invoices"

    _delivers = "account.move"
    _crons = ("online_billing.cron_deliver_invoices", "online_billing.cron_deliver_invoices_2")
    _states = ("posted",)
    _ended_states = ("cancel",)

    @api.private
    def send_now(self, records):
        """Send those that wait or failed."""
        return super().send_now(records._get_undelivered().filtered(lambda move: move.state == "posted"))

    def _send(self, records):
        """Send invoices with all formats set for the customers; raise if one fails."""
        sender, groups = self.env["account.move.send"], defaultdict(lambda: self.env["account.move"])
        for move in records:
            # the account says "by e-mail"; the customer's setting may add networks, not replace the mail
            methods = (set(sender._get_default_sending_methods(move)) - {"manual", "snailmail"}) | {"email"}
            groups[(move.company_id, frozenset(methods))] |= move
        for (company, methods), moves in groups.items():
            moves.line_ids.tax_ids.ids, moves.line_ids.tax_tag_ids.ids  # noqa: B018  read for all at once
            context = {"mail_notify_force_send": False, BATCH: Batch(moves)}
            sender.with_company(company).with_context(**context)._generate_and_send_invoices(
                moves.with_company(company).with_context(**context), sending_methods=sorted(methods)
            )
        if unsent := records.filtered(lambda move: move.billing_delivery_state != "sent"):
            raise UserError(
                self.env._(
                    "%(document)s was not sent. Open it and use “Send” to see why.", document=unsent[0].display_name
                )
            )

    @api.private
    def print_letters(self, moves):
        """Return the download of letters in one PDF, and mark them as delivered."""
        moves = moves.filtered(
            lambda move: move.state == "posted" and move.is_sale_document(include_receipts=True)
        ).sorted(lambda move: (move.invoice_date, move.name, move.id))
        pieces = []
        for company, of_company in moves.grouped("company_id").items():
            self.env["account.move.send"].with_company(company)._generate_and_send_invoices(
                of_company.with_company(company), sending_methods=["manual"]
            )
            pieces += [move.invoice_pdf_report_id.raw for move in of_company]
        return self._print(moves, pieces, self.env._("Letters"))
