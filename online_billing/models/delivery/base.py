from odoo import api, models

from .batch import get_batch

# what nobody deletes or renames while a batch is mailed; Odoo looks it up by its XML id for every document
SETTLED = (
    "account.tax",
    "ir.actions.report",
    "mail.template",
    "res.country.group",
    "uom.uom",
)


class Base(models.AbstractModel):
    _inherit = "base"

    @api.private
    def exists(self):
        """Look once whether there is what every document of a batch refers to."""
        if self._name == "ir.attachment" and self and (batch := get_batch(self)) and batch.files.issuperset(self._ids):
            return self
        if self._name not in SETTLED or not (batch := get_batch(self)):
            return super().exists()
        ids = batch.get(("exists", self._name, self._ids), lambda: super(Base, self).exists()._ids)
        return self.browse(ids)

    def _get_external_ids(self):
        if self._name not in SETTLED or not (batch := get_batch(self)):
            return super()._get_external_ids()
        return batch.get(("external ids", self._name, self._ids), lambda: super(Base, self)._get_external_ids())
