from odoo import api, fields, models
from odoo.exceptions import UserError

from ..shared.guarded import Life, names

TERMS = names("up_to unit_price flat_amount rate")


class BillingPriceTier(models.Model):
    """One tier of a price: everything above the previous bound up to and including its own."""

    _name = "billing.price.tier"
    _inherit = ["billing.guarded", "billing.read.by.runs"]
    _description = "Billing Price Tier"
    _life = Life(
        create=TERMS | {"price_id"},
        write={"unused": TERMS},
        delete=names("unused"),
        sealed={"used": TERMS | {"price_id"}},
    )
    _order = "price_id, is_last, up_to, id"
    _check_company_domain = models.check_company_domain_parent_of
    _follows = frozenset({"company_id", "is_last"})
    _belongs = frozenset({"price_id"})

    price_id = fields.Many2one("billing.price", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="price_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="price_id.currency_id")
    up_to = fields.Float(
        digits=(16, 6),
        string="Up to (including)",
        help="Upper bound of the tier; 0 means without limit, for the last tier.",
    )
    is_last = fields.Boolean(compute="_compute_is_last", store=True)
    unit_price = fields.Float(
        digits=(16, 8), string="Price per Unit", help="Of one unit, or of one block where the tier has a block size."
    )
    block_size = fields.Float(
        digits=(16, 6),
        help="Units that are sold together: each started block of the tier costs the price as a whole. 0: single"
        " units.",
    )
    flat_amount = fields.Float(digits=(16, 6), help="Added once when the tier is reached.")
    rate = fields.Float(digits=(16, 8), string="Percent", help="Percent of the value within this tier.")

    _bound_unique = models.Constraint(
        "UNIQUE (price_id, up_to)", "Two tiers of a price have the same upper bound. Change one of them."
    )
    _bound_not_negative = models.Constraint("CHECK (up_to >= 0)", "The upper bound of a tier cannot be negative.")
    _block_not_negative = models.Constraint(
        "CHECK (block_size >= 0)", "The block size of a tier cannot be negative; 0 means single units."
    )

    @api.depends("up_to")
    def _compute_is_last(self):
        for tier in self:
            tier.is_last = not tier.up_to

    def _get_reading_accounts(self):
        return self.price_id._get_reading_accounts()

    @api.model
    def _get_life_states(self):
        return self.env["billing.price"]._get_life_states()

    def _get_life_state(self):
        return self.price_id._get_life_state()

    @api.model
    def _get_life_advice(self):
        return self.env["billing.price"]._get_life_advice()

    @api.model_create_multi
    def create(self, vals_list):
        tiers = super().create(vals_list)
        tiers._check_price_unused()
        return tiers

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_price_unused()

    def _check_price_unused(self):
        """Refuse new and fewer tiers of a price that is used, to services too."""
        if used := self.price_id._find_used():
            raise UserError(
                self.env._(
                    "The tiers of %(price)s stay. %(advice)s",
                    price=used[0].display_name,
                    advice=self._get_life_advice(),
                )
            )
