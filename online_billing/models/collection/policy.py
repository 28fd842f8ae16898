from odoo import fields, models

CASE = "billing.collection.case"


class BillingCollectionPolicy(models.Model):
    """What happens to open invoices, and when: the steps from the notice before the due date to the hand-over."""

    _name = "billing.collection.policy"
    _inherit = ["billing.configuration"]
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
    step_ids = fields.One2many(
        "billing.collection.step",
        "policy_id",
        string="Steps",
        copy=True,
        help="What happens to open invoices and when, from top to bottom.",
    )
    threshold_ids = fields.One2many(
        "billing.collection.threshold",
        "policy_id",
        string="Thresholds",
        copy=True,
        help="While less than this is overdue, nobody is reminded; one for each currency.",
    )
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
    letter_without_address = fields.Boolean(
        string="Letter Instead",
        help="Customers without an e-mail address or telephone number for a message get it as a letter. Otherwise the"
        " step waits, and somebody gets a task.",
    )
    promise_days = fields.Integer(
        string="Customers Promise up to",
        help="Customers may promise by themselves to pay within so many days; until then they are not reminded. 0: only"
        " your staff notes promises.",
    )
    promise_limit = fields.Integer(
        string="Promises within a Year",
        default=3,
        help="So many promises a customer may give alone within twelve months, kept and broken ones counted. 0: any"
        " number.",
    )
    account_count = fields.Integer(compute="_compute_account_count", string="Accounts")

    _promise_range = models.Constraint(
        "CHECK (promise_days BETWEEN 0 AND 365 AND promise_limit >= 0)",
        "The days of a promise lie between 0 and 365, and their number is not negative.",
    )
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

    def _find_users(self, alive=False):
        """Count also the accounts that follow by their customer's tag and have an open case."""
        users = super()._find_users(alive)
        if alive and not users:
            accounts = self.env["billing.collection.accounts"].find_followers(self)
            if text := self.env["billing.references"].describe("billing.account", [("id", "in", accounts)]):
                users.append(text)
        return users

    def action_view_cases(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_collection_case_action"),
            domain=[("policy_id", "=", self.id)],
            context={},
        )
