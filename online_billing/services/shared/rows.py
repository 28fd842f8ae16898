"""Write many finished rows in one statement."""

import json
from datetime import date, datetime
from decimal import Decimal

from psycopg2 import sql

from ..posting.copy_text import NULL, to_text, write_rows


class _Texts(dict):
    """How to write a value, by its type; a type that is not named is written as the one it derives from."""

    def __missing__(self, kind):
        for base in kind.__mro__:
            if base in self:
                self[kind] = self[base]
                return self[kind]
        raise TypeError(f"{kind.__name__} cannot be written in bulk")


_TEXTS = _Texts(
    {
        type(None): lambda _value: NULL,
        bool: lambda value: "t" if value else "f",
        str: to_text,
        int: str,
        float: repr,
        Decimal: str,
        date: str,
        datetime: str,
        dict: lambda value: to_text(json.dumps(value)),
        list: lambda value: to_text(json.dumps(value)),
    }
)

# of these, what is equal is written alike
_WRITTEN_ALIKE = frozenset((type(None), bool, int, str, date, datetime))
_PLAIN = (date, datetime, Decimal)


def insert_rows(cr, table, columns, rows):
    """Insert rows of plain values by COPY.

    A violated constraint is raised as for a single INSERT.

    :param str table: name of the table
    :param columns: names of the columns
    :param rows: sequences of values in the order of the columns
    :raise TypeError: a value that is neither text, number nor day, nor what JSON can hold
    """
    texts = [_get_texts(values) for values in zip(*rows, strict=True)]
    write_rows(cr, table, columns, ["\t".join(row) for row in zip(*texts, strict=True)])


def _get_texts(values):
    """Return the texts of the values of one column."""
    kinds = set(map(type, values))
    if len(kinds) > 1:
        return [_TEXTS[type(value)](value) for value in values]
    [kind] = kinds
    if kind in _WRITTEN_ALIKE and values.count(values[0]) == len(values):
        return [_TEXTS[kind](values[0])] * len(values)
    return map(_TEXTS[kind], values)


def _default(value):
    if isinstance(value, _PLAIN):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written in bulk")


def insert_missing(cr, table, columns, rows, key):
    """Insert the rows whose key does not exist yet; two processes that try the same key at once make one row.

    The rows travel as one JSON parameter, which PostgreSQL turns back into typed rows: one statement however many
    rows, and every value quoted by the driver.

    :param key: names of the columns of the unique key
    :return: {key: id} of the rows that were made
    """
    if not rows:
        return {}
    names, keys = (sql.SQL(", ").join(map(sql.Identifier, given)) for given in (columns, key))
    query = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) WITH"
        " ORDINALITY AS given ORDER BY ordinality ON CONFLICT ({keys}) DO NOTHING RETURNING id, {keys}"
    ).format(table=sql.Identifier(table), names=names, keys=keys)
    cr.execute(query, [_to_json(columns, rows)])
    return {tuple(made): row_id for row_id, *made in cr.fetchall()}


def _to_json(columns, rows):
    return json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=_default)


def update_rows(cr, table, columns, rows, only_where=None):
    """Update rows by id: the first value of each row is the id, the others are set in the order of the columns.

    :param dict only_where: {column: values}; rows that have none of them are left alone
    :return: number of rows updated
    """
    if not rows:
        return 0
    settings = sql.SQL(", ").join(
        sql.SQL("{name} = given.{name}").format(name=sql.Identifier(name)) for name in columns
    )
    query = sql.SQL(
        "UPDATE {table} SET {settings} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS given WHERE"
        " {table}.id = given.id"
    ).format(table=sql.Identifier(table), settings=settings)
    values = [_to_json(["id", *columns], rows)]
    for name, known in (only_where or {}).items():
        query += sql.SQL(" AND {}.{} IN %s").format(sql.Identifier(table), sql.Identifier(name))
        values.append(known)
    cr.execute(query, values)
    return cr.rowcount
