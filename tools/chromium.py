"""Debian's Chromium, which the browser tests need: found, or installed where that is allowed."""

from __future__ import annotations

import os
import shutil

from . import paths
from .steps import Problem, note, run, step

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"]


def find_chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def bring_chromium() -> str | None:
    """Return the path of a Chromium, installing Debian's where root or sudo allows; None with a note otherwise."""
    found = find_chromium()
    if found:
        return found
    try:
        with step("install Debian's Chromium for the browser tests"):
            _install()
    except Problem as problem:
        reason = str(problem)
    else:
        return find_chromium()
    if os.environ.get("CI") == "true":
        raise Problem(f"{reason}\nCI=true allows no test to be left out.")
    note(f"browser tests are skipped: {reason.splitlines()[0]}")
    return None


def _install() -> None:
    allowed = _elevation()
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    cannot = "Cannot install chromium"
    log = paths.LOGS / "chromium.log"
    try:
        run([*allowed, *INSTALL], cannot=cannot, log=log, env=environment)
    except Problem:
        # The lists of a fresh machine are empty or stale.
        run([*allowed, "apt-get", "update", "-q"], cannot=cannot, log=log, env=environment)
        run([*allowed, *INSTALL], cannot=cannot, log=log, env=environment)


def _elevation() -> list[str]:
    if not shutil.which("apt-get"):
        raise Problem("Chromium is missing and there is no apt to install it with: install it by hand.")
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        try:
            run(["sudo", "-n", "true"], cannot="no sudo")
        except Problem:
            pass
        else:
            return ["sudo", "-n"]
    raise Problem("Chromium is missing and this user may not install it: ask for `apt-get install chromium`.")
