"""Leave a plan, change it or let it go on: cancelled, settled early, broken, resumed, replaced by another."""

from odoo import api, models
from odoo.exceptions import UserError

from ...models.installments.plan import IN_FORCE
from ..shared.numbers import to_decimal
from .values import DatedAmount


class BillingInstallmentEnding(models.AbstractModel):
    _name = "billing.installment.ending"
    _description = "Leave, Settle and Resume Installment Plans"

    @api.private
    def leave(self, plan, event, day):
        """Note what was paid of a plan that is left; nothing more is expected of its installments."""
        for row in plan.sudo().installment_ids:  # sudo: installments are changed by their plan alone
            row.write({"amount_frozen": row.amount_paid, "is_left": True})
        plan._apply_event(event)
        plan.sudo().ended_on = day  # sudo: what the form does not let anybody write

    @api.private
    def cancel(self, plans, day=None):
        """End plans, or refuse requested ones; what is open falls due again as it did before."""
        for plan in plans:
            today = self.env["billing.installment.ledger"].get_day(day, plan.account_id)
            was_running = plan.state in ("active", "broken")
            if was_running:
                originals = self._get_originals(plan)
                self.env["billing.installment.ledger"].lock(plan.move_ids.union(*originals))
                self.leave(plan, "cancel", today)
                self.env["billing.installment.restoring"].restore(originals)
                self.env["billing.installment.news"].tell(plan, "cancelled", today)
            else:
                plan._apply_event("cancel")
                plan.sudo().ended_on = today  # sudo: as above

    def _get_originals(self, plan):
        """Return {invoice: terms before any plan} of those that a plan and the plans it took the place of have dated.

        What was paid meanwhile is among them: its payment may come back. What another plan dates by now is not.
        """
        terms = plan.original_terms or {}
        # sudo: whoever may cancel the plan has its invoices restored
        moves = self.env["account.move"].sudo().browse(map(int, terms)).exists()
        elsewhere = (
            self.env["billing.installment.plan"]
            .sudo()
            .search([("id", "!=", plan.id), ("move_ids", "in", moves.ids), ("state", "in", IN_FORCE)])
        )
        restored = moves - (elsewhere.move_ids - plan.move_ids)
        return {move: terms[str(move.id)] for move in restored if terms[str(move.id)]}

    @api.private
    def settle_early(self, plan, day=None):
        """Let everything open fall due today and drop the interest of later installments."""
        day = self.env["billing.installment.ledger"].get_day(day, plan.account_id)
        self.env["billing.installment.ledger"].lock(plan.move_ids)
        self.collapse(plan, day)
        plan._apply_event("settle")
        plan.sudo().ended_on = day  # sudo: as above
        self.env["billing.installment.news"].tell(plan, "settled", day)

    @api.private
    def make_rest_due(self, plans, day=None):
        """Let the rest of broken plans fall due."""
        for plan in plans:
            if plan.state != "broken":
                raise UserError(
                    self.env._("Plan %(plan)s is not broken. Settle it early or cancel it instead.", plan=plan.name)
                )
            self.env["billing.installment.ledger"].lock(plan.move_ids)
            self.collapse(plan, self.env["billing.installment.ledger"].get_day(day, plan.account_id))

    @api.private
    def resume(self, plans):
        """Let broken plans go on: what was missed so far is forgiven, as many again break the plan."""
        for plan in plans:
            plan._apply_event("resume")
            limit = plan.missed_limit and plan.missed_limit + plan.missed_count
            plan.sudo().write({"missed_limit": limit, "ended_on": False})  # sudo: as above

    @api.private
    def collapse(self, plan, day):
        """Make one installment, due on the day, of all that are still to come."""
        rows = plan.sudo().installment_ids  # sudo: installments are changed by their plan alone
        coming = rows.filtered(lambda row: row.date >= day and row.state in ("open", "partial"))
        if not coming:
            return
        total = sum(coming.mapped("amount_open"))
        ledger = self.env["billing.installment.ledger"]
        schedules = {}
        for move in coming.part_ids.move_id:
            parts = move.billing_installment_part_ids.filtered(
                lambda part: not plan.currency_id.is_zero(part.amount_open)
            )
            stays = parts.filtered(lambda part: part.installment_id not in coming)
            schedules[move] = (
                [
                    DatedAmount(part.date, to_decimal(part.amount_open, plan.currency_id), part.installment_id)
                    for part in stays
                ],
                to_decimal(sum((parts - stays).mapped("amount_open")), plan.currency_id),
            )
        for row in coming:
            row.write({"amount_frozen": row.amount_paid, "is_left": True})
        rest = rows.create(
            {
                "plan_id": plan.id,
                "sequence": max(rows.mapped("sequence")) + 1,
                "kind": "rest",
                "date": day,
                "amount": total,
            }
        )
        ledger.apply({move: [*stays, DatedAmount(day, amount, rest)] for move, (stays, amount) in schedules.items()})
