"""Databases in which further addons stand beside ours, and the proof there that batches equal Odoo's own way."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from . import database, paths
from .postgres import Cluster, programs

# What stands beside ours in one database each. The proof is for the night; ``EACH_COMMIT`` of it runs for every commit,
# beside ``TOGETHER``.
TOGETHER = ("l10n_de", "stock", "sale", "purchase")
GROUPS = {
    "together": TOGETHER,
    "countries": (
        *("l10n_fr_account", "l10n_es", "l10n_it", "l10n_nl", "l10n_be"),
        *("l10n_uk", "l10n_us", "l10n_in", "l10n_mx", "l10n_br"),
    ),
    "apps": ("point_of_sale", "website_sale", "hr_expense", "account_peppol"),
    "documents": ("l10n_ar", "account_debit_note"),
}
COUNTRIES = "online_billing/tests/billing/test_countries.py"
# with what is ours to do where one of them is installed
PROOF = ("online_billing/tests/posting", COUNTRIES)
PROOFS = {
    "apps": (
        PROOF[0],
        "online_billing/tests/receivables/test_bound_payments.py",
        "online_billing/tests/receivables/test_point_of_sale.py",
        "online_billing_portal/tests/test_shop.py",
        "online_billing_portal/tests/test_shop_orders.py",
    ),
    # where documents are numbered by their types, each invoice goes Odoo's own way
    "documents": (COUNTRIES,),
}
EACH_COMMIT = tuple(
    f"{PROOF[0]}/test_posting_countries.py::TestPostingInCountries::test_case_E5_{name}"
    for name in ("invoices_and_credit_notes_of_each_country", "nearly_all_go_the_fast_way")
)
SHARES = "BILLING_SHARES"


def get_template(server: dict[str, str], name: str, addons: Sequence[str]) -> str:
    """Return the database ``name`` with ours and these in it, installing what is missing or outdated."""
    more = [paths.TEST_ADDONS]
    base = database.base_template(server, more_addons=more, script=database.PREPARE)
    name = f"online_billing_beside_{name}"
    script = database.PREPARE_WITHOUT_ASSETS  # no page is opened here
    beside = database.base_template(server, f"{name}_base", addons, base=base, more_addons=more, script=script)
    return database.addons_template(server, name, beside, script)


def prove(
    server: dict[str, str],
    name: str,
    addons: Sequence[str],
    log: Path,
    run: Callable[[Sequence[str], dict[str, str], Path], int | None],
    tests: Sequence[str] = (),
    processes: int = 1,
) -> tuple[list[str], list[str]]:
    """Run the proof on a copy of the database with these addons.

    :param name: of the group, short
    :param run: runs a command in an environment with its output in a file; returns its answer, None if it was ended
    :param tests: files or folders of tests, instead of all that prove something of the group
    :param processes: how many share the tests, each with a copy of the database
    :return: what was found, and lines that say how many invoices went the fast way
    """
    template, tests = get_template(server, name, addons), tests or PROOFS.get(name, PROOF)
    name = f"{template}_{os.getpid()}"
    shares = log.with_suffix(".shares")
    shares.unlink(missing_ok=True)
    database.drop(server, name)
    try:
        database.create(server, name, template)
        environment = {
            **database.process_environment(server),
            "PYTHONPATH": str(paths.PROJECT),
            SHARES: str(shares),
            # pytest-odoo copies and drops databases with the programs of PostgreSQL
            "PATH": os.pathsep.join([str(programs(Cluster("test").home)), os.environ["PATH"]]),
        }
        answer = run(_get_command(name, tests, processes), environment, log)
    finally:
        for [copy] in database.sql(
            server, "postgres", "SELECT datname FROM pg_database WHERE datname LIKE %s", name + "%"
        ):
            database.drop(server, copy)
    told = shares.read_text().splitlines() if shares.is_file() else []
    lines = log.read_text(errors="replace").splitlines()
    found = [line for line in lines if line.startswith(("FAILED", "ERROR", "SUBFAILED"))]
    if answer is None:
        return [*found, "was not done in its time"], told
    return found or ([f"answered {answer}: {' '.join(lines[-3:])}"] if answer else []), told


def _get_command(name: str, tests: Sequence[str], processes: int) -> list[str]:
    return [
        *(str(paths.PYTHON), "-m", "pytest", "-q", "-rfE", f"--rootdir={paths.PROJECT}"),
        *("-c", str(paths.PROJECT / "pyproject.toml"), "--tb=short", "-p", "tests.kept_caches"),
        f"--odoo-config={database.configuration([paths.TEST_ADDONS])}",
        *(f"--odoo-database={name}", "--odoo-http", "--odoo-extra=max-cron-threads=0", *tests),
        *(("-n", str(processes), "--dist=loadscope") if processes > 1 else ()),
    ]
