from odoo import api, fields, models
from odoo.exceptions import ValidationError

CASE = "billing.collection.case"


class BillingCollectionPolicy(models.Model):
    """What happens to open invoices, and when: the steps from the notice before the due date to the hand-over."""

    _name = "billing.collection.policy"
    _description = "Collection Policy"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="Of two policies that fit a customer by tag, the first one counts.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company, help="Empty: for all companies."
    )
    category_ids = fields.Many2many(
        "res.partner.category",
        "billing_collection_policy_category_rel",
        "policy_id",
        "category_id",
        string="Customer Tags",
        help="Customers with one of these tags follow this policy, unless their account names another one.",
    )
    step_ids = fields.One2many("billing.collection.step", "policy_id", string="Steps", copy=True)
    threshold_ids = fields.One2many("billing.collection.threshold", "policy_id", string="Thresholds", copy=True)
    hour = fields.Integer(
        string="Not Before", default=9, required=True, help="Hour of the customer's local day, 0 to 23."
    )
    minimum_gap = fields.Integer(
        string="Days Between Messages",
        default=2,
        required=True,
        help="So many full days without a message lie between two messages to an account.",
    )
    quiet_weekend = fields.Boolean(
        string="Quiet on Weekends", default=True, help="Nothing is sent on Saturdays and Sundays."
    )
    account_count = fields.Integer(compute="_compute_account_count", string="Accounts")

    _hour_range = models.Constraint("CHECK (hour BETWEEN 0 AND 23)", "The hour lies between 0 and 23.")
    _gap_range = models.Constraint(
        "CHECK (minimum_gap BETWEEN 0 AND 365)", "The days between two messages lie between 0 and 365."
    )

    def _compute_account_count(self):
        counts = dict(
            self.env[CASE]._read_group(
                [("policy_id", "in", self.ids), ("state", "!=", "closed")], ["policy_id"], ["__count"]
            )
        )
        for policy in self:
            policy.account_count = counts.get(policy, 0)

    def action_view_cases(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_collection_case_action"),
            domain=[("policy_id", "=", self.id)],
            context={},
        )


class BillingCollectionStep(models.Model):
    _name = "billing.collection.step"
    _description = "Step of a Collection Policy"
    _order = "policy_id, sequence, id"
    _check_company_auto = True

    policy_id = fields.Many2one("billing.collection.policy", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
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
    )
    days = fields.Integer(default=7)
    channel = fields.Selection(
        [("email", "E-mail"), ("sms", "SMS"), ("letter", "Letter"), ("none", "No message")],
        string="Message",
        required=True,
        default="email",
    )
    template_id = fields.Many2one(
        "mail.template",
        string="Text",
        domain=[("model", "=", CASE)],
        ondelete="restrict",
        help="Rendered in the customer's language, for e-mails and letters.",
    )
    sms_template_id = fields.Many2one(
        "sms.template", string="SMS Text", domain=[("model", "=", CASE)], ondelete="restrict"
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
    activity_note = fields.Char(string="What to Do", translate=True)
    summary = fields.Char(compute="_compute_summary")

    _days_range = models.Constraint("CHECK (days BETWEEN 0 AND 3650)", "The days of a step lie between 0 and 3650.")
    _deadline_range = models.Constraint(
        "CHECK (deadline_days BETWEEN 0 AND 365)", "A deadline lies between 0 and 365 days."
    )

    @api.depends("trigger", "days", "channel", "suspends", "hands_over", "proposes_write_off", "has_activity")
    def _compute_summary(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for step in self:
            when = {
                "before": self.env._("%(days)s days before the due date", days=step.days),
                "due": self.env._("On the due date"),
                "overdue": self.env._("%(days)s days after the due date", days=step.days),
                "end_of_month": self.env._("%(days)s days after the due date, end of that month", days=step.days),
                "after_previous": self.env._("%(days)s days after the previous step", days=step.days),
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


class BillingCollectionThreshold(models.Model):
    _name = "billing.collection.threshold"
    _description = "Smallest Amount for the Collection"
    _order = "currency_id"

    policy_id = fields.Many2one("billing.collection.policy", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Monetary(required=True, help="While less than this is overdue, nothing happens.")

    _one_per_currency = models.Constraint(
        "UNIQUE (policy_id, currency_id)", "This currency has a threshold in this policy already."
    )
    _not_negative = models.Constraint("CHECK (amount >= 0)", "A threshold is not negative.")


class BillingQuietDay(models.Model):
    """A day on which nobody is reminded: public holidays, the days between the years."""

    _name = "billing.quiet.day"
    _description = "Quiet Day"
    _order = "date desc, id"

    name = fields.Char(required=True)
    date = fields.Date(required=True, index=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")

    _one_per_company = models.Constraint("UNIQUE (date, company_id)", "This day is quiet already.")
