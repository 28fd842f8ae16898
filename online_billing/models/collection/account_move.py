from odoo import models

CREDITS = ("out_refund", "entry", "out_receipt")


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        """Look again at the cases of what is put into dispute, or taken out of it, and of what is drafted."""
        written = super().write(vals)
        if "payment_state" in vals or vals.get("state") in ("draft", "cancel"):
            self.env["billing.collection.wake"].note(self.line_ids)
        return written

    def _post(self, soft=True):
        """Look again at the cases of customers who are credited something, or have paid without an invoice."""
        posted = super()._post(soft)
        self.env["billing.collection.wake"].note(posted.filtered(lambda move: move.move_type in CREDITS).line_ids)
        return posted
