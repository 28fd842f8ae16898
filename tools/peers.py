"""What is compared with, from the package index, each in a folder of its own that nothing else uses."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from . import paths
from .environment import exclusive, uv_settings
from .steps import fingerprint, run, step

# The addons that the benchmark compares with; without their dependencies: those are Odoo itself, which is here already.
PACKAGES = ("odoo-addon-contract==19.0.1.2.1.2", "odoo-addon-account-credit-control==19.0.1.0.0.13")
FOLDER = paths.LOCAL / "peers"
ADDONS = FOLDER / "odoo" / "addons"

# Another simulator of Stripe. Its licence is the GPL: it runs as a program of its own, and nothing here imports it.
LOCALSTRIPE = ("localstripe==1.15.10",)


def bring_peers() -> Path:
    """Return the folder of the peers' addons, bringing them first if they are not there."""
    _bring("peers", FOLDER, PACKAGES, "--no-deps")
    return ADDONS


def bring_localstripe() -> Path:
    """Return the folder of localstripe with all that it needs, bringing it first if it is not there."""
    folder = paths.LOCAL / "localstripe"
    _bring("localstripe", folder, LOCALSTRIPE)
    return folder


def _bring(name: str, folder: Path, packages: Sequence[str], *options: str) -> None:
    key = fingerprint(*packages)
    with exclusive(name, waiting="another command is bringing what to compare with"):
        if paths.stamped(name, key) and folder.is_dir():
            return
        paths.unstamp(name)
        draft = folder.with_name(f"{folder.name}.part")
        for leftover in (draft, folder):
            shutil.rmtree(leftover, ignore_errors=True)
        with step(f"bring what to compare with ({', '.join(packages)})"):
            run(
                [
                    *(paths.VENV / "bin" / "uv", "pip", "install", "-q", "--python", paths.PYTHON),
                    *(*options, "--target", draft, *packages),
                ],
                cannot="Cannot bring what to compare with (is there a network?)",
                log=paths.LOGS / f"{name}.log",
                env={**os.environ, **uv_settings()},
            )
            draft.rename(folder)
        paths.stamp(name, key)
