"""How much room invoices take in the database, with their indexes and all that is written with them."""

from __future__ import annotations

TABLES = (
    "account_move",
    "account_move_line",
    "account_move_line_account_tax_rel",
    "account_account_tag_account_move_line_rel",
    "billing_charge",
    "billing_charge_month",
    "billing_run_outcome",
    "mail_message",
    "mail_followers",
    "mail_followers_mail_message_subtype_rel",
)


def get_sizes(env) -> dict[str, int]:
    """Return {table or "table: index": bytes}; what is stored aside counts with the table."""
    env.cr.execute(
        """
        SELECT relname, pg_table_size(oid) FROM pg_class WHERE relname = ANY(%(tables)s)
        UNION ALL
        SELECT owner.relname || ': ' || own.relname, pg_relation_size(own.oid)
          FROM pg_index JOIN pg_class own ON own.oid = indexrelid JOIN pg_class owner ON owner.oid = indrelid
         WHERE owner.relname = ANY(%(tables)s)
        """,
        {"tables": list(TABLES)},
    )
    return dict(env.cr.fetchall())


def get_growth(env, before: dict[str, int], count: int) -> dict[str, float]:
    """Return how many kilobytes a table, its rows and each of its indexes, grew for each of ``count`` invoices; small
    ones are left out.
    """
    growth = {name: (size - before[name]) / count / 1024 for name, size in get_sizes(env).items()}
    for table in TABLES:
        of_table = {name: kilobytes for name, kilobytes in growth.items() if name.partition(": ")[0] == table}
        growth[f"{table}: rows"], growth[table] = growth[table], sum(of_table.values())
    shown = {name: round(kilobytes, 2) for name, kilobytes in growth.items() if kilobytes >= 0.01}
    total = round(sum(growth[table] for table in TABLES), 2)
    return {"all": total, **dict(sorted(shown.items(), key=lambda one: -one[1]))}
