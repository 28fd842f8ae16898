"""Eight users at once open pages over HTTP from a real Odoo: the customer's own, and Odoo's portal in between.

Ours and Odoo's take turns within one call, so that a busy machine slows both alike: only their ratio says something.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import requests

from tests.performance.odoo_process import configure, environment
from tests.performance.portal import LOGIN, PASSWORD, get_places
from tools import paths
from tools.database import odoo_command, process_environment
from tools.processes import answers, free_port

USERS, WORKERS = 8, 2
SECONDS, TURNS = 8, 2  # for each of both, in each turn
PATIENCE = 60
OURS = ("/my/billing", "/my/billing/invoices", "/my/billing/invoices/{move}")
ODOOS = ("/my", "/my/invoices", "/my/invoices/{move}")


@dataclass
class Crowd:
    """What so many users got of some pages: each answer's seconds, and how many were none."""

    name: str
    seconds: float
    answers: list[float]
    failures: int

    @property
    def pages_a_second(self) -> float:
        return len(self.answers) / self.seconds

    def get_milliseconds(self, share: float) -> float:
        """Return what that share of the answers came within."""
        return 1000 * sorted(self.answers)[min(len(self.answers) - 1, int(share * len(self.answers)))]


def open_together(database: str) -> list[Crowd]:
    """Return what the users got of our pages and of Odoo's."""
    configure(database)
    with environment(database) as env:
        places = get_places(env)
    mixes = {"ours": OURS, "Odoo's": ODOOS}
    crowds = {name: Crowd(name, 0.0, [], 0) for name in mixes}
    with _serve(database) as url:
        sessions = [_log_in(url, database) for _user in range(USERS)]
        for pages in mixes.values():  # what a worker does once is not counted
            _open(sessions, url, [page.format(**places) for page in pages], 2, Crowd("", 0.0, [], 0))
        for _turn in range(TURNS):
            for name, pages in mixes.items():
                _open(sessions, url, [page.format(**places) for page in pages], SECONDS, crowds[name])
    return list(crowds.values())


@contextlib.contextmanager
def _serve(database: str) -> Iterator[str]:
    port = free_port()
    words = ("-d", database, "--db-filter", f"^{database}$", f"--http-port={port}", "--max-cron-threads=0")
    process = subprocess.Popen(
        odoo_command("--log-level=error", f"--workers={WORKERS}", *words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=process_environment({}),
        cwd=paths.PROJECT,
        start_new_session=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        if not answers(f"{url}/web/health", process, PATIENCE):
            raise SystemExit("Odoo did not start")
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _log_in(url: str, database: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy stands between two programs of one machine
    given = {"params": {"db": database, "login": LOGIN, "password": PASSWORD}}
    answer = session.post(f"{url}/web/session/authenticate", json=given, timeout=PATIENCE)
    assert answer.json().get("result", {}).get("uid"), answer.text
    return session


def _open(sessions: Sequence[requests.Session], url: str, pages: Sequence[str], seconds: float, crowd: Crowd) -> None:
    """Let every user open one page after the other for so long; add what came to the crowd."""
    start = time.monotonic()

    def use(number: int, session: requests.Session) -> None:
        place = number  # they do not all open the same page at once
        while time.monotonic() - start < seconds:
            before = time.monotonic()
            answer = session.get(url + pages[place % len(pages)], timeout=PATIENCE, allow_redirects=False)
            place += 1
            if answer.status_code == 200:
                crowd.answers.append(time.monotonic() - before)
            else:
                crowd.failures += 1

    users = [threading.Thread(target=use, args=pair) for pair in enumerate(sessions)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    crowd.seconds += time.monotonic() - start


def print_crowds(found: Sequence[Crowd]) -> None:
    """Print what both were like, and how ours stand to Odoo's."""
    ours, odoos = found
    print(f"\n{USERS} users at once over HTTP, {WORKERS} workers, without a pause: {TURNS} turns of {SECONDS} s each")
    for crowd in found:
        print(
            f"  {crowd.name:8}{crowd.pages_a_second:6.1f} pages/s, half within {crowd.get_milliseconds(0.5):5.0f} ms,"
            f" 95 of 100 within {crowd.get_milliseconds(0.95):5.0f} ms, {crowd.failures} failed"
        )
    print(f"  home, invoices and one invoice: {ours.pages_a_second / odoos.pages_a_second:.2f} times as fast as Odoo's")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    json.dump([asdict(crowd) for crowd in open_together(parser.parse_args().database)], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
