"""Debian's Chromium and what drives it, which the browser tests need: found, installed, or unpacked without root.

Whoever may install packages gets them from apt. For anybody else they are unpacked below the local folder, as Odoo is,
with all that this machine lacks for them; nothing is installed, so the machine stays what it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from . import paths
from .steps import Problem, fingerprint, note, require_space, run, step

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = ["apt-get", "install", "-y", "-q", "--no-install-recommends"]
# A page without any font has no text.
UNPACKED = ("chromium", "libatomic1", "fonts-dejavu-core")
KEY = fingerprint(UNPACKED, 3)
DRIVER = "PLAYWRIGHT_NODEJS_PATH"


def find_chromium() -> str | None:
    """Return the path of a Chromium, or None; for an unpacked one, say as well what drives it."""
    found = next((found for name in NAMES if (found := shutil.which(name))), None)
    if not found and _is_unpacked():
        os.environ[DRIVER] = str(_home() / "node")
        return str(_home() / "chromium")
    return found


def bring_chromium() -> str | None:
    """Return the path of a Chromium, bringing Debian's first if there is none; None with a note if that fails."""
    packages = _missing()
    if not packages:
        return find_chromium()
    try:
        allowed = _elevation()
        if allowed is None:
            with step(f"unpack {' and '.join(packages)} for the browser tests, without root"):
                _unpack()
        else:
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
    if _is_unpacked():
        return []
    packages = [] if find_chromium() else ["chromium"]
    # The driver is a program of its own with a library that a bare Debian lacks.
    if subprocess.run([_driver(), "--version"], capture_output=True, check=False).returncode:
        packages.append("libatomic1")
    return packages


def _driver() -> Path:
    [driver] = paths.VENV.glob("lib/python3.*/site-packages/playwright/driver/node")
    return driver


def _elevation() -> list[str] | None:
    """Return what to put before a command that installs; None for a user who may not.

    :raise Problem: there is no apt at all
    """
    if not shutil.which("apt-get"):
        raise Problem("chromium and libatomic1 wanted and there is no apt to bring them: install them by hand.")
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        try:
            run(["sudo", "-n", "true"], cannot="no sudo")
        except Problem:
            pass
        else:
            return ["sudo", "-n"]
    return None


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


# -- without root -----------------------------------------------------------------------------------------------------


def _home() -> Path:
    return paths.LOCAL / "chromium"


def _is_unpacked() -> bool:
    return paths.stamped("chromium", KEY) and (_home() / "chromium").is_file()


def _find_libraries(root: Path) -> list[str]:
    """Return the folders that hold shared libraries; some have one of their own, which only who needs them knows."""
    homes = sorted(found for place in ("usr/lib", "lib") for found in root.glob(f"{place}/*-linux-gnu"))
    inner = {library.parent for home in homes for library in home.glob("*/lib*.so*")}
    return [str(folder) for folder in (*homes, *sorted(inner))]


def _unpack() -> None:
    """Unpack the packages, with what they need and this machine has not, into a folder of their own."""
    require_space(paths.LOCAL, 1500, "unpack Chromium")
    paths.unstamp("chromium")
    folder = paths.DOWNLOADS / "chromium"
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    cannot = "Cannot unpack chromium and libatomic1 (is there a network?)"
    log = paths.LOGS / "chromium.log"
    apt = ["apt-get", *_apt_options(folder)]
    run([*apt, "update"], cannot=cannot, log=log)
    run([*apt, "-y", "--no-install-recommends", "--download-only", "install", *UNPACKED], cannot=cannot, log=log)
    root = _home() / "root"
    shutil.rmtree(_home(), ignore_errors=True)
    root.mkdir(parents=True)
    for archive in sorted((folder / "cache" / "archives").glob("*.deb")):
        run(["dpkg-deb", "-x", archive, root], cannot=f"Cannot unpack {archive.name}")
    libraries = _find_libraries(root)
    fonts = _home() / "fonts.conf"
    _write_fonts(fonts, root)
    _write_program(_home() / "node", fonts, libraries, _driver())
    _write_program(_home() / "chromium", fonts, libraries, root / "usr" / "lib" / "chromium" / "chromium")
    run([_home() / "chromium", "--version"], cannot="Cannot start the Chromium that was unpacked", log=log)
    run([_home() / "node", "--version"], cannot="Cannot start the driver of the browser", log=log)
    paths.stamp("chromium", KEY)
    shutil.rmtree(folder, ignore_errors=True)


def _apt_options(folder: Path) -> list[str]:
    """Return options by which apt leaves the machine alone: the sources are its own, all that is written is ours."""
    settings = {
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        # what is installed here need not be brought; it is read and never written
        "Dir::State::status": "/var/lib/dpkg/status",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Retries": "3",
        "Debug::NoLocking": "true",
    }
    return ["-qq", *(word for key, value in settings.items() for word in ("-o", f"{key}={value}"))]


def _write_fonts(target: Path, root: Path) -> None:
    """Write where the unpacked fonts are, by their true places: a browser opens what it is told."""
    target.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>'
        f"<dir>{escape(str(root / 'usr' / 'share' / 'fonts'))}</dir>"
        f"<cachedir>{escape(str(target.with_name('font-cache')))}</cachedir></fontconfig>\n"
    )


def _write_program(target: Path, fonts: Path, libraries: Sequence[str], program: Path) -> None:
    """Write a program that starts another one with the libraries and fonts that were unpacked."""
    target.write_text(
        "#!/bin/sh\n"
        f'export LD_LIBRARY_PATH="{":".join(libraries)}"\n'
        # the fonts of the machine, where it has any, are found by their own set-up
        f'[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="{fonts}"\n'
        f'exec "{program}" "$@"\n'
    )
    target.chmod(0o755)
