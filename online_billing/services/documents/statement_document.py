"""Turn the statement of an account into the texts of a printed one."""

from contextlib import suppress

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ..shared.numbers import as_float
from .choice import DRAWN, STATEMENT_REPORT
from .pdf_document import Column, Row, Total
from .pdf_fonts import CannotDraw
from .pdf_layout import draw


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


class BillingDocumentDrawing(models.AbstractModel):
    _inherit = "billing.document.drawing"

    @api.private
    def draw_statement(self, account, statement):
        """Return the PDF of a statement, in the customer's language.

        :raise CannotDraw: it has letters that cannot be drawn
        """
        return draw(self.get_statement_document(account, statement))

    @api.private
    def get_statement_document(self, account, statement):
        """Return the Document of a statement, in the customer's language.

        :param account: a `billing.account`
        :param statement: a Statement of `billing.statement`
        """
        env = self.with_context(lang=account.partner_id.lang or self.env.lang).env
        currency = env["res.currency"].browse(statement.currency_id)
        kinds = env["billing.statement"].get_kind_labels()

        def say(amount):
            return currency.format(as_float(amount))

        document = self.with_env(env)._get_letter(
            env, account.company_id.with_env(env), account.partner_id.with_env(env), env._("Account Statement")
        )
        document.facts = [
            (env._("Account"), account.name),
            (env._("From"), format_date(env, statement.first)),
            (env._("To"), format_date(env, statement.last)),
        ]
        document.columns = [
            Column(env._("Date"), 0.15, right=False),
            Column(env._("Document"), None, right=False),
            Column(env._("Amount"), 0.2),
            Column(env._("Balance"), 0.2),
        ]
        document.rows = [
            Row((env._("Opening balance"), "", "", say(statement.opening)), kind="section"),
            *(
                Row(
                    (
                        format_date(env, entry.day),
                        f"{kinds[entry.kind]} {entry.number}",
                        say(entry.amount),
                        say(entry.balance),
                    )
                )
                for entry in statement.entries
            ),
        ]
        document.totals = [Total(env._("Closing balance"), say(statement.closing), strong=True)]
        if statement.closing < 0:
            document.closing = [env._("You have a credit with us.")]
        return document
