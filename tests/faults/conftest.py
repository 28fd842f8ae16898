"""A business in a database of its own, billed by forked processes that a test may kill."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg2
import pytest

from tests.faults import audit
from tools import database, paths
from tools.steps import end_group


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
        assert not answer["killed"], f"{job} took too long"
        return answer["result"]

    def query(self, statement: str, *parameters: object) -> list[tuple]:
        with self.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()

    def assert_whole(self) -> None:
        """Look at the books from outside; nothing may be wrong with them."""
        with self.cursor() as cursor:
            assert audit.find_faults(cursor) == {}

    @contextlib.contextmanager
    def cursor(self):
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


@pytest.fixture(scope="module")
def nursery(postgres, _copies, odoo_environment) -> Iterator[Nursery]:
    """Odoo on a copy of the template that the tests of one file share, and commit in."""
    name = _copies()
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
            env={**odoo_environment, "PYTHONPATH": str(paths.PROJECT)},
            cwd=paths.PROJECT,
            start_new_session=True,
        )
    ready = process.stdout.readline()
    if not ready:
        pytest.fail(f"Odoo did not load:\n{log.read_text()[-3000:]}")
    yield Nursery(name, process, postgres)
    process.stdin.close()
    end_group(process)
    process.stdout.close()


@pytest.fixture(scope="session")
def chance() -> random.Random:
    """Random numbers that BILLING_SEED repeats; the seed is printed with a failure."""
    seed = int(os.environ.get("BILLING_SEED") or random.SystemRandom().randrange(2**32))
    print(f"BILLING_SEED={seed}")
    return random.Random(seed)


@pytest.fixture(scope="session")
def tier() -> str:
    return os.environ.get("BILLING_TIER") or "commit"
