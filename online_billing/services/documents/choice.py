"""Which document a customer gets: Odoo's report, or one drawn here."""

import base64

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

from ...models.delivery.batch import get_batch
from ...models.documents.ir_actions_report import LeftToReport
from .pdf_fonts import CannotDraw
from .pdf_layout import can_show_logo

ODOO, DRAWN = "odoo", "drawn"
INVOICE_REPORTS = ("account.report_invoice_with_payments", "account.report_invoice")
INVOICE_REPORT_ACTION = "account.account_invoices"
RECEIPT_REPORT = "account.report_payment_receipt"
LETTER_REPORT = "online_billing.report_reminder_letter"
STATEMENT_REPORT = "online_billing.report_statement"
MODELS = {**dict.fromkeys(INVOICE_REPORTS, "account.move"), RECEIPT_REPORT: "account.payment"}
INVOICE_TEMPLATE = "account.report_invoice_document"
# what Odoo's documents of the billing are made of
TEMPLATES = (
    *INVOICE_REPORTS,
    INVOICE_TEMPLATE,
    "account.document_tax_totals",
    "account.document_tax_totals_template",
    "account.document_tax_totals_company_currency_template",
    RECEIPT_REPORT,
    "account.report_payment_receipt_document",
    LETTER_REPORT,
    f"{LETTER_REPORT}_page",
    STATEMENT_REPORT,
    "web.external_layout",
    "web.address_layout",
)
# whose part in these templates is drawn here too, or says nothing of what is billed (lots, orders of a counter)
KNOWN = ("account", "account_payment", "online_billing", "point_of_sale", "purchase", "sale", "stock_account", "web")


