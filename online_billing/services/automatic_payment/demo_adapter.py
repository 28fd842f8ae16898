"""Odoo's demo provider: what a saved method answers was chosen by whoever saved it."""

from odoo import api, models

from .values import ACCEPTED, DECLINED, SUCCEEDED, UNKNOWN, Answer

ANSWERS = {
    "done": Answer(SUCCEEDED),
    "pending": Answer(ACCEPTED),
    "cancel": Answer(DECLINED, code="cancelled", text="The payment was cancelled."),
    "error": Answer(DECLINED, code="declined", text="The payment was declined."),
}


class BillingPaymentAdapterDemo(models.AbstractModel):
    """It asks no network, and what it would do is told by the method alone."""

    _name = "billing.payment.adapter.demo"
    _inherit = "billing.payment.adapter"
    _description = "How Odoo's Demo Provider Is Asked to Charge"

    @api.private
    def has_questions(self):
        return True

    @api.private
    def captures_by_hand(self, provider):
        """What a debit answers is told by its method, whatever pages do."""
        return False

    @api.private
    def may_page_be_paid(self, transaction):
        return True

    def _end_page(self, transaction, found):
        """Its form pays by Odoo alone, which takes nothing for what is cancelled."""
        transaction._set_canceled(self.env._("Given up: it is collected by automatic payment now."))

    def _prepare_charge(self, attempt):
        token = attempt.token_id
        state = token.demo_simulated_state if "demo_simulated_state" in token._fields else None
        return state, f"demo-{attempt.transaction_id.reference}"

    def _send_charge(self, request):
        state, reference = request
        answer = ANSWERS.get(state)
        return Answer(**{**answer.as_json(), "reference": reference}) if answer else Answer(UNKNOWN)

    def _prepare_question(self, attempt):
        """What is pending stays so until somebody says otherwise, by Odoo's own buttons on the transaction."""
        state, reference = self._prepare_charge(attempt)
        return {"done": "done", "error": "error", "cancel": "cancel"}.get(
            attempt.transaction_id.state, state
        ), reference

    def _send_question(self, request):
        return self._send_charge(request)

    def _send_cancel(self, request):
        return Answer(DECLINED, request[1], "cancelled")

    def _prepare_refund(self, attempt):
        return "done", f"demo-{attempt.transaction_id.reference}"

    def _send_refund(self, request):
        return self._send_charge(request)
