from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _reconcile_plan(self, reconciliation_plan):
        """Settle nothing with a credit note that is being given back: it would be spent twice.

        Context key `billing_refund_booking`: the refund itself is being booked.

        :raise UserError: one is among them
        """
        if not self.env.context.get("billing_refund_booking"):
            self._gather(reconciliation_plan).move_id._check_billing_given_back()
        return super()._reconcile_plan(reconciliation_plan)

    def _gather(self, plan):
        """Return the journal items of a plan: recordsets, and lists of them."""
        return self.browse().union(*(self._gather(part) if isinstance(part, list) else part for part in plan))
