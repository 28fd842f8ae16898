from odoo import api, models

from .batch import get_batch

# Odoo's ways of sending that no network stands behind: how a customer is told, which the account says
PLAIN_METHODS = frozenset({"manual", "email", "snailmail"})


class AccountMoveSend(models.AbstractModel):
    """Odoo's own way of sending invoices, with the recipients, sender and look of the billing."""

    _inherit = "account.move.send"

    @api.model
    def _get_default_sending_methods(self, move):
        """Mail what waits to be mailed: the account says so, and the customer's setting may add networks to that."""
        methods = super()._get_default_sending_methods(move)
        if move.billing_account_id and move.sudo()._get_undelivered():  # sudo: portal users see their own invoices
            return (set(methods) - PLAIN_METHODS) | {"email"}
        if move.sudo().billing_network_state in ("pending", "queued", "failed"):  # sudo: as above
            return set(methods) - PLAIN_METHODS
        return methods

    @api.model
    def _can_commit(self):
        """Keep the locks of a batch until all of it has been sent."""
        return not get_batch(self) and super()._can_commit()

    @api.model
    def _hook_if_errors(self, moves_data, allow_raising=True):
        """Note on invoices why Odoo's own queue could not send them, so that it is tried again and seen."""
        if not allow_raising:
            for move, move_data in moves_data.items():
                if move.billing_network_state == "queued":
                    self.env["billing.network.delivery"].mark_failed(move, self._format_error_text(move_data["error"]))
                elif move.billing_account_id and move._get_undelivered():
                    self.env["billing.invoice.delivery"].mark_failed(move, self._format_error_text(move_data["error"]))
        return super()._hook_if_errors(moves_data, allow_raising=allow_raising)

    @api.model
    def _hook_if_success(self, moves_data, from_cron=False):
        res = super()._hook_if_success(moves_data, from_cron=from_cron)
        self.env["billing.network.delivery"].note_sent(moves_data)
        return res

    @api.model
    def _get_default_mail_partner_ids(self, move, mail_template, mail_lang):
        if move.billing_account_id and move._get_billing_recipients():
            return move._get_mail_recipients(mail_template).with_company(move.company_id)
        return super()._get_default_mail_partner_ids(move, mail_template, mail_lang)

    @api.model
    def _hook_invoice_document_after_pdf_report_render(self, invoice, invoice_data):
        """Add the data of an invoice to its drawn PDF at its end; Odoo reads and writes the whole file anew."""
        if invoice.billing_account_id and self.env["billing.invoice.data"].embed(self, invoice, invoice_data):
            return None
        return super()._hook_invoice_document_after_pdf_report_render(invoice, invoice_data)

    @api.model
    def _send_mails(self, moves_data):
        """Note invoices that were sent in any way, so that none is mailed twice; letters are still to be printed."""
        before = {move.id: move.billing_delivery_message_id for move in moves_data if move.billing_account_id}
        if batch := get_batch(self):
            files = self.env["ir.attachment"].union(*(self._get_invoice_extra_attachments(move) for move in moves_data))
            batch.files.update(files.exists().ids)
        with self.env["billing.mail.posting"].collecting(self.env["account.move"].browse(before), files_move=True):
            res = super()._send_mails(moves_data)
        moves = self.env["account.move"].browse(before)
        self.env["billing.invoice.delivery"].mark_sent(
            moves.filtered(
                lambda move: (
                    move.billing_delivery_message_id != before[move.id] and move.billing_delivery_state != "letter"
                )
            )
        )
        return res

    @api.model
    def _send_mail(self, move, mail_template, **kwargs):
        if not move.billing_account_id:
            return super()._send_mail(move, mail_template, **kwargs)
        kwargs.setdefault(
            "reply_to",
            self._get_mail_default_field_value_from_template(mail_template, move.env.lang, move, "reply_to")
            or move._get_billing_sender(),
        )
        dressed = self.with_context(billing_mail_layout=True)
        return super(AccountMoveSend, dressed)._send_mail(
            move.with_context(billing_delivery=True), mail_template, **kwargs
        )

    @api.model
    def _get_mail_layout(self):
        return (
            "online_billing.mail_layout" if self.env.context.get("billing_mail_layout") else super()._get_mail_layout()
        )
