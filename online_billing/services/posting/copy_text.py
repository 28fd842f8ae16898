"""PostgreSQL's COPY in its text format: the one form in which rows are read, compared and written here.

A row is a list of the texts of its columns, exactly as the database prints them. So "equal" means equal to the last
digit, and a value that is only carried over never passes through a conversion.
"""

import io
import json
from contextlib import contextmanager

from psycopg2 import sql

from ..shared.numbers import as_float

NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"})
_FLOATS = {"float8", "float4"}
_JSON = {"json", "jsonb"}


def to_text(value):
    """Text of a string value, as COPY wants it."""
    if value is None or value is False:
        return NULL
    # nearly all texts have nothing to escape, which is seen faster than it is escaped
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


def to_id(value):
    """Text of an id or a plain whole number; nothing for none."""
    return str(value) if value else NULL


def to_date(value):
    return value.isoformat() if value else NULL


def to_float(value):
    """Text of a number without fixed places, as Odoo stores it in a numeric column."""
    return repr(as_float(value))


def to_json(value):
    return NULL if not value else to_text(json.dumps(value))


def same(left, right, column_type):
    """Are two texts the same value of a column?"""
    if left == right:
        return True
    if NULL in (left, right):
        return False
    if column_type in _FLOATS:
        return as_float(left) == as_float(right)
    if column_type in _JSON:
        return json.loads(left.replace("\\\\", "\\")) == json.loads(right.replace("\\\\", "\\"))
    return False


def read_columns(cr, tables):
    """Columns of tables with their types, in the order of the table: {table: {column: type}}."""
    cr.execute(
        """SELECT c.relname, a.attname, t.typname
             FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
            WHERE c.relname = ANY(%s) AND c.relnamespace = current_schema::regnamespace
              AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            ORDER BY c.relname, a.attnum""",
        [list(tables)],
    )
    columns = {table: {} for table in tables}
    for table, column, column_type in cr.fetchall():
        columns[table][column] = column_type
    return columns


def read_rows(cr, table, columns, key, ids, order, condition=None):
    """Rows whose ``key`` is one of ``ids``, as lists of texts, in the order of ``order``."""
    if not ids:
        return []
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    where = sql.SQL("{} IN ({})").format(sql.Identifier(key), sql.SQL(", ").join(map(sql.Literal, ids)))
    for column, value in (condition or {}).items():
        where += sql.SQL(" AND {} = {}").format(sql.Identifier(column), sql.Literal(value))
    query = sql.SQL("COPY (SELECT {} FROM {} WHERE {} ORDER BY {}) TO STDOUT").format(
        names, sql.Identifier(table), where, sql.SQL(", ").join(map(sql.Identifier, order))
    )
    target = io.StringIO()
    cr.copy_expert(query, target)
    return [line.split("\t") for line in target.getvalue().split("\n") if line]


def write_rows(cr, table, columns, rows):
    """Add finished rows, each one line of COPY text."""
    if not rows:
        return
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    cr.copy_expert(query, io.StringIO("\n".join(rows) + "\n"))


# so few are checked before a plan could matter
FEW_ROWS = 20


@contextmanager
def checked_by_index(cr, count):
    """Have PostgreSQL check foreign keys by index meanwhile.

    It plans each check once per session. A plan made while a table was nearly empty reads the whole table for every
    single row, and goes on to do so while the table grows: a batch takes longer and longer, until statistics are
    gathered anew.

    :param int count: of invoices that are about to be written; a few go by whatever plan there is
    """
    if count <= FEW_ROWS:
        yield
        return
    cr.execute("SET LOCAL enable_seqscan = off")
    cr.execute("DISCARD PLANS")
    yield
    cr.execute("SET LOCAL enable_seqscan TO DEFAULT")


def take_ids(cr, counts):
    """Take blocks of ids of tables from their own sequences, by one statement.

    :param dict counts: {table: how many}
    :return: an iterator over ids for each table, in the order of the tables
    """
    found = {table: [] for table in counts}
    # the name of a sequence is looked up once, not for every id
    own = [
        sql.SQL(
            "(WITH own AS MATERIALIZED (SELECT pg_get_serial_sequence({table}, 'id')::regclass AS sequence)"
            " SELECT {table}, nextval(sequence) FROM own, generate_series(1, {count}))"
        ).format(table=sql.Literal(table), count=sql.Literal(count))
        for table, count in counts.items()
        if count
    ]
    if own:
        cr.execute(sql.SQL(" UNION ALL ").join(own))
        for table, row_id in cr.fetchall():
            found[table].append(row_id)
    return [iter(ids) for ids in found.values()]
