"""What an installment plan changes on an invoice: the dates of its receivable, and nothing else."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import frozendict

from ..receivables.due_dates import get_deciding_terms
from .plan import IN_FORCE


class AccountMove(models.Model):
    _inherit = "account.move"

    billing_installment_part_ids = fields.One2many(
        "billing.installment.part",
        "move_id",
        string="Installments",
        readonly=True,
        copy=False,
        groups="online_billing.group_billing_user",
    )
    billing_installment_plan_ids = fields.Many2many(
        "billing.installment.plan",
        compute="_compute_billing_installment_plan_ids",
        search="_search_billing_installment_plan_ids",
        string="Installment Plans",
        groups="online_billing.group_billing_user",
    )
    billing_installment_plan_count = fields.Integer(
        compute="_compute_billing_installment_plan_ids",
        string="Number of Installment Plans",
        groups="online_billing.group_billing_user",
    )

    billing_keeps_plan = fields.Boolean(
        compute="_compute_billing_keeps_plan", string="Dates Kept by a Plan", groups="base.group_user"
    )

    def _compute_billing_keeps_plan(self):
        # sudo: accountants who edit an invoice need not be allowed to see plans
        plans = self.env["billing.installment.plan"].sudo()
        planned = plans.search([("move_ids", "in", self.ids), ("state", "in", ("active", "broken"))]).move_ids
        for move in self:
            move.billing_keeps_plan = move._origin in planned

    def _compute_billing_installment_plan_ids(self):
        plans = self.env["billing.installment.plan"].search([("move_ids", "in", self.ids)])
        for move in self:
            own = plans.filtered(lambda plan, move=move: move in plan.move_ids)
            move.billing_installment_plan_ids, move.billing_installment_plan_count = own, len(own)

    def _search_billing_installment_plan_ids(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        plans = self.env["billing.installment.plan"].search([("id", operator, value)])
        return [("id", "in", plans.move_ids.ids)]

    # -- due dates ----------------------------------------------------------------------------------------------------

    @api.depends(
        "billing_installment_part_ids.date",
        "billing_installment_part_ids.amount",
        "billing_installment_part_ids.company_amount",
        "billing_installment_part_ids.is_virtual",
    )
    def _compute_needed_terms(self):  # pylint: disable=missing-return
        """Have the parts of a plan as due dates, in place of those of the payment term.

        What the invoice no longer has is taken off the last parts, what was added goes to the last one, so that a plan
        survives the invoice being taken back to draft, edited and posted again.
        """
        res = super()._compute_needed_terms()
        for move in self:
            if not move.is_sale_document() or not move.invoice_line_ids:
                continue
            parts = move._get_split_parts()
            if parts:
                move.needed_terms = get_deciding_terms(move._get_planned_terms(parts), move.needed_terms)
        return res

    def _get_split_parts(self):
        self.ensure_one()
        # sudo: accountants who edit an invoice need not be allowed to see plans
        return self.sudo().billing_installment_part_ids.filtered(lambda part: not part.is_virtual).sorted("date")

    def _get_planned_terms(self, parts):
        """Return the due lines for the parts, in the shape of Odoo's; nothing where the total does not cover them."""
        self.ensure_one()
        sign = 1 if self.is_inbound(include_receipts=True) else -1
        currency, company_currency = self.currency_id, self.company_id.currency_id
        total, balance = self.amount_total_in_currency_signed, self.amount_total_signed
        amounts = [[part, sign * part.amount, sign * part.company_amount] for part in parts]
        _shift(amounts, 1, total - sum(entry[1] for entry in amounts), currency)
        _shift(amounts, 2, balance - sum(entry[2] for entry in amounts), company_currency)
        kept = [entry for entry in amounts if not currency.is_zero(entry[1])]
        if not kept or any(entry[1] * sign < 0 for entry in kept):
            return {}
        return {
            frozendict({"move_id": self.id, "date_maturity": part.date, "discount_date": False}): {
                "balance": company_amount,
                "amount_currency": amount,
                "discount_date": False,
                "discount_balance": 0.0,
                "discount_amount_currency": 0.0,
            }
            for part, amount, company_amount in kept
        }

    def _is_eligible_for_early_payment_discount(self, currency, reference_date):
        """Who pays in installments does not pay early."""
        if self._get_split_parts() or self._get_virtual_parts():
            return False
        return super()._is_eligible_for_early_payment_discount(currency, reference_date)

    def _post(self, soft=True):
        """Keep the plan in step with an invoice that was edited as a draft."""
        posted = super()._post(soft)
        # sudo: accountants who post an invoice need not be allowed to see plans
        if planned := posted.filtered(lambda move: move.sudo().billing_installment_part_ids):
            self.env["billing.installment.ledger"].follow(planned)
        return posted

    # -- virtual plans ------------------------------------------------------------------------------------------------

    def _get_virtual_parts(self):
        """Return the parts of a plan that leaves the journal items alone, in order of their dates."""
        self.ensure_one()
        # sudo: customers see the due dates of their invoice in the portal, and not the plan
        parts = self.sudo().billing_installment_part_ids
        return parts.filtered(
            lambda part: part.is_virtual and (not part.plan_id or part.plan_id.state in IN_FORCE)
        ).sorted("date")

    def _get_billing_terms(self):
        parts = self._get_virtual_parts()
        if not parts:
            return super()._get_billing_terms()
        return [(part.date, part.amount, part.amount_open) for part in parts]

    @api.model
    def _get_locally_overdue_domain(self, partner_id):
        """Return the domain of a customer's invoices that are overdue on the local day of their account."""
        # sudo: whose zone decides; the customer is shown invoices alone
        accounts = self.env["billing.account"].sudo().search([("move_ids.partner_id", "=", partner_id)])
        overdue = Domain.FALSE
        for day, own in accounts.grouped(self.env["billing.days"].get_local_day).items():
            overdue |= Domain("billing_account_id", "in", own.ids) & self._get_overdue_installment_domain(day)
        of_none = Domain("partner_id", "=", partner_id) & Domain("billing_account_id", "=", False)
        unsettled = self.env["billing.open.documents"].get_unsettled_domain()
        sales = Domain("move_type", "in", self.get_sale_types(include_receipts=True))
        floating = self.sudo().search(of_none & unsettled & sales)  # sudo: as above
        for day, own in floating.grouped(lambda move: move._get_billing_day()).items():
            overdue |= Domain("id", "in", own.ids) & self._get_overdue_installment_domain(day)
        return overdue

    def _get_overdue_installment_domain(self, day):
        """Return the domain of invoices of which a part is overdue, whatever the last due date of the invoice is."""
        line = Domain("display_type", "=", "payment_term") & Domain("reconciled", "=", False)
        # sudo: a mere condition; the customer is shown invoices, which have rules of their own
        virtual = (
            self.env["billing.installment.part"]
            .sudo()
            .search([("is_virtual", "=", True), ("date", "<", day), ("amount_open", ">", 0)])
        )
        split = Domain("line_ids", "any", line & Domain("date_maturity", "<", day))
        return split | Domain("id", "in", virtual.move_id.ids)

    # -- buttons ------------------------------------------------------------------------------------------------------

    def action_plan_installments(self):
        """Open the dialogue in which installments for these invoices are agreed."""
        self.check_access("read")
        self.env["billing.installment.plan"].check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Installment Plan"),
            "res_model": "billing.installment.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_ids": self.ids},
        }

    def action_view_installment_plans(self):
        self.ensure_one()
        self.check_access("read")
        self.env["billing.installment.plan"].check_access("read")
        action = dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_installment_plan_action"),
            domain=[("move_ids", "in", self.ids)],
            context={},
        )
        if len(self.billing_installment_plan_ids) == 1:
            action.update(views=[(False, "form")], res_id=self.billing_installment_plan_ids.id)
        return action


def _shift(entries, place, difference, currency):
    """Add a difference to the last entries: all of it to the last one, or take it from as many as it uses up."""
    if difference >= 0 or not entries:
        if entries:
            entries[-1][place] = currency.round(entries[-1][place] + difference)
        return
    for entry in reversed(entries):
        taken = min(-difference, entry[place])
        entry[place] = currency.round(entry[place] - taken)
        difference += taken
    if not currency.is_zero(difference):
        entries[0][place] += difference
