"""Booking refunds that succeeded."""

from odoo import api, models


class BillingRefundBooking(models.AbstractModel):
    _name = "billing.refund.booking"
    _description = "Booking of Refunds"

    @api.private
    def book(self, attempt):
        """Book a refund that succeeded: paid out by the journal of the provider, matched with its credit note.

        Without a credit note the invoice of the payment is open again by what was given back: the payment is matched
        with the refund first.
        """
        payment, provider = attempt.refunds_id, attempt.provider_id
        method = provider.journal_id.outbound_payment_method_line_ids[:1]
        refund = (
            self.env["account.payment"]
            .with_company(attempt.company_id)
            .create(
                {
                    "payment_type": "outbound",
                    "partner_type": "customer",
                    "partner_id": payment.partner_id.id,
                    "amount": attempt.amount,
                    "currency_id": attempt.currency_id.id,
                    "journal_id": provider.journal_id.id,
                    "payment_method_line_id": method.id,
                    "payment_transaction_id": attempt.transaction_id.id,
                    "billing_account_id": attempt.account_id.id,
                    "memo": attempt.transaction_id.reference,
                    "destination_account_id": payment.destination_account_id.id,
                }
            )
        )
        if not refund.outstanding_account_id:
            refund.outstanding_account_id = refund._get_outstanding_account("outbound")
        refund.action_post()
        self._match(attempt, payment, refund)
        return refund

    @api.private
    def match_again(self, refund):
        """Match a refund that was corrected as a draft with what it was matched with before, where it is not any more.

        :param refund: posted, elevated
        """
        for attempt in refund.billing_attempt_ids.filtered("is_booked"):
            self._match(attempt, attempt.refunds_id, refund)

    def _match(self, attempt, payment, refund):
        account = payment.destination_account_id
        paid_out = refund.move_id.line_ids.filtered(lambda line: line.account_id == account and not line.reconciled)
        if not paid_out:
            return
        if note := attempt.credit_note_id:
            open_note = note.line_ids.filtered(lambda line: line.account_id == account and not line.reconciled)
            (open_note | paid_out).with_context(billing_refund_booking=True).reconcile()
            return
        came_in = payment.move_id.line_ids.filtered(lambda line: line.account_id == account)
        self.env["billing.payment.reopening"].reopen(came_in, paid_out)
