from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    billing_debit_notice_days = fields.Integer(
        string="Announce Debits",
        default=3,
        help="So many days before a debit the customer is told. 0: on the day itself. Direct debits usually need at"
        " least 1 to 14 days, by what was agreed with the customer.",
    )
    billing_debit_notice_channel = fields.Selection(
        [("email", "By e-mail"), ("sms", "By text message")],
        string="Tell of Debits",
        default="email",
        required=True,
        help="How customers are told of debits, unless their account says otherwise. Text messages are sent by Odoo's"
        " service for them and cost credit. Where they are chosen, customers may choose between both in the portal.",
    )
    billing_consent_text = fields.Text(
        string="Text of the Consent",
        translate=True,
        help="What customers agree to when they choose automatic payment. Empty: a standard text. Each consent keeps"
        " the text that was shown.",
    )
    billing_retry_policy_id = fields.Many2one(
        "billing.retry.policy",
        string="Retries of Payments",
        default=lambda self: self._default_billing_retry_policy_id(),
        ondelete="restrict",
        help="When a declined payment is tried again. Empty: it is not.",
    )
    billing_return_fee_code_id = fields.Many2one(
        "billing.code",
        string="Fee of Returned Payments",
        domain=[("kind", "=", "fee")],
        groups="base.group_user",
        ondelete="restrict",
        help="Charged at its price to customers whose bank takes a payment back: a returned debit or a charge-back."
        " Taken back where the payment stands again before the fee is billed. Empty: nothing is charged.",
    )

    billing_give_back_double = fields.Boolean(
        string="Give Back What Was Paid Twice",
        default=True,
        help="Where a payment on a page and another payment of the same bill have both come, and nothing else is open:"
        " the later one is given back by the way it came, and a manager is told. Otherwise it stays as a credit.",
    )

    _billing_debit_notice = models.Constraint(
        "CHECK (billing_debit_notice_days BETWEEN 0 AND 60)", "Announce debits 0 to 60 days before."
    )

    @api.model
    def _default_billing_retry_policy_id(self):
        """Return the policy that comes with the addon, while it is for everybody."""
        policy = self.env.ref("online_billing.retry_policy_standard", raise_if_not_found=False)
        # sudo: whoever opens a company need not be allowed to see policies
        return policy and policy.sudo().filtered(lambda one: one.active and not one.company_id)
