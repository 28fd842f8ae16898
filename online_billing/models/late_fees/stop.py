from odoo import api, models


class BillingStop(models.Model):
    _inherit = "billing.stop"

    @api.model_create_multi
    def create(self, vals_list):
        stops = super().create(vals_list)
        stops._review_late_fees()
        return stops

    def write(self, vals):
        written = super().write(vals)
        if vals.keys() & {"date_from", "date_to", "verdict"}:
            self._review_late_fees()
        return written

    def unlink(self):
        moves, accounts = self.move_id, self.filtered(lambda stop: not stop.move_id).account_id
        deleted = super().unlink()
        self.env["billing.late.fee.review"].note(moves)
        self.env["billing.late.fee.review"].note_accounts(accounts)
        return deleted

    def _review_late_fees(self):
        """Look again at the charged fees of what rested on other days now."""
        review = self.env["billing.late.fee.review"]
        review.note(self.move_id)
        review.note_accounts(self.filtered(lambda stop: not stop.move_id).account_id)
