from odoo import api, fields, models

LISTED = 200


class BillingLateFeeSimulation(models.TransientModel):
    """Show what a rule would charge today; nothing is written but this dialogue itself."""

    _name = "billing.late.fee.simulation"
    _description = "Simulation of a Late Fee Rule"

    rule_id = fields.Many2one("billing.late.fee.rule", required=True, ondelete="cascade")
    rule_is_on = fields.Boolean(related="rule_id.is_on", string="Rule Is On")
    # the form sends the answer back when a button is pressed, so that it is worked out only once
    answer = fields.Json(default=lambda self: self._default_answer())
    content = fields.Html(compute="_compute_content", sanitize=False, string="What It Would Charge")

    @api.model
    def _default_answer(self):
        rule = self.env["billing.late.fee.rule"].browse(self.env.context.get("default_rule_id"))
        if not rule:
            return False
        rule.check_access("read")
        return self.env["billing.late.fees"]._simulate(rule, fields.Date.context_today(self), LISTED)

    @api.depends("answer")
    def _compute_content(self):
        currencies = self.env["res.currency"].with_context(active_test=False).search([])
        by_name = {currency.name: currency for currency in currencies}
        for simulation in self:
            answer = simulation.answer
            if not answer:
                simulation.content = False
                continue
            values = {
                "answer": answer,
                "summary": (simulation.rule_id.summary or "").splitlines(),
                "totals": [
                    {"currency": by_name[name], "amount": amount} for name, amount in sorted(answer["totals"].items())
                ],
                "lines": [
                    dict(
                        line,
                        currency=by_name[line["currency"]],
                        due_date=fields.Date.to_date(line["due_date"]),
                        arises_on=fields.Date.to_date(line["arises_on"]),
                    )
                    for line in answer["lines"]
                ],
            }
            simulation.content = self.env["ir.qweb"]._render("online_billing.late_fee_simulation", values)

    def action_switch_on(self):
        """Switch on the rule that was simulated."""
        self.ensure_one()
        self.rule_id._switch_on()
        return {"type": "ir.actions.act_window_close"}
