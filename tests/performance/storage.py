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
    """Return {table: bytes} with indexes and whatever is stored aside."""
    env.cr.execute("SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relname = ANY(%s)", [list(TABLES)])
    return dict(env.cr.fetchall())


def get_growth(env, before: dict[str, int], count: int) -> dict[str, float]:
    """Return how many kilobytes a table grew for each of ``count`` invoices; small ones are left out."""
    growth = {table: (size - before[table]) / count / 1024 for table, size in get_sizes(env).items()}
    shown = {table: round(kilobytes, 2) for table, kilobytes in growth.items() if kilobytes >= 0.01}
    return {"all": round(sum(growth.values()), 2), **dict(sorted(shown.items(), key=lambda one: -one[1]))}
