from odoo import api, fields, models
from odoo.addons.online_billing.models.shared.guarded import Life


class BillingStripeRemoval(models.Model):
    """A customer that Stripe is to delete: the row is committed before Stripe is asked, and asked about until it is."""

    _name = "billing.stripe.removal"
    _description = "Customer to Be Deleted at Stripe"
    _inherit = ["billing.guarded"]
    _order = "id desc"
    _rec_name = "reference"
    _allow_sudo_commands = False
    _life = Life()

    provider_id = fields.Many2one(
        "payment.provider", required=True, readonly=True, index=True, ondelete="cascade", exportable=False
    )
    company_id = fields.Many2one(related="provider_id.company_id", store=True, index=True)
    is_live = fields.Boolean(string="Live Mode", readonly=True, help="Of real money. Off: of Stripe's test mode.")
    reference = fields.Char(
        string="Customer at Stripe", readonly=True, help="By which Stripe knows the customer. Empty once it is deleted."
    )
    state = fields.Selection(
        [("asked", "To Be Asked"), ("unknown", "Unknown"), ("done", "Deleted"), ("refused", "Not Deleted")],
        required=True,
        readonly=True,
        default="asked",
        help="Unknown: Stripe was asked, and nobody knows whether it is deleted; it is asked again. Not Deleted: Stripe"
        " has refused, and somebody has the task: ask again once it is mended, or note that it is deleted.",
    )
    asked = fields.Integer(string="Times Asked", readonly=True, help="How often Stripe was asked to delete it.")
    next_time = fields.Datetime(string="Next Try", readonly=True, help="When Stripe is asked again by itself.")
    ended_at = fields.Datetime(readonly=True)
    error = fields.Char(string="Why", readonly=True, help="What Stripe said, or why it could not be asked.")

    _waiting_once = models.UniqueIndex(
        "(provider_id, reference) WHERE state IN ('asked', 'unknown')", "This customer waits to be deleted already."
    )
    _waiting_idx = models.Index("(next_time, id) WHERE state IN ('asked', 'unknown')")

    def action_ask_again(self):
        """Ask Stripe anew, once what was in the way is mended."""
        self.check_access("write")
        self.env["billing.stripe.removals"].ask_again(self)

    def action_note_deleted(self):
        """Note that somebody has deleted the customer on Stripe's page."""
        self.check_access("write")
        self.env["billing.stripe.removals"].note_deleted(self)

    @api.model
    def _cron_remove_customers(self):
        self.env["billing.stripe.removals"].work()
