"""An invoice as CSV: one row a line, then one for each group of taxes and one with the totals."""

from odoo import api, models

from ..shared.spreadsheets import write_csv

COLUMNS = (
    "row",
    "document",
    "number",
    "invoice_date",
    "due_date",
    "currency",
    "seller",
    "customer",
    "account",
    "reference",
    "corrects",
    "line",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "discount_percent",
    "taxes",
    "net",
    "tax",
    "gross",
    "open",
)


class BillingFormatCsv(models.AbstractModel):
    """The names of the columns are the same in every language, for programs read them.

    The column "row" says what a row is: line, section, subsection, note, tax or total. The amounts of all lines are the
    net amount of the total, those of the taxes its tax.
    """

    _name = "billing.format.csv"
    _inherit = "billing.format.renderer"
    _description = "Invoice as CSV"

    @api.private
    def render(self, move):
        content = self.env["billing.invoice.content"].get_content(move)
        return write_csv(COLUMNS, ([row.get(name) for name in COLUMNS] for row in self._get_rows(content)))

    def _get_rows(self, content):
        """Yield {name of a column: value} of each row; an override may add rows."""
        head = {
            "document": content.kind,
            "number": content.number,
            "invoice_date": content.invoice_date,
            "due_date": content.due_date,
            "currency": content.currency.code,
            "seller": content.seller.name,
            "customer": content.buyer.name,
            "account": content.account,
            "reference": content.reference,
            "corrects": content.corrects.number if content.corrects else "",
        }
        for number, line in enumerate(content.lines, start=1):
            row = {**head, "row": line.kind, "line": number, "description": line.text}
            if line.kind == "line":
                row |= {
                    "quantity": line.quantity,
                    "unit": line.unit,
                    "unit_price": line.unit_price,
                    "discount_percent": line.discount,
                    "taxes": ", ".join(tax.name for tax in line.taxes),
                    "net": line.net.value,
                    "tax": line.gross.value - line.net.value,
                    "gross": line.gross.value,
                }
            yield row
        for tax in content.taxes:
            yield {**head, "row": "tax", "description": tax.name, "net": tax.base.value, "tax": tax.amount.value}
        yield {
            **head,
            "row": "total",
            "net": content.net.value,
            "tax": content.tax.value,
            "gross": content.total.value,
            "open": content.open.value,
        }
