"""An invoice as PDF: the document that Odoo keeps, or its report."""

from odoo import api, models


class BillingFormatPdf(models.AbstractModel):
    _name = "billing.format.pdf"
    _inherit = "billing.format.renderer"
    _description = "Invoice as PDF"

    @api.private
    def is_made_by_odoo(self):
        return True

    @api.private
    def get_file_name(self, move, extension):
        """Return the name of the PDF that was sent, else of that which would be."""
        if move.invoice_pdf_report_id:
            return move.invoice_pdf_report_id.name
        return move._get_invoice_report_filename(extension=extension, report=self._get_report(move))

    @api.private
    def render(self, move):
        """Return the PDF that was sent, else print it."""
        if move.invoice_pdf_report_id:
            return move.invoice_pdf_report_id.raw
        reports = self.env["ir.actions.report"].with_company(move.company_id).sudo()  # sudo: as for the invoice itself
        return reports._render_qweb_pdf(self._get_report(move).report_name, move.ids)[0]

    def _get_report(self, move):
        return self.env["account.move.send"].sudo()._get_default_pdf_report_id(move)  # sudo: as above
