"""What somebody sees who decides on a requested plan: who asks, why, what it earns, and how the customer has paid."""

from odoo import api, models

# plans of the customer that are shown, the latest first
LISTED = 10


class BillingInstallmentDecision(models.AbstractModel):
    _name = "billing.installment.decision"
    _description = "What an Approver Sees of a Plan"

    @api.private
    def get_asker(self, plan):
        """Return who asked for a plan, in words."""
        if plan.requested_by == "customer":
            return self.env._("the customer, in the portal")
        return plan.sudo().create_uid.name  # sudo: names of colleagues

    @api.private
    def render(self, plan):
        """Return the page that says what an approver should know."""
        account = plan.account_id
        values = {
            "plan": plan,
            "asker": self.get_asker(plan),
            "account": account,
            "has_interest": bool(plan.interest_rate or plan.interest_total),
            "other": account.currency_id != plan.currency_id,
            "earlier": [self._get_earlier(one) for one in self._find_earlier(plan)],
        }
        return self.env["ir.qweb"]._render("online_billing.installment_decision", values)

    def _find_earlier(self, plan):
        """Return the other plans of the customer that were agreed on, or are asked for."""
        return plan.search(
            [
                ("partner_id", "child_of", plan.partner_id.commercial_partner_id.id),
                ("company_id", "=", plan.company_id.id),
                ("id", "!=", plan.id),
            ],
            order="id desc",
            limit=LISTED,
        )

    def _get_earlier(self, plan):
        """Return what is shown of another plan: its number, since when, how much, and how it ended."""
        return {
            "name": plan.name,
            "since": plan.activated_on,
            "amount": plan.principal,
            "currency": plan.currency_id,
            "end": self._get_end(plan),
            "day": plan.broken_on if plan.state == "broken" else plan.paid_on or plan.ended_on,
            "is_bad": bool(plan.broken_on),
        }

    def _get_end(self, plan):
        """Return how a plan ended, or how it stands, in words."""
        open_amount = plan.currency_id.format(plan.amount_open)
        if plan.state == "broken":
            return self.env._("broken by missed installments; %(amount)s of it is still open", amount=open_amount)
        if plan.state == "active":
            if plan.missed_count:
                return self.env._(
                    "running; %(amount)s open, installments missed: %(count)s",
                    amount=open_amount,
                    count=plan.missed_count,
                )
            return self.env._("running; %(amount)s open, nothing missed", amount=open_amount)
        if plan.state == "settled" and plan.currency_id.is_zero(plan.amount_open):
            return self.env._("paid in full, on other days than agreed")
        return {
            "requested": self.env._("waits for approval too"),
            "approved": self.env._("approved, not running yet"),
            "kept": self.env._("paid as agreed"),
            "settled": self.env._("ended early; %(amount)s of it is still open", amount=open_amount),
            "rescheduled": self.env._("replaced by a later plan"),
            "cancelled": self.env._("cancelled") if plan.activated_on else self.env._("refused or withdrawn"),
        }[plan.state]
