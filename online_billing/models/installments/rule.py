from odoo import api, fields, models
from odoo.exceptions import ValidationError


class BillingInstallmentRule(models.Model):
    """Who may pay in installments, on which terms, and who must agree."""

    _name = "billing.installment.rule"
    _inherit = ["billing.configuration", "billing.installment.agreed.terms"]
    _description = "Installment Rule"
    _order = "sequence, id"
    _check_company_auto = True
    _is_done_with_when_archived = True  # what was agreed stays as it was agreed

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first rule that fits is taken.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Currency of the amounts of this rule; plans in other currencies are converted at the rate of the day.",
    )
    # -- who
    amount_min = fields.Monetary(string="Amount from", help="Smallest open amount that may be planned.")
    amount_max = fields.Monetary(string="Amount to", help="Largest open amount that may be planned. 0: no limit.")
    age_max_days = fields.Integer(
        string="Invoice Age at Most", help="Days since the date of the oldest invoice. 0: no limit."
    )
    category_ids = fields.Many2many(
        "res.partner.category",
        "billing_installment_rule_category_rel",
        "rule_id",
        "category_id",
        string="Customer Tags",
        help="Only customers with one of these tags. Empty: every customer.",
    )
    score_min = fields.Integer(
        string="Score at Least", help="Smallest credit score of the account. 0: the score does not matter."
    )
    plan_limit = fields.Integer(
        string="Plans at a Time",
        default=2,
        help="Plans of the customer that are running or requested, the new one included. 0: no limit.",
    )
    broken_plan_limit = fields.Integer(
        string="No More after Broken Plans",
        default=1,
        help="A customer who has broken so many plans gets no other one by this rule. 0: no limit.",
    )
    # -- what
    part_min = fields.Monetary(string="Smallest Installment", help="No installment may be smaller. 0: no limit.")
    month_max = fields.Integer(
        string="Months at Most", default=12, help="From the first to the last installment. 0: no limit."
    )
    deposit_percent = fields.Float(
        string="Deposit at Least", digits=(6, 2), help="Share of the open amount that is paid first, in percent."
    )
    fee_amount = fields.Monetary(string="Fee", help="Charged once for the plan, with its own tax. 0: none.")
    # -- by whom
    approval_limit = fields.Monetary(
        string="Approval above",
        help="Plans up to this amount start without approval. 0: no limit from which it begins, every plan is"
        " approved by somebody.",
    )
    approver_id = fields.Many2one(
        "res.users",
        check_company=True,
        ondelete="set null",
        domain=lambda self: [("all_group_ids", "in", self.env.ref("online_billing.group_billing_manager").ids)],
        help="Only this person approves plans above the limit. Empty: any billing manager.",
    )
    self_service = fields.Boolean(
        string="On Customers' Own Request", help="Customers may ask for such a plan themselves."
    )
    self_service_days = fields.Integer(
        string="First Day within",
        default=31,
        help="Days from today within which the first installment lies of a plan for which customers ask themselves."
        " 0: no limit.",
    )
    plan_count = fields.Integer(compute="_compute_plan_count", string="Number of Plans")

    _amounts_positive = models.Constraint(
        "CHECK (amount_min >= 0 AND amount_max >= 0 AND part_min >= 0 AND approval_limit >= 0 AND fee_amount >= 0)",
        "The amounts of a rule cannot be negative.",
    )
    _numbers_positive = models.Constraint(
        "CHECK (age_max_days >= 0 AND plan_limit >= 0 AND broken_plan_limit >= 0 AND month_max >= 0"
        " AND grace_days >= 0 AND missed_limit >= 0 AND interest_rate >= 0 AND self_service_days >= 0)",
        "Days, months, numbers and interest of a rule cannot be negative.",
    )
    _deposit_share = models.Constraint(
        "CHECK (deposit_percent >= 0 AND deposit_percent < 100)", "A deposit is a share of 0 to 99.99 percent."
    )

    def _compute_plan_count(self):
        counts = dict(
            self.env["billing.installment.plan"]._read_group([("rule_id", "in", self.ids)], ["rule_id"], ["__count"])
        )
        for rule in self:
            rule.plan_count = counts.get(rule, 0)

    @api.constrains("amount_min", "amount_max")
    def _check_amounts(self):
        for rule in self:
            if rule.amount_max and rule.amount_max < rule.amount_min:
                raise ValidationError(
                    self.env._(
                        "“Amount to” of rule %(rule)s is below “Amount from”. Correct one of them.", rule=rule.name
                    )
                )

    @api.constrains("interest_rate", "interest_code_id", "fee_amount", "fee_code_id")
    def _check_codes(self):
        for rule in self:
            if rule.interest_rate and not rule.interest_code_id or rule.fee_amount and not rule.fee_code_id:
                raise ValidationError(
                    self.env._(
                        "Rule %(rule)s asks for interest or a fee. Choose the billing code with which it is charged.",
                        rule=rule.name,
                    )
                )

    def action_view_plans(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_installment_plan_action"),
            domain=[("rule_id", "=", self.id)],
            context={},
        )
