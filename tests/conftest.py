"""Plumbing of the tests that cross addons: databases to commit in, real servers, a real browser.

What is started here comes from ``tools``, so a test run and a demo use the same Odoo in the same way. ``make test``
sets the variables; a pytest started by hand finds the embedded server and the template by itself.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from tests import leaks
from tests.faults.parent import Nursery, open_nursery
from tools import chromium, database, paths
from tools.postgres import Cluster
from tools.processes import answers, free_port
from tools.steps import end_group

TIER = os.environ.get("BILLING_TIER") or "commit"
EXAMPLES = {"commit": 200, "nightly": 10_000}
PATIENCE = 120

for _tier, _examples in EXAMPLES.items():
    hypothesis.settings.register_profile(
        _tier,
        max_examples=_examples,
        deadline=None,
        # The commit tier asks the same questions every time; the nightly one goes looking for new ones.
        derandomize=_tier == "commit",
        database=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.differing_executors],
    )


class FailuresAtOnce:
    """Names what fails when it fails: a long run that is ended has said it."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")  # none in a process that works for another
        if report.failed and terminal:
            terminal.write_line(f"\nfailed: {report.nodeid}", red=True)
            for section, text in report.sections:
                if "replay" in section:
                    terminal.write_line(text)


def pytest_configure(config: pytest.Config) -> None:
    if TIER not in EXAMPLES:
        raise pytest.UsageError(f"BILLING_TIER={TIER} is none of {', '.join(EXAMPLES)}")
    hypothesis.settings.load_profile(TIER)
    config.billing_begun = time.time()
    config.pluginmanager.register(FailuresAtOnce(config))


# What takes minutes by itself begins first, and what is done in seconds fills the end, when no worker may be idle.
FIRST = ("tests/stories/", "tests/faults/", "tests/e2e/")
LAST = ("tests/engine/",)


def _get_turn(item: pytest.Item) -> int:
    if item.nodeid.startswith(FIRST):
        return 0
    return 2 if item.nodeid.startswith(LAST) else 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_get_turn)
    if TIER != "nightly":
        for item in items:
            if item.get_closest_marker("nightly"):
                item.add_marker(pytest.mark.skip(reason="takes long; BILLING_TIER=nightly runs it"))


def pytest_sessionfinish(session) -> None:
    """G-02: fail where a server has logged what must stand nowhere; what several processes left is looked at once."""
    if hasattr(session.config, "workerinput"):
        return
    session.config.billing_leaks = leaks.find_in_logs(paths.LOGS / "tests", session.config.billing_begun)
    if session.config.billing_leaks and not session.exitstatus:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter) -> None:
    for leak in getattr(terminalreporter.config, "billing_leaks", ()):
        terminalreporter.write_line(f"failed: a log tells {leak}", red=True)
    failed = os.environ.get("BILLING_LINT")
    if failed:
        terminalreporter.write_line(f"lint failed before the tests, see above: {failed}", red=True)


def missing(what: str) -> None:
    """Skip a test for want of ``what``; where nothing may be left out, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true allows no test to be left out, and {what}")
    pytest.skip(what)


@dataclass
class OdooServer:
    """A real Odoo process that serves one database on a port of its own."""

    process: subprocess.Popen
    url: str
    database: str
    log: Path

    def stop(self) -> None:
        end_group(self.process)

    def kill(self) -> None:
        """End it as a power cut would: no process of it gets to say goodbye."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="session")
def postgres() -> Iterator[dict[str, str]]:
    """The variables of the database server, which runs as long as the tests do."""
    with Cluster("test").use() as server:
        yield server


@pytest.fixture(scope="session")
def odoo_environment(postgres) -> dict[str, str]:
    """The variables for a child process that talks to the database server, Odoo or not."""
    return database.process_environment(postgres)


@pytest.fixture(scope="session")
def template(postgres) -> str:
    """The name of the database that has every addon in it; copy it, never connect to it."""
    name = os.environ.get("BILLING_TEMPLATE") or database.TEMPLATE
    if not database.exists(postgres, name):
        missing(f"there is no database {name}: python3 -m tools.database template")
    return name


