from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..shared.guarded import ANY, Life, names

METHODS = [
    ("fixed", "Fixed amount"),
    ("percent", "Percent of what is overdue"),
    ("interest", "Daily interest"),
    ("compensation", "Compensation by the size of the debt"),
    ("interest_compensation", "Interest and compensation"),
]

# the switch is not among them: a rule is switched on after what it would charge has been shown
TERMS = names(
    """name active sequence source company_id account_ids category_ids country_ids currency_id apply_from level
    grace_days repeat_unit repeat_count max_count tolerance method fixed_amount percent interest_rate rate_index_id
    rate_fixing rate_locked year_days rounding closing compound minimum_amount maximum_amount total_maximum announce
    spares_lost_disputes notice_days invoice_timing code_id"""
)


class BillingLateFeeRule(models.Model):
    """What being late costs, whom and when. One rule holds for an account and a currency at a time.

    Precedence: a rule for named accounts comes before one for customer tags, that before one for countries, that before
    one for a company, that before one for everybody; among equals the order of the list decides.
    """

    _name = "billing.late.fee.rule"
    _description = "Late Fee Rule"
    _inherit = ["billing.guarded", "mail.thread", "mail.activity.mixin", "billing.configuration"]
    _order = "sequence, id"
    _check_company_auto = True
    _is_done_with_when_archived = True  # it is switched off
    _life = Life(create=TERMS, write={ANY: TERMS}, delete=names(ANY))

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    is_on = fields.Boolean(
        string="Switched On",
        readonly=True,
        copy=False,
        tracking=True,
        help="Only rules that are switched on announce and charge fees.",
    )
    sequence = fields.Integer(default=10)
    source = fields.Text(
        string="Law or Custom",
        translate=True,
        help="What allows the fee: a law, or terms that your customers have accepted. Check it before you use it.",
    )
    # -- whom
    company_id = fields.Many2one("res.company", index=True, default=lambda self: self.env.company, tracking=True)
    account_ids = fields.Many2many(
        "billing.account",
        "billing_late_fee_rule_account_rel",
        "rule_id",
        "account_id",
        string="Accounts",
        check_company=True,
        help="Empty: any account.",
    )
    category_ids = fields.Many2many(
        "res.partner.category",
        "billing_late_fee_rule_category_rel",
        "rule_id",
        "category_id",
        string="Customer Tags",
        help="Customers with one of these tags. Empty: any customer.",
    )
    country_ids = fields.Many2many(
        "res.country",
        "billing_late_fee_rule_country_rel",
        "rule_id",
        "country_id",
        string="Countries",
        help="Customers of these countries. Empty: of any country.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        tracking=True,
        help="Of the amounts below; the rule then holds for debts in this currency alone. Empty: only percentages.",
    )
    apply_from = fields.Date(
        string="Due Dates From",
        tracking=True,
        help="Debts that fell due before this day are left alone. Empty: all that is overdue, however old.",
    )
    level = fields.Selection(
        [("installment", "Each due date of an invoice"), ("invoice", "The invoice as a whole")],
        string="Charged For",
        default="installment",
        required=True,
        tracking=True,
        help="Matters to invoices with several due dates only.",
    )
    # -- when
    grace_days = fields.Integer(
        default=0, tracking=True, help="Days after the due date without a fee. 5: it arises on the sixth day."
    )
    repeat_unit = fields.Selection(
        [("once", "Once"), ("day", "Every so many days"), ("month", "Every so many months")],
        string="Repetition",
        default="once",
        required=True,
        tracking=True,
        help="How often it arises again while the debt is open.",
    )
    repeat_count = fields.Integer(string="Every", default=1, tracking=True)
    max_count = fields.Integer(string="At Most", default=0, tracking=True, help="Times per debt. 0: no limit.")
    tolerance = fields.Monetary(tracking=True, help="A debt with less than this left is left alone.")
    spares_lost_disputes = fields.Boolean(
        string="Spare Lost Disputes",
        tracking=True,
        help="Days on which an invoice was in dispute bear no fee where the dispute was settled for the customer. On:"
        " they bear none either where it was settled against the customer. Off: then they count like any other day.",
    )
    # -- how much
    method = fields.Selection(
        METHODS,
        default="fixed",
        required=True,
        tracking=True,
        help="A fixed sum, a share of what is late, interest by the day, or a compensation by size.",
    )
    fixed_amount = fields.Monetary(tracking=True, help="The same sum each time.")
    percent = fields.Float(digits=(16, 6), tracking=True, help="Of what is overdue on the day the fee arises.")
    interest_rate = fields.Float(
        string="Interest a Year (%)",
        digits=(16, 6),
        tracking=True,
        help="With a reference rate: percentage points above it.",
    )
    rate_index_id = fields.Many2one(
        "billing.reference.index",
        string="Above Reference Rate",
        index="btree_not_null",
        ondelete="restrict",
        help="Interest is so many points above this rate, which somebody else sets.",
    )
    rate_fixing = fields.Selection(
        [
            ("daily", "Every change from its day"),
            ("half_year_eve", "30 June and 31 December (UK)"),
            ("half_year_first", "1 January and 1 July (EU)"),
        ],
        string="Rate That Counts",
        default="daily",
        required=True,
        tracking=True,
        help="The rate of 30 June or 31 December, or of 1 January or 1 July, holds for the half year that follows.",
    )
    rate_locked = fields.Boolean(
        string="Keep the First Rate",
        tracking=True,
        help="The rate of the first day of interest holds until the debt is paid, whatever the reference rate does.",
    )
    year_days = fields.Selection(
        [("365", "365"), ("actual", "Actual: 366 in leap years")],
        string="Days of the Year",
        default="365",
        required=True,
        tracking=True,
        help="How many days a year has when interest is worked out by the day.",
    )
    rounding = fields.Selection(
        [("total", "The fee"), ("day", "The interest of each day")],
        string="What Is Rounded",
        default="total",
        required=True,
        tracking=True,
        help="5,000.00 at 12.25 % over 101 days is 169.49; with each day rounded to 1.68 it is 169.68.",
    )
    closing = fields.Boolean(
        string="Charge Interest at Payment",
        tracking=True,
        help=(
            "When the debt is paid, interest up to and including that day is charged; what had arisen before stays"
            " owed. Off: a debt that is paid costs nothing more."
        ),
    )
    compound = fields.Boolean(tracking=True, help="Fees that are still open count as overdue for the next fee.")
    band_ids = fields.One2many(
        "billing.late.fee.band", "rule_id", string="Compensation", copy=True, help="A sum by the size of what is late."
    )
    minimum_amount = fields.Monetary(string="Minimum", tracking=True, help="Least amount of a fee.")
    maximum_amount = fields.Monetary(string="Maximum", tracking=True, help="Most of a fee. 0: no limit.")
    total_maximum = fields.Monetary(
        string="Maximum in Total", tracking=True, help="Most of all fees of a debt together. 0: no limit."
    )
    # -- how it is charged
    announce = fields.Boolean(
        string="Announce Before Charging",
        default=True,
        tracking=True,
        help="The fee is announced in a reminder, or in a notice of its own where no reminder goes out.",
    )
    notice_days = fields.Integer(
        string="Days of Notice", default=7, tracking=True, help="Days between the announcement and the charge."
    )
    invoice_timing = fields.Selection(
        [("now", "At once"), ("next", "With the next bill")],
        string="Invoicing",
        default="now",
        required=True,
        tracking=True,
        help="With the next bill, or at once on an invoice of its own.",
    )
    code_id = fields.Many2one(
        "billing.code",
        check_company=True,
        ondelete="restrict",
        domain=[("kind", "=", "fee")],
        help="Gives income account and taxes of the fee. Empty: the company's code for late fees, which bears no tax.",
    )
    summary = fields.Text(compute="_compute_summary", string="In Words", help="What the rule does, as it is set now.")
    problem = fields.Char(readonly=True, copy=False, help="Why the rule could not charge lately.")
    fee_count = fields.Integer(compute="_compute_fee_count", string="Number of Fees")

    _positive_amounts = models.Constraint(
        "CHECK (LEAST(grace_days, max_count, tolerance, fixed_amount, percent, interest_rate, minimum_amount,"
        " maximum_amount, total_maximum, notice_days) >= 0 AND repeat_count > 0)",
        "Days, amounts and percentages of a late fee rule cannot be negative, and it repeats every 1 or more.",
    )
    _on_idx = models.Index("(company_id) WHERE is_on")

    def _compute_fee_count(self):
        counts = dict(self.env["billing.late.fee"]._read_group([("rule_id", "in", self.ids)], ["rule_id"], ["__count"]))
        for rule in self:
            rule.fee_count = counts.get(rule, 0)

    @api.depends(lambda self: self._get_term_names())
    @api.depends_context("lang")
    def _compute_summary(self):
        for rule in self:
            rule.summary = self.env["billing.explanation"].get_late_fee_rule_summary(rule)

    def _get_term_names(self):
        """Return the names of the fields that say when and how much."""
        return [
            "method", "fixed_amount", "percent", "interest_rate", "rate_index_id", "rate_fixing", "rate_locked",
            "year_days", "rounding", "closing", "compound", "band_ids.lower", "band_ids.amount", "minimum_amount",
            "maximum_amount", "total_maximum", "grace_days", "repeat_unit", "repeat_count", "max_count", "tolerance",
            "announce", "notice_days", "invoice_timing", "currency_id", "level", "spares_lost_disputes",
        ]  # fmt: skip

    def _has_interest(self):
        return self.method in ("interest", "interest_compensation")

    def _has_compensation(self):
        return self.method in ("compensation", "interest_compensation")

    @api.constrains(
        "method", "currency_id", "fixed_amount", "percent", "interest_rate", "rate_index_id", "band_ids",
        "minimum_amount", "maximum_amount", "total_maximum", "tolerance", "repeat_unit", "closing", "code_id",
        "company_id",
    )  # fmt: skip
    def _check_terms(self):
        for rule in self:
            if message := rule._get_contradiction():
                raise ValidationError(message)

    def _get_contradiction(self):
        """Return what is wrong with the terms of one rule, or nothing."""
        _ = self.env._
        amounts = (self.fixed_amount, self.minimum_amount, self.maximum_amount, self.total_maximum, self.tolerance)
        if not self.currency_id and (any(amounts) or self.band_ids):
            return _("The rule “%(rule)s” names amounts of money. Choose their currency.", rule=self.name)
        if self.method == "fixed" and not self.fixed_amount:
            return _("Enter the amount that the rule “%(rule)s” charges.", rule=self.name)
        if self.method == "percent" and not self.percent:
            return _("Enter the percentage that the rule “%(rule)s” charges.", rule=self.name)
        if self._has_interest() and not self.interest_rate and not self.rate_index_id:
            return _("Enter a yearly interest for the rule “%(rule)s”, or choose a reference rate.", rule=self.name)
        if self._has_compensation() and not self.band_ids:
            return _("Add at least one amount of compensation to the rule “%(rule)s”.", rule=self.name)
        if self.maximum_amount and self.minimum_amount > self.maximum_amount:
            return _("The minimum of the rule “%(rule)s” is above its maximum. Correct one of them.", rule=self.name)
        if self._has_interest() and self.repeat_unit == "once" and not self.closing:
            return _(
                "Interest that is charged once is charged when the debt is paid. Switch on “Charge Interest at Payment”"
                " in the rule “%(rule)s”, or let it repeat, for instance every month.",
                rule=self.name,
            )
        if self.code_id and not self.company_id:
            return _(
                "A billing code belongs to one company. Choose the company of the rule “%(rule)s”, or leave the code"
                " empty.",
                rule=self.name,
            )
        return None

    def write(self, vals):
        if vals.get("active") is False:
            self.sudo()._switch(False)  # sudo: an archived rule charges nobody; write access is checked below
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if used := self.filtered("fee_count"):
            raise UserError(
                self.env._(
                    "“%(rule)s” cannot be deleted, because there are fees of it. Archive it instead.",
                    rule=used[0].name,
                )
            )

    def _switch_on(self):
        """Switch a rule on; one for all companies only by somebody who works in all of them."""
        self.check_access("write")
        others = self.env["res.company"].sudo().search_count([]) > len(self.env.user.company_ids)  # sudo: a count
        if others and not self.company_id:
            raise UserError(
                self.env._(
                    "“%(rule)s” would hold for companies that are not yours. Choose the company of the rule first.",
                    rule=self.name,
                )
            )
        self.sudo()._switch(True)  # sudo: the switch is kept from forms; write access was checked

    def _switch(self, on):
        changed = self.filtered(lambda rule: rule.is_on != on)
        changed.write({"is_on": on, "problem": False})

    def action_switch_on(self):
        """Show what the rule would charge today, and ask before it is switched on."""
        self.ensure_one()
        self.check_access("write")
        if not self.active:
            raise UserError(self.env._("“%(rule)s” is archived. Take it out of the archive first.", rule=self.name))
        return self._get_simulation_action(self.env._("Switch On: What It Charges"))

    def action_switch_off(self):
        """Charge nothing more by this rule; what was announced is dropped by the next run."""
        self.check_access("write")
        self.sudo()._switch(False)  # sudo: the switch is kept from forms; write access was checked

    def action_simulate(self):
        """Show what the rule would charge today; nothing is written."""
        self.ensure_one()
        self.check_access("read")
        return self._get_simulation_action(self.env._("What Would It Charge Today?"))

    def _get_simulation_action(self, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "billing.late.fee.simulation",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rule_id": self.id},
        }

    def action_view_fees(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_late_fee_action"),
            domain=[("rule_id", "=", self.id)],
            context={"search_default_in_force": 1},
        )
