from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..catalogue.plan_line import TIMINGS
from ..shared.guarded import Life, names

FIRST_TERMS = names("quantity timing prorate discount_percent start_date")


class BillingSubscriptionLine(models.Model):
    """One billing code of a subscription, with the terms agreed and how far it has been billed."""

    _name = "billing.subscription.line"
    _inherit = ["billing.guarded", "billing.read.by.runs"]
    _description = "Billing Subscription Line"
    _order = "subscription_id, sequence, id"
    _check_company_auto = True
    _follows = frozenset({"price_id", "next_due_date", "recheck_from"})
    _belongs = frozenset({"subscription_id"})
    _life = Life(
        create=FIRST_TERMS | names("subscription_id code_id name sequence"),
        write={
            "draft": FIRST_TERMS | names("code_id name sequence"),
            "running": FIRST_TERMS | names("name sequence"),
            "billed": names("name sequence"),
        },
        delete=names("draft running"),
        sealed={"billed": FIRST_TERMS | {"code_id", "subscription_id"}},
    )

    subscription_id = fields.Many2one(
        "billing.subscription", required=True, index=True, ondelete="cascade", check_company=True
    )
    account_id = fields.Many2one(related="subscription_id.account_id", store=True, index=True, precompute=True)
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True, precompute=True)
    currency_id = fields.Many2one(related="subscription_id.currency_id")
    subscription_state = fields.Selection(related="subscription_id.state", string="Subscription State")
    sequence = fields.Integer(default=10)
    code_id = fields.Many2one(
        "billing.code",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain=[("kind", "in", ("recurring", "one_time", "credit"))],
    )
    kind = fields.Selection(related="code_id.kind")
    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True, string="Description", required=True
    )
    quantity = fields.Float(
        digits=(16, 6),
        default=1.0,
        required=True,
        string="First Quantity",
        help="Quantity at the start. Later changes have their own day.",
    )
    quantity_ids = fields.One2many(
        "billing.subscription.quantity",
        "line_id",
        string="Quantity Changes",
        help="How many there were from which day on.",
    )
    current_quantity = fields.Float(
        digits=(16, 6), compute="_compute_current_quantity", string="Quantity", help="How many there are today."
    )
    timing = fields.Selection(
        TIMINGS,
        default="advance",
        required=True,
        help="In advance: billed on the first day of the period. In arrears: on the day after its last.",
    )
    prorate = fields.Boolean(default=True, help="Short periods are charged by their days.")
    discount_percent = fields.Float(
        digits=(16, 6), string="Discount %", help="Agreed with this customer, in place of the discount of the price."
    )
    start_date = fields.Date(help="First day of this line. Empty: that of the subscription.", copy=False)
    price_id = fields.Many2one(
        "billing.price",
        index=True,
        ondelete="restrict",
        copy=False,
        readonly=True,
        check_company=True,
        string="Price Agreed",
        help="The version valid on the first day. It is kept until the term is renewed.",
    )
    price_summary = fields.Char(related="price_id.summary", string="Price")
    billed_until = fields.Date(readonly=True, copy=False, help="First day that is not billed yet.")
    recheck_from = fields.Date(
        readonly=True,
        copy=False,
        help="From here on billed periods are compared again with what they should be, because something has changed.",
    )
    # found by the account: an index of its own would have each run renew all indexes of a line
    next_due_date = fields.Date(readonly=True, copy=False, help="The day on which it is billed next.")

    _quantity_not_negative = models.Constraint(
        "CHECK (quantity >= 0)", "The quantity of a subscription line cannot be negative."
    )
    _discount_range = models.Constraint(
        "CHECK (discount_percent BETWEEN 0 AND 100)", "A discount lies between 0 and 100 percent."
    )

    def init(self):
        # each run writes every line once; with room for that on its page, no index has to learn where it stands
        self.env.cr.execute(SQL("ALTER TABLE %s SET (fillfactor = 50)", SQL.identifier(self._table)))

    @api.depends("code_id")
    def _compute_name(self):
        for line in self:
            if not line.name:
                line.name = line.code_id.name

    @api.depends("quantity", "quantity_ids.quantity", "quantity_ids.date_from")
    def _compute_current_quantity(self):
        days = self.env["billing.days"]
        for line in self:
            today = days.get_local_day(line.subscription_id.account_id)
            past = [change for change in line.quantity_ids.sorted("date_from") if change.date_from <= today]
            line.current_quantity = past[-1].quantity if past else line.quantity

    @api.constrains("code_id")
    def _check_kind(self):
        for line in self:
            if line.code_id.kind not in ("recurring", "one_time", "credit"):
                raise ValidationError(
                    self.env._(
                        "%(code)s is not billed by the period. A subscription takes recurring, one-time and credit"
                        " codes.",
                        code=line.code_id.display_name,
                    )
                )

    @api.model
    def _get_life_states(self):
        return ["draft", "running", "billed", "over"]

    def _get_life_state(self):
        """A line is billed with its first bill; it is over with its subscription."""
        if self.subscription_state == "draft":
            return "draft"
        if self.subscription_state != "active":
            return "over"
        return "billed" if self.billed_until else "running"

    @api.model
    def _get_life_advice(self):
        return self.env._("Use “Change Quantity” from a day on, or end the subscription and begin a new one.")

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self.env.su and (late := lines.filtered(lambda line: line.subscription_state in ("ended", "cancelled"))):
            raise UserError(
                self.env._(
                    "“%(line)s” cannot be added, because %(subscription)s has ended. Begin a new one.",
                    line=late[0].name,
                    subscription=late[0].subscription_id.name,
                )
            )
        # a line added to a running subscription is agreed at once, from its own first day
        if added := lines.filtered(lambda line: line.subscription_state == "active"):
            self.env["billing.subscription.lifecycle"].agree(added)
        return lines

    def write(self, vals):
        res = super().write(vals)
        if vals.keys() & FIRST_TERMS:
            self.filtered(lambda line: line.subscription_state == "active")._refresh_next_due_date()
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        if billed := self.filtered("billed_until"):
            raise UserError(
                self.env._(
                    "“%(line)s” cannot be deleted, because it has been billed. Set its quantity to 0 from a day on"
                    " instead.",
                    line=billed[0].name,
                )
            )

    def _refresh_next_due_date(self):
        """Store the next day on which each line falls due, and carry it up to the accounts."""
        lines_sudo = self.sudo()  # sudo: when a line falls due follows from its terms, whoever changed them
        running = lines_sudo.filtered(lambda line: line.subscription_state == "active")
        (lines_sudo - running).filtered("next_due_date").next_due_date = False
        for line, due_date in self.env["billing.subscription.terms"].get_next_due_dates(running).items():
            if line.next_due_date != due_date:
                line.next_due_date = due_date
        self.env["billing.rating"].refresh_next_billing_date(lines_sudo.account_id)

    def action_change_quantity(self):
        """Open the dialogue that asks for the new quantity and its first day."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change Quantity"),
            "res_model": "billing.subscription.change",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id, "default_quantity": self.current_quantity},
        }
