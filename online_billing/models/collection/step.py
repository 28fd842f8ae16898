from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .policy import CASE


class BillingCollectionStep(models.Model):
    _name = "billing.collection.step"
    _inherit = ["billing.configuration"]
    _description = "Step of a Collection Policy"
    _order = "policy_id, sequence, id"
    _check_company_auto = True
    _is_done_with_when_archived = True
    _followers = ("next_step_id",)

    policy_id = fields.Many2one("billing.collection.policy", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, help="Archived: no case takes it any more; what has had it remembers it.")
    name = fields.Char(required=True, translate=True, help="As staff call it, for instance: second reminder.")
    trigger = fields.Selection(
        [
            ("before", "days before the due date"),
            ("due", "on the due date"),
            ("overdue", "days after the due date"),
            ("end_of_month", "days after the due date, then the end of that month"),
            ("after_previous", "days after the previous step"),
        ],
        string="When",
        required=True,
        default="overdue",
        help="From which day the days are counted.",
    )
    days = fields.Integer(default=7, help="So many days before or after the due date, or after the step before.")
    channel = fields.Selection(
        [("email", "E-mail"), ("sms", "SMS"), ("letter", "Letter"), ("none", "No message")],
        string="Message",
        required=True,
        default="email",
        help="How the customer is told; “None” tells nothing and may still do something.",
    )
    template_id = fields.Many2one(
        "mail.template",
        string="Text",
        domain=[("model", "=", CASE)],
        ondelete="restrict",
        help="Rendered in the customer's language, for e-mails and letters.",
    )
    sms_template_id = fields.Many2one(
        "sms.template",
        string="SMS Text",
        domain=[("model", "=", CASE)],
        ondelete="restrict",
        help="The text that is sent to the telephone.",
    )
    deadline_days = fields.Integer(
        string="New Deadline",
        help="The message grants so many days; the next step does not come before they are over. 0: none.",
    )
    announces_fee = fields.Boolean(
        string="Announce Late Fee", help="The message names the late fee that is charged unless the customer pays."
    )
    suspends = fields.Boolean(
        string="Suspend Service", help="The account is suspended; it comes back by itself when it has paid."
    )
    hands_over = fields.Boolean(
        string="Hand Over", help="The case goes to a collector: no more messages, a task and the export list."
    )
    proposes_write_off = fields.Boolean(
        string="Propose Write-off", help="A manager is asked whether to write the open amount off."
    )
    has_activity = fields.Boolean(string="Task", help="Somebody gets a task, for instance to call the customer.")
    activity_user_id = fields.Many2one(
        "res.users",
        string="Task For",
        domain=[("share", "=", False)],
        help="Empty: whoever looks after the account, else a billing manager.",
    )
    activity_note = fields.Char(
        string="What to Do", translate=True, help="What the task for whoever looks after the account says."
    )
    summary = fields.Char(compute="_compute_summary", help="What the step does, in words.")

    _days_range = models.Constraint("CHECK (days BETWEEN 0 AND 3650)", "The days of a step lie between 0 and 3650.")
    _deadline_range = models.Constraint(
        "CHECK (deadline_days BETWEEN 0 AND 365)", "A deadline lies between 0 and 365 days."
    )

    @api.depends("trigger", "days", "channel", "suspends", "hands_over", "proposes_write_off", "has_activity")
    def _compute_summary(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for step in self:
            when = {
                "before": self.env._("1 day before the due date")
                if step.days == 1
                else self.env._("%(days)s days before the due date", days=step.days),
                "due": self.env._("On the due date"),
                "overdue": self.env._("1 day after the due date")
                if step.days == 1
                else self.env._("%(days)s days after the due date", days=step.days),
                "end_of_month": self.env._("1 day after the due date, end of that month")
                if step.days == 1
                else self.env._("%(days)s days after the due date, end of that month", days=step.days),
                "after_previous": self.env._("1 day after the previous step")
                if step.days == 1
                else self.env._("%(days)s days after the previous step", days=step.days),
            }[step.trigger or "overdue"]
            deeds = [channels[step.channel]] if step.channel and step.channel != "none" else []
            for name in ("has_activity", "suspends", "hands_over", "proposes_write_off"):
                if step[name]:
                    deeds.append(step._fields[name]._description_string(self.env))
            step.summary = f"{when}: {', '.join(deeds) or self.env._('nothing')}"

    @api.constrains("channel", "template_id", "sms_template_id")
    def _check_text(self):
        for step in self:
            if step.channel in ("email", "letter") and not step.template_id:
                raise ValidationError(self.env._("Step “%(step)s” sends a message. Choose its text.", step=step.name))
            if step.channel == "sms" and not step.sms_template_id:
                raise ValidationError(self.env._("Step “%(step)s” sends an SMS. Choose its SMS text.", step=step.name))
