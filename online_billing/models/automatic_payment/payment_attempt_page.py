from odoo import api, fields, models
from odoo.exceptions import UserError


class BillingPaymentAttempt(models.Model):
    """The attempt as its page shows it: all tries of the same debt, and where they lead."""

    _inherit = "billing.payment.attempt"

    payment_method_id = fields.Many2one(
        related="token_id.payment_method_id",
        string="Kind of Method",
        groups="online_billing.group_billing_user",
        help="Card, direct debit or another way, as the provider calls it.",
    )
    collector_id = fields.Many2one(related="account_id.collector_id", string="Looked After By")
    following_ids = fields.One2many("billing.payment.attempt", "previous_id", string="Next Tries")
    chain_ids = fields.Many2many(
        "billing.payment.attempt",
        compute="_compute_chain_ids",
        string="Tries",
        help="Everything that was tried for the same bills, the first try first.",
    )
    move_count = fields.Integer(compute="_compute_move_count", string="Number of Invoices")

    @api.depends("previous_id", "following_ids")
    def _compute_chain_ids(self):
        for attempt in self:
            chain = one = attempt._origin
            while one.previous_id:
                one = one.previous_id
                chain |= one
            following = attempt._origin.following_ids
            while following:
                chain |= following
                following = following.following_ids - chain
            attempt.chain_ids = chain.sorted("id")

    @api.depends("line_ids")
    def _compute_move_count(self):
        for attempt in self:
            attempt.move_count = len(attempt.line_ids.move_id | attempt.credit_note_id)

    def action_say_what_happened(self):
        """Open the dialogue in which a manager settles what nobody knows."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Say What Happened"),
            "res_model": "billing.attempt.verdict",
            "view_mode": "form",
            "target": "new",
            "context": {"default_attempt_id": self.id},
        }

    def action_view_payment(self):
        """Show the payment of the attempt, for a refund also the one that is given back."""
        self.ensure_one()
        self.check_access("read")
        payments = self.payment_id | self.refunds_id
        if not payments:
            raise UserError(self.env._("There is no payment yet. It is made once the provider has said yes."))
        action = {"type": "ir.actions.act_window", "res_model": "account.payment", "name": self.env._("Payments")}
        if len(payments) == 1:
            return {**action, "res_id": payments.id, "view_mode": "form", "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", payments.ids)], "view_mode": "list,form"}
