"""A plugin of pytest that writes each test's outcome into a file at once, so that a run that ends early leaves it.

``BILLING_OUTCOMES`` names the file: a line per test with its worst outcome, and those in it already are left out.
``BILLING_ONLY`` names a file of tests, one a line, and leaves out all others.
"""

from __future__ import annotations

import os
from pathlib import Path

ORDER = ("passed", "skipped", "failed", "error")
FILE = Path(os.environ.get("BILLING_OUTCOMES") or os.devnull)


def read(file: Path) -> dict[str, str]:
    """Return {test: outcome} of what has been written; a last line that was cut off counts for nothing."""
    if not file.is_file():
        return {}
    rows = [line.rpartition("\t") for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return {name: outcome.strip() for name, _tab, outcome in rows if outcome.strip() in ORDER}


class Outcomes:
    """The worst that each test has come to so far."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.worst: dict[str, str] = {}

    def note(self, name: str, when: str, outcome: str) -> None:
        """Take one phase of one test; the last phase writes it down."""
        if outcome == "failed" and when != "call":
            outcome = "error"
        before = self.worst.get(name, "passed")
        self.worst[name] = max(before, outcome, key=ORDER.index)
        if when == "teardown":
            with self.file.open("a") as lines:
                lines.write(f"{name}\t{self.worst.pop(name)}\n")


OUTCOMES = Outcomes(FILE)


def pytest_collection_modifyitems(config, items) -> None:
    """Leave out what Odoo itself would not run unasked, what is done already, and what was not asked for."""
    done = read(FILE)
    asked = os.environ.get("BILLING_ONLY")
    only = set(Path(asked).read_text().splitlines()) if asked else None
    kept = [
        item
        for item in items
        if "standard" in getattr(item.cls, "test_tags", ())
        and item.nodeid not in done
        and (only is None or item.nodeid in only)
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def pytest_runtest_logreport(report) -> None:
    """Note what a phase of a test, or a part of it, came to."""
    OUTCOMES.note(report.nodeid, report.when, report.outcome)
