from odoo import api, fields, models
from odoo.addons.online_billing.models.shared.guarded import Life

STATES = [
    ("warning_needs_response", "Inquiry: Needs an Answer"),
    ("warning_under_review", "Inquiry: Under Review"),
    ("warning_closed", "Inquiry: Closed"),
    ("needs_response", "Needs an Answer"),
    ("under_review", "Under Review"),
    ("won", "Won"),
    ("lost", "Lost"),
    ("prevented", "Prevented"),
]
CLOSED = ("warning_closed", "won", "lost", "prevented")


class BillingStripeDispute(models.Model):
    """A payment that the customer's bank asks about or takes back."""

    _name = "billing.stripe.dispute"
    _description = "Dispute at Stripe"
    _inherit = ["billing.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "opened_on desc, id desc"
    _allow_sudo_commands = False
    # nobody writes a dispute, and whoever reads it sees and does what is to be done about it
    _mail_post_access = "read"
    _life = Life()

    connection_id = fields.Many2one(
        "billing.stripe.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    reference = fields.Char(required=True, readonly=True, help="By which Stripe knows it.")
    payment_id = fields.Many2one("account.payment", readonly=True, index="btree_not_null", ondelete="set null")
    attempt_id = fields.Many2one("billing.payment.attempt", readonly=True, index="btree_not_null", ondelete="set null")
    account_id = fields.Many2one("billing.account", readonly=True, index="btree_not_null", ondelete="set null")
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    fee = fields.Monetary(readonly=True, help="What Stripe charges for the dispute.")
    reason = fields.Char(string="Code of the Reason", readonly=True, help="As Stripe passes it on.")
    reason_text = fields.Char(
        compute="_compute_reason_text", string="Reason", help="Why the customer's bank asks or takes back, in words."
    )
    status = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        tracking=True,
        index=True,
        help="As Stripe says it. Inquiries take no money yet; what is won comes back by itself.",
    )
    opened_on = fields.Date(string="Opened", readonly=True)
    evidence_by = fields.Datetime(
        string="Answer Until", readonly=True, help="Until when evidence can be handed in on Stripe's page."
    )
    taken_move_id = fields.Many2one(
        "account.move",
        string="Taken Back",
        readonly=True,
        copy=False,
        help="The entry by which the debt is open again.",
    )
    returned_move_id = fields.Many2one(
        "account.move", string="Came Back", readonly=True, copy=False, help="The entry by which a dispute was won."
    )
    stop_ids = fields.Many2many(
        "billing.stop", string="On Hold Meanwhile", readonly=True, copy=False, help="Nobody is reminded of these bills."
    )
    is_closed = fields.Boolean(compute="_compute_is_closed", store=True)

    _dispute_once = models.Constraint("UNIQUE (connection_id, reference)", "This dispute is here already.")

    @api.depends("status")
    def _compute_is_closed(self):
        for dispute in self:
            dispute.is_closed = dispute.status in CLOSED

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        words = self._get_reasons()
        for dispute in self:
            dispute.reason_text = words.get(dispute.reason or "general", dispute.reason)

    def _get_reasons(self):
        """Return {code of a reason: words}, as Stripe's reference of the dispute object lists them."""
        _ = self.env._
        return {
            "bank_cannot_process": _("The bank cannot process it"),
            "check_returned": _("Cheque returned"),
            "credit_not_processed": _("A promised credit did not come"),
            "customer_initiated": _("Begun by the customer"),
            "debit_not_authorized": _("Debit not authorised"),
            "duplicate": _("Paid twice"),
            "fraudulent": _("Not made by the cardholder"),
            "general": _("No reason given"),
            "incorrect_account_details": _("Wrong bank details"),
            "insufficient_funds": _("Not enough money"),
            "noncompliant": _("Against the rules of the network"),
            "product_not_received": _("Not received"),
            "product_unacceptable": _("Not as described"),
            "subscription_canceled": _("The subscription was ended before"),
            "unrecognized": _("Not recognised by the customer"),
        }

    @api.depends("amount", "partner_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for dispute in self:
            amount = dispute.currency_id.format(dispute.amount) if dispute.currency_id else ""
            dispute.display_name = self.env._(
                "Dispute of %(customer)s, %(amount)s", customer=dispute.partner_id.name or "", amount=amount
            )
