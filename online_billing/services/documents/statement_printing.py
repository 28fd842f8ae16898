"""Print the statement of an account, drawn or by Odoo's report."""

from contextlib import suppress

from odoo import api, models
from odoo.exceptions import UserError

from .choice import DRAWN, STATEMENT_REPORT
from .pdf_fonts import CannotDraw


class BillingDocument(models.AbstractModel):
    _inherit = "billing.document"

    @api.private
    def print_statement(self, account, statement):
        """Return the PDF of a statement, in the customer's language.

        :param account: a `billing.account`
        :param statement: a Statement of `billing.statement`
        :raise UserError: nothing on this server can print it
        """
        drawing = self.env["billing.document.drawing"]
        if self.get_choice(account.company_id) == DRAWN:
            with suppress(CannotDraw):  # what the drawing has no letters for is printed by Odoo
                return drawing.draw_statement(account, statement)
        if not self.env["billing.report.printing"].get_way():
            raise UserError(
                self.env._("This statement cannot be had as PDF. Choose CSV or XLSX instead: they say the same.")
            )
        reports = self.env["ir.actions.report"].with_company(account.company_id)
        reports = reports.with_context(lang=account.partner_id.lang or self.env.lang)
        data = {"document": drawing.get_statement_document(account, statement)}
        return reports._render_qweb_pdf(STATEMENT_REPORT, account.ids, data=data)[0]
