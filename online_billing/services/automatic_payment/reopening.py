"""Opening again what a payment had paid, by exactly what was taken or given back of it."""

from odoo import api, models

from ..shared.numbers import to_decimal


class BillingPaymentReopening(models.AbstractModel):
    _name = "billing.payment.reopening"
    _description = "Opening Again What Was Paid"

    @api.private
    def reopen(self, came_in, taken, amount):
        """Match what was taken back with the parts of a payment, the last ones first: what they had paid is open again.

        :param came_in: journal items of the payment
        :param taken: journal item of what was taken back or given back
        """
        currency = came_in.currency_id[:1]
        left = to_decimal(amount, currency)
        freed = came_in.browse()
        # what was not spread is taken first, then the latest bill
        for part in came_in.sorted(lambda line: (not line.reconciled, line.id), reverse=True):
            if left <= 0:
                break
            freed |= part
            left -= to_decimal(-part.amount_currency, currency)
        settled = freed.matched_debit_ids.debit_move_id - taken
        freed.remove_move_reconcile()
        (freed | taken).reconcile()
        again = (freed | settled).filtered(lambda line: not line.reconciled)
        if len(again.account_id) == 1:
            again.reconcile()
