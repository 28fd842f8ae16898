from odoo import models
from odoo.addons.online_billing.models.delivery.batch import ask_once


class AccountEdiCommon(models.AbstractModel):
    """What is asked of the same taxes for every line of every document of a batch that is mailed is asked once."""

    _inherit = "account.edi.common"

    def _validate_taxes(self, tax_ids):
        find = super()._validate_taxes
        return ask_once(self.env, ("valid taxes", self._name, tax_ids._ids), lambda: find(tax_ids))

    def _get_tax_category_code(self, customer, supplier, tax):
        key, find = ("tax category", self._name, customer.id, supplier.id, tax.id), super()._get_tax_category_code
        return ask_once(self.env, key, lambda: find(customer, supplier, tax))

    def _get_tax_exemption_reason(self, customer, supplier, tax):
        key, find = ("tax exemption", self._name, customer.id, supplier.id, tax.id), super()._get_tax_exemption_reason
        return dict(ask_once(self.env, key, lambda: find(customer, supplier, tax)))
