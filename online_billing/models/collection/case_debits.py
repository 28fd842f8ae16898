from odoo import fields, models


class BillingCollectionCase(models.Model):
    _inherit = "billing.collection.case"

    consent_id = fields.Many2one(related="account_id.consent_id")
    next_debit_day = fields.Date(related="account_id.next_debit_day")
    next_debit_amount = fields.Monetary(related="account_id.next_debit_amount")
    attempt_count = fields.Integer(related="account_id.attempt_count")

    def action_view_attempts(self):
        """Show what was tried to have the account paid."""
        return self.account_id.action_view_attempts()

    def action_charge_now(self):
        """Open the dialogue that charges what is open, after showing the figures."""
        return self.account_id.action_charge_now()
