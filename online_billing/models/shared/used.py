from odoo import api, models


class BillingUsed(models.AbstractModel):
    """What may be changed while nothing uses it, and keeps what others count on from then on."""

    _name = "billing.used"
    _description = "Kept Once It Is Used"
    _inherit = ["billing.guarded"]

    def _find_used(self):
        """Return those that something uses."""
        raise NotImplementedError

    def _compute_is_used(self):
        used = self._find_used()
        for record in self:
            record.is_used = record._origin in used

    @api.model
    def _get_life_states(self):
        return ["unused", "used"]

    def _get_life_state(self):
        return "used" if self._find_used() else "unused"
