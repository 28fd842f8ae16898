from odoo import fields, models


class BillingLateFeeBand(models.Model):
    """Compensation for debts from an amount on, up to the next band."""

    _name = "billing.late.fee.band"
    _description = "Compensation Band"
    _order = "lower, id"

    rule_id = fields.Many2one("billing.late.fee.rule", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="rule_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="rule_id.currency_id")
    lower = fields.Monetary(string="Debts From", help="This amount itself belongs to the band.")
    amount = fields.Monetary(string="Compensation", required=True)

    _lower_unique_per_rule = models.Constraint(
        "UNIQUE (rule_id, lower)", "Two bands of the rule begin at the same amount. Remove one."
    )
    _not_negative = models.Constraint("CHECK (lower >= 0 AND amount >= 0)", "Bands and amounts cannot be negative.")
