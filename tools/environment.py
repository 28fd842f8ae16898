"""The Python environment: Odoo's requirements and the tools' own, pinned, in one folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from . import paths
from .bring_odoo import addons_paths, bring_odoo
from .steps import Problem, fingerprint, note, require_space, run, step

OLDEST, NEWEST = (3, 10), (3, 13)
VERSION_QUESTION = "import sys; print('%d.%d' % sys.version_info[:2])"


def set_up() -> None:
    """Bring everything that Odoo needs to run; what is there already takes no time."""
    for folder in (paths.LOGS, paths.DATA, paths.STAMPS):
        folder.mkdir(parents=True, exist_ok=True)
    with exclusive("setup", waiting="another command is setting up, waiting for it"):
        site = bring_odoo()
        _make_environment()
        _name_odoo(site)


@contextlib.contextmanager
def exclusive(name: str, *, waiting: str = "", refusal: str = "") -> Iterator[None]:
    """Hold the lock ``name`` during the block; the system lets go of it even if this process is killed.

    :param waiting: what to say while another process holds it; or else
    :param refusal: why not to wait for it.
    """
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    with (paths.LOCKS / name).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            if refusal:
                raise Problem(f"{refusal} (process {holder}).") from None
            note(f"{waiting} (process {holder})")
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def holder(name: str) -> int:
    """Return the process that holds the lock ``name``; 0 if nobody does."""
    lock = paths.LOCKS / name
    if not lock.is_file():
        return 0
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read().strip() or 0)
    return 0


def odoo_site() -> Path:
    """Return the folder that holds the package ``odoo`` of the environment as it is set up."""
    [pointer] = paths.VENV.glob("lib/python3.*/site-packages/odoo.pth")
    return Path(pointer.read_text().strip())


def addons_path(*more: Path) -> str:
    """Return Odoo's addons path: its own addons, this project's, and ``more``."""
    # Odoo refuses a folder that holds no addon at all.
    own = [paths.PROJECT] if paths.own_addons() else []
    return ",".join(str(folder) for folder in (*addons_paths(odoo_site()), *own, *more))


def _make_environment() -> None:
    if Path(sys.prefix) == paths.VENV:
        return  # whoever runs in the environment cannot make it anew under its own feet
    python, version = _find_python()
    key = fingerprint(paths.STACK, version, python)
    if paths.stamped("environment", key) and paths.PYTHON.exists():
        return
    require_space(paths.LOCAL, 1200, "make the Python environment")
    # one that is whole and of the same Python is brought up to date where it stands: others may be working in it
    is_whole = (paths.STAMPS / "environment").is_file() and _version_of(str(paths.PYTHON)) == version
    paths.unstamp("environment")
    with step(f"Python {version} environment with {_count_packages()} pinned packages"):
        if not is_whole:
            shutil.rmtree(paths.VENV, ignore_errors=True)
            run(
                [python, "-m", "venv", paths.VENV],
                cannot=f"Cannot make a Python environment with {python} (on Debian: apt-get install python3-venv)",
                log=paths.LOGS / "environment.log",
            )
        _install()
    paths.stamp("environment", key)


def _install() -> None:
    cannot = "Cannot install the Python packages (is there a network?)"
    log = paths.LOGS / "environment.log"
    pip = [paths.PYTHON, "-m", "pip", "install", "-q", "--no-cache-dir", "--disable-pip-version-check"]
    [uv] = [line.split()[0] for line in paths.STACK.read_text().splitlines() if line.startswith("uv==")]
    run([*pip, uv], cannot=cannot, log=log)
    try:
        # uv takes seconds where pip takes minutes, but it does not read pip's own configuration files ...
        run(
            [paths.VENV / "bin" / "uv", "pip", "install", "-q", "--python", paths.PYTHON, "-r", paths.STACK],
            cannot=cannot,
            log=log,
            env={**os.environ, **uv_settings()},
        )
    except Problem:
        # ... so where an index of one's own stands only there, pip has to do it.
        run([*pip, "-r", paths.STACK], cannot=cannot, log=log)


def uv_settings() -> dict[str, str]:
    """Return what pip is told through its variables, as uv wants to be told."""
    pairs = {
        "SSL_CERT_FILE": ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"),
        "UV_DEFAULT_INDEX": ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"),
        "UV_INDEX": ("UV_INDEX", "PIP_EXTRA_INDEX_URL"),
    }
    found = {
        name: next((os.environ[source] for source in sources if os.environ.get(source)), "")
        for name, sources in pairs.items()
    }
    # Nothing is left outside the local folder; uv links what it keeps here into the environment, so it is there once.
    return {"UV_CACHE_DIR": str(paths.LOCAL / "cache"), **{name: value for name, value in found.items() if value}}


def _name_odoo(site: Path) -> None:
    [packages] = paths.VENV.glob("lib/python3.*/site-packages")
    pointer = packages / "odoo.pth"
    if not pointer.is_file() or pointer.read_text() != f"{site}\n":
        pointer.write_text(f"{site}\n")


def _find_python() -> tuple[str, str]:
    """Return an interpreter that Odoo 19 runs on and its version, this one if it will do."""
    candidates = [sys.executable, *(f"python3.{minor}" for minor in (11, 12, 13, 10)), "python3"]
    seen = []
    for candidate in candidates:
        program = shutil.which(candidate) if candidate else None
        version = _version_of(program) if program else None
        if version is None:
            continue
        seen.append(version)
        if OLDEST <= tuple(map(int, version.split("."))) <= NEWEST:
            return program, version
    raise Problem(
        f"Cannot make the Python environment: Odoo 19 needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, "
        f"and only {', '.join(sorted(set(seen))) or 'none'} is here. "
        "Install one (on Debian 12: apt-get install python3 python3-venv), then try again."
    )


def _version_of(program: str) -> str | None:
    if not shutil.which(program):
        return None
    answer = subprocess.run([program, "-c", VERSION_QUESTION], capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else None


def _count_packages() -> int:
    return sum(1 for line in paths.STACK.read_text().splitlines() if "==" in line)
