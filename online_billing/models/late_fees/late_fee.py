from odoo import api, fields, models
from odoo.exceptions import UserError

from ..shared.guarded import Life


class BillingLateFee(models.Model):
    """One occurrence of a late fee on one debt: announced, charged, waived, or dropped before it was charged."""

    _name = "billing.late.fee"
    _description = "Late Fee"
    _inherit = ["billing.guarded"]
    _order = "arises_on desc, id desc"
    _check_company_auto = True
    _life = Life(by_event=True)

    rule_id = fields.Many2one(
        "billing.late.fee.rule",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        help="The rule from which it arose.",
    )
    line_id = fields.Many2one(
        "account.move.line", string="Due Line", readonly=True, index="btree_not_null", ondelete="set null"
    )
    occurrence = fields.Integer(
        required=True, readonly=True, string="Number", help="Counts the fees of a rule on a debt.", aggregator=False
    )
    move_id = fields.Many2one(
        "account.move",
        string="Overdue Invoice",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        help="What was paid late.",
    )
    account_id = fields.Many2one(
        "billing.account", required=True, readonly=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    due_date = fields.Date(required=True, readonly=True, help="When the debt fell due.")
    arises_on = fields.Date(
        required=True, readonly=True, help="The first day that is late enough, or the day of the payment."
    )
    announced_on = fields.Date(readonly=True, help="The customer was told on this day.")
    due_on = fields.Date(string="Charged From", readonly=True, help="The first day on which it may be charged.")
    charged_on = fields.Date(readonly=True, help="It became a charge on this day.")
    base = fields.Monetary(readonly=True, string="Overdue Amount", help="What was overdue when the fee arose.")
    amount_exact = fields.Float(digits=(24, 10), readonly=True, string="Exact Amount", help="Before rounding.")
    amount = fields.Monetary(readonly=True, help="Before tax.")
    breakdown = fields.Json(readonly=True, help="How the amount came about.")
    explanation = fields.Html(
        compute="_compute_explanation",
        sanitize=False,
        string="Why This Amount",
        help="How the amount was worked out, step by step.",
    )
    state = fields.Selection(
        [("announced", "Announced"), ("charged", "Charged"), ("waived", "Waived"), ("dropped", "Dropped")],
        default="announced",
        required=True,
        readonly=True,
        index=True,
        help=(
            "Announced: the customer has been told. Charged: invoiced, or waiting for the next bill. Waived: given up"
            " or given back. Dropped: the debt was settled before the fee was charged."
        ),
    )
    reason = fields.Char(readonly=True, help="Why it was waived or dropped.")
    not_owed = fields.Selection(
        [
            ("paid", "Paid in Time After All"),
            ("spared", "Arose on a Day Without Late Fees"),
            ("part", "Too High: a Part Was Paid in Time, or Some Days Bear No Late Fees"),
        ],
        string="Not Owed",
        readonly=True,
        copy=False,
        help="The fee was charged, and what was entered since shows that it, or a part of it, was not owed: a payment"
        " that had come in time, a dispute settled for the customer, a promise that was kept, an exemption.",
    )
    amount_not_owed = fields.Monetary(
        readonly=True,
        copy=False,
        string="Charged Too Much",
        help="What of the fee was not owed, before tax: “Give Back” gives back this amount, with its tax.",
    )
    notice_id = fields.Many2one(
        "billing.collection.message",
        string="Announced By",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The fee is charged only when this message has left.",
    )
    waits_for = fields.Char(
        compute="_compute_waits_for", string="Waits For", help="Why an announced fee is not charged on its day."
    )
    charge_id = fields.Many2one("billing.charge", readonly=True, index="btree_not_null", ondelete="restrict")
    invoice_id = fields.Many2one(related="charge_id.invoice_id", string="Invoice of the Fee")
    credit_note_id = fields.Many2one(
        "account.move",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        string="Credit Note",
        help="Gave it back after it had been charged.",
    )
    waived_by_id = fields.Many2one("res.users", readonly=True, string="Waived By", help="Who let the customer off.")

    _occurrence_unique = models.Constraint(
        "UNIQUE (move_id, due_date, rule_id, arises_on)", "This fee has been announced or charged already."
    )
    _charged_has_charge = models.Constraint(
        "CHECK (state <> 'charged' OR charge_id IS NOT NULL)", "A charged fee names its charge."
    )
    _waived_has_reason = models.Constraint(
        "CHECK (state <> 'waived' OR reason IS NOT NULL)", "A waived fee names its reason."
    )
    _newest_idx = models.Index("(arises_on DESC, id DESC)")
    _not_owed_idx = models.Index("(account_id) WHERE not_owed IS NOT NULL")
    _announced_idx = models.Index("(account_id, due_on) WHERE state = 'announced'")

    @api.depends("state", "notice_id.billing_delivery_state", "partner_id.active")
    def _compute_waits_for(self):
        for fee in self:
            notice = fee.notice_id.sudo()  # sudo: whether a message has left is no secret of who sees the fee
            fee.waits_for = False
            if fee.state != "announced" or not notice or notice._has_left():
                continue
            if not fee.partner_id.active:
                fee.waits_for = self.env._(
                    "the message that announces it has not left, and the customer is archived: restore the customer, or"
                    " waive the fee"
                )
            else:
                fee.waits_for = notice.billing_delivery_error or self.env._(
                    "the message that announces it has not left yet"
                )

    @api.depends("move_id.name", "occurrence")
    def _compute_display_name(self):
        for fee in self:
            fee.display_name = self.env._(
                "Late fee %(number)s for %(invoice)s", number=fee.occurrence, invoice=fee.move_id.name or ""
            )

    @api.depends("breakdown", "amount", "currency_id")
    def _compute_explanation(self):
        for fee in self:
            fee.explanation = self.env["billing.explanation"].render(fee)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "Late fees are not deleted, so that none is charged twice. Waive the fee instead, with a reason."
            )
        )

    def action_waive(self):
        """Open the dialogue that asks why."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Waive Late Fees"),
            "res_model": "billing.late.fee.waive",
            "view_mode": "form",
            "target": "new",
            "context": {"default_fee_ids": self.ids},
        }

    def action_give_back(self):
        """Give fees back that turned out not to be owed, with one click."""
        self.check_access("read")
        self.env["billing.late.fee.waiver"].give_back(self)

    def _get_form_of(self, record):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }

    def action_view_overdue_invoice(self):
        return self._get_form_of(self.move_id)

    def action_view_invoice(self):
        return self._get_form_of(self.invoice_id)

    def action_view_charge(self):
        return self._get_form_of(self.charge_id)

    @api.model
    def _cron_run_day(self):
        self.env["billing.late.fee.day"].run_day(fields.Datetime.now())
