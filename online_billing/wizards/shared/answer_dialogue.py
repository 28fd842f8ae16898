from odoo import api, fields, models

LISTED = 200


class BillingAnswerDialogue(models.AbstractModel):
    """Show what would happen, worked out once when the dialogue opens; nothing is written but the dialogue itself.

    A dialogue names the field of the record that it asks about and the template of its page.
    """

    _name = "billing.answer.dialogue"
    _description = "Dialogue that Shows an Answer"
    _asked_field = ""
    _page = ""

    # the form sends the answer back when a button is pressed, so that it is worked out only once
    answer = fields.Json(string="Answer Worked Out", default=lambda self: self._default_answer())
    content = fields.Html(compute="_compute_content", sanitize=False, string="Answer")

    @api.model
    def _default_answer(self):
        record = self[self._asked_field].browse(self.env.context.get(f"default_{self._asked_field}"))
        if not record:
            return False
        record.check_access("read")
        return self._get_answer(record)

    @api.depends("answer")
    def _compute_content(self):
        currencies = self.env["res.currency"].with_context(active_test=False).search([])
        by_name = {currency.name: currency for currency in currencies}
        for dialogue in self:
            answer = dialogue.answer
            if not answer:
                dialogue.content = False
                continue
            totals = sorted(answer["totals"].items())
            values = {
                "answer": answer,
                "totals": [{"currency": by_name[name], "amount": amount} for name, amount in totals],
                "lines": [
                    {**line, "currency": by_name[line["currency"]], **self._prepare_line(line)}
                    for line in answer["lines"]
                ],
                **dialogue._prepare_page_values(),
            }
            dialogue.content = self.env["ir.qweb"]._render(self._page, values)

    def _get_answer(self, record):
        """Return {"totals": {currency: amount}, "lines": [{"currency", ...}], ...} for a record that may be read."""
        raise NotImplementedError

    def _prepare_line(self, line):
        """Return what the page shows of a line in place of the plain values of the answer."""
        return {}

    def _prepare_page_values(self):
        """Return further values for the page."""
        return {}
