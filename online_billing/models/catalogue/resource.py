from odoo import fields, models


class BillingResource(models.Model):
    """Something that providing a service uses up: an hour of a technician, line capacity, money paid to a carrier."""

    _name = "billing.resource"
    _inherit = ["billing.configuration"]
    _description = "Billing Resource"
    _order = "name, id"
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        [("time", "Working Time"), ("capacity", "Capacity"), ("money", "Money")],
        required=True,
        default="time",
        help="Working time and capacity are limited; money is what a supplier charges.",
    )
    unit_name = fields.Char(
        string="Unit",
        required=True,
        default="hour",
        translate=True,
        help="In what the resource is counted: hour, Mbit/s, call.",
    )
    unit_cost = fields.Float(
        digits=(16, 6), help="What one unit of the resource costs you, in the currency of the company."
    )
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to share the resource between all companies."
    )
    active = fields.Boolean(default=True)

    _unit_cost_not_negative = models.Constraint("CHECK (unit_cost >= 0)", "The cost of a resource cannot be negative.")
