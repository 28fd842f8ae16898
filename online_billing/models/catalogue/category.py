from odoo import fields, models


class BillingCategory(models.Model):
    """Group billing codes for menus, filters and reports, for instance Access, Telephony, Fees."""

    _name = "billing.category"
    _inherit = ["billing.configuration"]
    _description = "Billing Category"
    _order = "sequence, name, id"
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to share the category between all companies."
    )
    code_ids = fields.One2many("billing.code", "category_id", string="Billing Codes")
    code_count = fields.Integer(compute="_compute_code_count", string="Number of Billing Codes")

    def _compute_code_count(self):
        counts = dict(
            self.env["billing.code"]._read_group([("category_id", "in", self.ids)], ["category_id"], ["__count"])
        )
        for category in self:
            category.code_count = counts.get(category, 0)
