from dataclasses import replace
from odoo import api, models
from odoo.tools import SQL
from ...engine import Anchor, Cadence, due, period_of
from ..shared.adapter import exact
from .rating import _Rounding
from ..shared.values import day_after, inclusive



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
