"""Odoo 19 from the Debian archive, unpacked below the local folder: no root, no container, nothing installed.

The package lies in Debian's unstable suite, but it is only read, never installed, so the machine stays what it is. The
archive's address comes from the machine's own apt set-up, and apt checks the signature with the machine's own keyring.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

from . import paths
from .steps import Problem, fingerprint, note, require_space, run, step

# The Odoo package holds relative links into usr/share, so what they point at has to be unpacked into the same root.
PACKAGES = {
    "sid": (
        "odoo-19",
        "libjs-jquery",
        "libjs-underscore",
        "libjs-jquery-form",
        "fonts-roboto-unhinted",
        "fonts-inconsolata",
        "fonts-ocr-b",
        "fonts-montserrat",
        "fonts-glyphicons-halflings",
    ),
    # Font Awesome 4.7: the later ones no longer hold the files that Odoo names. DejaVu has the letters of Arabic and
    # Hebrew, for documents.
    "bookworm": ("fonts-font-awesome", "fonts-dejavu-core"),
}
KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)
SITE = Path("usr/lib/python3/dist-packages")
KEY = fingerprint(sorted(PACKAGES.items()), 1)


def bring_odoo() -> Path:
    """Return the folder that holds the Python package ``odoo``, bringing it first if it is not there."""
    given = os.environ.get("ODOO_HOME")
    if given:
        return _check_given(Path(given).expanduser().absolute())
    site = paths.ODOO_ROOT / SITE
    if paths.stamped("odoo", KEY) and (site / "odoo" / "release.py").is_file():
        return site
    require_space(paths.LOCAL, 2500, "bring Odoo 19")
    _require_programs()
    paths.unstamp("odoo")
    with step("download Odoo 19 from the Debian archive (130 MB)"):
        archives = _download()
    with step("unpack Odoo 19"):
        _unpack(archives)
    paths.stamp("odoo", KEY)
    shutil.rmtree(paths.DOWNLOADS, ignore_errors=True)
    return site


def addons_paths(site: Path) -> list[Path]:
    """Return the folders of Odoo's own addons, for a package as well as for a source tree."""
    return [folder for folder in (site / "odoo" / "addons", site / "addons") if folder.is_dir()]


def _check_given(home: Path) -> Path:
    for site in (home, home / SITE):
        release = site / "odoo" / "release.py"
        if release.is_file():
            if "version_info = (19, 0" not in release.read_text():
                raise Problem(f"Cannot use ODOO_HOME={home}: it is not Odoo 19.0. Point it at one, or leave it out.")
            note(f"Odoo of ODOO_HOME={home}")
            return site
    raise Problem(
        f"Cannot use ODOO_HOME={home}: there is no odoo/release.py in it. "
        "Point it at the folder that holds the package `odoo`, or leave it out and Odoo 19 is brought."
    )


def _require_programs() -> None:
    missing = [name for name in ("apt-get", "dpkg-deb") if not shutil.which(name)]
    if missing:
        raise Problem(
            f"Cannot bring Odoo 19: {' and '.join(missing)} is missing, this is no Debian or Ubuntu. "
            "Put an Odoo 19 somewhere and name it: ODOO_HOME=<folder that holds the package odoo>."
        )


def _archive_address() -> str:
    targets = run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
        cannot="Cannot read the apt set-up of this machine",
    )
    addresses = Counter(line.strip() for line in targets.splitlines() if line.strip())
    # A mirror of the archive proper, not of its security updates, carries the unstable suite.
    plain = [address for address, _count in addresses.most_common() if "security" not in address]
    if not plain:
        raise Problem(
            "Cannot bring Odoo 19: apt knows no Debian archive on this machine. "
            "Add one to /etc/apt/sources.list, or name an Odoo 19: ODOO_HOME=<folder>."
        )
    return plain[0]


def _download() -> list[Path]:
    address = _archive_address()
    keyring = next((name for name in KEYRINGS if Path(name).is_file()), None)
    if keyring is None:
        raise Problem("Cannot check the Debian archive: install the package debian-archive-keyring, then try again.")
    archives = []
    for suite, names in PACKAGES.items():
        folder = paths.DOWNLOADS / suite
        for part in ("lists/partial", "cache/archives/partial", "packages"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "sources.list").write_text(f"deb [signed-by={keyring}] {address} {suite} main\n")
        options = _apt_options(folder)
        cannot = f"Cannot download from the Debian archive {address} (is there a network?)"
        run(["apt-get", *options, "update"], cannot=cannot, log=paths.LOGS / "odoo-download.log")
        # apt writes into cache/partial names first and checks the sum before it renames.
        run(
            ["apt-get", *options, "download", *names],
            cannot=cannot,
            log=paths.LOGS / "odoo-download.log",
            cwd=folder / "packages",
        )
        archives += [_newest(folder / "packages", name) for name in names]
    return archives


def _apt_options(folder: Path) -> list[str]:
    settings = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "Dir::State::status": "/var/lib/dpkg/status",
        # As root apt drops to a user of its own, which cannot write below a private home folder.
        "APT::Sandbox::User": "root",
        "APT::Update::Error-Mode": "any",
        # A mirror may lag behind, or the clock run ahead: what counts here is that the archive signed it.
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Debug::NoLocking": "true",
    }
    return ["-qq", *(word for key, value in settings.items() for word in ("-o", f"{key}={value}"))]


def _newest(folder: Path, name: str) -> Path:
    return max(folder.glob(f"{name}_*.deb"), key=lambda archive: archive.stat().st_mtime)


def _unpack(archives: list[Path]) -> None:
    draft = paths.ODOO_ROOT.with_name("odoo.part")
    for leftover in (draft, paths.ODOO_ROOT):
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir(parents=True)
    for archive in archives:
        run(["dpkg-deb", "-x", archive, draft], cannot=f"Cannot unpack {archive.name}")
    if not (draft / SITE / "odoo" / "release.py").is_file():
        raise Problem("Cannot use the package odoo-19: its layout has changed, odoo/release.py is not where it was.")
    draft.rename(paths.ODOO_ROOT)
