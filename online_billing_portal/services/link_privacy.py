"""What a link shows follows the roles: whoever is logged in and has none sees what a stranger with the link sees."""

from odoo import api, models


class BillingLinkPrivacy(models.AbstractModel):
    _inherit = "billing.link.privacy"

    @api.private
    def sees_account(self, account, user):
        if user._is_public() or user._is_internal():
            return super().sees_account(account, user)
        return bool(self.env["billing.portal.access"].get_role(user.partner_id, account))
