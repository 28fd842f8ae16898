"""Opening again what a payment had paid, by exactly what was taken or given back of it."""

from odoo import api, models

from ..shared.numbers import to_decimal


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
            # entries of exchange differences go with the match that made them, and are made anew with the next one
            exchanges = part.matched_debit_ids.exchange_move_id
            settled = part.matched_debit_ids.debit_move_id.filtered(
                lambda line, exchanges=exchanges: line.move_id not in exchanges
            )
            takers = settled.filtered(lambda line: line.move_id.move_type == "entry")
            part.remove_move_reconcile()
            for items in (*takers.sorted("id"), taken, settled - takers):
                if items and not part.reconciled:
                    (part | items).reconcile()

    @api.private
    def match_again(self, payment):
        """Let what is free of a payment meet what was taken or given back of it, and pay its bills with the rest.

        Nothing else is touched: what other credits have settled they settle still.

        :param payment: posted, elevated, by which something came in
        """
        refunds = payment.billing_refund_ids.filtered(lambda attempt: attempt.is_booked and not attempt.credit_note_id)
        taken = payment.billing_return_ids | refunds.payment_id.move_id | refunds.payment_id.billing_return_ids
        bills = payment.billing_attempt_ids.line_ids.move_id | payment.invoice_ids
        for others in (taken, bills):
            items = (payment.move_id | others).line_ids.filtered(
                lambda line: (
                    line.account_id == payment.destination_account_id
                    and line.parent_state == "posted"
                    and not line.reconciled
                )
            )
            if items.move_id - payment.move_id:
                items.reconcile()

    @api.private
    def get_unspent(self, payment):
        """Return how much of a payment has paid nothing, as Decimal."""
        lines = payment.move_id.line_ids.filtered(lambda line: line.account_id == payment.destination_account_id)
        return -to_decimal(sum(lines.mapped("amount_residual_currency")), payment.currency_id)
