"""Odoo in a process that forks: a child for each job, ended where or when a test says.

Loading Odoo takes seconds, forking a child of it takes milliseconds. The nursery loads the registry of one database,
works out what every child would work out anew, closes its connections, and then reads orders from its standard input,
one JSON object a line::

    {"jobs": [{"name": "work", "arguments": {"run_id": 7}, "kill": ["after billing.run.work._take", 2]}]}
    {"jobs": [{"name": "work", "arguments": {"run_id": 7}, "kill_after": 0.3}]}

All children of an order start at the same moment. The answer is one line: for each job what became of it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

LONGEST = 180.0
# What depends on the fields of these models takes Odoo about a second to find out, in every process that writes them.
WRITTEN = (
    *("account.move", "account.move.line", "account.payment", "account.partial.reconcile", "account.full.reconcile"),
    *("billing.account", "billing.charge", "billing.payment.attempt", "payment.transaction", "payment.token"),
    *("mail.mail", "mail.message", "res.partner"),
)


def serve(configuration: str, database: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever is printed by accident must not look like an answer
    _load(configuration, database)
    print(json.dumps({"ready": database}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(_carry_out(json.loads(line)["jobs"], database)), file=answers, flush=True)


def _load(configuration, database):
    from odoo import sql_db
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(
        ["-c", configuration, "-d", database, "--no-http", "--max-cron-threads=0", "--log-level=error", "--workers=0"],
        setup_logging=True,
    )
    registry = Registry(database)
    for name in WRITTEN:
        for field in registry[name]._fields.values() if name in registry else ():
            registry.get_field_trigger_tree(field)
    import tests.faults.jobs
    import tests.faults.kills  # noqa: F401 each child needs them

    sql_db.close_all()


def _carry_out(jobs, database):
    with tempfile.TemporaryDirectory() as folder:
        gate, opener = os.pipe()
        children = {}
        for number, job in enumerate(jobs):
            report = Path(folder, str(number))
            pid = os.fork()
            if not pid:
                os.close(opener)
                _live(job, database, gate, report)
            children[pid] = (number, job, report)
        os.close(gate)
        os.close(opener)  # all children see the end of the pipe: go
        return _wait(children, time.monotonic())


def _wait(children, begun):
    """Wait for all children, kill those whose time has come, and return what became of each, in order."""
    answers = [None] * len(children)
    deadlines = {pid: begun + (job.get("kill_after") or LONGEST) for pid, (_number, job, _report) in children.items()}
    while children:
        for pid in list(children):
            if time.monotonic() >= deadlines[pid]:
                os.kill(pid, signal.SIGKILL)
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                number, _job, report = children.pop(pid)
                told = json.loads(report.read_text()) if report.is_file() else {}
                killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
                seconds = time.monotonic() - begun
                answers[number] = {"result": None, "error": None, **told, "killed": killed, "seconds": seconds}
        time.sleep(0.002)
    return answers


def _live(job, database, gate, report):
    """Do one job in a child, and never return."""
    try:
        from odoo import SUPERUSER_ID, api
        from odoo.modules.registry import Registry

        from tests.faults import jobs, kills

        registry = Registry(database)
        registry.check_signaling()
        if job.get("kill"):
            kills.arm(registry, *job["kill"])
        with registry.cursor() as cr:
            env = api.Environment(cr, job.get("user_id") or SUPERUSER_ID, {})
            select.select([gate], [], [])
            answer = {"result": getattr(jobs, job["name"])(env, **job.get("arguments", {}))}
    except BaseException:  # noqa: BLE001 the test is told, whatever it was
        answer = {"error": traceback.format_exc()}
    draft = report.with_suffix(".draft")
    draft.write_text(json.dumps(answer, default=str))
    draft.replace(report)
    os._exit(0)


if __name__ == "__main__":
    serve(*sys.argv[1:])
