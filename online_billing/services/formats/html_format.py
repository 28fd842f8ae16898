"""An invoice as one page of HTML that fetches nothing: for screens, screen readers and archives."""

import base64

from odoo import api, models
from odoo.tools import formatLang
from odoo.tools.mimetypes import guess_mimetype
from odoo.tools.misc import format_date

from ..shared.numbers import as_float

TEMPLATE = "online_billing.invoice_page"
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")


class BillingFormatHtml(models.AbstractModel):
    _name = "billing.format.html"
    _inherit = "billing.format.renderer"
    _description = "Invoice as HTML"

    @api.private
    def render(self, move):
        contents = self.env["billing.invoice.content"]
        content = contents.get_content(move)
        qweb = self.env["ir.qweb"].with_context(lang=contents.get_language(move))
        page = qweb._render(TEMPLATE, self._get_values(qweb.env, move, content), minimal_qcontext=True)
        return b"<!DOCTYPE html>\n" + page.encode()

    def _get_values(self, env, move, content):
        """Return what the template is given: the content, and how its amounts, numbers and days are written."""
        currency = move.currency_id.with_env(env)
        return {
            "invoice": content,
            "logo": self._get_logo(move.company_id),
            "write_amount": lambda amount: currency.format(as_float(amount.value)),
            "write_number": lambda number: self._write_number(env, number),
            "write_price": lambda number: self._write_number(env, number, currency.decimal_places),
            "write_day": lambda day: format_date(env, day) if day else "",
        }

    def _write_number(self, env, number, least_decimals=0):
        """Return a number with as many decimals as it has, at least as many as asked for."""
        decimals = max(least_decimals, -number.normalize().as_tuple().exponent)
        return formatLang(env, as_float(number), digits=decimals)

    def _get_logo(self, company):
        """Return the company's logo as an address that holds it; empty where there is none."""
        if not company.logo or company.uses_default_logo:
            return ""
        kind = guess_mimetype(base64.b64decode(company.logo))
        return f"data:{kind};base64,{company.logo.decode()}" if kind in PICTURES else ""
