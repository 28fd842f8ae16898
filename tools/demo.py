"""``make demo``: a real Odoo with four businesses in it and three months of their billing, ready to be looked at."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import date

from . import database, paths
from .environment import exclusive, set_up
from .postgres import Cluster
from .processes import Family, answers, require_port
from .steps import Problem, fingerprint, main, note, step

DATABASE = "online_billing_demo"
BASE = "online_billing_demo_base"
ASIDE = "online_billing_demo_aside"
BUSINESSES = "online_billing_demo_business"  # found by this command alone
SUMMARY = paths.LOCAL / "demo.json"
PATIENCE = 120

PREPARE = """
parameters = env['ir.config_parameter']
parameters.set_param('ir_attachment.location', 'db')
env['ir.attachment'].force_storage()
parameters.set_param('web.base.url', {address!r})
parameters.set_param('web.base.url.freeze', 'True')
parameters.set_param('report.url', {address!r})
from odoo.addons.online_billing_demo_business.foundation import silence
silence(env)
env.cr.commit()
"""
BUILD = """
import datetime, json
summary = env['billing.demo.business']._build(
    today=datetime.date.fromisoformat({today!r}), report=lambda *words: print('LINE', *words, flush=True))
env.cr.commit()
print('SUMMARY', json.dumps(summary, default=str), flush=True)
"""
ASSETS = """
env['ir.qweb']._pregenerate_assets_bundles()
env.cr.commit()
"""


def demo() -> None:
    port = _number("PORT", 8069)
    with exclusive("demo", refusal="Cannot start the demo: it is running already, or being built"):
        family = Family("demo")
        family.stop_left_behind()
        for offset, purpose in ((0, "Odoo"), (1, "the mailbox"), (2, "incoming mail")):
            require_port(
                port + offset, purpose, f"Choose other ports: make demo PORT={port + 100 if port < 60000 else 8069}"
            )
        start = time.monotonic()
        set_up()
        try:
            with Cluster("main").use() as server:
                mail = _start_mailbox(family, port)
                summary = _built(server, port, mail)
                print_summary(summary)
                note(f"ready after {time.monotonic() - start:.0f} s")
                if os.environ.get("SERVE", "1") != "0":
                    _serve(family, server, port, mail, summary)
        finally:
            family.stop()


def _number(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdigit():
        raise Problem(f"Cannot understand {name}={value}: it has to be a number, such as {name}={default}.")
    return int(value)


def _address(port: int) -> str:
    return f"http://localhost:{port}"


def _start_mailbox(family: Family, port: int) -> list[str]:
    """Start the mailbox and return the options that make Odoo send everything there."""
    process = family.start(
        [paths.PYTHON, "-m", "tools.mailbox", "--web-port", port + 1, "--smtp-port", port + 2, "--folder", paths.MAIL],
        log=paths.LOGS / "mailbox.log",
        environment=os.environ,
    )
    wait_for(f"http://127.0.0.1:{port + 1}/", process, "the mailbox", "mailbox.log")
    return ["--smtp=127.0.0.1", f"--smtp-port={port + 2}"]


def _built(server: dict[str, str], port: int, mail: list[str]) -> dict:
    """Return the summary of the demo database, making it first where there is none or a fresh one is asked for."""
    addons = [*database.installable_addons(), BUSINESSES]
    key = fingerprint(*database.sources_of(addons), *addons)
    there = database.exists(server, DATABASE) and SUMMARY.is_file()
    if there and os.environ.get("RESET", "0") in ("", "0"):
        if not paths.stamped("demo", key):
            with step(f"update the addons ({', '.join(addons)})"):
                _update(server, addons)
            paths.stamp("demo", key)
        with step("look into the demo database"):
            _prepare(server, port)
        return json.loads(SUMMARY.read_text())
    paths.unstamp("demo")
    SUMMARY.unlink(missing_ok=True)
    base = database.base_template(server, BASE, database.DEMO_MODULES)
    with database.half_made(server, DATABASE) as draft:
        database.create(server, draft, base)
        with step(f"install the addons ({', '.join(addons)})"):
            database.install(server, draft, addons, more_addons=[paths.DEMO_ADDONS])
        shutil.rmtree(paths.MAIL, ignore_errors=True)
        for folder in ("cur", "new", "tmp"):
            (paths.MAIL / folder).mkdir(parents=True)
        with step("three months of four businesses, all together"), _assets_made_beside(server, draft, port):
            summary = _build(server, draft, port, mail)
    draft_summary = SUMMARY.with_suffix(".part")
    draft_summary.write_text(json.dumps(summary))
    draft_summary.replace(SUMMARY)
    paths.stamp("demo", key)
    return summary


def _update(server: dict[str, str], addons: list[str]) -> None:
    try:
        database.install(server, DATABASE, addons, update=True, more_addons=[paths.DEMO_ADDONS])
    except Problem as problem:
        raise Problem(
            f"{problem}\nThe demo database is of an older version. Make a new one: make demo RESET=1"
        ) from None


def _prepare(server: dict[str, str], port: int) -> None:
    script = PREPARE.format(address=_address(port))
    database.shell(server, DATABASE, script, cannot="Cannot prepare the demo database", more_addons=[paths.DEMO_ADDONS])


@contextlib.contextmanager
def _assets_made_beside(server: dict[str, str], draft: str, port: int) -> Iterator[None]:
    """Put Odoo's styles and scripts together on a copy while the block works on ``draft``, and bring them there.

    In one database the two would wait for the locks of each other.
    """
    database.drop(server, ASIDE)
    try:
        database.create(server, ASIDE, draft)
        cannot = "Cannot put styles and scripts together"
        script = PREPARE.format(address=_address(port)) + ASSETS
        with database.shell_beside(server, ASIDE, script, cannot=cannot, more_addons=[paths.DEMO_ADDONS]):
            yield
        database.copy_rows(server, ASIDE, draft, "ir_attachment", "url LIKE '/web/assets/%' AND store_fname IS NULL")
    finally:
        with contextlib.suppress(Problem):  # what went wrong before is what people read
            database.drop(server, ASIDE)


def _build(server: dict[str, str], draft: str, port: int, mail: list[str]) -> dict:
    script = PREPARE.format(address=_address(port)) + BUILD.format(today=date.today().isoformat())
    start = time.monotonic()
    summary = None
    # nobody needs a half of it after a power cut, and giving it its name at the end writes all of it to the disk
    hasty = {**server, "PGOPTIONS": f"{os.environ.get('PGOPTIONS', '')} -c synchronous_commit=off"}
    lines = database.shell_lines(
        hasty,
        draft,
        script,
        cannot="Cannot build the demo businesses",
        more_addons=[paths.DEMO_ADDONS],
        options=mail,
    )
    for line in lines:
        kind, _space, text = line.partition(" ")
        if kind == "SUMMARY":
            summary = json.loads(text)
        elif kind == "LINE":
            print(f"  {time.monotonic() - start:6.1f} s    {text}", flush=True)
            start = time.monotonic()
    if summary is None:
        raise Problem("Cannot build the demo businesses: they gave no summary.")
    return summary


def print_summary(summary: dict) -> None:
    """Print what the businesses did as one tidy table."""
    counts = [
        (label, summary[key])
        for key, label in (
            ("accounts", "accounts"),
            ("invoices", "invoices"),
            ("paid", "paid"),
            ("open", "open"),
            ("overdue", "overdue"),
            ("mails", "mails"),
            ("reminders", "reminders"),
            ("late_fees", "late fees"),
            ("plans", "installment plans"),
        )
        if key in summary
    ]
    print("\n  " + "   ".join(f"{label} {value}" for label, value in counts) + "\n")
    rows = [(str(name), str(currency), f"{float(amount):,.2f}") for name, currency, amount in summary["amount_by_code"]]
    if rows:
        widths = [max(len(row[column]) for row in (*rows, ("Billing code", "", "Amount"))) for column in range(3)]
        print(f"  {'Billing code':<{widths[0]}}  {'':<{widths[1]}}  {'Amount':>{widths[2]}}")
        for name, currency, amount in rows:
            print(f"  {name:<{widths[0]}}  {currency:<{widths[1]}}  {amount:>{widths[2]}}")
        print()


def _serve(family: Family, server: dict[str, str], port: int, mail: list[str], summary: dict) -> None:
    options = ["-d", DATABASE, f"--http-port={port}", "--http-interface=127.0.0.1", "--max-cron-threads=2", *mail]
    with step("start Odoo"):
        process = family.start(
            database.odoo_command(
                "--log-level=warn", "--db-filter", f"^{DATABASE}$", *options, more_addons=[paths.DEMO_ADDONS]
            ),
            log=paths.LOGS / "odoo.log",
            environment=database.process_environment(server),
        )
        wait_for(f"http://127.0.0.1:{port}/web/health", process, "Odoo", "odoo.log")
    print(f"\n  Online Billing   {_address(port)}/odoo\n  customer portal  {_address(port)}/my")
    print(f"  mailbox          {_address(port + 1)}\n")
    logins = [("who", "login", "password"), *(tuple(map(str, login)) for login in summary["logins"])]
    widths = [max(len(row[column]) for row in logins) for column in range(3)]
    for row in logins:
        print("  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    print("\n  Ctrl-C stops it; make demo starts it again as you left it.", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        process.wait()
        raise Problem(f"Odoo has ended by itself with code {process.returncode}; its log is {paths.LOGS / 'odoo.log'}")
    print("\n  stopping", flush=True)


def wait_for(address: str, process: subprocess.Popen, name: str, log: str) -> None:
    """Wait until ``process`` answers at ``address``.

    :raise Problem: if it ends or stays silent, naming the log that says why.
    """
    if answers(address, process, PATIENCE):
        return
    ended = process.poll() is not None
    reason = f"it ended with code {process.returncode}" if ended else f"no answer from {address} for {PATIENCE} s"
    raise Problem(f"Cannot start {name}: {reason}; its log is {paths.LOGS / log}")


if __name__ == "__main__":
    main(demo)
