"""One line per step, with the time it took, and one way to say that something cannot be done."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

MEGABYTE = 1024 * 1024


class Problem(Exception):
    """Something a person has to settle: what cannot be done, why, and what to do next."""


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Print ``title`` with its duration when the block ends, well or badly."""
    start = time.monotonic()
    outcome = "failed"
    try:
        yield
        outcome = ""
    except KeyboardInterrupt:
        outcome = "stopped"
        raise
    finally:
        print(f"  {time.monotonic() - start:6.1f} s  {title}{' ... ' + outcome if outcome else ''}", flush=True)


def note(text: str) -> None:
    """Print a line that belongs to the steps but took no time of its own."""
    print(f"            {text}", flush=True)


def fingerprint(*parts: object) -> str:
    """Return a short digest of everything that a step depends on; a path stands for its content."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else str(part).encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:16]


def run(command: Sequence[str | Path], *, cannot: str, log: Path | None = None, **options) -> str:
    """Run ``command`` quietly and return what it printed.

    :param cannot: the sentence that a person reads if it fails, without the reason.
    :param log: where the output is kept as well.
    :raise Problem: with the last lines of the output as the reason.
    """
    process = subprocess.Popen(
        [str(word) for word in command],
        stdin=options.pop("stdin", subprocess.DEVNULL),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        **options,
    )
    try:
        output, _nothing = process.communicate()
    except BaseException:
        end_group(process)
        raise
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(output)
    if process.returncode:
        tail = "\n".join("    " + line for line in output.strip().splitlines()[-12:])
        where = f" (all of it: {log})" if log else ""
        raise Problem(f"{cannot}: {Path(str(command[0])).name} answered {process.returncode}{where}.\n{tail}")
    return output


def end_group(process: subprocess.Popen, patience: float = 10.0) -> None:
    """End a process that was started in a session of its own, and all that it started."""
    if process.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=patience)
    # Whoever is left in the group by now, the leader or a child that would not listen, is not asked again.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def require_space(folder: Path, megabytes: int, purpose: str) -> None:
    """Refuse before anything is written if the disk that holds ``folder`` is too full."""
    there = folder
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free // MEGABYTE
    if free < megabytes:
        raise Problem(
            f"Cannot {purpose}: {there} has {free} MB free and {megabytes} MB are needed. "
            "Free some space, or point LOCAL=<folder> at a larger disk, then run the same command again."
        )


def main(command) -> None:
    """Run ``command`` and turn what goes wrong into one readable sentence and an exit code."""
    # make passes a hang-up or a termination on: treat both like Ctrl-C, so that every `finally` runs.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        sys.exit(command() or 0)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nStopped. Nothing is left half made: run the same command again to go on.", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print("\nThe disk is full. Free some space and run the same command again.", file=sys.stderr)
        sys.exit(1)


def _interrupt(_number, _frame) -> None:
    raise KeyboardInterrupt
