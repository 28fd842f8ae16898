"""Turn a reminder into the texts of a printed letter."""

from lxml import html
from odoo import api, fields, models

from ..shared.numbers import as_float
from .pdf_document import Column, Link, Row, Total
from .pdf_layout import draw


class BillingDocumentDrawing(models.AbstractModel):
    _inherit = "billing.document.drawing"

    @api.private
    def draw_reminder(self, message):
        """Return the PDF of a letter."""
        return draw(self._get_reminder_document(message))

    def _get_reminder_document(self, message):
        """Return the Document of a `billing.collection.message`; an override may change any text."""
        company = message.company_id
        message = message.with_context(lang=message.lang or company.partner_id.lang or self.env.lang)
        message = message.with_company(company)
        env, currency = message.env, message.currency_id
        recipient = message.partner_ids[:1] or message.partner_id
        document = self._get_letter(env, company, recipient, message.subject or env._("Reminder"))
        day = fields.Datetime.context_timestamp(
            message.with_context(tz=message.account_id.timezone), message.create_date
        ).date()
        document.facts = [
            (env._("Date"), self._date(env, day)),
            (env._("Billing account"), message.account_id.name),
        ]
        if message.amount:
            document.facts.append((env._("Open amount"), currency.with_env(env).format(message.amount)))
        document.text = self._get_paragraphs(message.body)
        if message.lines:
            document.columns = [
                Column(env._("Document"), None, right=False),
                Column(env._("Due on"), 0.2, right=False),
                Column(env._("Open"), 0.22),
            ]
            document.rows = [
                Row(
                    (
                        line["number"],
                        self._date(env, fields.Date.to_date(line["due_date"])),
                        currency.with_env(env).format(as_float(line["open"])),
                    )
                )
                for line in message.lines
            ]
            document.totals = [Total(env._("To be paid"), currency.with_env(env).format(message.amount), strong=True)]
        document.link = Link(
            env._("Pay online"),
            self.env["billing.pay.links"].get_pay_url(message.account_id, currency),
            env._("Scan the code with your phone, or type the address."),
        )
        return document

    def _get_paragraphs(self, body):
        """Return the paragraphs of a mail text, without its tables and buttons: a letter has them in its own form."""
        if not body:
            return []
        root = html.fragment_fromstring(str(body), create_parent="div")
        return [
            text
            for node in root.iter("p")
            if not any(parent.tag == "table" for parent in node.iterancestors())
            and (text := " ".join(node.text_content().split()))
            and text not in {" ".join(link.text_content().split()) for link in node.iter("a")}
        ]
