"""How an account is collected from, and by whom."""

from odoo import fields, models


class BillingAccount(models.Model):
    _inherit = "billing.account"

    collection_policy_id = fields.Many2one(
        "billing.collection.policy",
        check_company=True,
        index="btree_not_null",
        help="Empty: that of the customer's tags, else that of the company.",
        ondelete="restrict",
    )
    collection_exempt = fields.Boolean(
        string="Never Remind", tracking=True, help="No reminders, no suspension, no hand-over for this account."
    )
    collection_day = fields.Date(
        readonly=True, copy=False, help="The last local day on which the collection looked at this account."
    )
    case_ids = fields.One2many("billing.collection.case", "account_id", string="Collection Cases")
    promise_ids = fields.One2many("billing.payment.promise", "account_id", string="Promises to Pay")
    collector_id = fields.Many2one(
        "res.users",
        string="Looked After By",
        check_company=True,
        domain=[("share", "=", False)],
        help="Answers to reminders reach this person. Empty: the salesperson of the customer.",
    )

    def action_view_cases(self):
        """Open the case of the account, or the list of them where there is one per currency."""
        self.ensure_one()
        self.check_access("read")
        return self.case_ids._get_view_action()

    def _get_collector(self):
        """Return who looks after the account: the person chosen here, else the customer's salesperson; or nobody."""
        self.ensure_one()
        user = self.collector_id or self.partner_id.user_id or self.partner_id.commercial_partner_id.user_id
        return user.filtered(lambda user: user.active and not user.share)
