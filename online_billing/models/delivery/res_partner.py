from odoo import models

from .batch import get_batch


class ResPartner(models.Model):
    _inherit = "res.partner"

    def signup_prepare(self, signup_type="signup"):
        """Let all customers of a batch sign up at once; one who may do so already is left as they are."""
        if batch := get_batch(self):
            batch.get(("signup", signup_type), lambda: self._prepare_customers(batch, signup_type))
            if all(partner.signup_type == signup_type for partner in self):
                return True
        return super().signup_prepare(signup_type)

    def _prepare_customers(self, batch, signup_type):
        customers = self.env[batch.model].browse(batch.ids).partner_id
        waiting = customers.filtered(lambda partner: not partner.user_ids and partner.signup_type != signup_type)
        return super(ResPartner, waiting).signup_prepare(signup_type) if waiting else True
