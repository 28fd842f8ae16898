"""Who wishes for automatic payment on a pay page: whoever decides on it in the portal."""

from odoo import api, models

from .access import AUTOMATIC


class BillingConsentWishes(models.AbstractModel):
    _inherit = "billing.consent.wishes"

    @api.private
    def may_give(self, person, account):
        return self.env["billing.portal.access"].may(person, account, AUTOMATIC)
