"""Divide the due line of posted invoices by finished rows, where Odoo is known to make just these of it.

Odoo's own way of changing a journal item of a posted invoice looks for reconciliations, taxes, analytic items and
payments, derives the invoice anew and sums it up again: most of what a plan costs. Of an invoice whose one due line has
no payment all that comes to nothing: the line gets another day and amount, each further part is a copy of it, and the
invoice gets another due date. That is written here. Whatever else there is, and whatever is not known, such as another
addon with a say in journal items, goes Odoo's way; so does what Odoo would refuse.
"""

from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..posting import configuration, guard
from ..posting.known import ADDONS, UNTOUCHED_DEPENDENTS
from ..posting.overrides import get_overrides
from ..shared.numbers import as_float, to_decimal
from ..shared.rows import update_rows

_LINE, _MOVE = "account.move.line", "account.move"
#: what a further due line of an invoice has in common with the one that is there
_COMMON = (
    "move_id",
    "account_id",
    "partner_id",
    "currency_id",
    "company_id",
    "company_currency_id",
    "journal_id",
    "move_name",
    "parent_state",
    "ref",
    "date",
    "invoice_date",
    "display_type",
    "sequence",
    "quantity",
    "price_unit",
    "price_subtotal",
    "price_total",
    "discount",
    "deductible_amount",
    "is_storno",
    "no_followup",
    "reconciled",
)
#: what is its own, beside its name
_OWN = ("date_maturity", "amount_currency", "amount_residual_currency", "balance", "amount_residual", "debit", "credit")
#: what nobody gives to a due line: Odoo has no value for it, or derives none
_NONE = frozenset(
    "analytic_distribution payment_id product_uom_id statement_id statement_line_id tax_group_id tax_line_id".split()
)
_LOG = frozenset("id create_uid create_date write_uid write_date".split())


