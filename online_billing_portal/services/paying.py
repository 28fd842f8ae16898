"""Who pays on any page: whoever is logged in and sees an account pays it only where their role says so."""

from odoo import api, models

from .access import PAY


class BillingPaying(models.AbstractModel):
    _inherit = "billing.paying"

    @api.private
    def get_refused(self, user, accounts):
        """Refuse viewers. Who has a link and no role, or no log-in, may pay: money from anybody is welcome."""
        refused = super().get_refused(user, accounts)
        if user._is_public():
            return refused
        access = self.env["billing.portal.access"]
        roles = access.get_roles(user.partner_id)
        # sudo: the roles are asked for; whoever calls has checked the link or the log-in
        return refused | accounts.sudo().filtered(
            lambda account: account in roles and not access.allows(roles[account], PAY)
        )

    @api.private
    def get_refusal(self, user, accounts):
        """Say to viewers who may."""
        if refusal := super().get_refusal(user, accounts):
            return refusal
        if self.get_refused(user, accounts):
            return self.env._(
                "You may see what is billed here, but not pay it. Owners and payers of the account may: ask one of"
                " them."
            )
        return ""
