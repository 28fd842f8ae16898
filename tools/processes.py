"""Processes that a command starts and leaves running: found again, and stopped, if the command itself was killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import paths
from .steps import MEGABYTE, Problem, end_group, note

LOOPBACK = "127.0.0.1"
LONGEST_LOG = 20 * MEGABYTE


class Family:
    """The background processes of one command, written down so that a later run can end what this one could not."""

    def __init__(self, name: str) -> None:
        self.record = paths.LOCKS / f"{name}-processes.json"
        self.members: dict[int, subprocess.Popen] = {}

    def start(self, command: Sequence[object], log: Path, environment: Mapping[str, str]) -> subprocess.Popen:
        """Start ``command`` in a session of its own, so that Ctrl-C reaches this command first."""
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.is_file() and log.stat().st_size > LONGEST_LOG:
            log.replace(log.with_suffix(".old.log"))
        with log.open("ab") as output:
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(environment),
                cwd=paths.PROJECT,
                start_new_session=True,
            )
        self.adopt(process)
        return process

    def adopt(self, process: subprocess.Popen) -> None:
        """Write down a process that was started in a session of its own."""
        self.members[process.pid] = process
        self._write({pid: birth(pid) for pid in self.members})

    def stop(self) -> None:
        """End everything that was started, the latest first."""
        for pid in reversed(list(self.members)):
            end_group(self.members.pop(pid))
        self.record.unlink(missing_ok=True)

    def stop_left_behind(self) -> int:
        """End what an earlier, killed command left running, and return how many that were."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            found = {int(pid): born for pid, born in json.loads(self.record.read_text()).items()}
            # A process number is given out again after a while; the time of birth tells the processes apart.
            left = [pid for pid, born in found.items() if born and birth(pid) == born]
            for pid in left:
                _end(pid)
            if left:
                note(f"stopped {len(left)} process(es) that an earlier, killed run left behind")
            self.record.unlink(missing_ok=True)
            return len(left)
        return 0

    def _write(self, births: Mapping[int, str]) -> None:
        self.record.parent.mkdir(parents=True, exist_ok=True)
        draft = self.record.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(births))
        draft.replace(self.record)


def birth(pid: int) -> str:
    """Return when the process ``pid`` started, in ticks since the machine did; empty if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def _end(pid: int) -> None:
    for number, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)
        deadline = time.monotonic() + patience
        while birth(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        if not birth(pid):
            return


def answers(address: str, process: subprocess.Popen, patience: float) -> bool:
    """Wait until ``process`` answers at ``address``; say no if it ends or lets ``patience`` seconds pass."""
    deadline = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
            if answer.status == 200:
                return True
        time.sleep(0.2)
    return False


def require_port(port: int, purpose: str, remedy: str) -> None:
    """Refuse at once if something else listens on ``port``."""
    if not 1024 <= port <= 65000:
        raise Problem(f"Cannot use port {port} for {purpose}: it has to lie between 1024 and 65000. {remedy}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            raise Problem(f"Cannot use port {port} for {purpose}: another program uses it. {remedy}") from None


def free_port() -> int:
    """Return a port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]
