"""Roles on Odoo's own pages and routes for documents of a billing account."""

from odoo.addons.account_payment.controllers import payment
from odoo.exceptions import AccessError
from odoo.http import request

from ..services.access import PAY


class RolePayment(payment.PaymentPortal):
    def _process_transaction(self, partner_id, currency_id, invoice_ids, payment_reference, **kwargs):
        """Let who is logged in and sees an account pay it only where the role says so.

        Who has the link of a document alone may pay it as well: money from anybody is welcome.
        """
        moves = request.env["account.move"].sudo().browse(invoice_ids)  # sudo: the route has checked the documents
        person, access = request.env.user.partner_id, request.env["billing.portal.access"]
        if moves.billing_account_id and not request.env.user._is_public():
            roles = access.get_roles(person)
            for account in moves.billing_account_id:
                if account in roles and not access.allows(roles[account], PAY):
                    raise AccessError(
                        request.env._("You may see what is billed here, but not pay it. Ask an owner of the account.")
                    )
        return super()._process_transaction(partner_id, currency_id, invoice_ids, payment_reference, **kwargs)
