from odoo import models


class BillingPaymentPromise(models.Model):
    _inherit = "billing.payment.promise"

    def action_keep_after_all(self):
        """Look again at the fees that arose while the promise counted as broken."""
        res = super().action_keep_after_all()
        for promise in self:
            documents = [int(move_id) for move_id in (promise.baseline or {}).get("documents", ())]
            self.env["billing.late.fee.review"].note(self.env["account.move"].browse(documents).exists())
        return res
