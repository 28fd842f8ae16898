from odoo import api, fields, models
from odoo.addons.online_billing.models.shared.guarded import ANY, Life, names
from odoo.exceptions import ValidationError

SETTINGS = names("fee_account_id transfer_account_id is_statement_kept")


class BillingStripeConnection(models.Model):
    """What is known of the Stripe account behind a provider: whose it is, and how its money stands."""

    _name = "billing.stripe.connection"
    _description = "Connection to Stripe"
    _inherit = ["billing.guarded", "mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _allow_sudo_commands = False
    _life = Life(write={ANY: SETTINGS})

    provider_id = fields.Many2one(
        "payment.provider", required=True, readonly=True, ondelete="cascade", exportable=False
    )
    name = fields.Char(related="provider_id.name", help="As the provider is called: whoever sees it need not see that.")
    company_id = fields.Many2one(related="provider_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    account_ref = fields.Char(
        string="Stripe Account", readonly=True, help="As Stripe numbers it; known once the connection was checked."
    )
    country_code = fields.Char(string="Country", readonly=True)
    is_live = fields.Boolean(string="Live Mode", readonly=True, help="Of real money. Off: of Stripe's test mode.")
    checked_at = fields.Datetime(string="Last Check", readonly=True)
    finding_ids = fields.One2many(
        "billing.stripe.finding",
        "connection_id",
        string="Findings",
        readonly=True,
        help="What the last check has found, with what to do about it.",
    )
    is_healthy = fields.Boolean(compute="_compute_is_healthy", string="All Is Well")
    fetched_until = fields.Datetime(
        string="Events Fetched Until", readonly=True, help="What was missed before has been fetched."
    )
    event_ids = fields.One2many("billing.stripe.event", "connection_id", string="Events")
    journal_id = fields.Many2one(related="provider_id.journal_id")
    is_statement_kept = fields.Boolean(
        string="Keep a Statement",
        help="Each movement of Stripe's balance becomes a line of the journal's bank statement, matched with its"
        " payment; payouts and fees too.",
    )
    fee_account_id = fields.Many2one(
        "account.account",
        string="Account for Fees",
        check_company=True,
        ondelete="restrict",
        domain="[('account_type', 'in', ('expense', 'expense_direct_cost', 'expense_other'))]",
        help="Where the fees of Stripe are booked.",
    )
    transfer_account_id = fields.Many2one(
        "account.account",
        string="Account for Payouts",
        check_company=True,
        ondelete="restrict",
        domain="[('reconcile', '=', True)]",
        help="Where a payout stands until the bank has it. Empty: the company's account for transfers.",
    )
    statement_until = fields.Datetime(
        string="Statement Until", readonly=True, help="Movements up to here are in the statement."
    )
    statement_journal_id = fields.Many2one(
        "account.journal",
        string="Statement In",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="The journal in which the lines of the statement stand. It stays that one while they do.",
    )
    held_movement_ids = fields.One2many(
        "billing.stripe.held.movement",
        "connection_id",
        domain=[("state", "=", "waiting")],
        string="Not in the Statement",
        readonly=True,
        help="Movements of the balance that could not be taken over, each with its reason. They are tried again every"
        " hour, until they are in the statement or somebody leaves them out.",
    )
    left_out_ids = fields.One2many(
        "billing.stripe.held.movement",
        "connection_id",
        domain=[("state", "=", "left_out")],
        string="Left Out of the Statement",
        readonly=True,
        help="Movements of the balance that somebody has left out, with the reason. They are not tried again, and"
        " explain the difference to Stripe's balance.",
    )

    _one_of_provider = models.Constraint("UNIQUE (provider_id)", "This provider has its connection already.")

    @api.depends("checked_at", "finding_ids.is_trouble")
    def _compute_is_healthy(self):
        for connection in self:
            connection.is_healthy = bool(connection.checked_at) and not any(connection.finding_ids.mapped("is_trouble"))

    @api.constrains("is_statement_kept")
    def _check_statement_alone(self):
        """The balance is the account's, not the provider's: a second statement would book every movement again."""
        for connection in self.filtered("is_statement_kept"):
            statement = self.env["billing.stripe.statement"]
            if keeper := statement.find_other_keeper(connection):
                raise ValidationError(statement.get_refusal(keeper))
            keeping = self.env["billing.stripe.connections"].find_keeping(connection)
            if unknown := keeping.filtered(lambda other, own=connection: not (own.account_ref and other.account_ref))[
                :1
            ]:
                raise ValidationError(
                    self.env._(
                        "%(other)s (%(company)s) keeps a statement too, and nobody knows yet whether it is of the same"
                        " Stripe account: then every movement would be booked twice. Choose “Check the Connection” on"
                        " both providers first.",
                        other=unknown.name,
                        company=unknown.company_id.name,
                    )
                )

    def _get_form_action(self):
        """Return the action that shows one connection."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "name": self.env._("Stripe"),
        }

    def action_check(self):
        """Ask Stripe whether everything is as it has to be."""
        self.check_access("write")
        for connection in self:
            self.env["billing.stripe.check"].check(connection)

    def action_fetch_events(self):
        """Fetch now what was missed."""
        self.check_access("write")
        return self.env["billing.stripe.missed.events"].fetch_now(self)

    def action_take_over(self):
        """Take over now what has moved, and try again what could not be taken over."""
        self.check_access("write")
        return self.env["billing.stripe.statement"].work_now(self)

    def action_compare(self):
        """Show Stripe's balance and the ledger side by side."""
        self.ensure_one()
        self.check_access("read")
        comparison = self.env["billing.stripe.comparing"].compare(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": comparison._name,
            "res_id": comparison.id,
            "view_mode": "form",
            "name": self.env._("Stripe and the Ledger"),
        }

    def action_view_events(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing_stripe.billing_stripe_event_action"),
            domain=[("connection_id", "=", self.id)],
            context={},
        )

    @api.model
    def _cron_fetch_events(self):
        """Fetch what Stripe could not bring."""
        self.env["billing.stripe.missed.events"].work()

    @api.model
    def _cron_look_at_methods(self):
        """Ask about saved methods of which nothing is known yet."""
        self.env["billing.stripe.methods"].look_at_new()

    @api.model
    def _cron_keep_statement(self):
        """Take over the movements of the balance."""
        self.env["billing.stripe.statement"].work()
