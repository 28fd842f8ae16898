from odoo import fields, models
from odoo.addons.online_billing.models.shared.guarded import Life


class BillingStripeCustomer(models.Model):
    """The one customer at Stripe that stands for a paying partner, in each mode: all saved methods hang on it."""

    _name = "billing.stripe.customer"
    _description = "Customer at Stripe"
    _inherit = ["billing.guarded"]
    _rec_name = "reference"
    _allow_sudo_commands = False
    _life = Life()

    provider_id = fields.Many2one("payment.provider", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="provider_id.company_id", store=True, index=True)
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="cascade")
    is_live = fields.Boolean(string="Live Mode", readonly=True)
    reference = fields.Char(required=True, readonly=True, index=True, help="By which Stripe knows the customer.")
    number = fields.Integer(
        required=True, readonly=True, default=1, help="How many there have been: one that is deleted is made anew."
    )

    _one_of_partner = models.Constraint(
        "UNIQUE (provider_id, partner_id, is_live)", "This customer is known at Stripe already."
    )
