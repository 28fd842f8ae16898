from odoo import models

from .batch import get_batch


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        """Let all customers of a batch sign up at once; one who may do so already is left as they are."""
        batch = get_batch(self)
        if not batch or vals.keys() != {"signup_type"}:
            return super().write(vals)
        batch.get(("signup", vals["signup_type"]), lambda: self._let_customers_sign_up(batch, vals))
        waiting = self.filtered(lambda partner: partner.signup_type != vals["signup_type"])
        return super(ResPartner, waiting).write(vals) if waiting else True

    def _let_customers_sign_up(self, batch, vals):
        customers = self.env[batch.model].browse(batch.ids).partner_id
        waiting = customers.filtered(
            lambda partner: not partner.user_ids and partner.signup_type != vals["signup_type"]
        )
        return super(ResPartner, waiting).write(vals) if waiting else True
