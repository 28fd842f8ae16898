"""``make stop`` and ``make clean``: end what runs here, and delete what was brought or built."""

from __future__ import annotations

import argparse
import shutil

from . import paths
from .environment import exclusive
from .postgres import Cluster, external, state_folder
from .processes import Family
from .steps import main, note

COMMANDS = ("demo", "tests")
CACHES = (".pytest_cache", ".hypothesis", ".ruff_cache", ".import_linter_cache", ".coverage", "htmlcov")


def _command() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tools.clean", description=__doc__)
    parser.add_argument("--stop", action="store_true", help="only end what runs, delete nothing")
    arguments = parser.parse_args()
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


if __name__ == "__main__":
    main(_command)
