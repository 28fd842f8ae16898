"""``make nightly``: what takes too long for every commit, in parts that have names and are not done twice.

``ARGS="stories odoo-sale"`` names parts. A part that has passed with these very sources is left out, unless RESET=1;
one that was ended goes on: Odoo's suites test by test, ours from the beginning of the part. Each has a limit of time,
for a machine of two cores that does nothing else; LIMITS=2 doubles them where it does.

``posting`` proves beside further addons of Odoo that invoices written in batches equal Odoo's own, and that what these
addons sell, take and number is told apart from what is billed.

Odoo's own suites run on two databases with the same of Odoo's modules, one of them with our addons: whatever comes out
otherwise with them is a change of what others rely on, and fails. What differs is tried once more on fresh databases.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from . import beside, database, outcomes, paths
from .chromium import bring_chromium
from .environment import exclusive, odoo_site, set_up
from .postgres import Cluster
from .processes import Family
from .steps import Problem, end_group, fingerprint, main, note, step

HOME = paths.LOCAL / "nightly"
# Odoo's suites, and how many minutes each may take on two cores
SUITES = {
    "account": 34,
    "account_payment": 3,
    "payment": 3,
    "portal": 3,
    "sale": 16,
    "l10n_account_edi_ubl_cii_tests": 4,
}
# what comes out otherwise with our addons, and is meant to: {test: why}
MEANT = {
    "l10n_account_edi_ubl_cii_tests/tests/test_xml_ubl_de.py::TestUBLDE"
    "::test_export_import_invoice_without_vat_and_peppol_endpoint": (
        "a customer without tax number gets no empty tax scheme, which the rules of EN 16931 refuse (UBL-SR-53)"
    ),
}
# our tests that try a part of what there is for each commit: (minutes, folders and files)
OWN = {
    "engine": (24, ("tests/engine",)),
    "lint": (5, ("tests/lint", "tests/stripe_simulator", "tests/tools")),
    "stories": (16, ("tests/stories",)),
    "faults": (34, ("tests/faults",)),
    "sweeps": (
        38,
        (
            "online_billing/tests/automatic_payment/test_lost_races.py",
            "online_billing/tests/automatic_payment/test_unknown.py",
            "online_billing/tests/shared/test_access_matrix.py",
            "online_billing/tests/shared/test_access_methods.py",
            "online_billing/tests/shared/test_access_routes.py",
            "online_billing/tests/shared/test_guarded_life.py",
            "online_billing_einvoice/tests/test_valid_documents.py",
            "online_billing_portal/tests/test_access_matrix.py",
            "online_billing_portal/tests/test_access_routes.py",
            "online_billing_portal/tests/test_guarded_life.py",
            "online_billing_stripe/tests/test_access_matrix.py",
            "online_billing_stripe/tests/test_events.py",
        ),
    ),
    "journeys": (24, ("tests/e2e",)),
}
SIDES = ("without", "with")
LONGEST_LIST = 40
FAMILY = Family("nightly")


@dataclass(frozen=True)
class Part:
    """One part of the night: its name, how many minutes it may take, and what it does."""

    name: str
    minutes: float
    work: Callable[[Part], list[str]]

    @property
    def result(self) -> Path:
        """The file that says how it ended."""
        return HOME / f"{self.name}.json"

    @property
    def log(self) -> Path:
        """The file with all that it printed."""
        return paths.LOGS / "nightly" / f"{self.name}.log"


def get_parts() -> list[Part]:
    """Return the parts of the night in their order.

    Their minutes are for a machine that does nothing else, as fast as usual: ``LIMITS`` widens them on a slow one.
    """
    parts = [
        *(Part(name, minutes, partial(_run_own, " ".join(places))) for name, (minutes, places) in OWN.items()),
        Part("posting", 31, _prove_posting),
        *(Part(f"odoo-{suite}", minutes, partial(_compare_suite, suite)) for suite, minutes in SUITES.items()),
    ]
    times = _read_times(os.environ.get("LIMITS") or "1")
    return [replace(part, minutes=part.minutes * times) for part in parts]


def _read_times(text: str) -> float:
    """Return how many times as long each part may take.

    :raise Problem: it is no number of at least 1
    """
    with contextlib.suppress(ValueError):
        if 1 <= (times := float(text)) < math.inf:
            return times
    raise Problem(f"Cannot widen the limits by LIMITS={text}: give a number from 1 on, as LIMITS=2.")


def choose(parts: Sequence[Part], words: Sequence[str]) -> list[Part]:
    """Return the parts that are named, in the order of the night; all of them if none is.

    :raise Problem: a name is none of theirs
    """
    known = {part.name for part in parts}
    if strangers := [word for word in words if word not in known]:
        raise Problem(f"Cannot run {', '.join(strangers)}: the parts are {', '.join(part.name for part in parts)}.")
    return [part for part in parts if not words or part.name in words]


def has_passed(part: Part, key: str) -> bool:
    """Return whether the part has passed with the inputs that ``key`` stands for."""
    if not part.result.is_file():
        return False
    result = json.loads(part.result.read_text())
    return result["key"] == key and not result["faults"]


def compare(without: dict[str, str], with_ours: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return {test: (outcome without our addons, outcome with them)} of what differs, or is missing on one side."""
    return {
        name: (without.get(name, "missing"), with_ours.get(name, "missing"))
        for name in sorted({*without, *with_ours})
        if without.get(name) != with_ours.get(name)
    }


