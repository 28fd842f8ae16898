"""Debian's Chromium and what drives it, which the browser tests need: found, or installed where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess

from . import paths
from .steps import Problem, note, run, step

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = ["apt-get", "install", "-y", "-q", "--no-install-recommends"]


def find_chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def bring_chromium() -> str | None:
    """Return the path of a Chromium, installing Debian's where root or sudo allows; None with a note otherwise."""
    packages = _missing()
    if not packages:
        return find_chromium()
    try:
        allowed = _elevation(packages)
        with step(f"install {' and '.join(packages)} for the browser tests"):
            _install(packages, allowed)
    except Problem as problem:
        reason = str(problem)
    else:
        return find_chromium()
    if os.environ.get("CI") == "true":
        raise Problem(f"{reason}\nCI=true allows no test to be left out.")
    note(f"browser tests are skipped: {reason.splitlines()[0]}")
    return None


def _missing() -> list[str]:
    """Return the Debian packages that the browser tests still need."""
    packages = [] if find_chromium() else ["chromium"]
    [driver] = paths.VENV.glob("lib/python3.*/site-packages/playwright/driver/node")
    # The driver is a program of its own with a library that a bare Debian lacks.
    if subprocess.run([driver, "--version"], capture_output=True, check=False).returncode:
        packages.append("libatomic1")
    return packages


def _install(packages: list[str], allowed: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    cannot = f"Cannot install {' and '.join(packages)}"
    log = paths.LOGS / "chromium.log"
    try:
        run([*allowed, *INSTALL, *packages], cannot=cannot, log=log, env=environment)
    except Problem:
        # The lists of a fresh machine are empty or stale.
        run([*allowed, "apt-get", "update", "-q"], cannot=cannot, log=log, env=environment)
        run([*allowed, *INSTALL, *packages], cannot=cannot, log=log, env=environment)


def _elevation(packages: list[str]) -> list[str]:
    what = " and ".join(packages)
    if not shutil.which("apt-get"):
        raise Problem(f"{what} wanted and there is no apt to install it with: install it by hand.")
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        try:
            run(["sudo", "-n", "true"], cannot="no sudo")
        except Problem:
            pass
        else:
            return ["sudo", "-n"]
    raise Problem(f"{what} wanted and this user may not install it: ask for `apt-get install {' '.join(packages)}`.")
