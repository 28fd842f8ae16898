from odoo import fields, models
from odoo.addons.online_billing.models.shared.guarded import Life


class BillingStripeHeldMovement(models.Model):
    """A movement of Stripe's balance of which no statement line could be made. It goes once there is one."""

    _name = "billing.stripe.held.movement"
    _description = "Movement That Is Not in the Statement"
    _inherit = ["billing.guarded"]
    _order = "connection_id, date, id"
    _allow_sudo_commands = False
    _life = Life()

    connection_id = fields.Many2one(
        "billing.stripe.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id")
    reference = fields.Char(
        string="Balance Transaction", required=True, readonly=True, help="By which Stripe knows it."
    )
    name = fields.Text(string="Movement", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    fee = fields.Monetary(readonly=True)
    reason = fields.Text(string="Why", required=True, readonly=True, help="Why no line could be made of it.")
    body = fields.Json(
        readonly=True,
        groups="online_billing.group_billing_manager",
        help="As Stripe told it, without names and addresses: it is tried again by it.",
    )

    _once = models.Constraint("UNIQUE (connection_id, reference)", "This movement waits already.")
