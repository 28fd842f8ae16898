"""An invoice as a workbook, in the customer's language: numbers are numbers, dates dates, texts texts."""

import io
from datetime import date

from odoo import api, models

from ..shared.numbers import as_float
from ..shared.spreadsheets import fit_into_cell, open_workbook

DATE_FORMAT = "yyyy-mm-dd"
NUMBER_FORMAT = "#,##0.########"


class BillingFormatXlsx(models.AbstractModel):
    """Sheets: the head, the lines, the taxes with the totals, and what is due when."""

    _name = "billing.format.xlsx"
    _inherit = "billing.format.renderer"
    _description = "Invoice as XLSX"

    @api.private
    def render(self, move):
        contents = self.env["billing.invoice.content"]
        content = contents.get_content(move)
        env = self.with_context(lang=contents.get_language(move)).env
        output = io.BytesIO()
        with open_workbook(output) as book:
            formats = self._get_formats(book, content.currency.decimals)
            for name, heads, rows in self._get_sheets(env, content):
                sheet = book.add_worksheet(name[:31])
                if content.is_right_to_left:
                    sheet.right_to_left()
                sheet.set_column(0, max(map(len, [heads, *rows])), 18)
                for place, row in enumerate([heads, *rows]):
                    for column, value in enumerate(row):
                        self._write_cell(sheet, place, column, value, formats, is_head=not place)
        return output.getvalue()

    def _get_formats(self, book, decimals):
        return {
            "head": book.add_format({"bold": True}),
            "date": book.add_format({"num_format": DATE_FORMAT}),
            "number": book.add_format({"num_format": NUMBER_FORMAT}),
            "amount": book.add_format({"num_format": f"#,##0.{'0' * decimals}".rstrip(".")}),
        }

    def _write_cell(self, sheet, place, column, value, formats, is_head):
        if value is None or value == "":
            return
        if isinstance(value, str):
            sheet.write_string(place, column, fit_into_cell(value), formats["head"] if is_head else None)
        elif isinstance(value, date):
            sheet.write_datetime(place, column, value, formats["date"])
        elif hasattr(value, "currency"):
            sheet.write_number(place, column, as_float(value.value), formats["amount"])
        else:
            sheet.write_number(place, column, as_float(value), formats["number"])

    def _get_sheets(self, env, content):
        """Return [(name, heads, rows)] of the sheets; an override may add some."""
        return [
            (env._("Invoice"), (env._("Field"), env._("Value")), self._get_head(env, content)),
            (
                env._("Lines"),
                (
                    *(env._("Line"), env._("Kind"), env._("Description"), env._("Quantity"), env._("Unit")),
                    *(env._("Unit Price"), env._("Discount %"), env._("Taxes"), env._("Net"), env._("Gross")),
                    env._("Currency"),
                ),
                self._get_lines(env, content),
            ),
            (
                env._("Totals"),
                (env._("Total"), env._("Base"), env._("Amount"), env._("Currency")),
                self._get_totals(env, content),
            ),
            (
                env._("Due Dates"),
                (env._("Due Date"), env._("Amount"), env._("Open"), env._("Currency")),
                [(part.day, part.amount, part.open, part.amount.currency) for part in content.due],
            ),
        ]

    def _get_head(self, env, content):
        bank = content.bank_account
        rows = [
            (env._("Document"), content.title),
            (env._("Number"), content.number),
            (env._("Date"), content.invoice_date),
            (env._("Due Date"), content.due_date),
            (env._("Delivery Date"), content.delivery_date),
            (env._("Taxable Supply"), content.supply_date),
            (env._("Corrects"), content.corrects.number if content.corrects else ""),
            (env._("Billing account"), content.account),
            (env._("Reference"), content.reference),
            (env._("Source"), content.origin),
            (env._("Seller"), content.seller.name),
            (env._("Address of the Seller"), "\n".join(content.seller.address)),
            (env._("Tax ID of the Seller"), content.seller.tax_number),
            (env._("Customer"), content.buyer.name),
            (env._("Address"), "\n".join(content.buyer.address)),
            (env._("Tax ID"), content.buyer.tax_number),
            (env._("Delivered to"), self._get_place(content.delivered_to)),
            (env._("Currency"), content.currency.code),
            (env._("Payment Reference"), content.payment_reference),
            (env._("Bank Account"), bank.number if bank else ""),
            (env._("Account Holder"), bank.holder if bank else ""),
            (env._("Bank"), " ".join(filter(None, (bank.bank, bank.bic))) if bank else ""),
            (env._("Pay Link"), content.pay_link),
            *((env._("Note"), note) for note in content.notes),
        ]
        return [row for row in rows if row[1]]

    def _get_place(self, party):
        return "\n".join((party.name, *party.address)) if party else ""

    def _get_lines(self, env, content):
        kinds = {
            "line": env._("Line"),
            "section": env._("Section"),
            "subsection": env._("Subsection"),
            "note": env._("Note"),
        }
        return [
            (
                number,
                kinds[line.kind],
                line.text,
                line.quantity,
                line.unit,
                line.unit_price,
                line.discount,
                ", ".join(tax.name for tax in line.taxes),
                line.net,
                line.gross,
                line.net.currency if line.net else "",
            )
            for number, line in enumerate(content.lines, start=1)
        ]

    def _get_totals(self, env, content):
        rows = [(env._("Untaxed Amount"), None, content.net)]
        rows += [(tax.name, tax.base, tax.amount) for tax in content.taxes]
        if content.rounding.value:
            rows.append((env._("of this, Rounding"), None, content.rounding))
        rows += [
            (env._("Taxes"), None, content.tax),
            (env._("Total"), None, content.total),
            (env._("Amount Due"), None, content.open),
        ]
        return [(*row, row[2].currency) for row in rows]
