from odoo import api, fields, models
from odoo.exceptions import UserError


class BillingCollectionAct(models.TransientModel):
    """Ask why, and until when, before the calendar of a case is changed by hand."""

    _name = "billing.collection.act"
    _description = "Change the Next Step of a Case"

    case_ids = fields.Many2many("billing.collection.case", required=True, string="Cases")
    act = fields.Selection(
        [
            ("do_now", "Next Step Now"),
            ("send_again", "Send the Last Message Again"),
            ("skip", "Skip the Next Step"),
            ("postpone", "Postpone the Next Step"),
            ("hand_over", "Hand Over"),
            ("write_off", "Write Off"),
        ],
        required=True,
    )
    day = fields.Date(
        string="Not Before",
        compute="_compute_day",
        store=True,
        readonly=False,
        precompute=True,
        help="The step is not taken before this day.",
    )
    channel = fields.Selection(
        [("email", "E-mail"), ("letter", "Letter")],
        string="How",
        compute="_compute_channel",
        store=True,
        readonly=False,
        precompute=True,
        help="How this message goes to the customer. The next ones go as the policy and the account say.",
    )
    reason = fields.Char(help="It stands in the log of the case.")
    preview = fields.Html(
        compute="_compute_preview", sanitize=False, string="What Happens", help="Nothing is done before you confirm."
    )

    @api.depends("case_ids")
    def _compute_day(self):
        self.env["billing.days"].propose(self, "day", later=7)

    @api.depends("case_ids", "act")
    def _compute_channel(self):
        """Propose the way that a written message of one case goes; other messages have one way only."""
        acts = self.env["billing.collection.acts"]
        for dialogue in self:
            case = dialogue.case_ids._origin
            way = None
            if len(case) == 1 and dialogue.act == "do_now":
                way = acts.get_written_channel(case)
            elif len(case) == 1 and dialogue.act == "send_again":
                way = acts.get_last_message(case).channel
            dialogue.channel = way if way in dict(self._fields["channel"].selection) else False

    @api.depends("case_ids", "act", "channel")
    def _compute_preview(self):
        for dialogue in self:
            cases = dialogue.case_ids._origin
            dialogue.preview = False
            if dialogue.act == "do_now":
                dialogue.preview = self.env["billing.collection.acts"].get_next_step_html(cases, dialogue.channel)
            elif dialogue.act == "send_again":
                dialogue.preview = self.env["billing.collection.acts"].get_last_message_html(cases)
            elif dialogue.act == "write_off":
                dialogue.preview = self.env["billing.write.off"].get_preview_html(cases)

    def action_apply(self):
        """Do it, and note in the log who did and why."""
        for dialogue in self:
            cases, acts = dialogue.case_ids, self.env["billing.collection.acts"]
            cases.check_access("write")
            if dialogue.act == "do_now":
                return acts.do_now(cases, dialogue.channel)
            if dialogue.act == "send_again":
                return acts.send_again(cases, dialogue.channel, dialogue.id)
            if dialogue.act == "write_off":
                cases.action_write_off()
                continue
            if not dialogue.reason:
                raise UserError(self.env._("Write down why, so that others understand it later."))
            if dialogue.act == "postpone":
                acts.postpone(cases, dialogue.day, dialogue.reason)
            else:
                {"skip": acts.skip, "hand_over": acts.hand_over}[dialogue.act](cases, dialogue.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
