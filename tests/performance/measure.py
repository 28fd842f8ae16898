"""What a piece of work costs: time, processor time here and in the database, statements, memory."""

from __future__ import annotations

import resource
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.performance.odoo_process import backend_cpu


@dataclass
class Cost:
    """One measurement; seconds, bytes and plain numbers."""

    case: str
    customers: int
    invoices: int = 0
    wall: float = 0.0
    python_cpu: float = 0.0
    database_cpu: float = 0.0
    statements: int = 0
    memory_before: int = 0
    memory_peak: int = 0
    detail: dict = field(default_factory=dict)

    def as_dict(self) -> dict:
        return asdict(self)

    @property
    def cpu(self) -> float:
        return self.python_cpu + self.database_cpu

    @property
    def per_second(self) -> float:
        """Invoices per second of one undisturbed core, client and database together."""
        return self.invoices / self.cpu if self.cpu else 0.0

    @property
    def milliseconds(self) -> float:
        return 1000 * self.cpu / self.invoices if self.invoices else 0.0

    @property
    def statements_each(self) -> float:
        return self.statements / self.invoices if self.invoices else 0.0

    @property
    def memory_growth(self) -> float:
        """Megabytes that the work took beyond what the process held before it."""
        return (self.memory_peak - self.memory_before) / 2**20


class Meter:
    """Measures the body of a ``with`` on one cursor; statements of the COPY protocol count like any other."""

    def __init__(self, env, cost: Cost, *, of_all_cursors: bool = False) -> None:
        """:param of_all_cursors: count the work of every session of the database; for requests, which open their own"""
        self.env = env
        self.cost = cost
        self.of_all_cursors = of_all_cursors

    def __enter__(self) -> Cost:
        before = self._get_database_cpu()
        self._statements = 0
        self._thread = threading.current_thread()
        self._thread.query_hooks = [*getattr(self._thread, "query_hooks", ()), self._count]
        self._restore = _count_copies(self)
        self.cost.memory_before = _resident()
        self._database = before
        self._cpu = time.process_time()
        self._start = time.monotonic()
        return self.cost

    def __exit__(self, *_error) -> None:
        self.cost.wall = time.monotonic() - self._start
        self.cost.python_cpu = time.process_time() - self._cpu
        self.cost.statements = self._statements
        after = self._get_database_cpu()
        self.cost.database_cpu = sum(seconds - self._database.get(pid, 0.0) for pid, seconds in after.items())
        self.cost.memory_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        self._thread.query_hooks = [hook for hook in self._thread.query_hooks if hook != self._count]
        self._restore()

    def _count(self, *_query) -> None:
        self._statements += 1

    def _get_database_cpu(self) -> dict[int, float]:
        """Return {process of the database: seconds of processor time}."""
        condition = "datname = current_database()" if self.of_all_cursors else "pid = pg_backend_pid()"
        self.env.cr.execute(f"SELECT pid FROM pg_stat_activity WHERE {condition}")
        return {pid: backend_cpu(pid) for [pid] in self.env.cr.fetchall()}


def _count_copies(meter: Meter):
    """Count COPY too, which goes past Odoo's own counter; return how to stop."""
    from odoo import sql_db

    original = sql_db.Cursor.__getattr__

    def counting(cursor, name):
        if name == "copy_expert":
            meter._count()
        return original(cursor, name)

    sql_db.Cursor.__getattr__ = counting

    def restore():
        sql_db.Cursor.__getattr__ = original

    return restore


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
