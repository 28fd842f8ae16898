"""The addons that the benchmark compares with, from the package index, in a folder that nothing else uses."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from . import paths
from .environment import exclusive, uv_settings
from .steps import fingerprint, run, step

# Without their dependencies: those are Odoo itself, which is here already.
PACKAGES = ("odoo-addon-contract==19.0.1.2.1.2", "odoo-addon-account-credit-control==19.0.1.0.0.13")
FOLDER = paths.LOCAL / "peers"
ADDONS = FOLDER / "odoo" / "addons"


def bring_peers() -> Path:
    """Return the folder of the peers' addons, bringing them first if they are not there."""
    key = fingerprint(*PACKAGES)
    with exclusive("peers", waiting="another command is bringing the addons to compare with"):
        if not (paths.stamped("peers", key) and ADDONS.is_dir()):
            paths.unstamp("peers")
            draft = FOLDER.with_name("peers.part")
            for leftover in (draft, FOLDER):
                shutil.rmtree(leftover, ignore_errors=True)
            with step(f"bring the addons to compare with ({', '.join(PACKAGES)})"):
                run(
                    [
                        *(paths.VENV / "bin" / "uv", "pip", "install", "-q", "--python", paths.PYTHON),
                        *("--no-deps", "--target", draft, *PACKAGES),
                    ],
                    cannot="Cannot bring the addons to compare with (is there a network?)",
                    log=paths.LOGS / "peers.log",
                    env={**os.environ, **uv_settings()},
                )
                draft.rename(FOLDER)
            paths.stamp("peers", key)
    return ADDONS
