from odoo import fields, models


class AccountPaymentTerm(models.Model):
    _name = "account.payment.term"
    _inherit = ["account.payment.term", "billing.configuration"]

    def _compute_terms(self, date_ref, *args, **kwargs):
        """Count from the day an invoice was made where it bears an earlier date: see `billing_terms_date`."""
        made_on = fields.Date.to_date(self.env.context.get("billing_terms_date"))
        return super()._compute_terms(max(date_ref, made_on) if made_on else date_ref, *args, **kwargs)
