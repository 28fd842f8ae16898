from odoo import fields, models


class BillingCollectionThreshold(models.Model):
    _name = "billing.collection.threshold"
    _description = "Smallest Amount for the Collection"
    _order = "currency_id"

    policy_id = fields.Many2one("billing.collection.policy", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Monetary(required=True, help="While less than this is overdue, nothing happens.")
    promise_amount = fields.Monetary(
        string="Promises from",
        help="The smallest amount that customers may promise by themselves, unless they owe less.",
    )

    _one_per_currency = models.Constraint(
        "UNIQUE (policy_id, currency_id)", "This currency has a threshold in this policy already."
    )
    _not_negative = models.Constraint("CHECK (amount >= 0 AND promise_amount >= 0)", "A threshold is not negative.")
