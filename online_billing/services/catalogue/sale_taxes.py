"""The taxes that Odoo would put on what is sold: those of the price list, and those that a customer owes."""

from ..posting import configuration
from ..posting.customers import Customers


class SaleTaxes:
    """Answers for a batch of accounts; each question is asked once.

    :param pairs: (company id, partner id) of whoever may be asked about
    """

    def __init__(self, env, pairs):
        # sudo: the taxes of whatever is billed, told to those who may bill it
        self.env = env["account.tax"].sudo().env
        self._pairs = pairs
        self._customers = None
        self._known = {}

    def once(self, method, *key):
        """Return what a method answers, and remember it."""
        key = (method.__name__, *key)
        if key not in self._known:
            self._known[key] = method(*key[1:])
        return self._known[key]

    def has(self, company_id, *domain):
        """Return whether a company has any such tax that may stand on an invoice."""
        taxes = self.env["account.tax"]
        kinds = [("type_tax_use", "!=", "purchase"), *domain]

        def search():
            return bool(taxes.search_count([*taxes._check_company_domain(company_id), *kinds], limit=1))

        return configuration.once(self.env, ("taxes", company_id, repr(domain)), search)

    def get_listed(self, company_id, product_id):
        """Return the taxes that the price of a product was made with."""
        return self.once(self._find_listed, company_id, product_id)

    def get_owed(self, company_id, position_id, product_id):
        """Return the taxes of a product under a fiscal position."""
        return self.once(self._find_owed, company_id, position_id, product_id)

    def get_position(self, company_id, partner_id, position_id):
        """Return the id of the fiscal position of an account: its own, else that of the customer; or nothing."""
        return position_id or self.get_customer(company_id, partner_id).position_id

    def get_customer(self, company_id, partner_id):
        """Return what an invoice takes from a customer; the first question reads all who may be asked about."""
        if not self._customers:
            self._customers = Customers(self.env)
            self._customers.prefetch(self._pairs)
        return self._customers.get(company_id, partner_id)

    def _find_listed(self, company_id, product_id):
        company = self.env["res.company"].browse(company_id)
        product = self.env["product.product"].with_company(company).browse(product_id)
        taxes = product.taxes_id.filtered_domain(self.env["account.tax"]._check_company_domain(company))
        if not taxes:
            income = product.product_tmpl_id.get_product_accounts()["income"]
            taxes = income.tax_ids.filtered(lambda tax: tax.type_tax_use == "sale")
        return taxes._filter_taxes_by_company(company)

    def _find_owed(self, company_id, position_id, product_id):
        taxes = self.get_listed(company_id, product_id)
        position = self.env["account.fiscal.position"].browse(position_id or ())
        return position.map_tax(taxes) if taxes and position else taxes
