from odoo import fields, models

from ..shared.guarded import Life

RESTING = [
    ("promise", "Promise to pay"),
    ("dispute", "In dispute"),
    ("plan", "Installment plan"),
    ("payment_under_way", "Payment under way"),
    ("debit_planned", "Debit planned"),
]


class BillingCollectionItem(models.Model):
    """How far one receivable has come; kept with its document, so that the steps go on where they stood when it is open
    again."""

    _name = "billing.collection.item"
    _description = "Item under Collection"
    _inherit = ["billing.guarded"]
    _order = "due_date, id"
    _life = Life()

    case_id = fields.Many2one("billing.collection.case", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    line_id = fields.Many2one(
        "account.move.line", readonly=True, index=True, ondelete="set null", string="Journal Item"
    )
    installment = fields.Integer(
        readonly=True, required=True, default=0, help="Row of a plan that leaves the journal item as it is; else 0."
    )
    move_id = fields.Many2one(
        "account.move", required=True, readonly=True, index=True, ondelete="cascade", string="Invoice"
    )
    currency_id = fields.Many2one(related="case_id.currency_id")
    due_date = fields.Date(readonly=True)
    amount = fields.Monetary(readonly=True, string="Open", help="Credits and payments taken off.")
    had = fields.Json(readonly=True, help="Ids of the steps that it has had, or that have passed it by.")
    step_id = fields.Many2one(
        "billing.collection.step",
        string="Last Step",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The step that it has had last.",
    )
    since = fields.Date(string="On", readonly=True, help="The day of its last step.")
    counted_from = fields.Date(
        readonly=True, help="Its due date when it had its last step. A later one lets the steps count anew."
    )
    is_handed_over = fields.Boolean(
        string="Handed Over", readonly=True, help="Somebody else collects it. New bills are reminded as usual."
    )
    resting = fields.Selection(
        [*RESTING, ("handed_over", "Handed over")],
        readonly=True,
        string="On Hold Because",
        help="Why no step is taken for this item for now.",
    )

    _one_per_line = models.Constraint("UNIQUE (line_id, installment)", "This receivable is under collection already.")
