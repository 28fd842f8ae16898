from odoo import models
from odoo.tools import frozendict

EN16931 = "urn:cen.eu:en16931:2017"


class AccountEdiXmlCii(models.AbstractModel):
    """CII, the XML inside of Factur-X; what else it says stands in `views/cii_templates.xml`."""

    _inherit = "account.edi.xml.cii"

    def _export_invoice_vals(self, invoice):
        """Say what is rounded for cash and what is discounted, and name the profile that can say the document.

        What is rounded is neither a line nor taxed (EN 16931, BT-114). The extended profile wants the tax to be its
        rate of the base to the cent, which a currency without cents cannot meet; the profile below it does not.
        """
        vals = super()._export_invoice_vals(invoice)
        rounded = invoice.line_ids.filtered(
            lambda line: line.display_type == "rounding" and not line.tax_repartition_line_id
        )
        sign = -1 if invoice.is_inbound() else 1
        vals["billing_rounding_amount"] = invoice.currency_id.round(sign * sum(rounded.mapped("amount_currency")))
        vals["billing_is_extended"] = invoice.currency_id.decimal_places > 0
        if not vals["billing_is_extended"]:
            vals["document_context_id"] = EN16931
        breakdown = vals["tax_details"]["tax_details"]
        vals["billing_allowances"] = self._prepare_billing_allowances(invoice, breakdown)
        if vals["billing_allowances"]:
            self._take_over_billing_taxes(invoice, breakdown)
            vals["tax_total_amount"] = sum(group["calculated_amount"] for group in breakdown.values())
        return vals

    def _prepare_billing_allowances(self, invoice, breakdown):
        """Return what a discount for early payment takes off and puts back, where the tax is lower whatever is paid.

        As Odoo's UBL says it: an allowance for each tax, and a charge of the same sum without tax. The breakdown of
        taxes follows, so that each tax is its rate of its base (BR-S-08, BR-S-09, BR-CO-11 to BR-CO-13).

        :param dict breakdown: of Odoo's `tax_details`; changed in place
        :return: [{"is_charge", "amount", "tax_category_code", "rate", "exemption reason" as Odoo names it}]
        """
        discounts = invoice.line_ids.filtered(lambda line: line.display_type == "epd")
        currency, taken = invoice.currency_id, {}
        for line in discounts:
            taxes = line.tax_ids.flatten_taxes_hierarchy().filtered(lambda tax: tax.amount_type == "percent")
            group = self._find_billing_group(invoice, taxes[:1], breakdown)
            taken.setdefault(group, 0.0)
            taken[group] += invoice.direction_sign * line.amount_currency
        allowances = []
        for group, amount in taken.items():
            if currency.is_zero(amount):
                continue
            breakdown[group]["base_amount_currency"] += amount
            allowances.append(
                {**breakdown[group], "is_charge": amount > 0, "discount_amount": currency.round(abs(amount))}
            )
        return allowances

    def _take_over_billing_taxes(self, invoice, breakdown):
        """Have the breakdown say the taxes that are booked; Odoo's own is of the lines without their discount."""
        booked = dict.fromkeys(breakdown, 0.0)
        for line in invoice.line_ids.filtered(lambda line: line.tax_line_id.amount_type == "percent"):
            group = self._find_billing_group(invoice, line.tax_line_id, breakdown)
            booked[group] += invoice.direction_sign * line.amount_currency
        for group, amount in booked.items():
            breakdown[group]["calculated_amount"] = invoice.currency_id.round(amount) or 0.0  # no zero below zero

    def _find_billing_group(self, invoice, tax, breakdown):
        """Return the key of the taxes' group in which a discount counts; one without tax is added where none is."""
        customer, supplier = invoice.partner_id.commercial_partner_id, invoice.company_id.partner_id
        category = self._get_tax_category_code(customer, supplier.commercial_partner_id, tax)
        for key, group in breakdown.items():
            if (group["tax_category_code"], group["amount"], group["amount_type"]) == (category, tax.amount, "percent"):
                return key
        reason = self._get_tax_exemption_reason(customer, supplier.commercial_partner_id, tax)
        key = frozendict(tax_category_code=category, amount=tax.amount, amount_type="percent", **reason)
        breakdown[key] = {**key, "base_amount_currency": 0.0, "tax_amount_currency": 0.0, "calculated_amount": 0.0}
        return key