@pytest.fixture(scope="session")
def _copies(postgres, template) -> Iterator[Callable[..., str]]:
    prefix = os.environ.get("BILLING_COPY_PREFIX") or f"online_billing_test_{os.getpid()}"
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    numbers = itertools.count(1)
    made = []

    def copy(source: str = "") -> str:
        name = f"{prefix}_{worker}_{next(numbers)}"
        database.drop(postgres, name)
        database.create(postgres, name, source or template)
        made.append(name)
        return name

    copy.made = made
    yield copy
    for name in made:
        database.drop(postgres, name)


@pytest.fixture
def database_copy(postgres, _copies) -> Iterator[Callable[..., str]]:
    """Call it for a database of the test's own, with every addon in it, that the test may commit in.

    ``database_copy()`` returns its name; ``database_copy(name)`` copies that database instead, for a test that prepares
    one and tries many things on it. All of them vanish after the test.
    """
    before = len(_copies.made)
    yield _copies
    for name in _copies.made[before:]:
        database.drop(postgres, name)
    del _copies.made[before:]


@pytest.fixture(scope="session")
def odoo_command() -> Callable[..., list[str]]:
    """Call it with Odoo's arguments for a complete command line: ``odoo_command("shell", "-d", name)``."""

    def command(*arguments: object) -> list[str]:
        return database.odoo_command(*arguments, more_addons=[paths.TEST_ADDONS])

    return command


@pytest.fixture(scope="module")
def odoo_shell(postgres, odoo_environment) -> Iterator[Callable[[str, str], str]]:
    """Call it as ``odoo_shell(database, script)`` to run a script that knows ``env``; returns what it printed.

    What the script did is committed. Odoo is loaded once for a database and forked for each script.
    """
    with contextlib.ExitStack() as opened:
        nurseries: dict[str, Nursery] = {}

        def shell(name: str, script: str) -> str:
            if name not in nurseries:
                nurseries[name] = opened.enter_context(open_nursery(name, postgres, odoo_environment))
            return nurseries[name].run("run_script", script=script)

        yield shell


@pytest.fixture(scope="session")
def start_server(odoo_command, odoo_environment) -> Iterator[Callable[..., OdooServer]]:
    """Call it as ``start_server(database, *options)`` for a real Odoo process; it is ended after the last test."""
    started: list[OdooServer] = []

    def start(name: str, *options: str) -> OdooServer:
        port = free_port()
        log = paths.LOGS / "tests" / f"{name}-{port}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        words = ("-d", name, "--db-filter", f"^{name}$", f"--http-port={port}", "--max-cron-threads=0", *options)
        with log.open("wb") as output:
            process = subprocess.Popen(
                odoo_command("--log-level=warn", *words),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=odoo_environment,
                cwd=paths.PROJECT,
                start_new_session=True,
            )
        server = OdooServer(process, f"http://127.0.0.1:{port}", name, log)
        started.append(server)
        if not answers(f"{server.url}/web/health", process, PATIENCE):
            server.stop()
            pytest.fail(f"Odoo did not start on {name}:\n{log.read_text()[-3000:]}")
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def server(_copies, start_server) -> Iterator[OdooServer]:
    """A real Odoo on a fresh copy of the template, shared by the tests of one file."""
    running = start_server(_copies())
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, driven by playwright."""
    # Empty says that something was missing for it, which `make test` has named.
    program = os.environ.get("BILLING_CHROMIUM", chromium.find_chromium() or "")
    if not program:
        missing("the browser is missing (apt-get install chromium libatomic1)")
    from playwright.sync_api import Error as PlaywrightError
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # As root, and in many containers, Chromium cannot build its own cage; here it only sees this machine.
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield running
        # A browser that is gone already needs no closing; what it failed to do, its tests have told.
        with contextlib.suppress(PlaywrightError):
            running.close()
        # The driver hangs up when it is told to stop; asyncio would report that as an error nobody looked at.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)


@pytest.fixture
def page(browser, request):
    """A fresh page of a fresh visitor; what it showed last is kept if the test fails."""
    context = browser.new_context(locale="en-US", timezone_id="UTC", viewport={"width": 1400, "height": 900})
    visitor = context.new_page()
    visitor.set_default_timeout(30_000)
    failures = request.session.testsfailed
    yield visitor
    if request.session.testsfailed > failures:
        folder = paths.LOGS / "tests"
        folder.mkdir(parents=True, exist_ok=True)
        visitor.screenshot(path=str(folder / f"{request.node.name}.png"), full_page=True)
    context.close()
