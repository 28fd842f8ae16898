"""Turn the statement of an account into the texts of a printed one."""

from odoo import api, models
from odoo.tools.misc import format_date

from ..shared.numbers import as_float
from .pdf_document import Column, Row, Total
from .pdf_layout import draw


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
