from odoo import models

EN16931 = "urn:cen.eu:en16931:2017"


class AccountEdiXmlCii(models.AbstractModel):
    """CII, the XML inside of Factur-X; what else it says stands in `views/cii_templates.xml`."""

    _inherit = "account.edi.xml.cii"

    def _export_invoice_vals(self, invoice):
        """Say what is rounded for cash, and name the profile that can say the document.

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
        return vals
