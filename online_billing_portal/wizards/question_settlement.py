from odoo import api, fields, models
from odoo.exceptions import UserError


class BillingQuestionSettlement(models.TransientModel):
    """Ask how a dispute is settled, and what the customer is told."""

    _name = "billing.question.settlement"
    _description = "Settle a Dispute"

    question_id = fields.Many2one("billing.question", required=True)
    outcome = fields.Selection(
        [("credited", "By Credit Note"), ("refused", "Refuse"), ("agreed", "By Agreement")], required=True
    )
    move_id = fields.Many2one(related="question_id.move_id")
    currency_id = fields.Many2one(related="question_id.currency_id")
    line_ids = fields.Many2many(
        "account.move.line",
        string="Lines to Credit",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        help="Of which lines of the invoice something is given back.",
    )
    amount = fields.Monetary(
        string="Amount to Credit",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="With tax. It is shared out among the lines, in proportion to what each bills.",
    )
    text = fields.Text(
        string="To the Customer", help="Is written into the thread, and mailed to whoever of the customer follows it."
    )

    @api.depends("question_id")
    def _compute_line_ids(self):
        for settlement in self:
            settlement.line_ids = self.env["billing.question.credits"].get_lines(settlement.question_id)

    @api.depends("question_id", "line_ids")
    def _compute_amount(self):
        for settlement in self:
            question, most = settlement.question_id, sum(settlement.line_ids.mapped("price_total"))
            left = max(question.amount - question.amount_credited, 0) if question.amount else most
            settlement.amount = min(left, most)

    def action_settle(self):
        """Refuse the dispute, or settle it by agreement; what is still open of the invoice is asked for again."""
        self.ensure_one()
        self.env["billing.questions"].settle(self.question_id, self.outcome, self.text)
        return {"type": "ir.actions.act_window_close"}

    def action_credit(self):
        """Make and post the credit note, which settles the dispute."""
        self.ensure_one()
        self._make_note().action_post()
        return {"type": "ir.actions.act_window_close"}

    def action_draft(self):
        """Make the credit note and show it as a draft; the dispute is settled once it is posted."""
        self.ensure_one()
        self._make_note()
        return self.question_id.action_view_credit_note()

    def _make_note(self):
        self.question_id.check_access("write")
        if self.outcome != "credited":
            raise UserError(self.env._("Choose “By Credit Note” to credit something."))
        note = self.env["billing.question.credits"].make_note(self.question_id, self.line_ids, self.amount)
        if (self.text or "").strip():
            self.env["billing.questions"].tell(self.question_id, self.text)
        return note
