from odoo import fields, models

from ..shared.guarded import ANY, Life, names

TERMS = names("name active company_id wait_for_customer")


class BillingRetryPolicy(models.Model):
    """When a declined payment is tried again, by what the decline means."""

    _name = "billing.retry.policy"
    _description = "Retry Policy"
    _inherit = ["billing.guarded", "billing.configuration", "mail.thread"]
    _order = "name, id"
    _life = Life(create=TERMS, write={ANY: TERMS}, delete=names(ANY))

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company may use it.")
    rule_ids = fields.One2many(
        "billing.retry.rule", "policy_id", string="Retries", copy=True, help="One line for each kind of decline."
    )
    wait_for_customer = fields.Integer(
        string="Days for the Customer",
        default=3,
        required=True,
        help="So long a payment waits that the customer has to confirm with their bank. Then it has failed.",
    )

    _wait_for_customer_range = models.Constraint(
        "CHECK (wait_for_customer BETWEEN 1 AND 30)", "Give the customer 1 to 30 days to confirm a payment."
    )
