"""Idempotency keys: the first answer is kept for a day and given again.

Kept is what came of the work, good or bad, with a 500 too. What was refused before any work, or while the first request
is under way, is not kept: the key is still free, or still the first one's.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from .refusals import Refused, conflict, invalid
from .storage import Storage

DAY = 86_400
LONGEST = 255


@dataclass(frozen=True)
class Kept:
    """The first answer to a key, and the id of the request that got it."""

    status: int
    answer: str
    request: str


def begin(storage: Storage, livemode: bool, key: str, path: str, given: dict, request: str) -> Kept | None:
    """Take a key for a request; return the answer if it was used for the same one.

    :raise Refused: it was used for another, or the first is under way
    """
    if len(key) > LONGEST:
        raise invalid(f"Idempotency keys can have up to {LONGEST} characters.", code="idempotency_key_too_long")
    fingerprint = hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
    with storage.transaction():
        old = storage.now() - DAY
        storage.sql("DELETE FROM idempotency WHERE begun < ? AND status IS NOT NULL", old)
        for row in storage.sql("SELECT * FROM idempotency WHERE livemode = ? AND key = ?", livemode, key):
            if row["path"] != path:
                raise _misused(key, f"for the same endpoint they were first used for ('{path}' vs '{row['path']}')")
            if row["fingerprint"] != fingerprint:
                raise _misused(key, "with the same parameters they were first used with")
            if row["status"] is None:
                raise conflict()
            return Kept(row["status"], row["answer"], row["request"])
        storage.sql(
            "INSERT INTO idempotency (livemode, key, path, fingerprint, begun, request) VALUES (?, ?, ?, ?, ?, ?)",
            *(livemode, key, path, fingerprint, storage.now(), request),
        )
    return None


def _misused(key: str, how: str) -> Refused:
    message = (
        f"Keys for idempotent requests can only be used {how}. Try using a key other than '{key}' if you meant to "
        "execute a different request."
    )
    return Refused(400, {"message": message, "type": "idempotency_error"})


def keep(storage: Storage, livemode: bool, key: str, status: int, answer: str) -> None:
    """Keep the answer to a key."""
    storage.sql(
        "UPDATE idempotency SET status = ?, answer = ? WHERE livemode = ? AND key = ?", status, answer, livemode, key
    )


def forget(storage: Storage, livemode: bool, key: str) -> None:
    """Let a key be free, as no work was begun with it."""
    storage.sql("DELETE FROM idempotency WHERE livemode = ? AND key = ?", livemode, key)