class BillingDocument(models.AbstractModel):
    """The one seam between the billing and what prints its documents.

    Only documents of the billing are ever drawn here: an invoice or a payment without billing account is printed by
    Odoo, whatever the setting says. What is installed on the host decides nothing.
    """

    _name = "billing.document"
    _description = "Printed Billing Documents"

    @api.private
    def is_of_billing(self, report_name, record_ids):
        """Tell whether all documents are the billing's own: what is sent to billing accounts, and their statements."""
        if report_name in (LETTER_REPORT, STATEMENT_REPORT):
            return bool(record_ids)
        model = MODELS.get(report_name)
        if not record_ids or not model:
            return False
        # sudo: only whose documents they are is looked at
        return all(record.billing_account_id for record in self.env[model].sudo().browse(record_ids))

    @api.private
    def is_drawn(self, report_name, record_ids):
        """Tell whether all documents are drawn here: invoices, credit notes and receipts of billing accounts."""
        model = MODELS.get(report_name)
        if not model or not self.is_of_billing(report_name, record_ids):
            return False
        # sudo: only whose documents they are is looked at; drawing reads with the caller's rights
        records = self.env[model].sudo().browse(record_ids)
        if any(self.get_choice(company) != DRAWN for company in records.company_id):
            return False
        return model != "account.move" or all(self._is_ours(move) for move in records)

    @api.private
    def draw(self, report_name, record_id, proforma=False):
        """Return the PDF of one invoice or payment.

        :param str report_name: technical name of Odoo's report that this one stands in for
        :param int record_id: of account.move or account.payment
        :param bool proforma: the caller asks for a copy that is not the legal document
        :raise LeftToReport: it has letters that cannot be drawn, or what is longer than a page
        """
        drawing = self.env["billing.document.drawing"]
        record = self.env[MODELS[report_name]].browse(record_id)
        if (batch := get_batch(record)) and batch.model == record._name and record.id in batch.ids:
            record = record.with_prefetch(batch.ids)
        try:
            if report_name == RECEIPT_REPORT:
                return drawing.draw_receipt(record)
            return drawing.draw_invoice(record, report_name == INVOICE_REPORTS[0], proforma)
        except CannotDraw as error:
            raise LeftToReport(error.letters) from error

    @api.private
    def print_letter(self, message):
        """Return the PDF of a reminder or notice that goes by post.

        :raise UserError: nothing on this server can print it; says what to install
        """
        printing = self.env["billing.report.printing"]
        if self.get_choice(message.company_id) == DRAWN:
            try:
                return self.env["billing.document.drawing"].draw_reminder(message)
            except CannotDraw as error:  # what the drawing has no letters for is printed by Odoo
                if missing := printing.get_missing_beside_drawing(error.letters):
                    raise UserError(missing) from error
        reports = self.env["ir.actions.report"].with_company(message.company_id)
        return reports._render_qweb_pdf(LETTER_REPORT, message.ids)[0]

    @api.private
    def get_preview(self, move, design):
        """Return an invoice with a design, printed as its customers get it: (PDF as base64 text, why there is none)."""
        if not move:
            return False, self.env._(
                "There is no invoice of an account yet. As soon as there is one, it is shown here."
            )
        try:
            return base64.b64encode(self._print_preview(move, design)).decode(), False
        except UserError as error:
            return False, str(error)

    def _print_preview(self, move, design):
        printing, reports = self.env["billing.report.printing"], self.env["ir.actions.report"]
        if self.is_drawn(INVOICE_REPORTS[0], move.ids):
            try:
                return self.env["billing.document.drawing"].draw_invoice(move, design=design)
            except CannotDraw as error:
                missing = printing.get_missing_beside_drawing(error.letters)
        else:
            missing = printing.get_missing()
        if missing:
            raise UserError(missing)
        return reports.with_company(move.company_id)._print_with_design(INVOICE_REPORT_ACTION, move, design)

    @api.private
    def get_choice(self, company):
        """Return which documents the customers of a company get: "odoo" or "drawn"."""
        company = company.sudo()  # sudo: a setting that everybody's prints follow
        if company.billing_document in (ODOO, DRAWN):
            return company.billing_document
        return ODOO if self._find_changes(*self._get_place(company)) else DRAWN

    @api.private
    def get_changes(self, company):
        """Return the names of the addons and views that change Odoo's documents for a company."""
        # sudo: names of addons and views, for the settings
        modules, views = self.env["ir.module.module"].sudo(), self.env["ir.ui.view"].sudo()
        names = [
            (modules.search([("name", "=", name)]).shortdesc or name) if name else views.browse(view_id).name
            for name, view_id in self._find_changes(*self._get_place(company.sudo()))
        ]
        return list(dict.fromkeys(names))

    @api.private
    def get_reason(self, company):
        """Say which documents the customers of a company get, and why; and what is missing to print them."""
        printing = self.env["billing.report.printing"]
        changes = self.get_changes(company) if company.sudo().billing_document not in (ODOO, DRAWN) else []
        if changes:
            reason = self.env._(
                "Customers get Odoo's report now, because it is changed by: %(names)s.", names=", ".join(changes)
            )
        elif self.get_choice(company) == ODOO:
            reason = self.env._("Customers get Odoo's report now.")
        else:
            reason = self.env._("Customers get the quick document now.")
            return " ".join(
                filter(None, [reason, self._get_missing_logo(company), printing.get_missing_beside_drawing()])
            )
        return " ".join(filter(None, [reason, printing.get_missing()]))

    def _get_missing_logo(self, company):
        """Say that drawn documents do without the logo of a company, where they do."""
        logo = self.env["billing.document.drawing"].get_logo(company.sudo())  # sudo: as above
        if not logo or can_show_logo(logo):
            return ""
        return self.env._(
            "The company's logo is missing on it, because it is a drawing (SVG) or damaged. Upload it as a PNG or JPEG"
            " picture, or choose Odoo's report."
        )

    def _is_ours(self, move):
        """Return whether the drawing knows a document, and no localisation has a report of its own for it."""
        if not move.is_sale_document(include_receipts=True):
            return False
        return move.company_id.billing_document == DRAWN or move._get_name_invoice_report() == INVOICE_TEMPLATE

    def _get_place(self, company):
        country = company.account_fiscal_country_id or company.country_id
        return country.id, company.external_report_layout_id.id

    @ormcache("country_id", "layout_id", cache="templates")
    def _find_changes(self, country_id, layout_id):
        """Return who changes Odoo's documents: ((name of an addon or "", id of the view), ...).

        An addon that belongs to other countries does not count: a localisation prints for its own companies.
        Views that no addon brought (Studio, a person) count always, and so does what somebody wrote into one.
        """
        # sudo: views and addons are read as what they are, not for whom
        views = self.env["ir.ui.view"].sudo()
        tree = found = views.search([("key", "in", TEMPLATES)]) | views.browse(layout_id or ())
        while found:
            found = views.search([("inherit_id", "in", found.ids), ("mode", "=", "extension")]) - tree
            tree |= found
        data = (
            self.env["ir.model.data"]
            .sudo()
            .search_fetch(
                [("model", "=", "ir.ui.view"), ("res_id", "in", tree.ids)], ["module", "res_id"], order="id desc"
            )
        )
        owners = {row.res_id: row.module for row in data}
        modules = self.env["ir.module.module"].sudo().search([("name", "in", list(set(owners.values())))])
        addons = {module.name: module for module in modules}
        changes = []
        for view in tree.sorted("id"):
            addon = addons.get(owners.get(view.id), modules.browse())
            if not addon or view.arch_updated:
                changes.append(("", view.id))
            elif addon.name not in KNOWN and (not addon.country_ids or country_id in addon.country_ids.ids):
                changes.append((addon.name, view.id))
        return tuple(changes)
