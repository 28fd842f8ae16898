from odoo import fields, models


class BillingQuietDay(models.Model):
    """A day on which nobody is reminded: public holidays, the days between the years."""

    _name = "billing.quiet.day"
    _description = "Quiet Day"
    _order = "date desc, id"

    name = fields.Char(required=True)
    date = fields.Date(required=True, index=True, help="Nobody is reminded on this day; steps wait for the next one.")
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")

    _one_per_company = models.Constraint("UNIQUE (date, company_id)", "This day is quiet already.")
