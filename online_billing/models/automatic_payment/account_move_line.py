from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def reconcile(self):
        """Settle nothing with a credit note that is being given back: it would be spent twice.

        Context key `billing_refund_booking`: the refund itself is being booked.

        :raise UserError: one is among them
        """
        if not self.env.context.get("billing_refund_booking"):
            self.move_id._check_billing_given_back()
        return super().reconcile()
