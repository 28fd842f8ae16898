from odoo import api, models
from odoo.exceptions import UserError

from ..delivery.batch import get_batch


class AccountMoveSend(models.AbstractModel):
    """Odoo's one way of sending invoices, with the formats of their billing accounts.

    The dialogue, the queues, the delivery, the downloads and the portal all come by here. PDF and XML stay Odoo's own.
    """

    _inherit = "account.move.send"

    @api.model
    def _get_default_invoice_edi_format(self, move, **kwargs):
        """Let Odoo make the electronic invoice where the account says so, whatever the customer's own setting."""
        edi_format = super()._get_default_invoice_edi_format(move, **kwargs)
        formats = self.env["billing.document.formats"]
        if edi_format or not formats.is_wanted(move, "xml"):
            return edi_format
        return self.env["billing.format.xml"].get_edi_format(move) or edi_format

    @api.model
    def _get_placeholder_mail_attachments_data(self, move, invoice_edi_format=None, extra_edis=None, pdf_report=None):
        """Show in the dialogue what will be attached."""
        found = super()._get_placeholder_mail_attachments_data(
            move, invoice_edi_format=invoice_edi_format, extra_edis=extra_edis, pdf_report=pdf_report
        )
        formats = self.env["billing.document.formats"]
        if formats.is_plain(move):
            return found
        others = [
            {"id": f"placeholder_{name}", "name": name, "mimetype": kind.mimetype, "placeholder": True}
            for kind in formats.get_unmade(move)
            for name in (formats.get_file_name(move, kind),)
        ]
        if formats.is_pdf_left_out(move) and (others or len(found) > 1):
            name = move._get_invoice_report_filename(report=pdf_report)
            found = [data for data in found if data["name"] != name]
        return found + others

    @api.model
    def _get_invoice_extra_attachments(self, move):
        return self.env["billing.document.formats"].choose(move, super()._get_invoice_extra_attachments(move))

    @api.model
    def _hook_invoice_document_before_pdf_report_render(self, invoice, invoice_data):
        res = super()._hook_invoice_document_before_pdf_report_render(invoice, invoice_data)
        formats = self.env["billing.document.formats"]
        if formats.is_plain(invoice) or invoice_data.get("error"):
            return res
        try:
            obstacles = formats.get_obstacles(invoice)
            if not obstacles:
                invoice_data["billing_file_values"] = [
                    formats.get_file_values(invoice, kind) for kind in formats.get_unmade(invoice)
                ]
        except UserError as error:
            obstacles = [str(error)]
        if obstacles:
            invoice_data["error"] = {
                "error_title": self.env._("The document cannot be made in all its formats:"),
                "errors": obstacles,
            }
        return res

    @api.model
    def _link_invoice_documents(self, invoices_data):
        """Keep the files of all documents of a batch, written at once."""
        if invoices_data and get_batch(self):
            made = [invoice.id for invoice, data in invoices_data.items() if data.get("pdf_attachment_values")]
            next(iter(invoices_data)).browse(made).is_move_sent = True  # Odoo writes it for one after the other
        res = super()._link_invoice_documents(invoices_data)
        vals_list = [vals for data in invoices_data.values() for vals in data.pop("billing_file_values", ())]
        if vals_list:
            self.env["ir.attachment"].sudo().create(vals_list)  # sudo: as Odoo does for what it makes
            self.env["account.move"].browse([vals["res_id"] for vals in vals_list]).invalidate_recordset(
                ["billing_file_ids"]
            )
        return res
