from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    """Odoo's own way of sending invoices, with the recipients, sender and look of the billing."""

    _inherit = "account.move.send"

    @api.model
    def _get_default_mail_partner_ids(self, move, mail_template, mail_lang):
        if move.billing_account_id and (recipients := move._get_billing_recipients()):
            return recipients.with_company(move.company_id)
        return super()._get_default_mail_partner_ids(move, mail_template, mail_lang)

    @api.model
    def _send_mails(self, moves_data):
        """Note invoices that were sent in any way, so that none is mailed twice; letters are still to be printed."""
        before = {move.id: move.billing_delivery_message_id for move in moves_data if move.billing_account_id}
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