def judge(differing: dict[str, tuple[str, str]], names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return what is wrong of what comes out otherwise with our addons, and what is meant to, each as sentences.

    :param names: all tests that were run; one that is meant to differ and does not is wrong as well
    """
    meant = {name: why for name in names for end, why in MEANT.items() if name.endswith(end)}
    faults = [
        f"{name}: {plain} without our addons, {ours} with them"
        for name, (plain, ours) in differing.items()
        if name not in meant
    ]
    faults += [f"{name}: differs no more, take it out of MEANT" for name in meant if name not in differing]
    return faults, [f"meant: {why}" for name, why in meant.items() if name in differing]


def nightly() -> int:
    """Run the parts and return 1 if one of them found something."""
    parts = choose(get_parts(), shlex.split(os.environ.get("ARGS") or ""))
    with exclusive("nightly", refusal="Cannot run the nightly tests: they are running already"):
        FAMILY.stop_left_behind()
        set_up()
        HOME.mkdir(parents=True, exist_ok=True)
        key = _get_key()
        failed = [part.name for part in parts if not _run(part, key)]
    if failed:
        raise Problem(
            f"Something was found in: {', '.join(failed)}. All of it stands in {paths.LOGS / 'nightly'}; "
            f'ARGS="{" ".join(failed)}" runs these parts again.'
        )
    return 0


def _get_key() -> str:
    files = [file for folder in ("tests", "tools") for file in sorted((paths.PROJECT / folder).rglob("*.py"))]
    addons = database.installable_addons()
    own = [file for addon in addons for file in sorted((paths.PROJECT / addon).rglob("*.py"))]
    return fingerprint(odoo_site() / "odoo" / "release.py", *database.sources_of(addons), *own, *files)


def _run(part: Part, key: str) -> bool:
    if os.environ.get("RESET") != "1" and has_passed(part, key):
        note(f"{part.name} has passed with these sources; RESET=1 runs it again")
        return True
    part.log.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    try:
        with step(f"nightly: {part.name} (at most {part.minutes:g} minutes)"):
            faults = part.work(part)
            if faults:
                raise Problem("")
    except Problem as problem:
        faults = faults if not str(problem) else [str(problem)]
    for fault in faults[:LONGEST_LIST]:
        note(fault)
    if len(faults) > LONGEST_LIST:
        note(f"and {len(faults) - LONGEST_LIST} more, see {part.result}")
    seconds = round(time.monotonic() - start)
    part.result.write_text(json.dumps({"key": key, "seconds": seconds, "faults": faults}, indent=1))
    return not faults


def _run_own(places: str, part: Part) -> list[str]:
    """Run folders and files of our tests with the examples and rounds of the night."""
    environment = {**os.environ, "BILLING_TIER": "nightly", "ARGS": places}
    command = [str(paths.PYTHON), "-m", "tools.run_tests"]
    code = _wait([_start(command, environment, part.log)], part.minutes * 60)
    lines = part.log.read_text(errors="replace").splitlines()
    found = [line for line in lines if line.startswith(("FAILED", "ERROR", "SUBFAILED"))]
    if code is None:
        told = [line for line in lines if line.startswith("failed: ")]  # before the end that it did not come to
        return [f"was not done after {part.minutes:g} minutes", *told]
    return found or ([f"answered {code}: {' '.join(lines[-3:])}"] if code else [])


def _run_within(seconds: float, command: Sequence[str], environment: dict[str, str], log: Path) -> int | None:
    return _wait([_start(command, environment, log)], seconds)


def _prove_posting(part: Part) -> list[str]:
    """Prove beside each group of further addons that batches equal Odoo's own way; what is proved is not done again."""
    deadline, key = time.monotonic() + part.minutes * 60, _get_key()
    faults = []
    with Cluster("test").use() as server:
        for name, addons in beside.GROUPS.items():
            one = Part(f"{part.name}-{name}", part.minutes, part.work)
            if os.environ.get("RESET") != "1" and has_passed(one, key):
                continue
            left = deadline - time.monotonic()
            if left <= 0:
                return [*faults, f"was not done after {part.minutes:g} minutes; the next run goes on with {name}"]
            found, shares = beside.prove(server, name, addons, one.log, partial(_run_within, left), processes=2)
            for line in shares:
                note(line)
            one.result.write_text(json.dumps({"key": key, "seconds": 0, "faults": found}, indent=1))
            faults += [f"beside {name}: {fault}" for fault in found]
    return faults


def _compare_suite(suite: str, part: Part) -> list[str]:
    """Run a suite of Odoo on both databases at once, and what differs once more on fresh ones."""
    with Cluster("test").use() as server:
        templates = _get_templates(server)
        found = {side: HOME / f"{part.name}-{side}.txt" for side in SIDES}
        # A side is done again when its own database is another: what Odoo does alone outlives a change of ours.
        for side, file in found.items():
            _begin(file, fingerprint((paths.STAMPS / templates[side]).read_text()))
        if not _run_sides(server, templates, suite, found, part):
            return [f"was not done after {part.minutes:g} minutes; the next run goes on where it was ended"]
        differing = compare(*(outcomes.read(found[side]) for side in SIDES))
        if differing:
            again = {side: HOME / f"{part.name}-{side}-again.txt" for side in SIDES}
            for file in again.values():
                file.unlink(missing_ok=True)
            only = HOME / f"{part.name}-differing.txt"
            only.write_text("\n".join(differing))
            _run_sides(server, templates, suite, again, part, only)
            differing = compare(*(outcomes.read(again[side]) for side in SIDES))
        results = outcomes.read(found["with"])
    if not results:
        return [f"no test of {suite} was run, see {part.log}"]
    counts = {outcome: list(results.values()).count(outcome) for outcome in outcomes.ORDER}
    note(f"{part.name}: {', '.join(f'{count} {outcome}' for outcome, count in counts.items() if count)} on both")
    faults, meant = judge(differing, results)
    for line in meant:
        note(line)
    return faults


def _begin(file: Path, key: str) -> None:
    """Keep what an ended run wrote for the same databases; begin anew for others, or when a whole run is asked for."""
    head = f"# {key}\n"
    kept = file.is_file() and file.read_text().startswith(head) and os.environ.get("RESET") != "1"
    if not kept:
        file.write_text(head)


def _get_templates(server: dict[str, str]) -> dict[str, str]:
    """Return {side: database} of the two on which suites of Odoo are compared, installing what is missing."""
    own = database.installable_addons()
    # What our addons bring along is on both sides, so that only they themselves make a difference.
    needed = {name for addon in own for name in database.get_depends(addon)} - set(own)
    plain = database.base_template(
        server,
        "online_billing_nightly_without",
        sorted({*SUITES, *needed}),
        more_addons=[paths.TEST_ADDONS],
        script=database.PREPARE,
    )
    return {"without": plain, "with": database.addons_template(server, "online_billing_nightly_with", plain)}


def _run_sides(
    server: dict[str, str],
    templates: dict[str, str],
    suite: str,
    found: dict[str, Path],
    part: Part,
    only: Path | None = None,
) -> bool:
    """Run a suite on copies of both databases at the same time; say whether it came to its end."""
    chromium = bring_chromium()
    names = {side: f"{templates[side]}_{os.getpid()}" for side in SIDES}
    with contextlib.ExitStack() as stack:
        for name in names.values():
            stack.callback(database.drop, server, name)
        processes = []
        for side in SIDES:
            database.create(server, names[side], templates[side])
            environment = {
                **database.process_environment(server),
                "PYTHONPATH": str(paths.PROJECT),
                "PATH": f"{Path(chromium).parent}{os.pathsep}{os.environ['PATH']}" if chromium else os.environ["PATH"],
                "BILLING_OUTCOMES": str(found[side]),
                **({"BILLING_ONLY": str(only)} if only else {}),
            }
            log = part.log.with_name(f"{part.name}-{side}.log")
            processes.append(_start(_get_command(suite, names[side]), environment, log))
        return _wait(processes, part.minutes * 60) is not None


def _get_command(suite: str, name: str) -> list[str]:
    folder = next(
        home / suite / "tests" for home in map(Path, database.addons_path().split(",")) if (home / suite).is_dir()
    )
    return [
        *(str(paths.PYTHON), "-m", "pytest", "-q", "-p", "tools.outcomes", f"--rootdir={paths.PROJECT}"),
        *("-c", str(paths.PROJECT / "pyproject.toml"), "--tb=short"),
        f"--odoo-config={database.configuration([paths.TEST_ADDONS])}",
        *(f"--odoo-database={name}", "--odoo-http", "--odoo-extra=max-cron-threads=0", str(folder)),
    ]


def _start(command: Sequence[str], environment: dict[str, str], log: Path) -> subprocess.Popen:
    log.unlink(missing_ok=True)
    return FAMILY.start(command, log, environment)


def _wait(processes: Sequence[subprocess.Popen], seconds: float) -> int | None:
    """Return the worst answer of some processes; None if they had to be ended because their time was over."""
    deadline = time.monotonic() + seconds
    try:
        return max(abs(process.wait(timeout=max(deadline - time.monotonic(), 0))) for process in processes)
    except subprocess.TimeoutExpired:
        return None
    finally:
        for process in processes:
            end_group(process)


if __name__ == "__main__":
    main(nightly)
