"""Which document a customer gets: Odoo's report, or one drawn here."""

from odoo import api, models
from odoo.addons.base.models.ir_actions_report import _wkhtml

INVOICE_REPORTS = ("account.report_invoice_with_payments", "account.report_invoice")
RECEIPT_REPORT = "account.report_payment_receipt"
LETTER_REPORT = "online_billing.report_reminder_letter"
MODELS = {**dict.fromkeys(INVOICE_REPORTS, "account.move"), RECEIPT_REPORT: "account.payment"}


class BillingDocument(models.AbstractModel):
    """The one seam between the billing and what prints its documents.

    Only documents of the billing are ever drawn here: an invoice or a payment without billing account is printed by
    Odoo, whatever the setting says.
    """

    _name = "billing.document"
    _description = "Printed Billing Documents"

    @api.private
    def is_drawn(self, report_name, record_ids):
        """Tell whether all documents are drawn here: invoices, credit notes and receipts of billing accounts."""
        model = MODELS.get(report_name)
        if not record_ids or not model or not self._has_drawing():
            return False
        # sudo: only whose documents they are is looked at; drawing reads with the caller's rights
        records = self.env[model].sudo().browse(record_ids)
        if model == "account.move" and not all(move.is_sale_document(include_receipts=True) for move in records):
            return False
        return all(record.billing_account_id for record in records)

    @api.private
    def draw(self, report_name, record_id, proforma=False):
        """Return the PDF of one invoice or payment.

        :param str report_name: technical name of Odoo's report that this one stands in for
        :param int record_id: of account.move or account.payment
        :param bool proforma: the caller asks for a copy that is not the legal document
        """
        drawing = self.env["billing.document.drawing"]
        record = self.env[MODELS[report_name]].browse(record_id)
        if report_name == RECEIPT_REPORT:
            return drawing.draw_receipt(record)
        return drawing.draw_invoice(record, report_name == INVOICE_REPORTS[0], proforma)

    @api.private
    def print_letter(self, message):
        """Return the PDF of a reminder or notice that goes by post."""
        if self._has_drawing():
            return self.env["billing.document.drawing"].draw_reminder(message)
        reports = self.env["ir.actions.report"].with_company(message.company_id)
        return reports._render_qweb_pdf(LETTER_REPORT, message.ids)[0]

    def _has_drawing(self):
        """Return whether documents are drawn here at all.

        Without a setting, Odoo's own reports are taken where wkhtmltopdf with the patched Qt is there: the other one
        prints neither header nor footer and refuses more than one document.
        """
        # sudo: a setting that everybody's prints follow
        setting = self.env["ir.config_parameter"].sudo().get_param("online_billing.pdf_engine", "auto")
        if setting in ("odoo", "reportlab"):
            return setting == "reportlab"
        info = _wkhtml()
        return info.state != "ok" or not info.is_patched_qt
