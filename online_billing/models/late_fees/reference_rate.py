from odoo import fields, models


class BillingReferenceRate(models.Model):
    """What a reference rate is from a day on."""

    _name = "billing.reference.rate"
    _description = "Reference Rate on a Day"
    _order = "valid_from desc, id desc"
    _rec_name = "valid_from"

    index_id = fields.Many2one(
        "billing.reference.index", string="Reference Rate", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="index_id.company_id", store=True, index=True)
    valid_from = fields.Date(string="From", required=True, help="First day on which the rate holds.")
    percent = fields.Float(
        string="Percent a Year",
        digits=(16, 6),
        required=True,
        aggregator="avg",
        help="As it is made known; it may be below zero.",
    )
    note = fields.Char(string="Origin", help="Where the figure comes from.")

    _day_unique_per_index = models.Constraint(
        "UNIQUE (index_id, valid_from)", "This reference rate has another figure for the same day. Correct that one."
    )
    _percent_range = models.Constraint(
        "CHECK (percent > -100 AND percent < 1000)", "A yearly rate lies between -100 and 1000 percent."
    )
