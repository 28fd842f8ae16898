from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _reconcile_plan(self, reconciliation_plan):
        """Settle nothing with a credit note that is being given back: it would be spent twice.

        Context keys: `billing_refund_booking`, the refund itself is being booked; `billing_money_came`, money that has
        moved already is being booked, which nothing may keep out of the books: it settles what else is there.

        :raise UserError: one is among them, and somebody decides
        """
        context = self.env.context
        if context.get("billing_refund_booking"):
            return super()._reconcile_plan(reconciliation_plan)
        moves = self._gather(reconciliation_plan).move_id
        if not context.get("billing_money_came"):
            moves._check_billing_given_back()
        elif held := moves._filter_billing_given_back():
            reconciliation_plan = self._leave_out(reconciliation_plan, held)
        return super()._reconcile_plan(reconciliation_plan)

    def _leave_out(self, plan, moves):
        """Return a plan without the journal items of some documents."""
        return [
            self._leave_out(part, moves)
            if isinstance(part, list)
            else part.filtered(lambda line: line.move_id not in moves)
            for part in plan
        ]

    def _gather(self, plan):
        """Return the journal items of a plan: recordsets, and lists of them."""
        return self.browse().union(*(self._gather(part) if isinstance(part, list) else part for part in plan))
