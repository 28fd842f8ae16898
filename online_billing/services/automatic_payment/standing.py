"""How automatic payment of a bill stands, for whoever looks at the bill."""

from odoo import api, models
from odoo.tools.misc import format_date

COMING, UNDER_WAY, FAILED = "coming", "under_way", "failed"


class BillingDebitStanding(models.AbstractModel):
    _name = "billing.debit.standing"
    _description = "How Automatic Payment of a Bill Stands"

    @api.private
    def get_attempts(self, moves):
        """Return {document id: the attempt that matters now}, with one statement however many documents.

        An attempt that is planned or under way matters before one that failed for good; a document without either has
        none.
        """
        lines = self.env["billing.payment.attempt.line"].search(
            [("move_id", "in", moves.ids), "|", ("is_open", "=", True), ("attempt_id.is_final", "=", True)],
            order="is_open desc, attempt_id desc, id",
        )
        found = {}
        for line in lines:
            found.setdefault(line.move_id.id, line.attempt_id)
        return found

    @api.private
    def get_state(self, attempt):
        """Return "coming", "under_way" or "failed"."""
        if attempt.state == "planned":
            return COMING
        return FAILED if attempt.state in ("failed", "given_up") else UNDER_WAY

    @api.private
    def describe(self, attempt):
        """Say in a sentence for staff what is coming, under way, or failed and why."""
        _ = self.env._
        day, method = format_date(self.env, attempt.day), attempt.method_name or ""
        amount = attempt.currency_id.format(attempt.amount)
        texts = {
            "planned": _("%(amount)s is debited on %(day)s from %(method)s.", amount=amount, day=day, method=method),
            "sent": _("%(amount)s is being debited from %(method)s.", amount=amount, method=method),
            "unknown": _(
                "Nobody knows yet whether %(amount)s was debited from %(method)s. The provider is asked; do not ask the"
                " customer for it meanwhile.",
                amount=amount,
                method=method,
            ),
            "waiting": _(
                "The customer has to confirm the debit of %(amount)s from %(method)s; they have the link.",
                amount=amount,
                method=method,
            ),
            "succeeded": _("%(amount)s was debited and is being booked.", amount=amount),
            "failed": _(
                "The debit of %(amount)s on %(day)s failed and is not tried again: %(reason)s",
                amount=amount,
                day=day,
                reason=attempt.reason or "",
            ),
            "given_up": _(
                "The debit of %(amount)s on %(day)s was not made: %(reason)s",
                amount=amount,
                day=day,
                reason=attempt.reason or "",
            ),
        }
        return texts[attempt.state]
