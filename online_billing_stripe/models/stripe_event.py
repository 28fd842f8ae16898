from odoo import api, fields, models
from odoo.addons.online_billing.models.shared.guarded import Life

STATES = [
    ("received", "Received"),
    ("done", "Worked Off"),
    ("ignored", "Not Ours to Work Off"),
    ("failed", "Failed"),
    ("orphan", "Of Nothing Known"),
    ("quarantined", "Set Aside"),
]
#: after so long an event cannot come again, neither sent nor fetched
KEPT_DAYS = 90
MOST_DELETED = 10_000


class BillingStripeEvent(models.Model):
    """An event of Stripe, kept as it came and worked off afterwards: it says where to look, the live object counts."""

    _name = "billing.stripe.event"
    _description = "Event of Stripe"
    _inherit = ["billing.guarded"]
    _order = "id desc"
    _rec_name = "reference"
    _allow_sudo_commands = False
    _life = Life()

    connection_id = fields.Many2one(
        "billing.stripe.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    provider_id = fields.Many2one(related="connection_id.provider_id", store=True, index=True, exportable=False)
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    reference = fields.Char(string="Event", required=True, readonly=True, help="By which Stripe knows it.")
    type = fields.Char(
        string="What Happened", required=True, readonly=True, index=True, help="As Stripe names the kind of event."
    )
    object_ref = fields.Char(string="Object", readonly=True, index="btree_not_null", help="What it happened to.")
    happened_at = fields.Datetime(required=True, readonly=True)
    is_live = fields.Boolean(string="Live Mode", readonly=True, help="Of real money. Off: of Stripe's test mode.")
    api_version = fields.Char(string="Version", readonly=True, help="Of Stripe's interface in which it was written.")
    source = fields.Selection(
        [("sent", "Sent by Stripe"), ("fetched", "Fetched")],
        required=True,
        readonly=True,
        default="sent",
        help="Fetched: Stripe did not reach this server with it, and it was asked for afterwards.",
    )
    body = fields.Text(
        readonly=True,
        groups="online_billing.group_billing_manager",
        help="As it came, without what would let somebody pay or be paid, and without names and addresses.",
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="received", index=True)
    error = fields.Char(string="Why", readonly=True, help="Why it failed, was set aside, or is not ours.")
    tries = fields.Integer(readonly=True, help="How often it was worked on without success.")
    next_time = fields.Datetime(
        string="Next Try", readonly=True, help="When it is worked on again by itself. Empty: it is done or set aside."
    )
    ended_at = fields.Datetime(string="Worked Off At", readonly=True)
    attempt_id = fields.Many2one("billing.payment.attempt", readonly=True, index="btree_not_null", ondelete="set null")
    account_id = fields.Many2one(related="attempt_id.account_id", string="Account")

    _event_once = models.Constraint("UNIQUE (connection_id, reference)", "This event is here already.")
    _waiting_idx = models.Index("(next_time, id) WHERE state IN ('received', 'failed', 'orphan')")
    _object_idx = models.Index("(connection_id, object_ref)")

    def action_work_again(self):
        """Work chosen events off now, also those that were set aside."""
        self.check_access("write")
        return self.env["billing.stripe.event.work"].work_now(self)

    @api.autovacuum
    def _gc_worked_off(self):
        """Delete what was worked off long ago: Stripe lists events for thirty days, and sends them for three."""
        over = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        old = self.sudo().search(  # sudo: a job
            [("state", "in", ("done", "ignored")), ("create_date", "<", over)], order="id", limit=MOST_DELETED
        )
        old.unlink()
        return len(old), len(old) == MOST_DELETED

    @api.model
    def _cron_work_events(self):
        """Work off what Stripe has told."""
        self.env["billing.stripe.event.work"].work()
