"""What the simulator keeps, in one SQLite file: its objects, what it was asked, its keys, faults and clock.

One connection, one lock: whoever works holds it, and what they wrote is committed or undone as a whole.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

TABLES = """
CREATE TABLE IF NOT EXISTS object (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    hidden TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS object_kind ON object (kind, number);
CREATE INDEX IF NOT EXISTS object_intent ON object (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS object_customer ON object (kind, json_extract(body, '$.customer'));
CREATE INDEX IF NOT EXISTS object_charge ON object (kind, json_extract(body, '$.charge'));
CREATE TABLE IF NOT EXISTS delivery (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    due INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    status INTEGER
);
CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery (number) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS delivery_event ON delivery (event);
CREATE TABLE IF NOT EXISTS idempotency (
    livemode INTEGER NOT NULL,
    key TEXT NOT NULL,
    path TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    begun INTEGER NOT NULL,
    request TEXT NOT NULL,
    status INTEGER,
    answer TEXT,
    PRIMARY KEY (livemode, key)
);
CREATE TABLE IF NOT EXISTS fault (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    request TEXT NOT NULL,
    kind TEXT NOT NULL,
    remaining INTEGER,
    passing INTEGER NOT NULL,
    seconds REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS request (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    status INTEGER,
    replayed INTEGER NOT NULL DEFAULT 0,
    fault TEXT
);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
NAMES = ("object", "delivery", "idempotency", "fault", "request", "setting")


@dataclass
class Stored:
    """An object as Stripe shows it, and what only the simulator knows of it."""

    body: dict
    hidden: dict
    kind: str
    livemode: bool


class Storage:
    """The file, its lock and its clock."""

    def __init__(self, path: str) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        # the file outlives this process, but no power cut has to be survived
        self.connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; {TABLES}")
        self._depth = 0

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock; keep all that is written, or nothing if it ends by an error."""
        with self.lock:
            if self._depth:
                yield
                return
            self.connection.execute("BEGIN")
            self._depth += 1
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            else:
                self.connection.execute("COMMIT")
                self.changed.notify_all()
            finally:
                self._depth -= 1

    def sql(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """Return the rows of a statement."""
        with self.lock:
            return self.connection.execute(statement, values).fetchall()

    def clear(self) -> None:
        """Forget everything, the settings too."""
        with self.transaction():
            for name in NAMES:
                self.sql(f"DELETE FROM {name}")

    # objects

    def add(self, kind: str, body: dict, hidden: dict | None = None) -> dict:
        """Keep a new object."""
        self.sql(
            "INSERT INTO object (id, kind, livemode, created, body, hidden) VALUES (?, ?, ?, ?, ?, ?)",
            body["id"],
            kind,
            bool(body.get("livemode")),
            body.get("created", self.now()),
            json.dumps(body),
            json.dumps(hidden or {}),
        )
        return body

    def get(self, identifier: str) -> Stored | None:
        """Return the object of an id, whatever its kind and mode."""
        for row in self.sql("SELECT * FROM object WHERE id = ?", identifier):
            return Stored(json.loads(row["body"]), json.loads(row["hidden"]), row["kind"], bool(row["livemode"]))
        return None

    def save(self, body: dict, hidden: dict | None = None) -> dict:
        """Keep what has changed of an object."""
        self.sql("UPDATE object SET body = ? WHERE id = ?", json.dumps(body), body["id"])
        if hidden is not None:
            self.sql("UPDATE object SET hidden = ? WHERE id = ?", json.dumps(hidden), body["id"])
        return body

    def find(
        self, kind: str, livemode: bool, where: str = "1", *values: object, limit: int = -1, oldest_first: bool = False
    ) -> list[dict]:
        """Return objects of a kind, the newest first.

        :param where: a condition in SQL on ``body``, ``hidden``, ``created`` and ``number``
        """
        order = "ASC" if oldest_first else "DESC"
        rows = self.sql(
            f"SELECT body FROM object WHERE kind = ? AND livemode = ? AND ({where}) ORDER BY number {order} LIMIT ?",
            *(kind, livemode, *values, limit),
        )
        return [json.loads(row["body"]) for row in rows]

    def find_by(self, kind: str, livemode: bool, properties: Mapping[str, object]) -> list[dict]:
        """Return objects with these properties, the newest first."""
        where = " AND ".join(f"json_extract(body, '$.{name}') = ?" for name in properties) or "1"
        return self.find(kind, livemode, where, *properties.values())

    # settings and the clock

    def get_setting(self, name: str, default: object = None) -> object:
        """Return a setting."""
        for row in self.sql("SELECT value FROM setting WHERE name = ?", name):
            return json.loads(row["value"])
        return default

    def set_setting(self, name: str, value: object) -> None:
        """Keep a setting."""
        self.sql("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", name, json.dumps(value))

    def now(self) -> int:
        """Return the simulated time in seconds: it goes with the real one until it is set, then it stands still."""
        stands = self.get_setting("clock")
        return int(stands) if stands is not None else int(time.time()) + int(self.get_setting("ahead", 0))

    def set_clock(self, now: int) -> None:
        """Set the clock; whether it stands or goes remains as it is."""
        if self.get_setting("clock") is not None:
            self.set_setting("clock", now)
        else:
            self.set_setting("ahead", now - int(time.time()))
