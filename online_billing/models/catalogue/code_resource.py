from odoo import api, fields, models


class BillingCodeResource(models.Model):
    """How much of a resource one unit of a billing code needs."""

    _name = "billing.code.resource"
    _description = "Resource Need of a Billing Code"
    _order = "code_id, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    code_id = fields.Many2one("billing.code", required=True, index=True, ondelete="cascade", check_company=True)
    company_id = fields.Many2one(related="code_id.company_id", store=True, index=True)
    resource_id = fields.Many2one(
        "billing.resource", required=True, index=True, ondelete="restrict", check_company=True
    )
    quantity = fields.Float(
        digits=(16, 6),
        default=1.0,
        required=True,
        help="Units of the resource that one unit of the billing code needs.",
    )
    unit_name = fields.Char(related="resource_id.unit_name", string="Unit")
    cost = fields.Float(
        digits=(16, 6), compute="_compute_cost", help="Cost of this need for one unit of the billing code."
    )

    _resource_once_per_code = models.Constraint(
        "UNIQUE (code_id, resource_id)", "A billing code lists each resource once; change the quantity instead."
    )
    _quantity_positive = models.Constraint("CHECK (quantity > 0)", "The quantity of a resource need must be positive.")

    @api.depends("quantity", "resource_id.unit_cost")
    def _compute_cost(self):
        for need in self:
            need.cost = need.quantity * need.resource_id.unit_cost
