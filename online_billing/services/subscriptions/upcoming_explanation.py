from odoo import api, models


class BillingExplanation(models.AbstractModel):
    _inherit = "billing.explanation"

    @api.private
    def label_corrections(self, corrections, currency):
        """Return corrections ready for the template: [{"name", "dates", "amount", "currency"}]."""
        return [
            {
                "name": correction["name"],
                "dates": self.get_dates_label(correction["first"], correction["last"]),
                "amount": correction["amount"],
                "currency": currency,
            }
            for correction in corrections
        ]
