from odoo import api, fields, models

LISTED = 200


class BillingRunPreview(models.TransientModel):
    """Show what a run would bill; nothing is written but this dialogue itself."""

    _name = "billing.run.preview"
    _description = "Preview of a Billing Run"

    run_id = fields.Many2one("billing.run", required=True, ondelete="cascade")
    run_state = fields.Selection(related="run_id.state", string="State of the Run")
    # the form sends the answer back when a button is pressed, so that it is worked out only once
    answer = fields.Json(default=lambda self: self._default_answer())
    content = fields.Html(compute="_compute_content", sanitize=False, string="Preview")

    @api.model
    def _default_answer(self):
        run = self.env["billing.run"].browse(self.env.context.get("default_run_id"))
        if not run:
            return False
        run.check_access("read")
        return self.env["billing.runner"].with_company(run.company_id)._preview(run, LISTED)

    @api.depends("answer")
    def _compute_content(self):
        currencies = self.env["res.currency"].with_context(active_test=False).search([])
        by_name = {currency.name: currency for currency in currencies}
        for preview in self:
            answer = preview.answer
            if not answer:
                preview.content = False
                continue
            values = {
                "answer": answer,
                "totals": [
                    {"currency": by_name[name], "amount": amount} for name, amount in sorted(answer["totals"].items())
                ],
                "lines": [
                    dict(
                        line,
                        currency=by_name[line["currency"]],
                        date=fields.Date.to_date(line["date"]),
                        items=", ".join(item["name"] for item in line["items"]),
                    )
                    for line in answer["lines"]
                ],
            }
            preview.content = self.env["ir.qweb"]._render("online_billing.run_preview", values)

    def action_start(self):
        """Start the run that was previewed."""
        self.ensure_one()
        self.run_id.action_start()
        return {"type": "ir.actions.act_window_close"}
