"""``make test``: lint while the databases are made, then all of ``tests`` and of the addons' tests, on copies of one.

It is one pytest session.

``ARGS`` goes to pytest as it stands; a run narrowed by it leaves the lint out. Each pytest process gets a database of
its own, and so does each test that commits; all of them carry the number of this process and vanish with it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from . import database, paths
from .chromium import bring_chromium
from .environment import exclusive, set_up
from .lint import lint
from .postgres import Cluster, programs
from .processes import Family, birth
from .steps import end_group, main, note, step

PREFIX = "online_billing_test"
MOST_PROCESSES = 4
PURE = ("tests/engine", "tests/stripe_simulator", "tests/structure")


def test() -> int:
    words = shlex.split(os.environ.get("ARGS") or "")
    with exclusive("tests", refusal="Cannot run the tests: they are running already"):
        family = Family("tests")
        family.stop_left_behind()
        set_up()
        # beside the making of databases, which keeps one processor busy
        with ThreadPoolExecutor(1) as pool:
            linting = pool.submit(lambda: [] if words else lint())
            if _is_pure(words):
                code = _pytest(family, ["-p", "no:odoo", *_spread(words, "worksteal"), *words], {}, linting)
            else:
                code = _with_odoo(family, words, linting)
        return code or (1 if linting.result() else 0)


def _is_pure(words: Sequence[str]) -> bool:
    """Return whether everything that is asked for by its path runs without Odoo."""
    named = _named(words)
    return bool(named) and all(word.startswith(PURE) for word in named)


def _named(words: Sequence[str]) -> list[str]:
    # os.path.exists, as an expression after -k may be longer than any path
    return [
        word for word in words if not word.startswith("-") and os.path.exists(paths.PROJECT / word.partition("::")[0])
    ]


def _with_odoo(family: Family, words: list[str], linting: Future[list[str]]) -> int:
    chromium = bring_chromium()
    cluster = Cluster("test")
    with cluster.use() as server:
        _drop_left_behind(server)
        template = database.addons_template(server)
        session = f"{PREFIX}_{os.getpid()}"
        try:
            with step("copy the template"):
                database.create(server, session, template)
            settings = {
                **server,
                "BILLING_TEMPLATE": template,
                "BILLING_COPY_PREFIX": session,
                "BILLING_CHROMIUM": chromium or "",
                # pytest-odoo copies and drops databases with the programs of PostgreSQL; Odoo looks for the browser.
                "PATH": os.pathsep.join(
                    [
                        str(programs(cluster.home)),
                        *([os.path.dirname(chromium)] if chromium else []),
                        os.environ["PATH"],
                    ]
                ),
            }
            options = [
                f"--odoo-config={database.configuration([paths.TEST_ADDONS])}",
                f"--odoo-database={session}",
                "--odoo-http",
                "--odoo-extra=max-cron-threads=0",
                "-p",
                "tests.kept_caches",
                *_spread(words),
            ]
            where = [] if _named(words) else _everything()
            return _pytest(family, [*options, *words, *where], settings, linting)
        finally:
            _drop(server, session)


def _everything() -> list[str]:
    addons = [f"{name}/tests" for name in database.installable_addons()]
    return ["tests", *(folder for folder in addons if (paths.PROJECT / folder).is_dir())]


def _spread(words: Sequence[str], way: str = "loadscope") -> list[str]:
    """Return how to spread the tests over processes, unless the caller says so or wants to look closer.

    :param way: what needs a database shares it file by file; what needs nothing goes to whoever has time
    """
    alone = {"--pdb", "-n", "-s", "--collect-only", "--co", "--trace"}
    processes = min(os.cpu_count() or 1, MOST_PROCESSES)
    if processes < 2 or any(word in alone or word.startswith("-n") for word in words):
        return []
    # in the order that tests/conftest.py gives them: by numbers of tests, a long story would begin last
    return ["-n", str(processes), f"--dist={way}", *(["--no-loadscope-reorder"] if way == "loadscope" else [])]


def _pytest(family: Family, words: Sequence[str], settings: dict[str, str], linting: Future[list[str]]) -> int:
    environment = {
        **database.process_environment({}),
        **settings,
        "BILLING_LINT": ", ".join(linting.result()),
        "PYTHONPATH": str(paths.PROJECT),
    }
    process = subprocess.Popen(
        [str(paths.PYTHON), "-m", "pytest", "-q", "-rfEs", *words],
        cwd=paths.PROJECT,
        env=environment,
        start_new_session=True,
    )
    family.adopt(process)
    try:
        return process.wait()
    finally:
        end_group(process)
        family.stop()


def _drop_left_behind(server: dict[str, str]) -> None:
    """Delete the copies of runs that were killed before they could do it themselves."""
    rows = database.sql(server, "postgres", "SELECT datname FROM pg_database WHERE datname LIKE %s", PREFIX + "%")
    for [name] in rows:
        owner = name.removeprefix(f"{PREFIX}_").split("_")[0].split("-")[0]
        if not (owner.isdigit() and birth(int(owner))):
            database.drop(server, name)
            note(f"dropped {name}, which a killed run left behind")


def _drop(server: dict[str, str], session: str) -> None:
    rows = database.sql(server, "postgres", "SELECT datname FROM pg_database WHERE datname LIKE %s", session + "%")
    for [name] in rows:
        database.drop(server, name)


if __name__ == "__main__":
    main(test)
