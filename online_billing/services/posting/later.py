"""Stored fields that no pattern can tell: Odoo computes them once the rows are written, all invoices at once."""

from psycopg2 import sql

from . import copy_text

_TABLES = {"account.move": "account_move", "account.move.line": "account_move_line"}


class Later:
    """The fields of one registry that are computed once the rows are written.

    Before that is relied on, the examples are asked: computed anew from nothing, their fields have to come out as Odoo
    has left them.

    :ivar columns: by table the columns that begin as nothing
    """

    def __init__(self, env, fields_of, parts=()):
        self.env = env
        self._parts = [part for part in parts if part.finished]
        self._computed = {model: sorted(names) for model, names in fields_of.items() if names}
        finished = {model: [name for part in parts for name in part.finished.get(model, ())] for model in _TABLES}
        names = {model: sorted({*fields_of.get(model, ()), *finished[model]}) for model in _TABLES}
        self._names = {model: own for model, own in names.items() if own}
        self.columns = {table: frozenset(self._names.get(model, ())) for model, table in _TABLES.items()}

    def compute(self, moves):
        """Compute the fields of these invoices and write them."""
        for model, names in self._names.items():
            _get_records(moves, model).fetch(names)  # what comes out as it is in the database needs no writing
        for model, names in self._computed.items():
            records = _get_records(moves, model)
            for name in names:
                self.env.add_to_compute(records._fields[name], records)
        for model, names in self._computed.items():
            _get_records(moves, model).with_context(tracking_disable=True)._recompute_recordset(names)
        for part in self._parts:
            part.finish(moves)
        if self._names:
            self.env.flush_all()

    def find_differences(self, moves):
        """Compute the fields of the examples anew, compare, and leave all as it was.

        :return: {id of a move: reason not to rely on it}
        """
        if not self._names:
            return {}
        cr = self.env.cr
        before = self._read(moves)
        # not a savepoint of Odoo's: that would forget which numbers this transaction has taken
        cr.execute("SAVEPOINT billing_later")
        for model, names in self._names.items():
            nothing = sql.SQL(", ").join(sql.SQL("{} = NULL").format(sql.Identifier(name)) for name in names)
            cr.execute(
                sql.SQL("UPDATE {} SET {} WHERE id = ANY(%s)").format(sql.Identifier(_TABLES[model]), nothing),
                [list(_get_records(moves, model)._ids)],
            )
        self.env.invalidate_all(flush=False)
        self.compute(moves)
        after = self._read(moves)
        cr.execute("ROLLBACK TO SAVEPOINT billing_later; RELEASE SAVEPOINT billing_later")
        self.env.invalidate_all(flush=False)
        return {move_id: f"computed field: {model}.{name}" for (move_id, model, name) in _compare(before, after)}

    def _read(self, moves):
        """Return {(id of the move, model, name of the field): texts}."""
        found = {}
        for model, names in self._names.items():
            key = "id" if model == "account.move" else "move_id"
            rows = copy_text.read_rows(self.env.cr, _TABLES[model], [key, *names], key, moves.ids, [key, "id"])
            for move_id, *texts in rows:
                for name, text in zip(names, texts, strict=True):
                    found.setdefault((int(move_id), model, name), []).append(text)
        return found


def _compare(before, after):
    return [key for key, texts in before.items() if after[key] != texts]


def _get_records(moves, model):
    return moves if model == "account.move" else moves.line_ids
