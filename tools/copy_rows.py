"""``python copy_rows.py SOURCE TARGET TABLE CONDITION``: copy rows between databases, in the project's environment.

The rows get numbers of their own; what meets the condition in the target already is replaced.
"""

from __future__ import annotations

import sys
import tempfile

import psycopg2
from psycopg2 import sql


def copy_rows(source: str, target: str, table: str, condition: str) -> None:
    """Copy the rows of ``table`` that meet ``condition``, which is SQL: no word of it may come from outside."""
    reader, writer = psycopg2.connect(dbname=source), psycopg2.connect(dbname=target)
    with reader.cursor() as rows, writer.cursor() as copies, tempfile.TemporaryFile() as between:
        rows.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema AND table_name = %s AND column_name <> 'id'",
            [table],
        )
        names = {
            "table": sql.Identifier(table),
            "columns": sql.SQL(", ").join(sql.Identifier(name) for [name] in rows.fetchall()),
            "condition": sql.SQL(condition),
        }
        read = sql.SQL("COPY (SELECT {columns} FROM {table} WHERE {condition}) TO STDOUT").format(**names)
        rows.copy_expert(read, between)
        between.seek(0)
        copies.execute(sql.SQL("DELETE FROM {table} WHERE {condition}").format(**names))
        copies.copy_expert(sql.SQL("COPY {table} ({columns}) FROM STDIN").format(**names), between)
        if not copies.rowcount:
            sys.exit(f"There is no such row of {table} in {source}.")
    writer.commit()


if __name__ == "__main__":
    copy_rows(*sys.argv[1:])
