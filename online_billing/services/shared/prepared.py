"""Statements that are planned once for each connection to the database."""

from zlib import crc32

from odoo.tools import SQL


def execute_prepared(env, name, query, params):
    """Return the rows of a statement that PostgreSQL plans once as long as a connection lives.

    Worth it where planning takes longer than doing: many small tables in one statement, asked again and again. Whether
    the connection knows the statement is asked of itself, as a pool between may have given another one; it knows it
    too after the transaction was rolled back.

    :param str name: of the statement; those of the same name with different texts are told apart
    :param SQL query: with $1, $2 and so on where the parameters stand; what else it holds is written into its text
    :param params: whole numbers, and lists of them
    """
    # anything else that a list or a number could be is cast where it stands
    types = ", ".join("int[]" if isinstance(param, list) else "int" for param in params)
    text = env.cr.mogrify(query).decode()
    name = f"{name}_{crc32(f'{types} {text}'.encode()):08x}"
    if not env.execute_query(SQL("SELECT FROM pg_prepared_statements WHERE name = %s", name)):
        env.cr.execute(f"PREPARE {name} ({types}) AS {text}")
    return env.execute_query(SQL("EXECUTE %s (%s)", SQL.identifier(name), SQL(", ").join(map(_as_value, params))))


def _as_value(param):
    return SQL("%s::int[]" if isinstance(param, list) else "%s", param)
