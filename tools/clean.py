"""``make stop`` and ``make clean``: end what runs here, and delete what was brought or built."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import time

from . import paths
from .environment import exclusive, holder
from .postgres import Cluster, external, state_folder
from .processes import Family
from .steps import main, note

COMMANDS = ("demo", "tests")
PATIENCE = 30
CACHES = (".pytest_cache", ".hypothesis", ".ruff_cache", ".import_linter_cache", ".coverage", "htmlcov")


def _command() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tools.clean", description=__doc__)
    parser.add_argument("--stop", action="store_true", help="only end what runs, delete nothing")
    arguments = parser.parse_args()
    if arguments.stop:
        for name in COMMANDS:
            _interrupt(name)
    for name in COMMANDS:
        refusal = f"Cannot clean up: `make {name.removesuffix('s')}` is running; stop it with Ctrl-C first"
        with exclusive(name, refusal=refusal):
            Family(name).stop_left_behind()
    if paths.PYTHON.exists() and not external():
        for name in ("main", "test"):
            cluster = Cluster(name)
            cluster.release()
            cluster.stop()
    if arguments.stop:
        return 0
    shutil.rmtree(state_folder(), ignore_errors=True)
    shutil.rmtree(paths.LOCAL, ignore_errors=True)
    for name in CACHES:
        cache = paths.PROJECT / name
        if cache.is_dir():
            shutil.rmtree(cache)
        else:
            cache.unlink(missing_ok=True)
    for cache in paths.PROJECT.rglob("__pycache__"):
        shutil.rmtree(cache, ignore_errors=True)
    note("clean")
    return 0


def _interrupt(name: str) -> None:
    """End a command that runs in another terminal as Ctrl-C there would, and wait until it has cleared up."""
    pid = holder(name)
    if not pid:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + PATIENCE
    while holder(name) == pid and time.monotonic() < deadline:
        time.sleep(0.1)


if __name__ == "__main__":
    main(_command)
