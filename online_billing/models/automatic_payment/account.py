from odoo import api, fields, models
from odoo.fields import Domain

from ..accounts.unfinished import Unfinished
from ..shared.guarded import ANY, Life, names
from .consent import HOLDING
from .payment_attempt import OPEN

REACHED = names("debit_notice_channel")
HOLDS = Domain("state", "in", HOLDING)


class BillingAccount(models.Model):
    _inherit = "billing.account"
    _life_of_addon = Life(create=REACHED, write={ANY: REACHED})

    debit_notice_channel = fields.Selection(
        [("email", "By e-mail"), ("sms", "By text message")],
        string="Notices of Debits",
        tracking=True,
        help="How the customer is told of debits that come, fail or have to be confirmed. Empty: as the company does"
        " it, or by letter where all documents go by letter. Whoever has no telephone number gets an e-mail, or the"
        " letter, instead of a text message.",
    )
    consent_ids = fields.One2many("billing.payment.consent", "account_id", string="Consents to Automatic Payment")
    consent_id = fields.Many2one(
        "billing.payment.consent",
        compute="_compute_consent_id",
        search="_search_consent_id",
        string="Automatic Payment",
        help="The consent that holds now.",
    )
    consent_state = fields.Selection(related="consent_id.state", string="State of Automatic Payment")
    consent_reason = fields.Char(related="consent_id.reason", string="Why It Is Paused")
    consent_paused_until = fields.Date(related="consent_id.paused_until")
    attempt_count = fields.Integer(compute="_compute_attempt_count", string="Payment Attempts")
    next_debit_day = fields.Date(
        compute="_compute_next_debit", string="Next Debit", help="The day of the next debit that is planned."
    )
    next_debit_amount = fields.Monetary(
        compute="_compute_next_debit", string="Next Debit Amount", help="Taken on the day of the next debit."
    )

    @api.depends("consent_ids.state")
    def _compute_consent_id(self):
        consents = self.env["billing.payment.consent"].search(Domain("account_id", "in", self.ids) & HOLDS)
        found = {consent.account_id: consent for consent in consents}
        for account in self:
            account.consent_id = found.get(account._origin or account)

    def _search_consent_id(self, operator, value):
        """Find accounts by the consent that holds, or those without one; Odoo finds by it whom a change concerns."""
        if operator != "in":
            return NotImplemented
        wanted = [consent for consent in value if consent]
        found = Domain("consent_ids", "any", HOLDS & Domain("id", "in", wanted)) if wanted else Domain.FALSE
        return found if len(wanted) == len(value) else found | Domain("consent_ids", "not any", HOLDS)

    def _compute_attempt_count(self):
        attempts = self.env["billing.payment.attempt"]
        counts = dict(attempts._read_group([("account_id", "in", self.ids)], ["account_id"], ["__count"]))
        for account in self:
            account.attempt_count = counts.get(account, 0)

    def _compute_next_debit(self):
        """Several debits of one day, as where a limit shares bills out over them, are shown as what they come to."""
        planned = self.env["billing.payment.attempt"].search(
            [("account_id", "in", self.ids), ("state", "=", "planned"), ("kind", "=", "debit")]
        )
        coming = planned.grouped("account_id")
        for account in self:
            own = coming.get(account, planned.browse())
            account.next_debit_day = min(own.mapped("day"), default=False)
            first = own.filtered(lambda one, day=account.next_debit_day: one.day == day)
            account.next_debit_amount = sum(first.mapped("amount"))

    def write(self, vals):
        """End automatic payment where somebody else is billed, or in another currency: nobody has agreed to that."""
        if not vals.keys() & {"partner_id", "currency_id"}:
            return super().write(vals)
        before = {account: (account.partner_id.commercial_partner_id, account.currency_id) for account in self}
        result = super().write(vals)
        changed = self.filtered(
            lambda account: before[account] != (account.partner_id.commercial_partner_id, account.currency_id)
        )
        self.env["billing.payment.consents"].end_all(
            changed, self.env._("The customer or the currency of the account has changed")
        )
        return result

    def _get_unfinished(self):
        reasons = super()._get_unfinished()
        # sudo: whether any exists
        under_way = self.env["billing.payment.attempt"].sudo()
        if under_way.search_count([("account_id", "=", self.id), ("state", "in", OPEN)], limit=1):
            reason = self.env._("a debit is planned or under way. Stop it, or wait until it has ended.")
            reasons.append(Unfinished("payment", reason))
        return reasons

    def action_view_attempts(self):
        return self._get_related_action("online_billing.billing_payment_attempt_action", [("account_id", "=", self.id)])

    def action_view_consents(self):
        return self._get_related_action("online_billing.billing_payment_consent_action", [("account_id", "=", self.id)])

    def action_give_consent(self):
        """Open the dialogue in which staff note what a customer has signed."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Automatic Payment"),
            "res_model": "billing.consent.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_account_id": self.id},
        }

    def action_charge_now(self):
        """Open the dialogue that charges what is open with the customer's method, after showing the figures."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Charge Now"),
            "res_model": "billing.charge.now",
            "view_mode": "form",
            "target": "new",
            "context": {"default_account_id": self.id},
        }
