"""The border of the catalogue: prices as values of the engine."""

from fractions import Fraction

from odoo import api, models

from ...engine import Adjustments, PriceVersion, Tier, Usage, build_price_model
from ..shared.numbers import ONE, PRICE_DIGITS, as_float, exact

# models of prices by tiers
TIERED = frozenset({"graduated", "volume", "stair_step", "graduated_percentage"})


class BillingPriceTerms(models.AbstractModel):
    _name = "billing.price.terms"
    _description = "Prices as the Billing Engine Sees Them"

    @api.private
    def get_price_version(self, price, discount_percent=None, net_share=ONE):
        """Return the engine's value of a `billing.price`.

        :param discount_percent: replaces the discount of the price where a customer has one of their own
        :param net_share: what is left of the price where taxes within it are not owed (`billing.price.taxes`)
        :raise EngineError: the price cannot be computed with, for instance tiers without a last one
        """
        discount = price.discount_percent if discount_percent is None else discount_percent
        return PriceVersion(
            build_price_model(price.model, **self._prepare_price_model_values(price)),
            adjustments=Adjustments(
                included=exact(price.included_quantity),
                minimum=exact(price.minimum_amount) if price.minimum_amount else None,
                maximum=exact(price.maximum_amount) if price.maximum_amount else None,
                discount_percent=exact(discount),
                net_share=net_share,
            ),
            scale_bounds=price.scale_bounds,
            identifier=price.id or None,
        )

    def _prepare_price_model_values(self, price):
        on_zero = {"yes": True, "no": False}.get(price.charge_flat_on_zero)
        # the others have none that count, and need not be asked for them
        tiers = price.tier_ids if price.model in TIERED else self.env["billing.price.tier"]
        values = {
            "unit_price": exact(price.unit_price, PRICE_DIGITS),
            "package_size": exact(price.package_size),
            "free_units": exact(price.free_units),
            "rate": exact(price.rate, PRICE_DIGITS),
            "fixed": exact(price.fixed_amount),
            "free_events": price.free_events,
            "free_amount": exact(price.free_amount),
            "minimum": exact(price.event_minimum) if price.event_minimum else None,
            "maximum": exact(price.event_maximum) if price.event_maximum else None,
            "tiers": [
                Tier(
                    exact(tier.up_to) if tier.up_to else None,
                    exact(tier.unit_price, PRICE_DIGITS),
                    exact(tier.flat_amount),
                    exact(tier.rate, PRICE_DIGITS),
                    exact(tier.block_size) if tier.block_size else None,
                )
                for tier in tiers.sorted(lambda tier: (not tier.up_to, tier.up_to))
            ],
        }
        return values if on_zero is None else {**values, "charge_flat_on_zero": on_zero}

    @api.private
    def get_comparable_amount(self, price):
        """Return what one unit costs, as a float for lists and charts."""
        if price.model == "dynamic":
            return 0.0
        if price.model in ("percentage", "graduated_percentage"):
            usage = Usage(Fraction(100), events=(Fraction(100),))
        else:
            # one unit beyond what is free, so that the first package counts
            usage = Usage(exact(price.free_units) + ONE if price.model == "package" else ONE)
        return as_float(self.get_price_version(price).model.price(usage).amount)
