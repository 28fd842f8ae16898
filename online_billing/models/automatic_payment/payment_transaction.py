from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _get_billing_attempt(self):
        """Return the attempt of one transaction; none for one that the billing has not sent."""
        self.ensure_one()
        # sudo: answers come by jobs, by events and by customers
        return self.env["billing.payment.attempt"].sudo().search([("transaction_id", "=", self.id)], limit=1)

    def _create_payment(self, **extra_create_values):
        """Book the payment of an attempt on the due lines that it was made for."""
        if attempt := self._get_billing_attempt():
            return self.env["billing.debit.booking"].book(attempt)
        return super()._create_payment(**extra_create_values)

    def _update_state(self, allowed_states, target_state, state_message):
        """Let attempts know what Odoo's own routes have heard of their transactions."""
        updated = super()._update_state(allowed_states, target_state, state_message)
        if updated and not self.env.context.get("billing_attempt"):
            self.env["billing.attempt.answers"].note_transactions(updated)
        return updated