class BillingInstallmentDueLines(models.AbstractModel):
    _name = "billing.installment.due.lines"
    _description = "Divide Due Lines by Finished Rows"

    @api.private
    def find_plain(self, divisions):
        """Return those of some invoices of which Odoo is known to make nothing but the rows that are written here.

        :param dict divisions: {invoice: `Division`}
        :return: {invoice: `Division`}
        """
        candidates = {move: division for move, division in divisions.items() if self._is_plain(move, division)}
        return candidates if candidates and self._is_known() else {}

    def _is_known(self):
        """Tell whether each column of journal items is known, and whoever has a say in them."""
        found = get_overrides(self.env)
        if found.codes or found.always or found.later or guard.automation(self.env):
            return False
        known = {*_COMMON, "name", *_OWN, *_NONE, *_LOG}
        return all(
            name in known or not (field.compute or field.related or field.default)
            for name, field in self.env[_LINE]._fields.items()
            if field.store and field.column_type
        )

    def _is_plain(self, move, division):
        """Tell whether an invoice has one due line without a payment, on which Odoo finds nothing to refuse."""
        line, account = division.example, division.example.account_id
        if division.kept or division.superfluous or set(division.written) != {line} or line.is_storno:
            return False
        given, currencies = self._get_values(division), (move.currency_id, move.company_id.currency_id)
        amounts, balances = (
            [to_decimal(value[name], currency) for value in given]
            for name, currency in zip(("amount_currency", "balance"), currencies, strict=True)
        )
        if any(as_float(one) != value["balance"] for one, value in zip(balances, given, strict=True)):
            return False  # Odoo rounds to what the currency has coins for
        return (
            move.move_type == "out_invoice"
            and min(*amounts, *balances) > 0
            and sum(amounts) == to_decimal(line.amount_currency, move.currency_id)
            and sum(balances) == to_decimal(line.balance, move.company_id.currency_id)
            and line.amount_residual_currency == line.amount_currency
            and line.amount_residual == line.balance
            and not line.reconciled
            and not line.analytic_distribution
            and account.account_type == "asset_receivable"
            and (not line.partner_id.company_id or line.partner_id.company_id == move.company_id)
            and not self._is_numbered(move.invoice_payment_term_id)
        )

    def _is_numbered(self, term):
        """Tell whether Odoo numbers the due lines of a payment term."""
        return configuration.once(self.env, ("due lines", term.id), lambda: len(term.line_ids) > 1)

    def _get_values(self, division):
        return [*division.written.values(), *division.added]

    def _get_name(self, move):
        """Return how Odoo names the due line of an invoice whose payment term has but one; None if it has no name."""
        reference = move.payment_reference
        both = reference and move.ref and reference != move.ref
        return f"{move.ref} - {reference}" if both else reference or None

    @api.private
    def divide(self, divisions):
        """Write the due lines and the due dates of invoices that :meth:`find_plain` has found.

        :param dict divisions: {invoice: `Division`}, elevated
        """
        if not divisions:
            return
        moves = next(iter(divisions)).union(*divisions)
        examples = moves.line_ids.browse([one.example.id for one in divisions.values()])
        examples.flush_recordset()
        written = {one.example: self._complete(one.written[one.example]) for one in divisions.values()}
        added = [(one.example, self._complete(vals)) for one in divisions.values() for vals in one.added]
        made = dict(zip(self._insert(added), added, strict=True))
        self._update(_LINE, (*_OWN, "discount_date"), {line.id: (*row, None) for line, row in written.items()})
        due = {move: max(vals["date_maturity"] for vals in self._get_values(one)) for move, one in divisions.items()}
        self._update(_MOVE, ("invoice_date_due",), {move.id: (day,) for move, day in due.items()})
        self._note_lines(examples, written, made)
        for move, day in due.items():
            move._fields["invoice_date_due"]._update_cache(move, day)
        moves.invalidate_recordset(["write_uid", "write_date"], flush=False)
        for records, names in ((examples, _OWN), (moves, ("invoice_date_due", "line_ids"))):
            self._note_dependents(records, names)
            self._note_foreign(records, names)

    def _complete(self, vals):
        """Return the own values of a due line in the order of their columns: all of it is open."""
        amount, balance = vals["amount_currency"], vals["balance"]
        return (vals["date_maturity"], amount, amount, balance, balance, balance, 0.0)

    def _insert(self, added):
        """Insert due lines as copies of others with values of their own; return their ids in the same order.

        :param added: [(due line to copy, own values)]
        """
        if not added:
            return []
        rows = [(number, line.id, self._get_name(line.move_id), *row) for number, (line, row) in enumerate(added)]
        query = SQL(
            "INSERT INTO account_move_line (%(common)s, name, %(own)s, %(log)s)"
            " SELECT %(copied)s, given.name, %(given)s, %(uid)s, %(now)s, %(uid)s, %(now)s"
            " FROM (VALUES %(rows)s) given (number, line_id, name, %(own)s)"
            " JOIN account_move_line line ON line.id = given.line_id ORDER BY given.number RETURNING id",
            common=_join(_COMMON),
            own=_join(_OWN),
            log=_join(("create_uid", "create_date", "write_uid", "write_date")),
            copied=_join(_COMMON, "line"),
            given=_join(_OWN, "given"),
            rows=SQL(", ").join(SQL("%s", row) for row in rows),
            uid=self.env.uid,
            now=self.env.cr.now(),
        )
        return [row_id for [row_id] in self.env.execute_query(query)]

    def _update(self, model, names, rows):
        """Write columns of rows, and who wrote them.

        :param dict rows: {id: values in the order of the names}
        """
        log = (self.env.uid, self.env.cr.now())
        update_rows(
            self.env.cr,
            self.env[model]._table,
            (*names, "write_uid", "write_date"),
            [(row_id, *values, *log) for row_id, values in rows.items()],
        )

    # -- what Odoo has read already -----------------------------------------------------------------------------------

    def _note_lines(self, examples, written, made):
        """Put into Odoo's cache what was written to due lines.

        :param examples: those that were there
        :param dict written: {due line: its own values}
        :param dict made: {id of a new due line: (the due line that it is a copy of, its own values)}
        """
        fields = {name: examples._fields[name] for name in (*_COMMON, *_OWN)}
        for line, values in written.items():
            for name, value in zip(_OWN, values, strict=True):
                fields[name]._update_cache(line, value)
        examples.invalidate_recordset(["discount_date", "write_uid", "write_date"], flush=False)
        for row_id, (line, values) in made.items():
            new = examples.browse(row_id)
            for name in _COMMON:
                known = fields[name]._get_cache(self.env)
                if line.id in known:
                    fields[name]._update_cache(new, known[line.id])
            for name, value in zip(_OWN, values, strict=True):
                fields[name]._update_cache(new, value)
        self._note_relations(examples.browse(made))

    def _note_relations(self, made):
        """Have the relations that hold journal items hold the new ones too."""
        own = self.env[_MOVE]._fields["line_ids"]
        for name in _COMMON:
            for inverse in self.env.registry.field_inverses[made._fields[name]]:
                if inverse is not own:
                    inverse._invalidate_cache(self.env)
        known = own._get_cache(self.env)
        for move, new in made.grouped("move_id").items():
            if move.id in known:
                own._update_cache(move, (*known[move.id], *new.ids))

    def _note_foreign(self, records, names):
        """Have what others store of due lines and due dates computed again, as Odoo does when they are written."""
        fields = [records._fields[name] for name in names]
        if foreign := _get_dependents(self.env, fields).foreign:
            tree = self.env.registry.get_trigger_tree(fields, select=foreign.__contains__)
            # sudo: it is computed again whoever plans, also for what is archived, as by Odoo
            for field, dependents, _create in records.sudo().with_context(active_test=False)._modified_triggers(tree):
                self.env.add_to_compute(field, dependents)

    def _note_dependents(self, records, names):
        """Have what Odoo has computed in memory from some fields computed again; of its own nothing stored changes."""
        fields = [records._fields[name] for name in names]
        found = {field for field in _get_dependents(self.env, fields).unstored if field._get_all_cache_ids(self.env)}
        if found:  # mostly nobody has asked
            tree = self.env.registry.get_trigger_tree(fields, select=found.__contains__)
            for field, dependents, _create in records._modified_triggers(tree):
                field._invalidate_cache(self.env, dependents._ids)


