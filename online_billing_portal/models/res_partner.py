from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _can_be_edited_by_current_customer(self, **kwargs):
        """Let the people of a customer with billing accounts change themselves, and only owners change others.

        Bills and links go where an invoice address says: whoever may not decide for an account does not move it.
        """
        if not super()._can_be_edited_by_current_customer(**kwargs):
            return False
        person = self._get_current_partner(**kwargs)
        return self == person or self.env["billing.portal.access"].may_change_others(person)
