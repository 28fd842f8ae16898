from odoo import api, fields, models

from ..shared.guarded import Life


class BillingSubscriptionQuantity(models.Model):
    """The quantity of a subscription line from a day on."""

    _name = "billing.subscription.quantity"
    _inherit = ["billing.guarded", "billing.read.by.runs"]
    _description = "Quantity Change of a Subscription Line"
    _order = "line_id, date_from, id"
    _check_company_auto = True
    _belongs = frozenset({"line_id"})
    _life = Life()

    line_id = fields.Many2one(
        "billing.subscription.line", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True, precompute=True)
    date_from = fields.Date(required=True, string="From", help="The first day on which so many are billed.")
    quantity = fields.Float(digits=(16, 6), required=True)
    reason = fields.Char()

    _one_per_day = models.Constraint(
        "UNIQUE (line_id, date_from)", "The quantity already changes on this day. Correct that change instead."
    )
    _quantity_not_negative = models.Constraint(
        "CHECK (quantity >= 0)", "The quantity cannot be negative; 0 stops the charge."
    )

    def _get_reading_accounts(self):
        return self.line_id.account_id

    @api.model
    def _get_life_advice(self):
        return self.env._("Use “Change Quantity” on the line of the subscription, so that what is billed is corrected.")
