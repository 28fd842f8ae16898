from datetime import timedelta

from odoo import fields, models


class BillingCollectionAct(models.TransientModel):
    """Ask why, and until when, before the calendar of a case is changed by hand."""

    _name = "billing.collection.act"
    _description = "Change the Next Step of a Case"

    case_ids = fields.Many2many("billing.collection.case", required=True, string="Cases")
    act = fields.Selection(
        [("skip", "Skip the Next Step"), ("postpone", "Postpone the Next Step"), ("hand_over", "Hand Over")],
        required=True,
    )
    day = fields.Date(string="Not Before", default=lambda self: fields.Date.context_today(self) + timedelta(days=7))
    reason = fields.Char(required=True)

    def action_apply(self):
        """Do it, and note in the log who did and why."""
        for dialogue in self:
            cases, acts = dialogue.case_ids, self.env["billing.collection.acts"]
            cases.check_access("write")
            if dialogue.act == "postpone":
                acts.postpone(cases, dialogue.day, dialogue.reason)
            else:
                {"skip": acts.skip, "hand_over": acts.hand_over}[dialogue.act](cases, dialogue.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
