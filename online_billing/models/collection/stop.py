from odoo import api, models


class BillingStop(models.Model):
    _inherit = "billing.stop"

    @api.model_create_multi
    def create(self, vals_list):
        """Look again at the cases of what is put into dispute in part; what is blocked wholly says so itself."""
        stops = super().create(vals_list)
        stops._wake_collection()
        return stops

    def write(self, vals):
        """Look again at the cases of what is no longer in dispute in part."""
        written = super().write(vals)
        if "date_to" in vals:
            self._wake_collection()
        return written

    def _wake_collection(self):
        self.env["billing.collection.wake"].note(self.filtered("amount").move_id.line_ids)
