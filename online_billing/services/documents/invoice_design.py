"""What a design adds to the documents of its accounts, and what it leaves out."""

from dataclasses import replace

from odoo import api, models
from odoo.tools import format_datetime


class BillingDocumentDrawing(models.AbstractModel):
    _inherit = "billing.document.drawing"

    @api.private
    def get_design_values(self, move, design=None):
        """Return what Odoo's report says of a design: {"above", "below", "facts": [(label, text)]}, in its language.

        :param design: instead of that of the account or its company
        """
        design = self._get_design(move) if design is None else design
        return {
            "above": self._translate(design, "text_above", move.env),
            "below": self._translate(design, "text_below", move.env),
            "facts": self._get_design_facts(move, design),
        }

    def _get_design(self, move):
        """Return the design of the account, else of its company; of other documents none."""
        # sudo: how a document looks is for whoever may print it
        account = move.sudo().billing_account_id
        return (
            account.document_design_id
            or (account and account.company_id.billing_design_id)
            or account.env["billing.document.design"]
        )

    def _apply_design(self, document, move, design):
        """Put the texts and fields of a design on a document, and leave out what it does not show."""
        if not design:
            return
        document.text += self._split_paragraphs(self._translate(design, "text_above", move.env))
        document.closing += self._split_paragraphs(self._translate(design, "text_below", move.env))
        if not design.show_account:
            number = self._get_account_fact(move)
            document.facts = [fact for fact in document.facts if fact != number]
        document.facts += self._get_design_facts(move, design)
        if not design.show_link:
            document.link = None
        shown = {"quantity": design.show_quantity, "price": design.show_price, "taxes": design.show_taxes}
        self._leave_out(document, {name for name, is_shown in shown.items() if not is_shown})

    def _leave_out(self, document, names):
        """Take columns out of the table; the cells of notes stay as they are."""
        kept = [number for number, column in enumerate(document.columns) if column.name not in names]
        if len(kept) == len(document.columns):
            return
        rows, full = [], len(document.columns)
        for row in document.rows:
            is_whole = len(row.cells) == full
            rows.append(replace(row, cells=tuple(row.cells[number] for number in kept)) if is_whole else row)
        document.columns, document.rows = [document.columns[number] for number in kept], rows

    def _split_paragraphs(self, text):
        return [part.strip() for part in (text or "").split("\n\n") if part.strip()]

    def _translate(self, record, name, env):
        """Return a text of a record in the language of the document, else in that of whoever writes it just now."""
        # sudo: how a document looks is for whoever may print it
        return record.sudo().with_context(lang=env.lang)[name] or record[name] or ""

    def _get_design_facts(self, move, design):
        found = []
        for fact in self._get_printable(design):
            label, text = self._translate(fact, "label", move.env), self._read_path(move.sudo(), fact.path)
            if label and text:
                found.append((label, text))
        return found

    def _get_printable(self, design):
        """Return the further fields of a design, in their order.

        Whoever stored one may read its field; what is not stored yet is shown to those only who may read it.
        """
        facts = design.sudo().fact_ids.sorted("sequence")  # sudo: how a document looks is for whoever may print it
        return facts.filtered(lambda fact: fact.path == fact._origin.path or not fact.find_obstacle())

    def _read_path(self, record, path):
        """Return what stands in a field as a text of the document's language; several records one after the other."""
        *way, last = (path or "").split(".")
        for step in way:
            field = record._fields.get(step)
            if field is None or not field.relational:
                return ""
            record = record[step]
        if last not in record._fields:
            return ""
        return ", ".join(filter(None, (self._write_value(one, record._fields[last]) for one in record)))

    def _write_value(self, record, field):
        value, env = record[field.name], record.env
        if field.relational:
            return ", ".join(value.mapped("display_name"))
        if field.type == "boolean":
            return env._("Yes") if value else env._("No")
        if field.type == "selection":
            return dict(field._description_selection(env)).get(value, "")
        if field.type == "date":
            return self._date(env, value)
        if field.type == "datetime":
            return format_datetime(env, value) if value else ""
        if field.type == "monetary":
            currency = record[field.get_currency_field(record)]
            return currency.format(value) if currency else self._number(env, value, 2)
        if field.type in ("float", "integer"):
            return self._number(env, value, 0)
        return str(value or "")
