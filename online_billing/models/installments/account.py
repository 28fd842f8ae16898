from odoo import fields, models

from ..accounts.unfinished import Unfinished
from .plan import OCCUPIED


class BillingAccount(models.Model):
    _inherit = "billing.account"

    credit_score = fields.Integer(
        groups="online_billing.group_billing_confidential",
        copy=False,
        help="How reliably the customer pays, as you judge it: the higher, the better. Installment rules ask for it.",
    )
    installment_plan_ids = fields.One2many("billing.installment.plan", "account_id", string="Installment Plans")
    installment_plan_count = fields.Integer(
        compute="_compute_installment_plan_count", string="Number of Installment Plans"
    )

    def _compute_installment_plan_count(self):
        counts = dict(
            self.env["billing.installment.plan"]._read_group(
                [("account_id", "in", self.ids)], ["account_id"], ["__count"]
            )
        )
        for account in self:
            account.installment_plan_count = counts.get(account, 0)

    def _get_unfinished(self):
        reasons = super()._get_unfinished()
        # sudo: whether any exists
        plans = self.env["billing.installment.plan"].sudo()
        if running := plans.search([("account_id", "=", self.id), ("state", "in", OCCUPIED)]):
            reason = self.env._(
                "installment plan %(plans)s is not finished, and its interest would be billed to nobody. Settle it"
                " early, refuse or cancel it first.",
                plans=", ".join(running.mapped("name")),
            )
            reasons.append(Unfinished("plan", reason))
        return reasons

    def action_view_installment_plans(self):
        return self._get_related_action(
            "online_billing.billing_installment_plan_action", [("account_id", "=", self.id)]
        )

    def action_plan_installments(self):
        """Open the dialogue in which installments for what is open on the account are agreed."""
        self.check_access("read")
        found = self.env["billing.open.items"].get_items(self.ids)
        ids = list({item.move_id for own in found.values() for item in own if item.amount > 0})
        return self.env["billing.installment.request"].find_plannable([("id", "in", ids)]).action_plan_installments()
