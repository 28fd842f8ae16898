"""The test's side of a nursery: a process with Odoo in it that forks a child for each job."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults import audit
from tools import database, paths
from tools.steps import Problem, end_group


@dataclass
class Nursery:
    """A process with Odoo in it that forks a child for each job; see `tests/faults/nursery.py`."""

    name: str
    process: subprocess.Popen
    server: dict[str, str]

    def run_all(self, *jobs: dict) -> list[dict]:
        """Let jobs run at the same time and return what became of each."""
        self.process.stdin.write(json.dumps({"jobs": jobs}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the process that forks is gone; see {log_of(self.name)}")
        return json.loads(answer)

    def run(self, job: str, **arguments):
        """Let one job run to its end and return its result."""
        [answer] = self.run_all(task(job, **arguments))
        assert not answer["error"], answer["error"]
        assert not answer["killed"], f"{job} was killed, or took too long"
        return answer["result"]

    def query(self, statement: str, *parameters: object) -> list[tuple]:
        with self.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()

    def assert_whole(self) -> None:
        """Look at the books from outside; nothing may be wrong with them."""
        with self.cursor() as cursor:
            faults = audit.find_faults(cursor)
        assert not faults, faults

    @contextlib.contextmanager
    def cursor(self):
        import psycopg2  # what loads this file may lack it: the tests of the engine alone

        words = {
            "host": self.server.get("PGHOST"),
            "port": self.server.get("PGPORT"),
            "user": self.server.get("PGUSER"),
        }
        connection = psycopg2.connect(dbname=self.name, **{name: word for name, word in words.items() if word})
        try:
            yield connection.cursor()
        finally:
            connection.close()


def task(job: str, kill=None, kill_after=None, user_id=None, **arguments) -> dict:
    """Return the order for one job."""
    return {
        "name": job,
        "arguments": arguments,
        "kill": kill,
        "kill_after": kill_after,
        "user_id": user_id,
    }


def log_of(name: str):
    return paths.LOGS / "tests" / f"nursery-{name}.log"


@contextlib.contextmanager
def open_nursery(name: str, server: dict[str, str], environment: dict[str, str]) -> Iterator[Nursery]:
    """Have a nursery on the database ``name`` during the block.

    :raise Problem: if Odoo does not load it
    """
    log = log_of(name)
    log.parent.mkdir(parents=True, exist_ok=True)
    command = (paths.PYTHON, "-m", "tests.faults.nursery", database.configuration([paths.TEST_ADDONS]), name)
    with log.open("w") as errors:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**environment, "PYTHONPATH": str(paths.PROJECT)},
            cwd=paths.PROJECT,
            start_new_session=True,
        )
    try:
        if not process.stdout.readline():
            raise Problem(f"Odoo did not load:\n{log.read_text()[-3000:]}")
        yield Nursery(name, process, server)
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        end_group(process)
        process.stdout.close()
