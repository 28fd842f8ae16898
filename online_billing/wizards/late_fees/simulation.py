from odoo import fields, models

from ..shared.answer_dialogue import LISTED


class BillingLateFeeSimulation(models.TransientModel):
    """Show what a rule would charge today."""

    _name = "billing.late.fee.simulation"
    _inherit = ["billing.answer.dialogue"]
    _description = "Simulation of a Late Fee Rule"
    _asked_field = "rule_id"
    _page = "online_billing.late_fee_simulation"

    rule_id = fields.Many2one("billing.late.fee.rule", required=True, ondelete="cascade")
    rule_is_on = fields.Boolean(related="rule_id.is_on", string="Rule Is On")
    content = fields.Html(
        string="What It Would Charge", help="What the rule would charge on what is late now; nothing is charged."
    )

    def _get_answer(self, record):
        return self.env["billing.late.fee.estimate"].simulate(record, fields.Date.context_today(self), LISTED)

    def _prepare_line(self, line):
        return {name: fields.Date.to_date(line[name]) for name in ("due_date", "arises_on")}

    def _prepare_page_values(self):
        return {"summary": (self.rule_id.summary or "").splitlines()}

    def action_switch_on(self):
        """Switch on the rule that was simulated."""
        self.ensure_one()
        self.rule_id._switch_on()
        return {"type": "ir.actions.act_window_close"}
