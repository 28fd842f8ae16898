from odoo import fields, models
from odoo.addons.online_billing.models.shared.guarded import Life


class BillingStripeCustomer(models.Model):
    """The one customer at Stripe that stands for a paying partner, in each mode: all saved methods hang on it.

    Where two partners become one, so do not their customers: Stripe cannot join them, and methods hang on both. The
    other one is kept as a former one, so that what it pays is known, and that it is deleted with the data of its owner.
    """

    _name = "billing.stripe.customer"
    _description = "Customer at Stripe"
    _inherit = ["billing.guarded"]
    _rec_name = "reference"
    _allow_sudo_commands = False
    _life = Life()

    provider_id = fields.Many2one(
        "payment.provider", required=True, readonly=True, index=True, ondelete="cascade", exportable=False
    )
    company_id = fields.Many2one(related="provider_id.company_id", store=True, index=True)
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="cascade")
    is_live = fields.Boolean(string="Live Mode", readonly=True)
    reference = fields.Char(required=True, readonly=True, index=True, help="By which Stripe knows the customer.")
    number = fields.Integer(
        required=True, readonly=True, default=1, help="How many there have been: one that is deleted is made anew."
    )
    is_former = fields.Boolean(
        string="Of a Merged Contact",
        readonly=True,
        help="Another one has taken its place for what is saved from now on.",
    )

    _one_of_partner = models.UniqueIndex(
        "(provider_id, partner_id, is_live) WHERE is_former IS NOT TRUE", "This customer is known at Stripe already."
    )
