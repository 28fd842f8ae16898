"""Faults that a test has ordered: of which requests, of what kind, how many, after how many that pass."""

from __future__ import annotations

from dataclasses import dataclass

from .storage import Storage

# never heard, so never done, and the key is as if it had not been sent
BEFORE = ("timeout_before", "error_before", "reset_before", "conflict", "too_many")
# heard, and under way for some time, or until it is let go on
DURING = ("slow", "hold")
# done, but the answer is lost
AFTER = ("timeout_after", "error_after", "reset_after")
KINDS = (*BEFORE, *DURING, *AFTER)
ANY = "*"


@dataclass(frozen=True)
class Fault:
    """What happens to one request; ``kind`` is one of ``KINDS`` or empty."""

    kind: str = ""
    seconds: float = 0


def order(storage: Storage, request: str, kind: str, count: int | None, passing: int, seconds: float) -> None:
    """Order a fault.

    :param request: the name of a route, or ``*`` for all
    :param count: of how many requests; None for all from now on
    :param passing: how many pass first
    """
    if kind not in KINDS:
        raise ValueError(f"there is no fault {kind}; there are {', '.join(KINDS)}")
    storage.sql(
        "INSERT INTO fault (request, kind, remaining, passing, seconds) VALUES (?, ?, ?, ?, ?)",
        *(request, kind, count, passing, seconds),
    )


def take(storage: Storage, request: str) -> Fault:
    """Return the fault of a request that has come; the oldest order that fits counts it."""
    with storage.transaction():
        for row in storage.sql("SELECT * FROM fault WHERE request IN (?, ?) ORDER BY number", request, ANY):
            if row["passing"]:
                storage.sql("UPDATE fault SET passing = passing - 1 WHERE number = ?", row["number"])
                return Fault()
            if row["remaining"] == 1:
                storage.sql("DELETE FROM fault WHERE number = ?", row["number"])
            elif row["remaining"] is not None:
                storage.sql("UPDATE fault SET remaining = remaining - 1 WHERE number = ?", row["number"])
            return Fault(row["kind"], row["seconds"])
    return Fault()
