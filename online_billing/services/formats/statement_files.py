"""The statement of an account as a file: PDF, CSV, XLSX or XML."""

import io

from lxml import etree
from odoo import api, models
from odoo.exceptions import UserError

from ..shared.numbers import as_float
from ..shared.spreadsheets import fit_into_cell, open_workbook, write_csv

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MIME = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "xlsx": XLSX, "xml": "application/xml"}
COLUMNS = ("date", "kind", "number", "amount", "balance", "currency")


def _clean(text):
    """Return a text without the signs that XML does not know."""
    return "".join(sign for sign in text or "" if sign in "\t\n\r" or (sign >= " " and sign not in "\ufffe\uffff"))


class BillingStatementFiles(models.AbstractModel):
    _name = "billing.statement.files"
    _description = "Statements as Files"

    @api.private
    def render(self, account, statement, code):
        """Return a statement as (file name, MIME type, bytes).

        :param account: a `billing.account`
        :param statement: a Statement of `billing.statement`
        :param str code: "pdf", "csv", "xlsx" or "xml"
        :raise UserError: there is no such format
        """
        writers = {
            "pdf": lambda: self.env["billing.document"].print_statement(account, statement),
            "csv": lambda: write_csv(COLUMNS, self._get_rows(statement)),
            "xlsx": lambda: self._write_workbook(account, statement),
            "xml": lambda: self._write_xml(account, statement),
        }
        if code not in writers:
            raise UserError(self.env._("A statement comes as PDF, CSV, XLSX or XML. Choose one of these."))
        currency = self.env["res.currency"].browse(statement.currency_id).name
        name = f"{account.name}_{currency}_{statement.first}_{statement.last}.{code}".replace("/", "-")
        return name, MIME[code], writers[code]()

    def _get_rows(self, statement):
        """Return the rows of a table: opening, what happened, closing."""
        currency = self.env["res.currency"].browse(statement.currency_id).name
        yield (statement.first, "opening", "", None, statement.opening, currency)
        for entry in statement.entries:
            yield (entry.day, entry.kind, entry.number, entry.amount, entry.balance, currency)
        yield (statement.last, "closing", "", None, statement.closing, currency)

    def _write_workbook(self, account, statement):
        _ = self.env._
        labels = {
            "opening": _("Opening balance"),
            "closing": _("Closing balance"),
            **self.env["billing.statement"].get_kind_labels(),
        }
        output = io.BytesIO()
        with open_workbook(output) as book:
            bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
            money = book.add_format({"num_format": f"#,##0.{'0' * statement.digits}".rstrip(".")})
            sheet = book.add_worksheet(_("Statement")[:31])
            sheet.write_string(0, 0, fit_into_cell(f"{account.name} {account.partner_id.name or ''}"), bold)
            heads = [_("Date"), _("Kind"), _("Document"), _("Amount"), _("Balance"), _("Currency")]
            sheet.write_row(2, 0, heads, bold)
            for place, row in enumerate(self._get_rows(statement), start=3):
                sheet.write_datetime(place, 0, row[0], day)
                sheet.write_string(place, 1, labels[row[1]])
                sheet.write_string(place, 2, fit_into_cell(row[2]))
                for column in (3, 4):
                    if row[column] is not None:
                        sheet.write_number(place, column, as_float(row[column]), money)
                sheet.write_string(place, 5, row[5])
            sheet.set_column(0, 5, 16)
        return output.getvalue()

    def _write_xml(self, account, statement):
        """Return the statement as XML: amounts as decimals, days as ISO 8601 writes them."""
        currency = self.env["res.currency"].browse(statement.currency_id).name
        root = etree.Element(
            "statement",
            version="1",
            account=_clean(account.name),
            currency=currency,
            first=statement.first.isoformat(),
            last=statement.last.isoformat(),
        )
        for name, value in (("company", account.company_id.name), ("customer", account.partner_id.name)):
            etree.SubElement(root, name).text = _clean(value)
        etree.SubElement(root, "opening").text = f"{statement.opening:f}"
        entries = etree.SubElement(root, "entries")
        for entry in statement.entries:
            etree.SubElement(
                entries,
                "entry",
                date=entry.day.isoformat(),
                kind=entry.kind,
                number=_clean(entry.number),
                amount=f"{entry.amount:f}",
                balance=f"{entry.balance:f}",
            )
        etree.SubElement(root, "closing").text = f"{statement.closing:f}"
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
