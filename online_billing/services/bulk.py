"""Write many finished rows in one statement."""

import json
from datetime import date, datetime
from decimal import Decimal

from psycopg2 import sql


def _default(value):
    if isinstance(value, date | datetime | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written in bulk")


def insert_rows(cr, table, columns, rows):
    """Insert rows of plain values and return their ids in order.

    The rows travel as one JSON parameter, which PostgreSQL turns back into typed rows: one statement however many
    rows, every value quoted by the driver, and a violated constraint is raised as for a single INSERT.

    :param str table: name of the table
    :param columns: names of the columns
    :param rows: sequences of values in the order of the columns
    :return: list of ids
    """
    if not rows:
        return []
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) WITH"
        " ORDINALITY AS given ORDER BY ordinality RETURNING id"
    ).format(table=sql.Identifier(table), names=names)
    payload = json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=_default)
    cr.execute(query, [payload])
    return [row[0] for row in cr.fetchall()]


def update_rows(cr, table, columns, rows):
    """Update rows by id: the first value of each row is the id, the others are set in the order of the columns."""
    if not rows:
        return
    settings = sql.SQL(", ").join(
        sql.SQL("{name} = given.{name}").format(name=sql.Identifier(name)) for name in columns
    )
    query = sql.SQL(
        "UPDATE {table} SET {settings} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS given WHERE"
        " {table}.id = given.id"
    ).format(table=sql.Identifier(table), settings=settings)
    payload = json.dumps([dict(zip(["id", *columns], row, strict=True)) for row in rows], default=_default)
    cr.execute(query, [payload])
