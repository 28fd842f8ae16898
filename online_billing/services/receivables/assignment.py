"""Put documents that name no account on one."""

from odoo import api, models
from odoo.exceptions import UserError


class BillingAssignment(models.AbstractModel):
    _name = "billing.assignment"
    _description = "Put Documents on an Account"

    @api.private
    def assign(self, moves, account):
        """Put posted documents of a customer on one of its accounts.

        :raise UserError: a document belongs to an account already, or to another customer or company
        """
        account.check_access("write")
        # sudo: clerks decide on the account, and need not read the journals
        for move in moves.sudo():
            customers = move.line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            ).partner_id.commercial_partner_id
            is_own = account.partner_id.commercial_partner_id in customers and move.company_id == account.company_id
            if move.billing_account_id or move.state != "posted" or not is_own:
                raise UserError(
                    self.env._(
                        "%(document)s cannot be put on account %(account)s: it must be posted, of the same customer and"
                        " company, and on no account yet. Reload the page and choose again.",
                        document=move.display_name,
                        account=account.name,
                    )
                )
            move.billing_account_id = account.sudo()  # sudo: as above
        account.message_post(
            body=self.env._("Put on this account: %(documents)s", documents=", ".join(moves.sudo().mapped("name")))
        )
