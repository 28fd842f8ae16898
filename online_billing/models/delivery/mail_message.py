from odoo import api, models

from .batch import get_batch


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        """What was asked of the messages of a batch does not hold any more when another one is written."""
        if batch := get_batch(self):
            batch.ancestors = {}
        return super().create(vals_list)

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        """Answer which messages came before one of a batch by what was asked for all of them."""
        batch = get_batch(self)
        if batch and batch.ancestors and self.env.su and not offset:
            ids = batch.ancestors.get((str(domain), limit, order))
            if ids is not None:
                return self.browse(ids)._as_query()
        return super()._search(domain, offset=offset, limit=limit, order=order, **kwargs)
