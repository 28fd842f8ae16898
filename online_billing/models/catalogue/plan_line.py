from odoo import api, fields, models
from odoo.exceptions import ValidationError

TIMINGS = [("advance", "In advance"), ("arrears", "In arrears")]


class BillingPlanLine(models.Model):
    """One billing code of a plan, billed before or after the period that it pays for."""

    _name = "billing.plan.line"
    _description = "Billing Plan Line"
    _order = "plan_id, sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    plan_id = fields.Many2one("billing.plan", required=True, index=True, ondelete="cascade", check_company=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    code_id = fields.Many2one(
        "billing.code",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain=[("kind", "in", ("recurring", "one_time", "credit"))],
    )
    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True, translate=True, string="Description"
    )
    kind = fields.Selection(related="code_id.kind")
    quantity = fields.Float(digits=(16, 6), default=1.0, required=True)
    timing = fields.Selection(
        TIMINGS,
        default="advance",
        required=True,
        help="In advance: billed on the first day of the period. In arrears: on the day after its last.",
    )
    prorate = fields.Boolean(
        string="Prorate",
        default=True,
        help="Short periods are charged by their days. Otherwise always the full amount.",
    )
    price_summary = fields.Char(
        compute="_compute_price_summary", string="Price Today", help="The price that holds today, in words."
    )

    _quantity_not_negative = models.Constraint(
        "CHECK (quantity >= 0)", "The quantity of a plan line cannot be negative."
    )

    @api.depends("code_id")
    def _compute_name(self):
        for line in self:
            line.name = line.code_id.name

    @api.depends("code_id", "plan_id.price_ids", "code_id.price_ids")
    def _compute_price_summary(self):
        today = fields.Date.context_today(self)
        for line in self:
            price = line.code_id and line.code_id._get_price(
                today, line.plan_id.company_id.currency_id, line.plan_id._origin
            )
            line.price_summary = price.summary if price else self.env._("No price valid today")

    @api.constrains("code_id")
    def _check_kind(self):
        for line in self:
            if line.code_id.kind not in ("recurring", "one_time", "credit"):
                raise ValidationError(
                    self.env._(
                        "%(code)s is not billed by the period. A plan takes recurring, one-time and credit codes.",
                        code=line.code_id.display_name,
                    )
                )
