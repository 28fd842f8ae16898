from odoo import fields, models

RESTING = [
    ("promise", "Promise to pay"),
    ("dispute", "In dispute"),
    ("plan", "Installment plan"),
    ("payment_under_way", "Payment under way"),
]


class BillingCollectionItem(models.Model):
    """How far one open receivable has come; exists while it is open."""

    _name = "billing.collection.item"
    _description = "Item under Collection"
    _order = "due_date, id"

    case_id = fields.Many2one("billing.collection.case", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    line_id = fields.Many2one(
        "account.move.line", required=True, readonly=True, index=True, ondelete="cascade", string="Journal Item"
    )
    installment = fields.Integer(
        readonly=True, required=True, default=0, help="Row of a plan that leaves the journal item as it is; else 0."
    )
    move_id = fields.Many2one(
        "account.move", readonly=True, index="btree_not_null", ondelete="cascade", string="Invoice"
    )
    currency_id = fields.Many2one(related="case_id.currency_id")
    due_date = fields.Date(readonly=True)
    amount = fields.Monetary(readonly=True, string="Open", help="Credits and payments taken off.")
    level = fields.Integer(readonly=True, help="Number of the last step that this item has had.")
    since = fields.Date(readonly=True)
    resting = fields.Selection(RESTING, readonly=True)

    _one_per_line = models.Constraint("UNIQUE (line_id, installment)", "This receivable is under collection already.")
