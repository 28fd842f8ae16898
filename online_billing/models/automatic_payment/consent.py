from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..shared.guarded import Life, names

HOLDING = ("active", "paused")  # states of a consent that somebody has given and not taken back

CHOICES = names("day_rule day_number limit_debit limit_month")
CHANNELS = [
    ("portal", "In the portal"),
    ("page", "On the pay page"),
    ("written", "In writing"),
    ("program", "By a program"),
]


class BillingPaymentConsent(models.Model):
    """What a customer has agreed to: which method is charged, on which day, up to how much. Nothing is charged without.

    It is given by ``billing.payment.consents`` alone, whoever asks: the words that were shown, when, by whom and where
    stay with it for ever.
    """

    _name = "billing.payment.consent"
    _description = "Consent to Automatic Payment"
    _inherit = ["billing.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "given_at desc, id desc"
    _check_company_auto = True
    _life = Life(write={"active": CHOICES, "paused": CHOICES}, by_event=True)

    account_id = fields.Many2one(
        "billing.account", required=True, readonly=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    currency_id = fields.Many2one(
        "res.currency", required=True, readonly=True, help="Bills in another currency are not debited."
    )
    state = fields.Selection(
        [("active", "Holds"), ("paused", "Paused"), ("withdrawn", "Withdrawn")],
        required=True,
        readonly=True,
        default="active",
        copy=False,
        tracking=True,
        index=True,
        help="Paused: nothing is debited until it is resumed, after a charge-back for instance.",
    )
    method_ids = fields.One2many(
        "billing.payment.consent.method",
        "consent_id",
        string="Methods",
        copy=False,
        help="The first that works is charged, the others stand in for it.",
    )
    day_rule = fields.Selection(
        [
            ("due", "On the due day"),
            ("before", "Days before the due day"),
            ("after", "Days after the due day"),
            ("day_of_month", "On a day of the month"),
        ],
        string="Debited",
        required=True,
        default="due",
        tracking=True,
        help="On a day of the month: the first such day on which a bill is due. In shorter months the last day counts.",
    )
    day_number = fields.Integer(
        string="Days or Day",
        default=0,
        tracking=True,
        help="0 to 60 days before or after; a day of the month from 1 to 31.",
    )
    limit_debit = fields.Monetary(
        string="At Most per Debit",
        tracking=True,
        help="A larger debit is not made; the customer pays it. 0: any amount.",
    )
    limit_month = fields.Monetary(
        string="At Most per Month", tracking=True, help="Of all debits of a calendar month together. 0: any amount."
    )
    text = fields.Text(string="What Was Agreed", required=True, readonly=True, help="The words that were shown.")
    text_version = fields.Char(required=True, readonly=True, help="Equal words have the same version.")
    channel = fields.Selection(CHANNELS, string="Given", required=True, readonly=True)
    given_at = fields.Datetime(string="Given At", required=True, readonly=True)
    given_by_id = fields.Many2one("res.partner", string="Given By", required=True, readonly=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", string="Recorded By", required=True, readonly=True)
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "billing_payment_consent_attachment_rel",
        "consent_id",
        "attachment_id",
        string="Paper",
        readonly=True,
        copy=False,
        help="What the customer has signed.",
    )
    previous_id = fields.Many2one(
        "billing.payment.consent",
        string="Consent Before",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The one of the account that held until this one was given.",
    )
    takes_up_failed = fields.Boolean(
        string="Takes Up What Failed",
        readonly=True,
        copy=False,
        help="The customer wants to have collected what could not be collected before, and was not to be tried again.",
    )
    ended_at = fields.Datetime(string="Withdrawn At", readonly=True, copy=False)
    ended_by_id = fields.Many2one("res.partner", string="Withdrawn By", readonly=True, copy=False)
    reason = fields.Char(
        string="Why Paused or Withdrawn", readonly=True, copy=False, tracking=True, help="Empty: nobody has said."
    )
    paused_until = fields.Date(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="On this day it goes on by itself. Empty: when somebody resumes it.",
    )
    paused_by_id = fields.Many2one(
        "res.partner",
        string="Paused By",
        readonly=True,
        copy=False,
        help="The customer who has paused it, and may take it up again. Empty: staff, or a payment taken back.",
    )
    looked_on = fields.Date(
        readonly=True, copy=False, help="The last local day on which the debits of this consent were looked at."
    )
    planned_on = fields.Date(
        readonly=True,
        copy=False,
        help="The last local day whose debits were planned. What was missed since is made up for.",
    )
    attempt_ids = fields.One2many("billing.payment.attempt", "consent_id", string="Attempts")
    is_usable = fields.Boolean(
        compute="_compute_is_usable", string="Has a Method", help="One of its methods can be charged."
    )

    _day_number_range = models.Constraint(
        "CHECK (CASE day_rule WHEN 'day_of_month' THEN day_number BETWEEN 1 AND 31"
        " ELSE day_number BETWEEN 0 AND 60 END)",
        "Choose a day of the month from 1 to 31, or 0 to 60 days before or after the due day.",
    )
    _limits_positive = models.Constraint(
        "CHECK (COALESCE(limit_debit, 0) >= 0 AND COALESCE(limit_month, 0) >= 0)", "A limit is not below zero."
    )
    _one_holds = models.UniqueIndex(
        "(account_id, currency_id) WHERE state IN ('active', 'paused')",
        "This account has a consent to automatic payment already. Withdraw it first, or change it.",
    )
    _planned_idx = models.Index("(looked_on NULLS FIRST, id) WHERE state = 'active'")

    @api.depends("account_id", "state")
    @api.depends_context("lang")
    def _compute_display_name(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        for consent in self:
            consent.display_name = self.env._(
                "Automatic payment of %(account)s (%(state)s)",
                account=consent.account_id.name or "",
                state=states.get(consent.state, ""),
            )

    @api.depends("method_ids.is_usable")
    def _compute_is_usable(self):
        for consent in self:
            consent.is_usable = any(method.is_usable for method in consent.method_ids)

    @api.constrains("channel", "attachment_ids")
    def _check_paper(self):
        for consent in self:
            if consent.channel == "written" and not consent.attachment_ids:
                raise ValidationError(self.env._("Attach what the customer has signed: the paper, or the letter."))

    @api.constrains("currency_id", "account_id")
    def _check_currency(self):
        for consent in self:
            if consent.currency_id != consent.account_id.currency_id:
                raise ValidationError(self.env._("A consent is in the currency of its account."))

    @api.model
    def _get_life_advice(self):
        return self.env._(
            "A consent is given on the account, on the pay page or in the portal. What the customer has agreed to stays"
            " as it is: withdraw it and have another one given."
        )

    def write(self, vals):
        """Plan anew what is coming when day or limits are changed; staff may narrow them alone."""
        if not vals.keys() & CHOICES:
            return super().write(vals)
        consents = self.env["billing.payment.consents"]
        before = {} if self.env.su else {consent: consents.get_terms(consent) for consent in self}
        result = super().write(vals)
        for consent, terms in before.items():
            consents.check_narrower(terms, consents.get_terms(consent))
        self.env["billing.debit.planning"].plan_anew(self)
        return result

    # -- buttons ------------------------------------------------------------------------------------------------------

    def action_pause(self):
        reason = self.env._("Paused by %(user)s", user=self.env.user.name)
        for consent in self:
            self.env["billing.payment.consents"].pause(consent, reason)

    def action_resume(self):
        for consent in self:
            self.env["billing.payment.consents"].resume(consent)

    def action_withdraw(self):
        for consent in self:
            self.env["billing.payment.consents"].withdraw(consent, self.env.user.partner_id)

    def action_view_attempts(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_payment_attempt_action"),
            domain=[("consent_id", "=", self.id)],
            context={},
        )

    @api.model
    def _cron_plan_debits(self):
        self.env["billing.payment.consents"].resume_due()
        self.env["billing.debit.planning"].work()
        self.env["billing.payment.consents"].tell_expiring(fields.Date.context_today(self))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A consent is kept, also once it is withdrawn: it says why something was debited."))
