from odoo import fields, models
from odoo.addons.online_billing.models.shared.guarded import ANY, Life, names

NEVER, PERIOD_END, ANY_DAY = "never", "period_end", "any_day"


class BillingPlan(models.Model):
    """Whether customers may end it themselves."""

    _inherit = "billing.plan"
    _life_of_addon = Life(create=names("customer_end"), write={ANY: names("customer_end")})

    customer_end = fields.Selection(
        [
            (NEVER, "No, they ask us"),
            (PERIOD_END, "At the end of the running period"),
            (ANY_DAY, "On any day from today on"),
        ],
        string="Customers End It Themselves",
        required=True,
        default=NEVER,
        help="Whether an owner of the account can end a subscription of this plan in the portal, and for which day.",
    )
