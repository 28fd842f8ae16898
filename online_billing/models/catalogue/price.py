from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ...engine import EngineError
from ..shared.guarded import Life, names

PRICE_MODELS = [
    ("flat", "Flat: one amount per period"),
    ("per_unit", "Per unit"),
    ("package", "Package: so much per started package"),
    ("graduated", "Graduated: each unit at the price of its own tier"),
    ("volume", "Volume: all units at the price of the tier reached"),
    ("stair_step", "Stair-step: one amount for the tier reached"),
    ("percentage", "Percentage of the amount"),
    ("graduated_percentage", "Graduated percentage"),
    ("dynamic", "Dynamic: the amount comes with the charge"),
]
TIERED_MODELS = ("graduated", "volume", "stair_step", "graduated_percentage")

PRICING = names(
    """code_id plan_id currency_id valid_from model unit_price package_size free_units rate fixed_amount free_events
    free_amount event_minimum event_maximum charge_flat_on_zero scale_bounds included_quantity minimum_amount
    maximum_amount discount_percent"""
)
TIMES = names("valid_to applies_to_existing_from")


class BillingPrice(models.Model):
    """One effective-dated price of a billing code in a currency, for everybody or for one plan.

    A version that has been used is never changed: a new price is a new version, and the old one stays as the
    history that explains old invoices.
    """

    _name = "billing.price"
    _inherit = ["billing.used", "billing.read.by.runs", "billing.configuration"]
    _description = "Billing Price"
    _order = "code_id, currency_id, valid_from desc, id desc"
    _follows = frozenset({"comparable_amount", "company_id"})
    _belongs = frozenset({"code_id"})
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of
    _life = Life(
        create=PRICING | TIMES,
        write={"unused": PRICING | TIMES, "used": TIMES},
        delete=names("unused"),
        sealed={"used": PRICING},
    )

    code_id = fields.Many2one("billing.code", required=True, index=True, ondelete="cascade", check_company=True)
    company_id = fields.Many2one(related="code_id.company_id", store=True, index=True)
    plan_id = fields.Many2one(
        "billing.plan",
        index=True,
        ondelete="cascade",
        check_company=True,
        string="Only for Plan",
        help="Leave empty for the general price; a price of the plan goes before the general one.",
    )
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    valid_from = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="The first day of this version; the one before ends the day before.",
    )
    valid_to = fields.Date(
        string="Valid Until", help="Last day on which the price can be agreed. Empty: until a later version begins."
    )
    applies_to_existing_from = fields.Date(
        string="Also for Existing Subscriptions from",
        help=(
            "Running subscriptions keep their price until they are renewed. With a date here they change to this price"
            " in the first period that begins on or after it."
        ),
    )
    model = fields.Selection(
        PRICE_MODELS,
        required=True,
        default="per_unit",
        string="Price Model",
        help="How the amount follows from the quantity; the line below explains what is chosen.",
    )
    unit_price = fields.Float(
        digits=(16, 8), string="Price", help="Per unit, per package, or the flat amount, by the price model."
    )
    package_size = fields.Float(
        digits=(16, 6), default=1.0, help="So many units are sold together; a package that is begun counts whole."
    )
    free_units = fields.Float(digits=(16, 6), help="Units that are free before the first package is counted.")
    rate = fields.Float(digits=(16, 8), string="Percent", help="Percent of the value of what is charged.")
    fixed_amount = fields.Float(digits=(16, 6), string="Fixed Amount per Event", help="Added for each event.")
    free_events = fields.Integer(help="Number of events without charge.")
    free_amount = fields.Float(
        digits=(16, 6), help="Amount without charge. Free events end when either limit is used up."
    )
    event_minimum = fields.Float(digits=(16, 6), string="Minimum per Event", help="Each event costs at least this.")
    event_maximum = fields.Float(digits=(16, 6), string="Maximum per Event", help="0 means no maximum.")
    tier_ids = fields.One2many(
        "billing.price.tier",
        "price_id",
        string="Tiers",
        copy=True,
        help="Up to which quantity which price holds; the last has no limit.",
    )
    charge_flat_on_zero = fields.Selection(
        [("default", "As usual for the price model"), ("yes", "Yes"), ("no", "No")],
        required=True,
        default="default",
        string="Charge at Zero Usage",
        help=(
            "Whether the flat amount of the first tier, or the first package, is charged when nothing was used. Usual:"
            " yes for tiers, no for packages."
        ),
    )
    scale_bounds = fields.Boolean(
        string="Scale Tiers in Short Periods",
        help="In a shortened period the tier bounds and the included units shrink in the same proportion.",
    )
    included_quantity = fields.Float(digits=(16, 6), string="Included Units", help="Units per period that are free.")
    minimum_amount = fields.Float(digits=(16, 6), help="The charge of a full period is at least this.")
    maximum_amount = fields.Float(
        digits=(16, 6), help="The charge of a full period is at most this. 0 means no maximum."
    )
    discount_percent = fields.Float(digits=(16, 6), string="Discount %", help="Taken off the price.")
    summary = fields.Char(compute="_compute_summary", help="The price in words.")
    comparable_amount = fields.Float(
        digits=(16, 6),
        compute="_compute_comparable_amount",
        store=True,
        string="Price of One Unit",
        help="What one unit costs under this version; the chart of the price history shows it.",
    )
    is_used = fields.Boolean(compute="_compute_is_used", help="A used version cannot be changed: make a new version.")

    _valid_range = models.Constraint(
        "CHECK (valid_to IS NULL OR valid_to >= valid_from)",
        "The last day of a price lies before its first day. Correct one of the two dates.",
    )
    _version_unique = models.UniqueIndex(
        "(code_id, COALESCE(plan_id, 0), currency_id, valid_from)",
        "There is already a price of this billing code that begins on this day. Change that one, or choose another"
        " day.",
    )
    _not_negative = models.Constraint(
        "CHECK (package_size > 0 AND free_units >= 0 AND free_events >= 0 AND free_amount >= 0 AND included_quantity >="
        " 0 AND minimum_amount >= 0 AND maximum_amount >= 0 AND event_minimum >= 0 AND event_maximum >= 0 AND"
        " discount_percent >= 0 AND discount_percent <= 100)",
        "Package sizes must be positive, allowances, minimum and maximum amounts cannot be negative, and a discount"
        " lies between 0 and 100 percent.",
    )

    @api.depends("code_id.code", "currency_id.name", "valid_from", "plan_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for price in self:
            plan = f" · {price.plan_id.name}" if price.plan_id else ""
            day = format_date(self.env, price.valid_from) if price.valid_from else ""
            price.display_name = f"{price.code_id.code or ''}{plan} · {price.currency_id.name or ''} · {day}"

    @api.depends(
        "model",
        "unit_price",
        "package_size",
        "rate",
        "tier_ids",
        "currency_id",
        "included_quantity",
        "discount_percent",
    )
    def _compute_summary(self):
        for price in self:
            price.summary = self.env["billing.explanation"].get_price_summary(price)

    @api.depends(
        "model",
        "unit_price",
        "package_size",
        "rate",
        "tier_ids.unit_price",
        "tier_ids.flat_amount",
        "tier_ids.up_to",
        "tier_ids.block_size",
        "tier_ids.rate",
        "discount_percent",
    )
    def _compute_comparable_amount(self):
        for price in self:
            try:
                price.comparable_amount = self.env["billing.price.terms"].get_comparable_amount(price)
            except EngineError:
                price.comparable_amount = 0.0  # the constraint below names the fault when the record is saved

    def _find_used(self):
        """Return those that a running subscription or a charge uses, as it is now.

        Nothing is counted, and of each table one row at most is read for a price. The order leaves the database no
        choice but the index: for a price that no charge has it would read all charges, thinking that it soon finds one.
        """
        self.env["billing.subscription.line"].flush_model(["price_id", "subscription_id"])
        self.env["billing.subscription"].flush_model(["state"])
        query = SQL(
            """
            SELECT id FROM billing_price price
             WHERE id = ANY(%s)
               AND COALESCE((SELECT nullif(charge.price_id = price.id, FALSE) FROM billing_charge charge
                              WHERE charge.price_id >= price.id ORDER BY charge.price_id LIMIT 1),
                            (SELECT line.price_id FROM billing_subscription_line line
                              WHERE line.price_id >= price.id ORDER BY line.price_id LIMIT 1) = price.id
                            AND (SELECT TRUE FROM billing_subscription_line line
                                   JOIN billing_subscription subscription ON subscription.id = line.subscription_id
                                  WHERE line.price_id = price.id AND subscription.state <> 'draft' LIMIT 1), FALSE)
            """,
            self.ids,
        )
        return self.browse([price_id for [price_id] in self.env.execute_query(query)])

    @api.constrains(
        "model",
        "unit_price",
        "package_size",
        "free_units",
        "rate",
        "fixed_amount",
        "free_events",
        "free_amount",
        "event_minimum",
        "event_maximum",
        "tier_ids",
        "included_quantity",
        "minimum_amount",
        "maximum_amount",
        "discount_percent",
        "charge_flat_on_zero",
    )
    def _check_price_model(self):
        for price in self:
            if price.model in TIERED_MODELS and not price.tier_ids:
                raise ValidationError(
                    self.env._(
                        "The price of %(code)s needs at least one tier. Add a tier without an upper bound.",
                        code=price.code_id.display_name,
                    )
                )
            try:
                self.env["billing.price.terms"].get_price_version(price)
            except EngineError as error:
                raise ValidationError(self.env["billing.engine.messages"].get_sentence(error)) from error

    @api.constrains("code_id", "plan_id", "currency_id", "valid_from", "valid_to")
    def _check_overlap(self):
        for price in self:
            siblings = self.search(
                [
                    ("code_id", "=", price.code_id.id),
                    ("plan_id", "=", price.plan_id.id),
                    ("currency_id", "=", price.currency_id.id),
                    ("id", "!=", price.id),
                ]
            )
            for other in siblings:
                first, second = sorted(price | other, key=lambda p: p.valid_from)
                if first.valid_to and second.valid_from <= first.valid_to:
                    raise ValidationError(
                        self.env._(
                            "Two prices of %(code)s overlap: one is valid until %(end)s, the next begins on %(start)s."
                            " Let the first end the day before.",
                            code=price.code_id.display_name,
                            end=format_date(self.env, first.valid_to),
                            start=format_date(self.env, second.valid_from),
                        )
                    )

    def _get_reading_accounts(self):
        """Return the accounts with a running subscription to the billing codes: a run may take these prices."""
        lines = self.env["billing.subscription.line"].search(
            [("code_id", "in", self.code_id.ids), ("subscription_id.state", "=", "active")]
        )
        return lines.account_id

    @api.model
    def _get_life_advice(self):
        return self.env._(
            "A price that subscriptions or charges use stays as it is: make a new version with another first day."
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if used := self.filtered("is_used"):
            raise UserError(
                self.env._(
                    "%(prices)s cannot be deleted, because subscriptions or charges use it. Set its last day instead.",
                    prices=", ".join(used.mapped("display_name")),
                )
            )

    def _select_valid(self, day, plan=None):
        """Pick from candidate versions the one that is valid on a day; the plan's own goes before the general one."""
        valid = self.filtered(lambda price: price.valid_from <= day and (not price.valid_to or day <= price.valid_to))
        own = valid.filtered(lambda price: plan and price.plan_id == plan)
        return (own or valid.filtered(lambda price: not price.plan_id)).sorted("valid_from", reverse=True)[:1]

    def action_new_version(self):
        """Open the form of a successor that begins tomorrow, or after this version if that begins later."""
        self.ensure_one()
        start = max(self.valid_from, fields.Date.context_today(self)) + timedelta(days=1)
        successor = self.copy({"valid_from": start, "valid_to": False, "applies_to_existing_from": False})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": successor.id,
            "view_mode": "form",
            "target": "current",
        }
