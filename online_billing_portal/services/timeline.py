"""Questions among what happened on an account."""

from odoo import models
from odoo.addons.online_billing.services.accounts.timeline import Kind
from odoo.tools import SQL

TONES = {"new": "warning", "work": "warning", "answered": "info"}


class BillingTimeline(models.AbstractModel):
    _inherit = "billing.timeline"

    def _get_kinds(self, account):
        own = SQL("thing.account_id = %s", account.id)
        return [*super()._get_kinds(account), Kind("question", "billing.question", "create_date", own, is_day=False)]

    def _describe_question(self, question):
        about = question.move_id.name
        return {
            "icon": "fa-question-circle-o",
            "title": f"{self._get_label(question, 'kind')}: {about}" if about else self._get_label(question, "kind"),
            "text": question.subject,
            "amount": question.currency_id.format(question.amount) if question.amount else "",
            "state": self._get_label(question, "outcome" if question.outcome else "state"),
            "tone": TONES.get(question.state, "muted"),
        }
