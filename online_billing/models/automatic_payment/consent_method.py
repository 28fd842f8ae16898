from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..shared.guarded import Life, names

PURPOSES = [
    ("all", "All bills"),
    ("recurring", "Bills of subscriptions"),
    ("other", "Other bills"),
]
CHOICE = names("sequence purpose")


class BillingPaymentConsentMethod(models.Model):
    """A saved payment method of a consent: the first that works is charged, the others stand in for it.

    It is agreed to with its consent, and stays on it once that is withdrawn. Until then staff may put methods in
    another order, use one for fewer bills, or take it away.
    """

    _name = "billing.payment.consent.method"
    _description = "Payment Method of a Consent"
    _inherit = ["billing.guarded"]
    _order = "consent_id, sequence, id"
    _rec_name = "token_id"
    _life = Life(write={"active": CHOICE, "paused": CHOICE}, delete=names("active paused"))

    consent_id = fields.Many2one("billing.payment.consent", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="consent_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    token_id = fields.Many2one(
        "payment.token",
        string="Saved Method",
        required=True,
        index=True,
        ondelete="cascade",
        help="As the customer has saved it with the provider.",
    )
    purpose = fields.Selection(
        PURPOSES,
        string="For",
        required=True,
        default="all",
        help="Bills of subscriptions are those on which a subscription is billed.",
    )
    gone_on = fields.Datetime(
        string="Not Charged Since",
        readonly=True,
        copy=False,
        help="Its provider has said that it is gone for good. The next method stands in for it.",
    )
    gone_reason = fields.Char(
        string="Why Not", readonly=True, copy=False, help="In the words of the provider's list, or of ours."
    )
    expires_on = fields.Date(
        readonly=True, copy=False, help="The last day on which it can be charged, where it is known."
    )
    expiry_told = fields.Date(readonly=True, copy=False, help="The last day of which the customer has been told.")
    is_usable = fields.Boolean(compute="_compute_is_usable", string="Works", help="It can be charged.")

    _token_once = models.Constraint(
        "UNIQUE (consent_id, token_id, purpose)", "This method stands in the list already for the same bills."
    )

    _expiring_idx = models.Index("(expires_on) WHERE expires_on IS NOT NULL AND gone_on IS NULL")

    @api.depends(
        "gone_on",
        "token_id.active",
        "token_id.provider_id.state",
        "token_id.provider_id.capture_manually",
        "token_id.partner_id.commercial_partner_id",
        "consent_id.account_id.partner_id.commercial_partner_id",
    )
    def _compute_is_usable(self):
        """It works while it is the customer's, whoever that is by now, and its provider is there and takes money."""
        adapters = self.env["billing.payment.adapter"]
        for method in self:
            token = method.sudo().token_id  # sudo: whether it works; nothing else of it is shown
            works = not method.gone_on and token.active and token.provider_id.state != "disabled"
            provider = token.provider_id
            works = works and not adapters.get_adapter(provider).captures_by_hand(provider)
            method.is_usable = works and method._is_of_customer()

    def _is_of_customer(self):
        method = self.sudo()  # sudo: as above
        customer = method.consent_id.account_id.partner_id.commercial_partner_id
        return method.token_id.partner_id.commercial_partner_id == customer

    @api.constrains("token_id", "consent_id")
    def _check_token(self):
        """A method belongs to the customer of the account, and to its company."""
        for method in self.sudo():  # sudo: whoever notes a consent need not be allowed to see methods of others
            account, token = method.consent_id.account_id, method.token_id
            if not method._is_of_customer() or token.company_id.root_id != account.company_id.root_id:
                raise ValidationError(
                    self.env._(
                        "This payment method is not one of %(customer)s in %(company)s.",
                        customer=account.partner_id.display_name,
                        company=account.company_id.name,
                    )
                )

    @api.model
    def _get_life_states(self):
        return self.env["billing.payment.consent"]._get_life_states()

    def _get_life_state(self):
        return self.consent_id._get_life_state()

    @api.model
    def _get_life_advice(self):
        return self.env["billing.payment.consent"]._get_life_advice()

    def write(self, vals):
        """Let staff use a method for fewer bills than was agreed to, and for no others; what is coming follows it."""
        before = {} if self.env.su else {method: method.purpose for method in self}
        result = super().write(vals)
        if any(purpose not in ("all", method.purpose) for method, purpose in before.items()):
            raise self.env["billing.payment.consents"].get_refusal_of_wider()
        if vals.keys() & CHOICE:
            self.consent_id.invalidate_recordset(["method_ids"])  # they may stand in another order now
            self.env["billing.debit.planning"].follow_methods(self.consent_id)
        return result

    def unlink(self):
        """Keep on the consent which methods were agreed to until they were taken away."""
        taken = {
            consent: ", ".join(methods.sudo().token_id.mapped("display_name"))  # sudo: its name, for staff
            for consent, methods in self.grouped("consent_id").items()
        }
        result = super().unlink()
        for consent, methods in taken.items():
            consent.message_post(body=self.env._("Charged no more, as staff say: %(methods)s", methods=methods))
        self.env["billing.debit.planning"].follow_methods(self.env["billing.payment.consent"].concat(*taken))
        return result
