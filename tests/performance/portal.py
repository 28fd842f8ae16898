"""Open every page of a customer over HTTP as a browser does, and Odoo's own list of their invoices beside them.

The requests go through Odoo's whole stack, log-in, routing and rendering included, in one process without a socket: so
statements can be counted and processor time measured. One customer has all the invoices; two years of them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import threading
import time
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from tests.performance.odoo_process import configure, environment
from tests.performance.portal_table import CustomerPage

LOGIN = PASSWORD = "portal_reader"
HERE = {"REMOTE_ADDR": "127.0.0.1"}
REPEATS = 7
# of each page its name and its address; Odoo's own are the measure
PAGES = {
    "Odoo's own list of invoices": "/my/invoices",
    "Odoo's own page of an invoice": "/my/invoices/{move}",
    "first page": "/my/billing",
    "invoices": "/my/billing/invoices",
    "invoices, the last page": "/my/billing/invoices/page/1000",
    "invoices, overdue": "/my/billing/invoices?filterby=overdue&sortby=amount",
    "invoices, one found": "/my/billing/invoices?search={number}",
    "one invoice": "/my/billing/invoices/{move}",
    "pay page": "{pay}",
    "payments": "/my/billing/payments",
    "payments, one found": "/my/billing/payments?search={number}",
    "subscriptions": "/my/billing/subscriptions",
    "one subscription": "/my/billing/subscriptions/{subscription}",
    "installments": "/my/billing/installments",
    "installments, preview": "/my/billing/installments?account={account}&count=3&every=month&move={plannable}",
    "promise": "/my/billing/promise",
    "statement": "/my/billing/statement",
    "statement of two years": "/my/billing/statement?first={long_ago}",
    "questions": "/my/billing/questions",
    "one question": "/my/billing/questions/{question}",
    "new question": "/my/billing/questions/new?invoice={move}",
    "preferences": "/my/billing/preferences",
    "automatic payment": "/my/billing/automatic",
    "profile": "/my/billing/profile",
    "your data": "/my/billing/privacy",
}


def make_customer(env, count: int) -> None:
    """Make one customer with ``count`` invoices of two years, as many payments, and somebody who logs in for them."""
    from odoo.fields import Command

    from tests.performance.grown import Grown

    grown = Grown(env)
    grown.make_one_customer(count)
    partner = grown.account.partner_id
    portal = env.ref("base.group_portal")
    values = {"partner_id": partner.id, "login": LOGIN, "password": PASSWORD, "group_ids": [Command.set(portal.ids)]}
    env["res.users"].with_context(no_reset_password=True).create(values)
    env["billing.questions"].ask(partner, {"account_id": grown.account.id, "subject": "Why?", "text": "Why?"}, [])
    env["ir.config_parameter"].set_param("online_billing.request_limits", "off")


def get_places(env) -> dict[str, object]:
    """Return what the addresses of the pages name."""
    account = env["billing.account"].search([], order="id", limit=1)
    move = env["account.move"].search([("billing_account_id", "=", account.id)], order="id", limit=1)
    plannable = env["billing.portal.installments"].get_plannable(account)[:1]
    pay = env["billing.pay.links"].get_pay_path(account.id, account.currency_id.id)
    places = {
        "account": account.id,
        "move": move.id,
        "number": move.name,
        "plannable": plannable.id,
        "pay": pay[pay.index("/billing/pay/") :],
        "subscription": account.subscription_ids[:1].id,
        "question": env["billing.question"].search([], limit=1).id,
        "long_ago": env["billing.days"].get_local_day(account) - timedelta(days=730),
    }
    env.cr.commit()
    return places


class Browser:
    """Whoever is logged in, without a socket."""

    def __init__(self, database: str) -> None:
        from odoo import http
        from odoo.service.server import load_server_wide_modules
        from werkzeug.test import Client

        load_server_wide_modules()
        self.client = Client(http.root)
        answer = self.client.post(
            "/web/session/authenticate",
            environ_base=HERE,
            json={"params": {"db": database, "login": LOGIN, "password": PASSWORD}},
        )
        assert answer.json.get("result", {}).get("uid"), answer.text

    def open(self, address: str):
        return self.client.get(address, environ_base=HERE)


class Server:
    """Counts what the pages cost: statements of this thread, processor time here and in all backends of a database."""

    def __init__(self, env) -> None:
        self.database = env.cr.dbname
        self.statements = 0
        thread = threading.current_thread()
        thread.query_hooks = [*getattr(thread, "query_hooks", ()), self._count]

    def _count(self, *_query) -> None:
        self.statements += 1

    def read(self, env) -> tuple[float, float]:
        """Return milliseconds of processor time of Odoo, and of the database's own processes."""
        env.cr.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [self.database])
        pids = [pid for [pid] in env.cr.fetchall()]
        env.cr.rollback()
        return 1000 * time.process_time(), sum(map(_get_milliseconds, pids))


def _get_milliseconds(pid: int) -> float:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
    return 0.0


def measure(env, server: Server, browser: Browser, name: str, address: str) -> CustomerPage:
    """Open a page some times, and return what it costs once the server is warm."""
    costs = []
    for _repeat in range(1 + REPEATS):
        before, server.statements = server.read(env), 0
        answer = browser.open(address)
        statements, after = server.statements, server.read(env)
        assert answer.status_code == 200, f"{address}: {answer.status_code} {answer.headers.get('Location')}"
        costs.append((after[0] - before[0], after[1] - before[1], statements, len(answer.data) / 1024))
    warm = sorted(costs[1:], key=lambda cost: cost[0] + cost[1])[REPEATS // 2]
    return CustomerPage(name, warm[2], round(warm[0], 1), round(warm[1], 1), round(warm[3], 1))


def open_all(env, only: str = "") -> list[CustomerPage]:
    places, server, browser = get_places(env), Server(env), Browser(env.cr.dbname)
    return [
        measure(env, server, browser, name, address.format(**places))
        for name, address in PAGES.items()
        if only in name or name.startswith("Odoo's own list")
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("act", choices=("prepare", "open"))
    parser.add_argument("database")
    parser.add_argument("count", type=int)
    parser.add_argument("--only", default="", help="pages whose name contains this")
    arguments = parser.parse_args()
    configure(arguments.database)
    with environment(arguments.database) as env:
        if arguments.act == "prepare":
            make_customer(env, arguments.count)
        else:
            json.dump([asdict(page) for page in open_all(env, arguments.only)], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
