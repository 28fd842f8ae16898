"""Where everything lies that the tools bring or build: one folder, ignored by git."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LOCAL = Path(os.environ.get("LOCAL") or PROJECT / ".local").expanduser().absolute()

DOWNLOADS = LOCAL / "downloads"
ODOO_ROOT = LOCAL / "odoo"
VENV = LOCAL / "venv"
PYTHON = VENV / "bin" / "python"
DATA = LOCAL / "data"
LOGS = LOCAL / "logs"
STAMPS = LOCAL / "stamps"
LOCKS = LOCAL / "locks"
MAIL = LOCAL / "mail"

STACK = PROJECT / "tools" / "stack.txt"
TEST_ADDONS = PROJECT / "tests" / "addons"
DEMO_ADDONS = PROJECT / "tools" / "addons"


def stamped(name: str, key: str) -> bool:
    """Return whether the step ``name`` has been done with the inputs that ``key`` stands for."""
    stamp = STAMPS / name
    return stamp.is_file() and stamp.read_text() == key


def stamp(name: str, key: str) -> None:
    """Remember that the step ``name`` is done; the rename makes it all or nothing."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    draft = STAMPS / f".{name}.{os.getpid()}"
    draft.write_text(key)
    draft.replace(STAMPS / name)


def unstamp(name: str) -> None:
    """Forget that the step ``name`` was done, before its result is touched."""
    (STAMPS / name).unlink(missing_ok=True)


def own_addons() -> list[str]:
    """Return the addons of this project that can be installed, by name."""
    return sorted(
        manifest.parent.name
        for manifest in PROJECT.glob("online_billing*/__manifest__.py")
        if '"installable": False' not in manifest.read_text()
    )
