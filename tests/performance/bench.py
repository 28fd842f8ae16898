"""Bill the same customers with our run, with the OCA addon `contract` and with Odoo alone, and compare.

Every case works on a database of its own, in a process of its own. Ratios are of processor time, client and database
together, so that a busy machine bends them little; the seconds on the clock stand beside them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.performance.crowd import Crowd, print_crowds
from tests.performance.measure import Cost
from tests.performance.page_table import Page, print_pages
from tests.performance.portal_table import CustomerPage, print_portal
from tests.performance.waiting import Waiting
from tools import paths
from tools.database import base_template, create, drop, process_environment, sql
from tools.environment import addons_path
from tools.steps import Problem

BASE = "billing_bench_base"
ROUNDS = 5  # of cases that are measured in turn
PREFIX = f"billing_bench_{os.getpid()}"
FEW = 10  # invoices of a customer, beside many
MODULES = {
    "plain": ("account_payment",),
    "writer": ("online_billing",),
    "run": ("online_billing",),
    "run_imported": ("online_billing",),
    "preview": ("online_billing",),
    "contract": ("account_payment", "contract"),
    "credit_control": ("account_payment", "account_credit_control"),
    "collection": ("online_billing",),
    "plan_of_all": ("online_billing",),
    "plans": ("online_billing",),
    "terms": ("account_payment",),
    "terms_each": ("account_payment",),
    "pages": ("online_billing",),
    "portal": ("online_billing_portal",),
    "record": ("online_billing",),
    "record_http": ("online_billing",),
    "counter": ("online_billing",),
    "plain_each": ("account_payment",),
    "deliver": ("online_billing",),
    "send": ("online_billing",),
    "receipt": ("online_billing",),
    "drawn": ("online_billing",),
    "weasyprint": ("online_billing",),
    "page": ("online_billing",),
    "debits": ("online_billing", "payment_demo"),
    "debits_recorded": ("online_billing", "payment_demo"),
    "tokens": ("account_payment", "payment_demo"),
}
TITLES = {
    "run": "our billing run: rated, posted, ready to send",
    "run_imported": "the same right after an import, statistics as before",
    "preview": "our preview of the run: nothing written",
    "writer": "our writer alone: the same invoices, posted",
    "contract": "OCA contract: its drafts, then posted in batches",
    "plain": "Odoo alone: created and posted in batches",
    "credit_control": "OCA account_credit_control: lines, messages",
    "collection": "our day of collection: cases, messages",
    "plan_of_all": "our plan over all invoices of one customer",
    "terms": "Odoo alone: draft, term, post, 200 at once",
    "plans": "our plans, one for each invoice and customer",
    "terms_each": "Odoo alone: draft, term, post, one at a time",
    "record": "our record: charges for the next bill, 1,000 a call",
    "record_http": "the same over HTTP, through Odoo's whole stack",
    "counter": "our record: one charge, invoiced at once",
    "plain_each": "Odoo alone: created and posted, one at a time",
    "deliver": "our delivery, up to the mail server",
    "send": "Odoo's own way of sending, same document engine",
    "receipt": "our receipts, up to the mail server",
    "drawn": "our document: drawn from the invoice",
    "weasyprint": "Odoo's page, printed by WeasyPrint",
    "page": "Odoo's page alone, before any PDF",
    "debits": "our debits: sent, answered, in the books",
    "debits_recorded": "our debits: sent, the answer recorded",
    "tokens": "Odoo alone: charged and processed, one at a time",
}
# of a debit until its answer is recorded: milliseconds of processor time, and statements
MOST_RECORDED = (15, 12)
NOTHING_WRITTEN = ("preview",)
# the bounds of a run right after an import and of a preview, as parts of a run; of charges a second of a core
MOST_IMPORTED, MOST_PREVIEWED, LEAST_RECORDED = 1.2, 0.25, 2000
# what several processes have done, and for how many different invoices
ONCE = {
    "run": "SELECT count(*), count(DISTINCT name) FROM account_move WHERE billing_run_id > 0",
    "debits": (
        "SELECT count(*), count(DISTINCT payment_transaction_id) FROM account_payment WHERE payment_transaction_id > 0"
    ),
    "deliver": (
        "SELECT count(*), count(DISTINCT message.res_id) FROM mail_notification notification"
        " JOIN mail_message message ON message.id = notification.mail_message_id"
        " WHERE message.model = 'account.move' AND notification.notification_status = 'sent'"
    ),
}


class Bench:
    """The databases of one benchmark, made once and copied per case."""

    def __init__(self, beside: Sequence[str] = ()) -> None:
        self.beside = tuple(beside)
        self.templates: dict[tuple, str] = {}
        self.made: list[str] = []

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_error) -> None:
        for database in reversed(self.made):
            drop({}, database)

    def _database(self, name: str, template: str) -> str:
        drop({}, name)
        self.made.append(name)
        create({}, name, template)
        return name

    def _template(self, case: str) -> str:
        """A database with the modules of a case and a chart of accounts; the one that all begin with is kept."""
        base = base_template({}, BASE, MODULES["plain"])
        modules = (*MODULES[case], *self.beside)
        if modules == MODULES["plain"]:
            return base
        if modules not in self.templates:
            start = time.monotonic()
            # what has most of them already
            nearest = max((made for made in self.templates if set(made) <= set(modules)), key=len, default=None)
            name = self._database(f"{PREFIX}_{len(self.templates)}", self.templates.get(nearest, base))
            peers = [Path(os.environ["PEERS"])] if case in ("contract", "credit_control") else []
            command = [
                *(str(paths.PYTHON), "-m", "odoo", f"--addons-path={addons_path(*peers)}", f"--data-dir={paths.DATA}"),
                *("-d", name, "-i", ",".join(modules), "--stop-after-init", "--no-http", "--log-level=error"),
            ]
            _run(command, f"Cannot install {', '.join(modules)}")
            found = sql({}, name, "SELECT name FROM ir_module_module WHERE state = 'installed'")
            if missing := set(modules) - {row[0] for row in found}:
                raise Problem(f"Cannot install {', '.join(missing)}: Odoo left it out.")
            if self.beside:
                _run(_command("settle", case, name, 0, *self.beside), f"Cannot settle a company for {self.beside}")
            print(f"  installed {', '.join(modules)} in {time.monotonic() - start:.0f} s", flush=True)
            self.templates[modules] = name
        return self.templates[modules]

    def prepared(self, case: str, count: int, history: int = 0) -> str:
        """A database with the customers of a case, not billed yet."""
        name = self._database(f"{PREFIX}_{case}_{count}", self._template(case))
        command = _command("prepare", case, name, count, "--history", str(history))
        _run(command, f"Cannot prepare {count} customers for {case}")
        if case != "run_imported":
            sql({}, name, "ANALYZE")
        return name

    def measure(self, case: str, count: int, history: int = 0) -> Cost:
        """Bill ``count`` customers in one process."""
        return self._bill(case, self.prepared(case, count, history), count)

    def measure_in_turn(self, works: Sequence[tuple[str, int, int]]) -> list[Cost]:
        """Bill so many customers after so many others in several cases, in turn, some times; return the medians.

        A machine that is slower for some seconds is so for all of them, and for one round alone.

        :param works: (case, customers, others before), each once
        """
        patterns, costs = [], [[] for _work in works]
        for number, (case, count, history) in enumerate(works):
            made = self.prepared(case, count, history)
            patterns.append(self._database(f"{PREFIX}_turn_{number}", made))
            drop({}, made)
        for _round in range(ROUNDS):
            for (case, count, _history), pattern, found in zip(works, patterns, costs, strict=True):
                found.append(self._bill(case, self._database(f"{PREFIX}_{case}", pattern), count))
        for pattern in patterns:
            drop({}, pattern)
        return [sorted(found, key=lambda cost: cost.milliseconds)[ROUNDS // 2] for found in costs]

    def _bill(self, case: str, name: str, count: int) -> Cost:
        with _billing(case, name, count) as process:
            cost = _answer(process)
        drop({}, name)
        if cost.invoices != count:
            raise Problem(f"{case} made {cost.invoices} invoices for {count} customers.")
        return cost

    def open_pages(self, count: int) -> list[Page]:
        """Open every page of a business with ``count`` charges."""
        name = self._database(f"{PREFIX}_pages_{count}", self._template("pages"))
        program = [str(paths.PYTHON), "-m", "tests.performance.pages"]
        _run([*program, "prepare", name, str(count)], f"Cannot prepare {count} charges")
        sql({}, name, "VACUUM ANALYZE")
        answer = _run([*program, "open", name, str(count)], f"Cannot open the pages over {count} charges")
        drop({}, name)
        return [Page(**page) for page in json.loads(answer)]

    def open_portal(self, count: int) -> list[CustomerPage]:
        """Open every page of a customer with ``count`` invoices."""
        name = self._database(f"{PREFIX}_portal_{count}", self._template("portal"))
        program = [str(paths.PYTHON), "-m", "tests.performance.portal"]
        _run([*program, "prepare", name, str(count)], f"Cannot prepare {count} invoices of a customer")
        sql({}, name, "VACUUM ANALYZE")
        answer = _run([*program, "open", name, str(count)], f"Cannot open the pages of {count} invoices")
        drop({}, name)
        return [CustomerPage(**page) for page in json.loads(answer)]

    def open_together(self, count: int) -> list[Crowd]:
        """Let several users of a customer with ``count`` invoices open pages at once."""
        name = self._database(f"{PREFIX}_crowd_{count}", self._template("portal"))
        prepare = [str(paths.PYTHON), "-m", "tests.performance.portal", "prepare", name, str(count)]
        _run(prepare, f"Cannot prepare {count} invoices of a customer")
        sql({}, name, "VACUUM ANALYZE")
        answer = _run([str(paths.PYTHON), "-m", "tests.performance.crowd", name], "Cannot open pages at once")
        drop({}, name)
        return [Crowd(**crowd) for crowd in json.loads(answer)]

    def measure_workers(self, case: str, count: int, workers: int) -> tuple[float, list[Cost], Waiting]:
        """Bill ``count`` customers with so many processes at once; return seconds on the clock, costs and waits."""
        name = self.prepared(case, count)
        with contextlib.ExitStack() as stack:
            processes = [
                stack.enter_context(_billing(case, name, count, wait=True, lane=lane)) for lane in range(workers)
            ]
            for process in processes:
                process.stdout.readline()  # each says when it is warm
            with Waiting(name) as waiting:
                for process in processes:
                    process.stdin.write("go\n")
                    process.stdin.flush()
                costs = [_answer(process) for process in processes]
            # until the last has done its work: a worker that goes on living does not pay for its end
            seconds = max(cost.wall for cost in costs)
        [[number, different]] = sql({}, name, ONCE[case])
        drop({}, name)
        if (int(number), int(different)) != (count, count):
            raise Problem(f"{workers} workers did {number} for {different} of {count} customers.")
        return seconds, costs, waiting


def _command(act: str, case: str, database: str, count: int, *more: str) -> list[str]:
    return [str(paths.PYTHON), "-m", "tests.performance.case", act, case, database, str(count), *more]


def _environment() -> dict[str, str]:
    return {**process_environment({}), "PEERS": os.environ["PEERS"], "PYTHONPATH": str(paths.PROJECT)}


def _run(command: list[str], cannot: str) -> str:
    answer = subprocess.run(command, env=_environment(), cwd=paths.PROJECT, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise Problem(f"{cannot}:\n{(answer.stdout + answer.stderr)[-3000:]}")
    return answer.stdout


@contextlib.contextmanager
def _billing(case: str, database: str, count: int, *, wait: bool = False, lane: int = 0) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(
        _command("bill", case, database, count, "--lane", str(lane), *(["--wait"] if wait else [])),
        env=_environment(),
        cwd=paths.PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def _answer(process: subprocess.Popen) -> Cost:
    text = process.stdout.read()
    if process.wait():
        raise Problem("A case of the benchmark failed; its message stands above.")
    return Cost(**json.loads(text))


COLUMNS = ("invoices/s", "ms", "Python", "SQL", "on the clock/s", "statements", "peak MB")
ROW = "  {:48}{:>11}{:>8}{:>8}{:>7}{:>16}{:>12}{:>9}"


def _figures(cost: Cost, count: int) -> tuple[str, ...]:
    return (
        *(f"{cost.per_second:.1f}", f"{cost.milliseconds:.2f}"),
        *(f"{1000 * cost.python_cpu / count:.2f}", f"{1000 * cost.database_cpu / count:.2f}"),
        *(f"{count / cost.wall:.1f}", f"{cost.statements_each:.2f}", f"{cost.memory_peak / 2**20:.0f}"),
    )


def compare(bench: Bench, count: int, cases: list[str]) -> dict[str, Cost]:
    """Bill the same customers in all cases and print the ratios."""
    print(f"\n{count} customers, 3 lines, one sales tax, created and posted; invoices per second of one free core")
    print(ROW.format("", *COLUMNS))
    costs = {}
    for case in cases:
        cost = costs[case] = bench.measure(case, count)
        print(ROW.format(TITLES[case], *_figures(cost, count)), flush=True)
    totals = {cost.detail["total"] for case, cost in costs.items() if case not in NOTHING_WRITTEN}
    print("  all cases billed the same total" if len(totals) == 1 else f"  THE TOTALS DIFFER: {sorted(totals)}")
    for own, peer in ((own, peer) for own in ("run", "writer") for peer in ("contract", "plain")):
        if own in costs and peer in costs:
            print(f"  {own} against {peer}: {costs[peer].milliseconds / costs[own].milliseconds:.1f} times as fast")
    if {"run", "preview"} <= costs.keys():
        part = costs["preview"].milliseconds / costs["run"].milliseconds
        print(f"  preview: {part:.3f} of the run, at most {MOST_PREVIEWED}: {judge(part, MOST_PREVIEWED)}")
    for own in [case for case in ("run", "writer") if case in costs]:
        left = costs[own].detail["left to Odoo"]
        print(f"  {own}: {1 - sum(left.values()) / count:.1%} of the invoices went the fast way; left to Odoo: {left}")
    return costs


def print_stored(case: str, stored: dict[str, float]) -> None:
    """Print what an invoice takes in the database, table by table, each with its rows and its indexes."""
    print(f"  {case}: {stored['all']} KB stored for each invoice, with indexes:")
    for table in [name for name in stored if ": " not in name and name != "all"]:
        parts = [f"{name.partition(': ')[2]} {size}" for name, size in stored.items() if name.startswith(f"{table}: ")]
        print(f"    {stored[table]:>5} {table}: {', '.join(parts)}")


def grow(bench: Bench, title: str, case: str, sizes: list[int]) -> None:
    """Print what one of a case costs as their number grows."""
    print(f"\n{title}")
    first = None
    for size in sizes:
        cost = bench.measure(case, size)
        first = first or cost
        print(
            f"  {size:>7}: {cost.milliseconds:6.2f} ms each (Python {1000 * cost.python_cpu / size:.2f}, SQL"
            f" {1000 * cost.database_cpu / size:.2f}), {cost.milliseconds / first.milliseconds:5.2f} times the first,"
            f" {cost.statements_each:5.2f} statements, memory grew by {cost.memory_growth:.0f} MB,"
            f" {size / cost.wall:.0f} a second on the clock",
            flush=True,
        )
    if stored := cost.detail.get("KB stored each"):
        print_stored(case, stored)


def compare_imported(bench: Bench, count: int) -> None:
    """Bill customers who were imported a moment ago, beside the same ones once the database knows its tables."""
    print(f"\n{count} customers billed right after their import")
    print(ROW.format("", *COLUMNS))
    costs = {}
    for case in ("run", "run_imported"):
        costs[case] = bench.measure(case, count)
        print(ROW.format(TITLES[case], *_figures(costs[case], count)), flush=True)
    ratio = costs["run_imported"].milliseconds / costs["run"].milliseconds
    met = judge(ratio, MOST_IMPORTED)
    print(f"  right after the import: {ratio:.2f} times what it costs later, at most {MOST_IMPORTED}: {met}")


def share(bench: Bench, title: str, case: str, count: int) -> None:
    """Print how much faster two processes are than one, on the clock; only a machine with free cores can tell."""
    print(f"\n{title}")
    one, [alone], _waiting = bench.measure_workers(case, count, 1)
    two, costs, waiting = bench.measure_workers(case, count, 2)
    work = sum(cost.cpu for cost in costs)
    print(f"  one {one:.1f} s ({alone.cpu:.1f} s of processor time), two {two:.1f} s ({work:.1f} s)")
    print(f"  two against one: {one / two:.2f} times as fast on the clock")
    print(f"  waiting for a lock of the other: {100 * waiting.share:.1f} % of their transactions' time {waiting.kinds}")


def collect(bench: Bench, count: int, sizes: list[int]) -> None:
    """Remind the same debtors by a day of our collection and by the OCA addon, up to the mails in Odoo's mail queue."""
    print(f"\n{count} customers with an overdue invoice each, reminded by mail; messages per second of one free core")
    print(ROW.format("", "messages/s", *COLUMNS[1:]))
    costs = {case: bench.measure(case, count) for case in ("collection", "credit_control")}
    for case, cost in costs.items():
        print(ROW.format(TITLES[case], *_figures(cost, count)), flush=True)
    ratio = costs["credit_control"].milliseconds / costs["collection"].milliseconds
    print(f"  our collection against account_credit_control: {ratio:.1f} times as fast")
    if sizes:
        grow(bench, "Our day of collection as the number of overdue invoices grows", "collection", sizes)


