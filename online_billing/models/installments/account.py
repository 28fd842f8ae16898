from odoo import fields, models

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

    def action_view_installment_plans(self):
        return self._get_related_action(
            "online_billing.billing_installment_plan_action", [("account_id", "=", self.id)]
        )

    def action_plan_installments(self):
        """Open the dialogue in which installments for what is open on the account are agreed."""
        self.check_access("read")
        taken = self.installment_plan_ids.filtered(lambda plan: plan.state in OCCUPIED).move_ids
        moves = self.env["account.move"].search(
            [
                ("billing_account_id", "in", self.ids),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial")),
                ("id", "not in", taken.ids),
            ]
        )
        return moves.action_plan_installments()
