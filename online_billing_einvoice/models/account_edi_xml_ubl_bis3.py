from odoo import models


class AccountEdiXmlUblBis3(models.AbstractModel):
    """UBL BIS 3, and the formats that Odoo derives from it: XRechnung, NLCIUS and others."""

    _inherit = "account.edi.xml.ubl_bis3"

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
