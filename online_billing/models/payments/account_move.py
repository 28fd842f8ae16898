from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

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
                "default_amount": self.env["billing.payment.taking"].get_amount(moves),
            },
        )
