from odoo import fields, models
from odoo.addons.online_billing.models.shared.guarded import Life


class BillingStripeFinding(models.Model):
    """One thing that the check of a connection has looked at."""

    _name = "billing.stripe.finding"
    _description = "Finding of a Check"
    _inherit = ["billing.guarded"]
    _order = "connection_id, is_trouble desc, id"
    _rec_name = "subject"
    _life = Life()

    connection_id = fields.Many2one(
        "billing.stripe.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id")
    subject = fields.Char(string="Looked At", required=True, readonly=True)
    is_trouble = fields.Boolean(string="To Do", readonly=True)
    text = fields.Char(string="Found", required=True, readonly=True)
    advice = fields.Char(string="What to Do", readonly=True)