class _Dependents(NamedTuple):
    """What is computed from some fields.

    :ivar unstored: is computed again when somebody asks
    :ivar foreign: is stored, and nobody knows that it stays as it is
    """

    unstored: frozenset
    foreign: frozenset


def _get_dependents(env, fields):
    """Return the dependents of fields; searched once, and again when models change."""
    key, triggers = (env.registry.db_name, *map(str, fields)), env.registry._field_triggers
    if key not in _DEPENDENTS or _DEPENDENTS[key][0] is not triggers:
        found = {other for field in fields for other in env.registry.get_dependent_fields(field)}
        foreign = {other for other in found if other.store and other.compute and _is_foreign(other)}
        unstored = {other for other in found if not other.store}
        _DEPENDENTS[key] = (triggers, _Dependents(frozenset(unstored), frozenset(foreign)))
    return _DEPENDENTS[key][1]


_DEPENDENTS = {}


def _is_foreign(field):
    """Tell whether a field is of nobody who is known, or of a model that is not known to be left as it is."""
    if field.manual or not ADDONS.issuperset(field._modules):
        return True
    return field.model_name not in {_LINE, _MOVE, *UNTOUCHED_DEPENDENTS}


def _join(names, table=None):
    """Return names of columns as SQL, with their table; given values have a type that PostgreSQL cannot tell."""
    columns = [SQL.identifier(table, name) if table else SQL.identifier(name) for name in names]
    if table == "given":
        kinds = [SQL("date" if name == "date_maturity" else "numeric") for name in names]
        columns = [SQL("%s::%s", column, kind) for column, kind in zip(columns, kinds, strict=True)]
    return SQL(", ").join(columns)
