"""Opening again what a payment had paid, by exactly what was taken or given back of it."""

from odoo import api, models


class BillingPaymentReopening(models.AbstractModel):
    _name = "billing.payment.reopening"
    _description = "Opening Again What Was Paid"

    @api.private
    def reopen(self, came_in, taken):
        """Match what was taken back with the parts of a payment, the last ones first: what they had paid is open again.

        :param came_in: journal items of the payment
        :param taken: journal item of what was taken back or given back
        """
        # what was not spread is taken first, then the latest bill; what was taken before stays taken
        for part in came_in.sorted(lambda line: (not line.reconciled, line.id), reverse=True):
            if taken.reconciled:
                return
            settled = part.matched_debit_ids.debit_move_id
            takers = settled.filtered(lambda line: line.move_id.move_type == "entry")
            part.remove_move_reconcile()
            for items in (*takers.sorted("id"), taken, settled - takers):
                if items and not part.reconciled:
                    (part | items).reconcile()
