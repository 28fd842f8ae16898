"""G-02: what must stand nowhere: numbers of cards, keys, and what lets somebody pay or be somebody else.

Looked for in what a test session leaves behind: the logs of servers, what was asked of the simulator of Stripe, and
the texts of a database that was worked in, its mails among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

#: a number by itself, also written in groups; the first figure of a card is 2 to 6. What a dot joins is none
CARD = re.compile(r"(?<![\w.-])[2-6](?:[ -]?\d){12,18}(?![\w-]|\.\d)")
SECRETS = {
    "a key of Stripe": re.compile(r"\b[sr]k_(?:test|live)_[A-Za-z0-9]{4,}"),
    "what signs events": re.compile(r"\bwhsec_\w{4,}"),
    "what lets somebody pay": re.compile(r"\b(?:pi|seti|cs)_\w+_secret_\w{4,}|client_secret\W{1,5}\w{8,}"),
    "a session": re.compile(r"\bsession_id\W{1,5}[\w-]{20,}"),
    "a key of an interface": re.compile(r"\bBearer\s+[\w.-]{16,}"),
}
#: the same, roughly, as PostgreSQL looks for it: what it finds is looked at once more here
ROUGHLY = r"[sr]k_(test|live)_|whsec_|_secret|session_id|Bearer|[2-6]([ -]?[0-9]){12}"
#: where Odoo, and we beside it, keep what an administrator has typed
KEPT = {("payment_provider", name) for name in ("stripe_secret_key", "stripe_webhook_secret", "stripe_billing_secret")}
#: the programs' own texts, as they were installed
PROGRAMS = ("ir_ui_view", "ir_model%", "ir_act_%", "ir_asset", "ir_cron", "ir_module%", "ir_attachment", "res_groups")
HIDDEN = 12


def is_card(number: str) -> bool:
    """Tell whether the last figure checks the others, as on every card (Luhn)."""
    total = 0
    for place, figure in enumerate(reversed(number)):
        value = int(figure) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def find(text: str) -> Iterator[str]:
    """Yield what a text must not hold: of which kind, and how it begins, which is not enough to use it."""
    for match in CARD.finditer(text):
        if is_card(re.sub(r"\D", "", match[0])):
            yield f"the number of a card: {match[0][:6]}..."
    for kind, pattern in SECRETS.items():
        for match in pattern.finditer(text):
            yield f"{kind}: {match[0][:HIDDEN]}..."


def find_in_logs(folder: Path, since: float) -> list[str]:
    """Return what stands in the logs of a folder that were written since a moment, each with its file.

    :param since: seconds, as files have them
    """
    found = []
    for log in sorted(folder.glob("*.log")):
        if log.stat().st_mtime >= since:
            with log.open(errors="replace") as lines:
                found += dict.fromkeys(f"{log.name}: {secret}" for line in lines for secret in find(line))
    return found


def find_in_requests(requests: Iterable) -> list[str]:
    """Return what was sent to the simulator of Stripe, its own key aside, of which it keeps the end alone.

    :param requests: as ``Simulator.requests`` has them
    """
    return [
        f"{request.name or request.path}: {secret}"
        for request in requests
        for text in (request.path, request.body, *request.headers.values())
        for secret in find(text)
    ]


def find_in_database(cursor) -> list[str]:
    """Return what stands in the texts of a database, each with its table and column."""
    cursor.execute(
        """
        SELECT owner.relname, array_agg(field.attname ORDER BY field.attname)
          FROM pg_attribute field
          JOIN pg_class owner ON owner.oid = field.attrelid AND owner.relkind = 'r'
           AND owner.relnamespace = 'public'::regnamespace
         WHERE field.attnum > 0 AND NOT field.attisdropped AND NOT owner.relname LIKE ANY(%s)
           AND field.atttypid IN ('text'::regtype, 'varchar'::regtype, 'json'::regtype, 'jsonb'::regtype)
         GROUP BY owner.relname ORDER BY owner.relname
        """,
        [list(PROGRAMS)],
    )
    found: dict[str, None] = {}
    for table, columns in cursor.fetchall():
        texts = [f'"{name}"::text' for name in columns if (table, name) not in KEPT]
        if not texts:
            continue
        whole = f"concat_ws(E'\\n', {', '.join(texts)})"
        cursor.execute(f'SELECT {whole} FROM "{table}" WHERE {whole} ~ %s', [ROUGHLY])
        for (text,) in cursor.fetchall():
            found |= dict.fromkeys(f"{table}: {secret}" for secret in find(text))
    return list(found)
