"""Prices that include taxes, for customers who owe others: the net amount is kept, as Odoo keeps it for products."""

from fractions import Fraction

from odoo import api, models

from ..shared.numbers import ONE, share_of
from .sale_taxes import SaleTaxes

# any amount that is large enough for the share to be exact
AMOUNT = 1_000_000.0


class BillingPriceTaxes(models.AbstractModel):
    _name = "billing.price.taxes"
    _description = "Taxes within Prices"

    @api.private
    def get_net_shares(self, wanted):
        """Return what is left of a price list's amounts for accounts whose taxes are not those of the list.

        :param wanted: (account id, product id)
        :return: {(account id, product id): Fraction}, without those for whom the list holds
        """
        wanted = {pair for pair in wanted if pair[0]}
        accounts = self.env["billing.account"].sudo().browse({account_id for account_id, _product_id in wanted})
        included = ("price_include", "=", True)
        of_companies = SaleTaxes(self.env, ())
        accounts.fetch(["company_id"])  # nothing where whoever asks has read them
        with_included = accounts.company_id.filtered(lambda company: of_companies.has(company.id, included))
        shares = {}
        if not with_included:
            return shares
        taxes = SaleTaxes(self.env, [(account.company_id.id, account.partner_id.id) for account in accounts])
        affected = accounts.filtered(lambda account: account.company_id in with_included)
        for account_id, product_id in wanted:
            account = affected & accounts.browse(account_id)
            if account and (share := self._get_net_share(account, product_id, taxes)) != ONE:
                shares[account_id, product_id] = share
        return shares

    def _get_net_share(self, account, product_id, taxes) -> Fraction:
        company_id = account.company_id.id
        listed = taxes.get_listed(company_id, product_id)
        if not listed or not all(listed.flatten_taxes_hierarchy().mapped("price_include")):
            return ONE
        position_id = taxes.get_position(company_id, account.partner_id.id, account.fiscal_position_id.id)
        owed = taxes.get_owed(company_id, position_id, product_id)
        if owed == listed or set(listed.flatten_taxes_hierarchy().mapped("amount_type")) != {"percent"}:
            return ONE
        product = taxes.env["product.product"].browse(product_id)
        return share_of(listed._adapt_price_unit_to_another_taxes(AMOUNT, product, listed, owed), AMOUNT)
