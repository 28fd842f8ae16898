"""Put the data of an invoice into its drawn PDF, as Odoo does for every invoice that it sends."""

from lxml import etree
from odoo import api, models
from odoo.tools import cleanup_xml_node, config

from ..documents.pdf_attachment import embed
from ..shared.origins import is_only_of

STOOD_IN_FOR = ("_hook_invoice_document_after_pdf_report_render",)
KNOWN = frozenset(("account", "account_edi_ubl_cii", "online_billing"))
NAME, KIND = "factur-x.xml", "text/xml"
TEMPLATE = "account_edi_ubl_cii.account_invoice_facturx_export_22"
EXPORT = ("_export_invoice", "_export_invoice_constraints")
STANDARD = "facturx"  # asked for by the customer it has to be PDF/A, which is another file


class BillingInvoiceData(models.AbstractModel):
    """Odoo takes the PDF apart and puts it together again; here the data is added at its end."""

    _name = "billing.invoice.data"
    _description = "Data of Invoices in Their PDF"

    @api.private
    def embed(self, sender, invoice, invoice_data):
        """Put the data into the PDF of an invoice that is being sent, and tell whether that was done.

        It is left to Odoo where another addon has changed what is done with the PDF, where the customer gets PDF/A, and
        where the PDF is not a drawn one.

        :param sender: account.move.send
        :param dict invoice_data: what Odoo knows of the invoice while it is sent; its PDF is changed
        """
        drawn = invoice_data.get("pdf_attachment_values")
        other = invoice_data.get("ubl_cii_xml_options", {}).get("ubl_cii_format")
        if not drawn or invoice.invoice_pdf_report_id or other == STANDARD or not self._is_known(sender):
            return False
        content = embed(drawn["raw"], NAME, self._write_data(invoice), KIND)
        if content is None:
            return False
        if other:  # that file holds the PDF, as it is without this one
            sender._postprocess_invoice_ubl_xml(invoice, invoice_data)
        drawn["raw"] = content
        return True

    def _write_data(self, invoice):
        """Return the data of an invoice as Odoo writes it; what it lacks, which is told nobody, is not looked for."""
        builder = self.env["account.edi.xml.cii"]
        if not is_only_of(builder, EXPORT, KNOWN):
            return builder._export_invoice(invoice)[0]
        values = builder._export_invoice_vals(invoice.with_context(lang=invoice.partner_id.lang))
        content = self.env["ir.qweb"]._render(TEMPLATE, values)
        return etree.tostring(cleanup_xml_node(content), xml_declaration=True, encoding="UTF-8")

    def _is_known(self, sender):
        """Tell whether nobody has changed what is stood in for; in tests Odoo leaves the file beside the PDF."""
        has_data = "account.edi.xml.cii" in self.env and not config["test_enable"]
        return has_data and is_only_of(sender, STOOD_IN_FOR, KNOWN)
