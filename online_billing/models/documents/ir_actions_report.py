from collections import OrderedDict

from odoo import api, models
from odoo.exceptions import UserError

from ..delivery.batch import get_batch


class LeftToReport(Exception):
    """A document cannot be drawn, so that Odoo's report has to print it."""

    def __init__(self, letters=()):
        super().__init__()
        self.letters = letters


class IrActionsReport(models.Model):
    """Let `billing.document` draw the invoices and receipts of billing accounts, where it says that it does.

    Only what turns one record into a PDF is replaced. Attachments, embedded e-invoices and everything else that other
    modules do around it stays as it is: Odoo's own method runs for each record, and finds the drawn PDF where it
    would have called wkhtmltopdf.
    """

    _inherit = "ir.actions.report"

    def _get_report(self, report_ref):
        """Ask once which report a batch of documents is printed by."""
        batch = get_batch(self)
        if not batch or not isinstance(report_ref, str):
            return super()._get_report(report_ref)
        report_id = batch.get(("report", report_ref), lambda: super(IrActionsReport, self)._get_report(report_ref).id)
        return self.sudo().browse(report_id)  # sudo: as Odoo does

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        report, documents = self._get_report(report_ref), self.env["billing.document"]
        is_inside = "billing_drawn" in self.env.context or "billing_weasyprint" in self.env.context
        if is_inside or not documents.is_of_billing(report.report_name, res_ids):
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        if not documents.is_drawn(report.report_name, res_ids):
            return self._print_by_odoo(report_ref, data, res_ids)
        if isinstance(report_ref, models.BaseModel):
            report_ref = report_ref.id  # a record keeps the context it was made in, and would not know of the drawing
        streams = OrderedDict()
        proforma = bool((data or {}).get("proforma") or self.env.context.get("proforma_invoice"))
        for record_id in dict.fromkeys(res_ids):
            drawn = self.with_context(billing_drawn=(report.report_name, record_id, proforma))
            try:
                printed = super(IrActionsReport, drawn)._render_qweb_pdf_prepare_streams(
                    report_ref, data, res_ids=[record_id]
                )
            except LeftToReport as left:
                if missing := self.env["billing.report.printing"].get_missing_beside_drawing(left.letters):
                    raise UserError(missing) from left
                printed = self._print_by_odoo(report_ref, data, [record_id])
            streams.update(printed)
        return streams

    def _print_by_odoo(self, report_ref, data, res_ids):
        """Print Odoo's report of documents of the billing, by what this server has.

        :raise UserError: it has neither wkhtmltopdf nor WeasyPrint; says what to install
        """
        printing = self.env["billing.report.printing"]
        way = printing.get_way()
        if way == "wkhtmltopdf":
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        if not way:
            raise UserError(printing.get_missing())
        streams, other = OrderedDict(), self.with_context(billing_weasyprint=True)
        for record_id in dict.fromkeys(res_ids):
            streams.update(
                super(IrActionsReport, other)._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=[record_id])
            )
        return streams

    def _print_with_design(self, report_ref, record, design):
        """Return the PDF of Odoo's report of a document with a design that is being written; nothing is stored.

        :param design: a `billing.document.design`
        """
        is_weasyprint = self.env["billing.report.printing"].get_way() == "weasyprint"
        reports = self.with_context(debug=False, **({"billing_weasyprint": True} if is_weasyprint else {}))
        data = {"report_type": "pdf", "billing_shown_design": design}
        page = reports._render_qweb_html(report_ref, record.ids, data=data)[0]
        report = reports._get_report(report_ref)
        bodies, _ids, header, footer, margins = report._prepare_html(page, report_model=report.model)
        return reports._run_wkhtmltopdf(
            bodies, report_ref=report_ref, header=header, footer=footer, specific_paperformat_args=margins
        )

    @api.model
    def get_wkhtmltopdf_state(self):
        is_ours = "billing_drawn" in self.env.context or "billing_weasyprint" in self.env.context
        return "ok" if is_ours else super().get_wkhtmltopdf_state()

    @api.model
    def _render_qweb_html(self, report_ref, docids, data=None):
        if self._is_drawing(report_ref):
            return b"", "html"  # the page is drawn from the record, not from its HTML
        return super()._render_qweb_html(report_ref, docids, data=data)

    def _prepare_html(self, html, report_model=False):
        if not html and (drawn := self.env.context.get("billing_drawn")):
            return [], [drawn[1]], None, None, {}
        return super()._prepare_html(html, report_model=report_model)

    @api.model
    def _run_wkhtmltopdf(
        self,
        bodies,
        report_ref=False,
        header=None,
        footer=None,
        landscape=False,
        specific_paperformat_args=None,
        set_viewport_size=False,
    ):
        if report_ref and self._is_drawing(report_ref):
            report_name, record_id, proforma = self.env.context["billing_drawn"]
            return self.env["billing.document"].draw(report_name, record_id, proforma)
        if "billing_weasyprint" in self.env.context:
            paperformat = self._get_report(report_ref).get_paperformat() if report_ref else self.get_paperformat()
            return self.env["billing.report.printing"].print_pages(
                bodies, header, footer, paperformat, landscape, specific_paperformat_args
            )
        return super()._run_wkhtmltopdf(
            bodies,
            report_ref=report_ref,
            header=header,
            footer=footer,
            landscape=landscape,
            specific_paperformat_args=specific_paperformat_args,
            set_viewport_size=set_viewport_size,
        )

    def _is_drawing(self, report_ref):
        drawn = self.env.context.get("billing_drawn")
        return bool(drawn) and self._get_report(report_ref).report_name == drawn[0]

    def _get_rendering_context(self, report, docids, data):
        """Never call a posted invoice of the billing pro forma: it is final, also before its PDF has been made."""
        values = super()._get_rendering_context(report, docids, data)
        documents = values.get("docs")
        if (
            values.get("proforma")
            and report.model == "account.move"
            and documents
            and all(move.state == "posted" and move.sudo().billing_account_id for move in documents)
        ):
            values["proforma"] = False
        return values

    @api.model
    @api.readonly
    def is_billing_drawn(self, report_name, record_ids):
        """Tell the web client whether it may fetch a PDF although wkhtmltopdf is missing.

        :param str report_name: technical name of the report
        :param list record_ids: of the model of the report
        """
        documents, ids = self.env["billing.document"], [int(record_id) for record_id in record_ids or ()]
        if documents.is_drawn(report_name, ids):
            return True
        return (
            documents.is_of_billing(report_name, ids) and self.env["billing.report.printing"].get_way() == "weasyprint"
        )
