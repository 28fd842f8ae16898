from odoo import fields, models

from .due_dates import get_counting_day


class AccountPaymentTerm(models.Model):
    _name = "account.payment.term"
    _inherit = ["account.payment.term", "billing.configuration"]

    def _compute_terms(self, date_ref, *args, **kwargs):
        """Count from the day an invoice was made where it bears an earlier date: see `billing_terms_date`."""
        made_on = fields.Date.to_date(self.env.context.get("billing_terms_date"))
        return super()._compute_terms(get_counting_day(date_ref, made_on), *args, **kwargs)
