"""How long the processes at one database wait for each other, whatever else the machine does meanwhile."""

from __future__ import annotations

import threading
from collections import Counter

import psycopg2


class Waiting:
    """Looks at the sessions of a database many times a second during a ``with`` block."""

    EVERY = 0.02

    def __init__(self, database: str) -> None:
        self._database = database
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.seen: Counter = Counter()

    def __enter__(self) -> Waiting:
        self._thread.start()
        return self

    def __exit__(self, *_error) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def share(self) -> float:
        """Part of all looks at sessions with an open transaction that found them waiting for a lock."""
        looks = sum(self.seen.values())
        return sum(number for kind, number in self.seen.items() if kind) / looks if looks else 0.0

    @property
    def kinds(self) -> dict[str, int]:
        return {kind: number for kind, number in self.seen.items() if kind}

    def _watch(self) -> None:
        connection = psycopg2.connect(dbname="postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            while not self._stop.wait(self.EVERY):
                cursor.execute(
                    "SELECT CASE WHEN wait_event_type = 'Lock' THEN wait_event END FROM pg_stat_activity"
                    " WHERE datname = %s AND xact_start IS NOT NULL",
                    [self._database],
                )
                self.seen.update(row[0] for row in cursor.fetchall())
        connection.close()
