from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    billing_file_ids = fields.One2many(
        "ir.attachment",
        "res_id",
        domain=[("res_model", "=", "account.move"), ("billing_format_id", "!=", False)],
        string="Sent in Other Formats",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The document in the formats of its account besides PDF and XML, as it was sent.",
    )

    def _get_billing_design_values(self, design=None):
        """Return what the design of the account adds to Odoo's report: {"above", "below", "facts": [(label, text)]}.

        :param design: instead of that of the account
        """
        self.ensure_one()
        return self.env["billing.document.drawing"].get_design_values(self, design)

    def _get_billing_title(self, labels=None):
        """Return what kind of document it is, with the state that is no valid one: "Draft Invoice".

        :param dict labels: other words, by the kinds below
        """
        self.ensure_one()
        _ = self.env._
        kinds = {
            "out_invoice": _("Invoice"),
            "out_invoice draft": _("Draft Invoice"),
            "out_invoice cancel": _("Cancelled Invoice"),
            "out_refund": _("Credit Note"),
            "out_refund draft": _("Draft Credit Note"),
            "out_refund cancel": _("Cancelled Credit Note"),
            "out_receipt": _("Sales Receipt"),
            "out_receipt draft": _("Draft Sales Receipt"),
            "out_receipt cancel": _("Cancelled Sales Receipt"),
        }
        kind = self.move_type if self.state == "posted" else f"{self.move_type} {self.state}"
        return (labels or {}).get(kind) or kinds[kind]

    # -- formats ------------------------------------------------------------------------------------------------------

    def _get_invoice_legal_documents(self, filetype, allow_fallback=False):
        document = super()._get_invoice_legal_documents(filetype, allow_fallback=allow_fallback)
        if document:
            return document
        return self.env["billing.document.formats"].get_legal_document(self, filetype, allow_fallback)

    def _get_invoice_legal_documents_all(self, allow_fallback=False):
        """Give the same set of files as the mail, also before the first one was sent."""
        formats = self.env["billing.document.formats"]
        if not (allow_fallback or self.invoice_pdf_report_id) or formats.is_plain(self):
            return super()._get_invoice_legal_documents_all(allow_fallback=allow_fallback)
        return formats.complete(self, super()._get_invoice_legal_documents_all(allow_fallback=False) or [])

    def _detach_attachments(self):
        """Forget the files of a document that is being changed: they are made anew when it is sent again."""
        res = super()._detach_attachments()
        if self:
            self.sudo().billing_file_ids.unlink()  # sudo: kept by the sending, whoever changes the document
        return res