def plan(bench: Bench, count: int, repeats: int) -> None:
    """Give the same invoices three due dates each: by our installment plans, and by Odoo's payment terms."""
    smaller = max(count // 10, 1)
    print(f"\n{count} overdue invoices get three due dates; median of {repeats}; invoices per second of one free core")
    print(ROW.format("", *COLUMNS))
    medians = {}
    for case in ("plan_of_all", "terms", "plans", "terms_each"):
        few, many = (
            sorted((bench.measure(case, size) for _time in range(repeats)), key=lambda cost: cost.milliseconds)
            for size in (smaller, count)
        )
        first, cost = few[repeats // 2], many[repeats // 2]
        medians[case] = cost
        print(ROW.format(TITLES[case], *_figures(cost, count)))
        print(
            f"      memory grew by {cost.memory_growth:.0f} MB; from {smaller} to {count} invoices the cost of one"
            f" grows {cost.milliseconds / first.milliseconds:.2f} times, its statements from"
            f" {first.statements_each:.2f} to {cost.statements_each:.2f}",
            flush=True,
        )
    totals = {cost.detail["total"] for cost in medians.values()}
    print("  all cases dated the same total" if len(totals) == 1 else f"  THE TOTALS DIFFER: {sorted(totals)}")
    for own, peer in (("plan_of_all", "terms"), ("plans", "terms_each")):
        ratio = medians[peer].milliseconds / medians[own].milliseconds
        print(f"  {TITLES[own]} against {TITLES[peer]}: {ratio:.1f} times as fast")


def debit(bench: Bench, count: int) -> None:
    """Take money from saved methods of the demo provider, up to payments that are matched."""
    print(
        f"\n{count} debits from saved methods of the demo provider, up to matched payments; per second of one free core"
    )
    print(ROW.format("", "debits/s", *COLUMNS[1:]))
    costs = {}
    for case in ("debits_recorded", "debits", "tokens"):
        costs[case] = bench.measure(case, count)
        print(ROW.format(TITLES[case], *_figures(costs[case], count)), flush=True)
    ratio = costs["tokens"].milliseconds / costs["debits"].milliseconds
    print(f"  ours against Odoo's own way: {ratio:.1f} times as fast")
    recorded = costs["debits_recorded"]
    for found, most, unit in zip(
        (recorded.milliseconds, recorded.statements_each), MOST_RECORDED, ("ms", "statements"), strict=True
    ):
        print(f"  until the answer is recorded: {found:.2f} {unit}, at most {most}: {judge(found, most)}")


def judge(found: float, most: float) -> str:
    return "met" if found <= most else "NOT MET"


def charge(bench: Bench, count: int) -> None:
    """Record charges in long lists, and one by one at the counter, beside plain invoices of one line."""
    print(f"\nCharges recorded: {50 * count} in lists, {count} at the counter; per second of one free core")
    print(ROW.format("", "charges/s", *COLUMNS[1:]))
    costs = {}
    numbers = {"record": 50 * count, "record_http": 50 * count, "counter": count, "plain_each": count}
    for case, number in numbers.items():
        costs[case] = bench.measure(case, number)
        print(ROW.format(TITLES[case], *_figures(costs[case], number)), flush=True)
    for case in ("record", "record_http"):
        found = costs[case].per_second
        met = "met" if found >= LEAST_RECORDED else "NOT MET"
        print(f"  {TITLES[case]}: {found:.0f} a second of a core, at least {LEAST_RECORDED}: {met}")
    ratio = costs["plain_each"].milliseconds / costs["counter"].milliseconds
    print(f"  one at the counter against a plain invoice of Odoo: {ratio:.1f} times as fast")


def deliver(bench: Bench, sizes: list[int], history: int) -> None:
    """Mail invoices with their PDFs by our delivery and by Odoo's own way, and receipts, up to the mail server."""
    print(f"\n{sizes[0]} invoices mailed with their PDFs, handed to a mail server; mails per second of one free core")
    print(ROW.format("", "mails/s", *COLUMNS[1:]))
    beside = [(case, sizes[0], 0) for case in ("deliver", "send", "receipt")]
    grown = [("deliver", size, 0) for size in sizes[1:]] + [("deliver", sizes[0], history)] * bool(history)
    costs = bench.measure_in_turn(beside + grown)
    for (case, size, _sent), cost in zip(beside, costs, strict=False):
        print(ROW.format(TITLES[case], *_figures(cost, size)), flush=True)
    print(f"  each the median of {ROUNDS} rounds, in turn")
    first, peer = costs[:2]
    print(f"  our delivery against Odoo's own way: {peer.milliseconds / first.milliseconds:.1f} times as fast")
    for (_case, size, sent), cost in zip(grown, costs[len(beside) :], strict=True):
        print(
            f"  {size:>7} mails after {sent} to as many other customers: {cost.milliseconds:6.2f} ms each,"
            f" {cost.milliseconds / first.milliseconds:5.2f} times the first, {cost.statements_each:5.2f} statements,"
            f" memory grew by {cost.memory_growth:.0f} MB",
            flush=True,
        )


def print_invoices(bench: Bench, count: int) -> None:
    """Print the documents of invoices, one after the other, by our drawing and from Odoo's page."""
    print(f"\n{count} invoices printed, one after the other; documents per second of one free core")
    print(ROW.format("", "documents/s", *COLUMNS[1:]))
    costs = {}
    for case in ("drawn", "weasyprint", "page"):
        costs[case] = bench.measure(case, count)
        print(ROW.format(TITLES[case], *_figures(costs[case], count)), flush=True)
    for peer in ("weasyprint", "page"):
        ratio = costs[peer].milliseconds / costs["drawn"].milliseconds
        print(f"  drawn against {TITLES[peer]}: {ratio:.1f} times as fast")


def get_parts(bench: Bench, arguments: argparse.Namespace) -> dict[str, Callable[[], None]]:
    """Return what is measured, in its order; what is set to nothing is left out."""
    given, sizes = arguments, read_sizes(arguments.growth)
    of_debits = read_sizes(given.debit_growth) if given.debits else []
    both = f"Two processes at one run of {given.shared} accounts, one journal"
    pages, lanes = read_sizes(given.pages), f"Two lanes at {given.lanes} mails"
    of_lanes = f"Two lanes at {given.debit_lanes} debits, one journal"
    parts = {
        "compare": (given.cases, lambda: compare(bench, given.customers, given.cases.split(","))),
        "growth": (sizes, lambda: grow(bench, "Our run as the number of accounts grows", "run", sizes)),
        "imported": (given.imported, lambda: compare_imported(bench, given.imported)),
        "shared": (given.shared, lambda: share(bench, both, "run", given.shared)),
        "collect": (given.collect, lambda: collect(bench, given.collect, read_sizes(given.debts))),
        "plans": (given.plans, lambda: plan(bench, given.plans, given.repeats)),
        "charges": (given.charges, lambda: charge(bench, given.charges)),
        "debits": (given.debits, lambda: debit(bench, given.debits)),
        "debit-growth": (of_debits, lambda: grow(bench, "Our debits as their number grows", "debits", of_debits)),
        "debit-lanes": (
            given.debits and given.debit_lanes,
            lambda: share(bench, of_lanes, "debits", given.debit_lanes),
        ),
        "pages": (pages, lambda: print_pages({size: bench.open_pages(size) for size in pages})),
        "portal": (
            given.portal,
            lambda: print_portal({size: bench.open_portal(size) for size in (FEW, given.portal)}),
        ),
        "crowd": (given.crowd, lambda: print_crowds(bench.open_together(given.crowd))),
        "mails": (given.mails, lambda: deliver(bench, read_sizes(given.mails), given.sent)),
        "documents": (given.documents, lambda: print_invoices(bench, given.documents)),
        "lanes": (given.lanes, lambda: share(bench, lanes, "deliver", given.lanes)),
    }
    return {name: do for name, (is_wanted, do) in parts.items() if is_wanted}


def read_sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",") if size]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make bench ARGS=...", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=1000, help="how many each case bills (default 1000)")
    parser.add_argument("--cases", default="run,preview,writer,contract,plain", help="which cases, in which order")
    parser.add_argument(
        "--with", dest="beside", default="", help="further addons of Odoo, and the chart of their country"
    )
    parser.add_argument("--growth", default="500,5000,20000", help="numbers of accounts for the growth; empty for none")
    parser.add_argument("--imported", type=int, default=5000, help="accounts billed right after an import; 0 for none")
    parser.add_argument("--shared", type=int, default=5000, help="accounts for two processes at once; 0 for none")
    parser.add_argument("--collect", type=int, default=2000, help="overdue invoices to remind of; 0 for none")
    parser.add_argument("--debts", default="2000,20000", help="numbers of overdue invoices for the growth")
    parser.add_argument("--plans", type=int, default=200, help="invoices to plan installments for; 0 for none")
    parser.add_argument("--charges", type=int, default=200, help="charges at the counter; 0 for none")
    parser.add_argument(
        "--debits", type=int, default=200, help="debits from saved methods; 0 for none, growth and lanes included"
    )
    parser.add_argument("--debit-growth", default="1000,5000", help="numbers of debits for the growth; empty for none")
    parser.add_argument("--debit-lanes", type=int, default=1000, help="debits that two lanes send; 0 for none")
    parser.add_argument("--pages", default="100000,1000000", help="numbers of charges behind the pages; empty for none")
    parser.add_argument("--portal", type=int, default=10000, help="invoices of a customer who opens pages; 0 for none")
    parser.add_argument(
        "--crowd", type=int, default=200, help="invoices of a customer of whom eight log in; 0 for none"
    )
    parser.add_argument("--mails", default="100,400", help="numbers of invoices to mail; empty for none")
    parser.add_argument("--sent", type=int, default=20000, help="how many were mailed before, where growth is shown")
    parser.add_argument("--documents", type=int, default=50, help="invoices to print; 0 for none")
    parser.add_argument("--lanes", type=int, default=400, help="invoices that two lanes mail; 0 for none")
    parser.add_argument("--only", default="", help="only these parts, named as the last lines of each part name them")
    parser.add_argument("--repeats", type=int, default=3, help="how often each case of plans is measured")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    print(
        f"{os.cpu_count()} processors, load {load:.1f}{' (busy: read the ratios, not the clock)' if load > 1 else ''}"
    )
    began = time.monotonic()
    with Bench([name for name in arguments.beside.split(",") if name]) as bench:
        parts = get_parts(bench, arguments)
        if unknown := set(filter(None, arguments.only.split(","))) - parts.keys():
            raise Problem(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(parts)}.")
        for name, do in parts.items():
            if not arguments.only or name in arguments.only.split(","):
                start = time.monotonic()
                do()
                print(f"  ({name} took {time.monotonic() - start:.0f} s)", flush=True)
    print(f"\nAll of it took {(time.monotonic() - began) / 60:.0f} minutes")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(str(problem))
