from odoo import api, fields, models

from ..shared.guarded import Life
from .charge import KINDS, ORIGINS, STATES


class BillingChargeMonth(models.Model):
    """What the charges of a code come to in a month: the book adds a row with whatever enters or changes.

    Reports read these few rows instead of every charge there ever was.
    """

    _name = "billing.charge.month"
    _description = "Charges by Month"
    _inherit = ["billing.guarded"]
    _order = "month desc, code_id, id"
    _log_access = False
    _life = Life(is_final=True)

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    month = fields.Date(required=True, readonly=True, help="First day of the month in which the charges fall due.")
    code_id = fields.Many2one("billing.code", required=True, readonly=True, index=True, ondelete="restrict")
    category_id = fields.Many2one(related="code_id.category_id", store=False)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    origin = fields.Selection(ORIGINS, required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    charge_count = fields.Integer(string="Charges", readonly=True, help="How many charges.")
    amount = fields.Monetary(readonly=True, help="What they come to, as the charges say it.")

    _month_idx = models.Index("(month)")

    @api.depends("code_id", "month")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.code_id.display_name} · {row.month:%Y-%m}"

    def action_view_charges(self):
        """Open the charges that a row is made of."""
        self.ensure_one()
        self.check_access("read")
        named = ("company_id", "code_id", "currency_id", "kind", "origin", "state")
        values = {name: self[name].id if name.endswith("_id") else self[name] for name in named}
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_charge_action"),
            domain=[
                ("charge_date", ">=", self.month),
                ("charge_date", "<=", fields.Date.end_of(self.month, "month")),
                *((name, "=", value) for name, value in values.items()),
            ],
            context={"create": False},
        )

    @api.model
    def _cron_sum_up(self):
        """Make one row of all that say the same thing of a month."""
        self.env["billing.charge.totals"].fold()
