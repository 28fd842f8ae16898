from odoo import fields, models

from ..shared.answer_dialogue import LISTED


class BillingRunPreview(models.TransientModel):
    """Show what a run would bill."""

    _name = "billing.run.preview"
    _inherit = ["billing.answer.dialogue"]
    _description = "Preview of a Billing Run"
    _asked_field = "run_id"
    _page = "online_billing.run_preview"

    run_id = fields.Many2one("billing.run", required=True, ondelete="cascade")
    run_state = fields.Selection(related="run_id.state", string="State of the Run")
    target_date = fields.Date(related="run_id.target_date")
    content = fields.Html(string="Preview", help="Worked out as the run would, and saved nowhere.")

    def _get_answer(self, record):
        return self.env["billing.run.work"].with_company(record.company_id).preview(record, LISTED)

    def _prepare_line(self, line):
        return {
            "date": fields.Date.to_date(line["date"]),
            "items": ", ".join(item["name"] for item in line["items"]),
        }

    def _prepare_page_values(self):
        return {"latest_day": fields.Date.to_date(self.answer["latest_day"])}

    def action_start(self):
        """Start the run that was previewed."""
        self.ensure_one()
        self.run_id.action_start()
        return {"type": "ir.actions.act_window_close"}
