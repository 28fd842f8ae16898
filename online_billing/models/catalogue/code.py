from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..shared.guarded import ANY, Life, names

FREE = names("code name active category_id product_id unit_cost description")
# what was billed under a code, and how it is read, is what the code says of these
IDENTITY = names("company_id kind aggregation")


class BillingCode(models.Model):
    """Say what can be billed; the product behind it gives income account, taxes and unit of measure."""

    _name = "billing.code"
    _description = "Billing Code"
    _inherit = ["mail.thread", "mail.activity.mixin", "billing.used", "billing.configuration"]
    _order = "code, id"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of
    _life = Life(
        create=FREE | IDENTITY,
        write={ANY: FREE, "unused": IDENTITY},
        delete=names("unused used"),  # whether anything refers to it is asked for itself
        sealed={"used": IDENTITY},
    )

    code = fields.Char(
        required=True,
        tracking=True,
        help="Short name used by staff and by programs, unique in the company. Example: NET-100.",
    )
    name = fields.Char(required=True, translate=True, tracking=True, help="What customers read on their invoice.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    category_id = fields.Many2one("billing.category", index=True, ondelete="restrict", check_company=True)
    kind = fields.Selection(
        [
            ("recurring", "Recurring"),
            ("usage", "Usage"),
            ("one_time", "One-time"),
            ("fee", "Fee"),
            ("credit", "Credit"),
        ],
        required=True,
        default="recurring",
        tracking=True,
        help=(
            "Recurring: billed every period of a plan.\nUsage: billed by what was used.\nOne-time: billed once, as part"
            " of a plan or by itself.\nFee: late fees and administration fees.\nCredit: money given back; its charges"
            " are negative."
        ),
    )
    product_id = fields.Many2one(
        "product.product",
        index=True,
        ondelete="restrict",
        check_company=True,
        help=(
            "Gives the income account, the taxes and the unit of measure. Left empty, a service product of the same"
            " name is made."
        ),
    )
    uom_id = fields.Many2one(
        related="product_id.uom_id", string="Unit of Measure", help="What one unit is; that of the product."
    )
    aggregation = fields.Selection(
        [
            ("sum", "Sum"),
            ("count", "Number of Events"),
            ("max", "Highest Value"),
            ("unique", "Different Values"),
            ("last", "Last Value"),
        ],
        default="sum",
        required=True,
        help="How the usage of a period becomes one quantity.",
    )
    unit_cost = fields.Float(
        digits=(16, 6), help="What one unit costs you besides the resources below, in the currency of the company."
    )
    resource_ids = fields.One2many(
        "billing.code.resource",
        "code_id",
        string="Resource Needs",
        help="What one unit uses up: hours, capacity, money.",
    )
    total_unit_cost = fields.Float(
        digits=(16, 6),
        compute="_compute_total_unit_cost",
        string="Full Unit Cost",
        help="Unit cost plus the cost of all resources that one unit needs.",
    )
    price_ids = fields.One2many(
        "billing.price", "code_id", string="Prices", help="All versions, with the days from which they are valid."
    )
    current_price_id = fields.Many2one("billing.price", compute="_compute_current_price_id", string="Price Today")
    current_price_summary = fields.Char(
        compute="_compute_current_price_id", string="Today's Price", help="The general price that is valid today."
    )
    price_count = fields.Integer(compute="_compute_price_count", string="Price Versions")
    is_used = fields.Boolean(
        compute="_compute_is_used",
        help="Customers are charged with it, or have been: what kind of code it is does not change any more.",
    )
    description = fields.Html(translate=True, help="Notes for staff.")

    _code_unique_per_company = models.Constraint(
        "UNIQUE (company_id, code)",
        "Another billing code of this company has the same code. Choose another one, or change the existing code.",
    )
    _unit_cost_not_negative = models.Constraint("CHECK (unit_cost >= 0)", "The unit cost cannot be negative.")

    @api.depends("code", "name")
    def _compute_display_name(self):
        for code in self:
            code.display_name = f"[{code.code}] {code.name}" if code.code else code.name

    @api.depends("unit_cost", "resource_ids.cost")
    def _compute_total_unit_cost(self):
        for code in self:
            code.total_unit_cost = code.unit_cost + sum(code.resource_ids.mapped("cost"))

    @api.depends("price_ids.valid_from", "price_ids.valid_to", "price_ids.plan_id", "price_ids.currency_id")
    def _compute_current_price_id(self):
        today = fields.Date.context_today(self)
        valid = Domain("valid_from", "<=", today) & (Domain("valid_to", "=", False) | Domain("valid_to", ">=", today))
        prices = self.env["billing.price"].search(
            Domain("code_id", "in", self.ids) & Domain("plan_id", "=", False) & valid
        )
        by_code = prices.grouped(lambda price: (price.code_id.id, price.currency_id.id))
        for code in self:
            own = by_code.get((code._origin.id, code.company_id.currency_id.id), prices.browse())
            code.current_price_id = own._select_valid(today).with_prefetch(prices.ids)
        for code in self:
            code.current_price_summary = code.current_price_id.with_prefetch(prices.ids).summary

    def _compute_price_count(self):
        counts = dict(self.env["billing.price"]._read_group([("code_id", "in", self.ids)], ["code_id"], ["__count"]))
        for code in self:
            code.price_count = counts.get(code, 0)

    def _find_used(self):
        """Return those that a charge or a subscription uses, as it is now.

        The order leaves the database no choice but the index; see `billing.price`.
        """
        self.env["billing.subscription.line"].flush_model(["code_id"])
        query = SQL(
            """
            SELECT id FROM billing_code code
             WHERE id = ANY(%s)
               AND COALESCE((SELECT nullif(charge.code_id = code.id, FALSE) FROM billing_charge charge
                              WHERE charge.code_id >= code.id ORDER BY charge.code_id LIMIT 1),
                            (SELECT nullif(line.code_id = code.id, FALSE) FROM billing_subscription_line line
                              WHERE line.code_id >= code.id ORDER BY line.code_id LIMIT 1), FALSE)
            """,
            self.ids,
        )
        return self.browse([code_id for [code_id] in self.env.execute_query(query)])

    @api.model
    def _get_life_advice(self):
        return self.env._(
            "A code that subscriptions or charges use stays of its kind: make another code, and use that from now on."
        )

    @api.constrains("kind")
    def _check_kind_in_plans(self):
        self.env["billing.plan.line"].sudo().search([("code_id", "in", self.ids)])._check_kind()  # sudo: whoever has it

    @api.constrains("code")
    def _check_code(self):
        for billing_code in self:
            if billing_code.code != billing_code.code.strip() or not billing_code.code.strip():
                raise ValidationError(
                    self.env._(
                        "A billing code cannot be blank or begin or end with a space. Remove the spaces around"
                        " “%(code)s”.",
                        code=billing_code.code,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        codes = super().create(vals_list)
        for code in codes.filtered(lambda c: not c.product_id):
            code.product_id = code.env["product.product"].sudo().create(code._prepare_product_values())
        return codes

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        return [
            dict(vals, code=self.env._("%(code)s (copy)", code=code.code)) if "code" not in (default or {}) else vals
            for code, vals in zip(self, vals_list, strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_charged(self):
        # sudo: whoever has been charged with it
        charges = self.env["billing.charge"].sudo()
        if charged := self.filtered(lambda code: charges.search_count([("code_id", "=", code.id)], limit=1)):
            raise UserError(
                self.env._(
                    "%(codes)s cannot be deleted, because customers have been charged with it. Archive it instead.",
                    codes=", ".join(charged.mapped("display_name")),
                )
            )

    def _prepare_product_values(self):
        """Return the values of the service product made for a code without one."""
        self.ensure_one()
        return {
            "name": self.name,
            "default_code": self.code,
            "type": "service",
            "list_price": 0.0,
            "sale_ok": True,
            "purchase_ok": False,
            "company_id": self.company_id.id,
            "taxes_id": [Command.set(self._get_default_tax().ids)],
        }

    def _get_default_tax(self):
        """Return the default sales tax of the company, else that of the nearest company above it."""
        company = self.company_id.sudo()  # sudo: the settings of companies above
        while company and not company.account_sale_tax_id:
            company = company.parent_id
        return company.account_sale_tax_id

    def _get_price(self, day, currency, plan=None):
        """Return the price version of one code that is valid on a day, that of the plan before the general one.

        :param date day: local day of the account
        :return: one `billing.price` or an empty recordset
        """
        self.ensure_one()
        return self._get_prices([(self, day, currency, plan)])[0]

    @api.model
    def _get_prices(self, wanted):
        """Return the price versions that are valid, one for each question, all by one query.

        :param wanted: [(billing.code, day, currency, plan or None)]
        :return: a list of `billing.price`, one or an empty recordset for each
        """
        plans = self.env["billing.plan"].union(*(plan for *_head, plan in wanted if plan))
        codes = self.union(*(code for code, *_rest in wanted))
        currencies = self.env["res.currency"].union(*(currency for _code, _day, currency, _plan in wanted))
        prices = self.env["billing.price"]
        known = prices.search_fetch(
            Domain("code_id", "in", codes.ids)
            & Domain("currency_id", "in", currencies.ids)
            & Domain("plan_id", "in", [False, *plans.ids]),
            # all that a price is made of, by the same query
            [
                name
                for name, field in prices._fields.items()
                if field.prefetch is True and field.column_type and prices._has_field_access(field, "read")
            ],
        )
        by_code = known.grouped(lambda price: (price.code_id.id, price.currency_id.id))
        return [
            by_code.get((code.id, currency.id), known.browse())._select_valid(day, plan).with_prefetch(known.ids)
            for code, day, currency, plan in wanted
        ]

    def action_view_prices(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_price_action"),
            domain=[("code_id", "=", self.id)],
            context={"default_code_id": self.id},
        )

    def action_view_charges(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_charge_action"),
            domain=[("code_id", "=", self.id)],
            context={"default_code_id": self.id, "search_default_not_void": 1},
        )
