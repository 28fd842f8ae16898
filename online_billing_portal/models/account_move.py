from odoo import fields, models

STAFF = "base.group_user"


class AccountMove(models.Model):
    """Questions about invoices, and credit notes that settle disputes."""

    _inherit = "account.move"

    billing_question_count = fields.Integer(
        compute="_compute_billing_question_count", string="Number of Questions", groups=STAFF
    )

    def _compute_billing_question_count(self):
        questions = self.env["billing.question"].sudo()  # sudo: a mere number on the invoice form of accountants
        counts = dict(questions._read_group([("move_id", "in", self.ids)], ["move_id"], ["__count"]))
        for move in self:
            move.billing_question_count = counts.get(move, 0)

    def action_view_billing_questions(self):
        """Open the questions about the invoice, or ask one for the customer."""
        self.ensure_one()
        self.check_access("read")
        self.env["billing.question"].check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing_portal.billing_question_action"),
            domain=[("move_id", "=", self.id)],
            context={"default_account_id": self.billing_account_id.id, "default_move_id": self.id},
        )
