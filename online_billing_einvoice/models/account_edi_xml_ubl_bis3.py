from odoo import models
from odoo.addons.account_edi_ubl_cii.models.account_edi_common import FloatFmt

EXEMPT = "E"
REASONS = ("cbc:TaxExemptionReasonCode", "cbc:TaxExemptionReason")


class AccountEdiXmlUblBis3(models.AbstractModel):
    """UBL BIS 3, and the formats that Odoo derives from it: XRechnung, NLCIUS and others."""

    _inherit = "account.edi.xml.ubl_bis3"

    def _add_invoice_header_nodes(self, document_node, vals):
        """Name the invoice that a credit note takes back (EN 16931, BG-3)."""
        res = super()._add_invoice_header_nodes(document_node, vals)
        credited = vals["invoice"].reversed_entry_id
        if vals["invoice"].move_type == "out_refund" and credited.state == "posted":
            document_node["cac:BillingReference"] = {
                "cac:InvoiceDocumentReference": {
                    "cbc:ID": {"_text": credited.name},
                    "cbc:IssueDate": {"_text": credited.invoice_date},
                }
            }
        return res

    def _add_invoice_accounting_supplier_party_nodes(self, document_node, vals):
        res = super()._add_invoice_accounting_supplier_party_nodes(document_node, vals)
        self._leave_out_nameless_tax_schemes(document_node["cac:AccountingSupplierParty"]["cac:Party"])
        return res

    def _add_invoice_accounting_customer_party_nodes(self, document_node, vals):
        res = super()._add_invoice_accounting_customer_party_nodes(document_node, vals)
        self._leave_out_nameless_tax_schemes(document_node["cac:AccountingCustomerParty"]["cac:Party"])
        return res

    def _leave_out_nameless_tax_schemes(self, party_node):
        """Name no tax scheme of somebody without a number in it: a consumer, mostly (EN 16931, UBL-SR-53).

        Done when the party is whole, as further formats fill in numbers of their own.
        """
        schemes = party_node.get("cac:PartyTaxScheme")
        if isinstance(schemes, list):
            party_node["cac:PartyTaxScheme"] = [
                scheme for scheme in schemes if (scheme.get("cbc:CompanyID") or {}).get("_text")
            ]

    def _add_invoice_tax_total_nodes(self, document_node, vals):
        res = super()._add_invoice_tax_total_nodes(document_node, vals)
        totals = document_node.get("cac:TaxTotal") or ()
        for total in totals if isinstance(totals, list | tuple) else [totals]:
            self._name_exempt_once(total)
        return res

    def _name_exempt_once(self, total_node):
        """Name what is exempt in one part of the breakdown of taxes (EN 16931, BR-E-01), whatever it is exempt by.

        There are several where a tax is lower for whoever pays early, beside exempt lines, and where reasons differ.
        The first reason stands.
        """
        subtotals = total_node.get("cac:TaxSubtotal") or []
        exempt = [one for one in subtotals if self._get_categories(one) == [EXEMPT]]
        if len(exempt) < 2:
            return
        kept = next((one for one in exempt if self._has_reason(one)), exempt[0])
        for name in ("cbc:TaxableAmount", "cbc:TaxAmount"):
            amount = sum(one[name]["_text"] for one in exempt)
            kept[name] = {**kept[name], "_text": FloatFmt(amount, min_dp=kept["_currency"].decimal_places)}
        others = [one for one in subtotals if self._get_categories(one) != [EXEMPT]]
        total_node["cac:TaxSubtotal"] = [*others, kept]

    def _get_categories(self, subtotal_node):
        return [category["cbc:ID"]["_text"] for category in subtotal_node["cac:TaxCategory"]]

    def _has_reason(self, subtotal_node):
        categories = subtotal_node["cac:TaxCategory"]
        return any((category.get(name) or {}).get("_text") for category in categories for name in REASONS)
