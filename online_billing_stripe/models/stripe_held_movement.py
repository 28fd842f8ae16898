from odoo import fields, models
from odoo.addons.online_billing.models.shared.guarded import Life

WAYS = [("by_hand", "Entered by hand"), ("not_at_all", "Not entered at all")]


class BillingStripeHeldMovement(models.Model):
    """A movement of Stripe's balance of which no statement line could be made. It goes once there is one.

    What is left out stays, so that the difference to Stripe's balance is explained for ever.
    """

    _name = "billing.stripe.held.movement"
    _description = "Movement That Is Not in the Statement"
    _inherit = ["billing.guarded"]
    _order = "connection_id, date, id"
    _allow_sudo_commands = False
    _life = Life()

    connection_id = fields.Many2one(
        "billing.stripe.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    reference = fields.Char(
        string="Balance Transaction", required=True, readonly=True, help="By which Stripe knows it."
    )
    name = fields.Text(string="Movement", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True, help="On which it happened at Stripe.")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    fee = fields.Monetary(readonly=True)
    state = fields.Selection(
        [("waiting", "Waits"), ("left_out", "Left Out")],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
        help="What waits is tried again every hour. What is left out is not, and explains the difference to Stripe's"
        " balance.",
    )
    reason = fields.Text(string="Why", required=True, readonly=True, help="Why no line could be made of it.")
    book_on = fields.Date(
        string="Booked On", readonly=True, help="The day that was chosen for its line, because its own is locked."
    )
    left_out_way = fields.Selection(
        WAYS, string="Left Out Because", readonly=True, help="What has become of the movement instead."
    )
    left_out_reason = fields.Char(string="Reason for It", readonly=True, help="As whoever left it out has written it.")
    left_out_by_id = fields.Many2one("res.users", string="Left Out By", readonly=True, ondelete="set null")
    left_out_at = fields.Datetime(string="Left Out At", readonly=True)
    body = fields.Json(
        readonly=True,
        groups="online_billing.group_billing_manager",
        help="As Stripe told it, without names and addresses: it is tried again by it.",
    )

    _once = models.Constraint("UNIQUE (connection_id, reference)", "This movement waits already.")
    _left_out_has_reason = models.Constraint(
        "CHECK (state <> 'left_out' OR (left_out_reason <> '' AND left_out_way IS NOT NULL))",
        "What is left out has a reason.",
    )

    def action_book_on_open_day(self):
        """Book what waits on the first day that is not locked."""
        self.check_access("write")
        return self.env["billing.stripe.holding"].book_on_open_day(self)

    def action_leave_out(self):
        """Ask why movements are left out of the statement."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Leave Out of the Statement"),
            "res_model": "billing.stripe.leave.out",
            "view_mode": "form",
            "target": "new",
            "context": {"default_held_ids": self.ids},
        }

    def action_take_up_again(self):
        """Let what was left out be tried again."""
        self.check_access("write")
        return self.env["billing.stripe.holding"].take_up_again(self)
