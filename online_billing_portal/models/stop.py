from odoo import fields, models


class BillingStop(models.Model):
    """A verdict on a dispute settles the question of the customer."""

    _inherit = "billing.stop"

    credit_note_id = fields.Many2one(
        "account.move",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="By which this part of a dispute was settled. Reset to draft, it lets the dispute go on.",
    )

    def write(self, vals):
        written = super().write(vals)
        if vals.get("verdict"):
            self.env["billing.questions"].follow_verdict(self)
        return written
