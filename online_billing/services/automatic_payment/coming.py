"""What debits that are still to be planned will take rests until then, as what is planned does."""

from odoo import models


class BillingRests(models.AbstractModel):
    _inherit = "billing.rests"

    def _find_coming(self, items):
        return super()._find_coming(items) | self.env["billing.debit.calendar"].get_coming(items)
