"""Odoo as a library, in a process of its own."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools import paths
from tools.environment import addons_path


def configure(database: str, more_addons: Sequence[Path] = ()) -> None:
    """Make Odoo ready for a database; logging is left to errors."""
    from odoo.tools import config

    for name in ("odoo", "weasyprint"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())  # without a handler WeasyPrint chooses a level of its own
        logger.setLevel(logging.ERROR)
    config.parse_config(
        [
            f"--addons-path={addons_path(*more_addons)}",
            f"--data-dir={paths.DATA}",
            f"--database={database}",
            "--log-level=error",
            "--max-cron-threads=0",
            "--smtp=127.0.0.1",
            "--smtp-port=1",
        ],
        setup_logging=True,
    )


@contextlib.contextmanager
def environment(database: str) -> Iterator[object]:
    """An environment of the system's own user on a database that ``configure`` named; committed at the end."""
    from odoo import api
    from odoo.modules.registry import Registry

    registry = Registry(database)
    with registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {"lang": "en_US", "tz": "UTC"})
        yield env(context=dict(env.context, allowed_company_ids=env.company.ids))


def backend_cpu(pid: int) -> float:
    """Seconds of processor time that a process of this machine has used; nothing if it is on another one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
