"""Lets a test of a tool work in a local folder of its own, with the environment that is there already."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools import paths

MOVED = ("DOWNLOADS", "ODOO_ROOT", "DATA", "LOGS", "STAMPS", "LOCKS", "MAIL")


@pytest.fixture
def local(monkeypatch) -> Iterator[Path]:
    """A fresh local folder in which nothing has been brought; short and open to all, as PostgreSQL wants it."""
    folder = Path(tempfile.mkdtemp(prefix="ob", dir="/tmp"))
    folder.chmod(0o755)
    for name in MOVED:
        monkeypatch.setattr(paths, name, folder / getattr(paths, name).relative_to(paths.LOCAL))
    monkeypatch.setattr(paths, "LOCAL", folder)
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGSERVICE", "ODOO_HOME"):
        monkeypatch.delenv(name, raising=False)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def tool() -> Callable[..., subprocess.Popen]:
    """Call it as ``tool("demo", LOCAL=..., PORT=...)`` to start a tool as the Makefile does."""
    started = []

    def start(*words: str, **variables: object) -> subprocess.Popen:
        dropped = ("PG", "ODOO_HOME", "PYTHON", "BILLING_", "CI")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=paths.PROJECT,
            env={**environment, **{name: str(value) for name, value in variables.items()}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
