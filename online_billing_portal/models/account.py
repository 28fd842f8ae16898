from odoo import api, fields, models
from odoo.addons.online_billing.models.shared.guarded import ANY, Life, names

PRIVACY = names("is_open_to_colleagues")


class BillingAccount(models.Model):
    """Who of the customer sees the account in the portal."""

    _inherit = "billing.account"
    _life_of_addon = Life(create=PRIVACY, write={ANY: PRIVACY})

    is_open_to_colleagues = fields.Boolean(
        string="Colleagues See It",
        default=True,
        tracking=True,
        help="Every contact of the customer who can log in to the portal sees and pays what is billed here, as with any"
        " invoice of Odoo. Switched off: only the customer itself and the persons named here do.",
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Company of the Customer"
    )
    member_ids = fields.One2many(
        "billing.account.member",
        "account_id",
        string="Persons in the Portal",
        help="Contacts of the customer with a role of their own. Without one, a contact pays where colleagues see the"
        " account, and sees nothing where they do not.",
    )
    verification_ids = fields.One2many("billing.verification", "account_id", string="Documents for Verification")
    verification = fields.Selection(
        [
            ("asked", "Documents Asked For"),
            ("received", "Documents to Check"),
            ("refused", "Documents Refused"),
            ("verified", "Verified"),
        ],
        compute="_compute_verification",
        store=True,
        help="How far the customer has shown who they are. Verified: a document was accepted, and no other is wanted."
        " Empty: nothing was asked for.",
    )
    question_count = fields.Integer(compute="_compute_question_count", string="Number of Questions")

    def write(self, vals):
        """Turn the links of accounts that colleagues do not see any more: they have had links by mail."""
        closed = self.browse() if vals.get("is_open_to_colleagues", True) else self.filtered("is_open_to_colleagues")
        res = super().write(vals)
        if closed:
            self.env["billing.pay.links"].turn(closed)
        return res

    @api.depends("verification_ids.state")
    def _compute_verification(self):
        for account in self:
            states = set(account.verification_ids.mapped("state"))
            wanted = next((state for state in ("received", "refused", "asked") if state in states), False)
            account.verification = wanted or ("verified" if "accepted" in states else False)

    def _compute_question_count(self):
        own = [("account_id", "in", self.ids)]
        counts = dict(self.env["billing.question"]._read_group(own, ["account_id"], ["__count"]))
        for account in self:
            account.question_count = counts.get(account, 0)

    def action_view_questions(self):
        """Open the questions and disputes of the account."""
        return self._get_related_action(
            "online_billing_portal.billing_question_action",
            [("account_id", "=", self.id)],
            default_account_id=self.id,
        )

    def action_view_verifications(self):
        """Open the documents for verification of the account, or ask for one."""
        return self._get_related_action(
            "online_billing_portal.billing_verification_action",
            [("account_id", "=", self.id)],
            default_account_id=self.id,
        )
