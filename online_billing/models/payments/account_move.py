from odoo import api, fields, models
from odoo.exceptions import UserError

from .res_company import ALL


class AccountMove(models.Model):
    _inherit = "account.move"

    billing_link_date = fields.Date(
        string="Link Renewed On",
        readonly=True,
        copy=False,
        groups="online_billing.group_billing_user",
        help="The link of a settled document ends after 90 days; it was mailed anew on this day.",
    )

    @api.model
    def _get_thread_with_access(self, thread_id, *, hash=None, pid=None, token=None, **kwargs):  # noqa: A002  Odoo's name
        """Let a link alone, of the document or of a mail, open the messages only where it shows the document itself."""
        link = {"hash": hash, "pid": pid, "token": token}
        if any(link.values()) and not self.sudo().browse(thread_id)._shows_by_link():  # sudo: a mere condition
            link = dict.fromkeys(link)
        return super()._get_thread_with_access(thread_id, **link, **kwargs)

    def _shows_by_link(self):
        """Tell whether the link alone shows the whole document to the visitor."""
        move, privacy = self.exists(), self.env["billing.link.privacy"]
        account = move.billing_account_id
        if not account:
            return True
        return privacy.get_shown(account, self.env.user) == ALL and privacy.is_link_open(move, move._get_billing_day())

    def action_take_billing_payment(self):
        """Take one amount for the chosen invoices; those of several customers are paid one by one, as Odoo does it."""
        self.check_access("read")
        self.env["billing.account"].check_access("read")
        moves = self.filtered(lambda move: move.billing_is_open and move.move_type == "out_invoice")
        if not moves:
            raise UserError(
                self.env._("Nothing of these invoices is open. Choose invoices that are posted and not paid yet.")
            )
        if (
            len(moves.billing_account_id) != 1
            or len(moves.currency_id) != 1
            or not all(move.billing_account_id for move in moves)
        ):
            return moves.action_register_payment()
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_take_payment_action"),
            context={
                "default_account_id": moves.billing_account_id.id,
                "default_currency_id": moves.currency_id.id,
                "default_move_ids": moves.ids,
                "default_amount": self.env["billing.paying"].get_amount(moves),
            },
        )
