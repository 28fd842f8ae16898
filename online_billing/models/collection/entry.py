from odoo import fields, models

from ..shared.guarded import Life


class BillingCollectionEntry(models.Model):
    """The log of a case: what was done, skipped, postponed or failed, when, by whom and why."""

    _name = "billing.collection.entry"
    _description = "Entry in the Log of a Case"
    _inherit = ["billing.guarded"]
    _order = "date desc, id desc"
    _life = Life()

    case_id = fields.Many2one("billing.collection.case", required=True, readonly=True, index=True, ondelete="cascade")
    account_id = fields.Many2one("billing.account", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    date = fields.Date(required=True, readonly=True)
    step_id = fields.Many2one("billing.collection.step", readonly=True, index="btree_not_null", ondelete="restrict")
    state = fields.Selection(
        [
            ("done", "Done"),
            ("skipped", "Skipped"),
            ("postponed", "Postponed"),
            ("failed", "Failed"),
            ("undone", "Taken Back"),
            ("note", "Note"),
        ],
        required=True,
        readonly=True,
    )
    name = fields.Char(string="What", readonly=True, required=True)
    reason = fields.Char(readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True, help="Empty: the daily collection.")
    message_id = fields.Many2one(
        "billing.collection.message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The reminder or notice that was made.",
    )
    before = fields.Json(readonly=True, help="How things were before, for taking it back.")

    _of_case_idx = models.Index("(case_id, date DESC)")
    _of_account_idx = models.Index("(account_id, date DESC, id DESC)")
