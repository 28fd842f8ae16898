#!/usr/bin/env python3
"""Breaks the engine on purpose, one small place at a time, and tells which breaks no test notices.

Each mutant is one changed node of one module's syntax tree. It is tested in a forked child that loads the changed
module instead of the file, so nothing is written, and that runs only the tests of that module: first the worked
examples, then, for what they miss, the random tests. A mutant that a test fails on (or that never ends) is caught.

``make mutation`` runs it with the tools' Python; any other with pytest and hypothesis will do. The environment may set

    BUDGET   minutes until it stops and reports what it has (default 20); the order is shuffled, so that a part of the
             mutants is a fair sample
    JOBS     mutants tested at a time (default 2)
    MODULES  part of a module's name, to test that one alone, for example ``MODULES=cadence``
    TARGET   percent that must be caught (default 95), else the exit status is 1
"""

import ast
import contextlib
import copy
import importlib.machinery
import os
import random
import resource
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "online_billing" / "engine"
TESTS = ROOT / "tests" / "engine"
PRICE_TESTS = (
    "test_values.py",
    "test_price_models.py",
    "test_price_versions.py",
    "test_golden.py",
    "test_price_properties.py",
)
LATE_FEE_TESTS = ("test_late_fee.py", "test_golden.py", "test_values.py", "test_late_fee_properties.py")
INSTALLMENT_TESTS = ("test_installment.py", "test_settlement.py", "test_golden.py", "test_values.py")
SCHEDULE_TESTS = ("test_schedule.py", "test_golden.py", "test_correction.py", "test_schedule_properties.py")
TESTS_OF = {
    "money.py": ("test_money.py", "test_commitment.py", "test_price_models.py"),
    "period.py": ("test_period.py", "test_cadence.py", "test_values.py"),
    "cadence.py": ("test_cadence.py", "test_golden.py", "test_values.py"),
    "correction.py": ("test_correction.py",),
    "lifecycle.py": ("test_lifecycle.py",),
    "proration.py": ("test_proration.py", "test_golden.py"),
    "reference_rate.py": LATE_FEE_TESTS,
    "late_fee_terms.py": LATE_FEE_TESTS,
    "late_fee.py": LATE_FEE_TESTS,
    "receivable.py": ("test_receivable.py", "test_values.py"),
    "collection.py": ("test_collection.py", "test_values.py"),
    "retry.py": ("test_retry.py",),
    "debit.py": ("test_debit.py",),
    "commitment.py": ("test_commitment.py", "test_price_properties.py"),
    "explain.py": ("test_explain.py",),
    "rating.py": PRICE_TESTS,
    "schedule.py": SCHEDULE_TESTS,
    "serving.py": SCHEDULE_TESTS,
    "terms.py": (*SCHEDULE_TESTS, "test_values.py"),
    "installment.py": INSTALLMENT_TESTS,
    "settlement.py": INSTALLMENT_TESTS,
}
# nothing but texts and names
WITHOUT_TESTS = ("__init__.py", "errors.py")
CPU_SECONDS = 40

COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip
SWAPPED_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


def changed(node, **fields):
    """A copy of the node with other fields, at the same place in the file."""
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return ast.copy_location(other, node)


def is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def variants(node):
    """Yield ``(what, replacement)`` for a node; the replacement None removes a statement."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            swapped = COMPARISONS[type(operator)]
            operators = [swapped() if place == n else other for n, other in enumerate(node.ops)]
            yield f"{type(operator).__name__} -> {swapped.__name__}", changed(node, ops=operators)
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in ARITHMETIC:
        swapped = ARITHMETIC[type(node.op)]
        yield f"{type(node.op).__name__} -> {swapped.__name__}", changed(node, op=swapped())
    elif isinstance(node, ast.BoolOp):
        swapped = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{type(node.op).__name__} -> {swapped.__name__}", changed(node, op=swapped())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        yield f"without {type(node.op).__name__}", node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{node.value} -> {not node.value}", changed(node, value=not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield f"{node.value} -> {node.value + 1}", changed(node, value=node.value + 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield f"{node.value!r} -> other text", changed(node, value=node.value + "?")
    elif isinstance(node, ast.Name) and node.id in SWAPPED_NAMES and isinstance(node.ctx, ast.Load):
        yield f"{node.id} -> {SWAPPED_NAMES[node.id]}", changed(node, id=SWAPPED_NAMES[node.id])
    elif isinstance(node, ast.IfExp):
        yield "branches swapped", changed(node, body=node.orelse, orelse=node.body)
    elif isinstance(node, ast.If) and not isinstance(node.test, (ast.Compare, ast.BoolOp, ast.UnaryOp)):
        yield "condition inverted", changed(node, test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Return) and not (node.value is None or is_none(node.value)):
        yield "returns None", changed(node, value=ast.Constant(None))
    elif isinstance(node, ast.Continue):
        yield "continue -> break", ast.copy_location(ast.Break(), node)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "call removed", ast.copy_location(ast.Pass(), node)


def nodes_to_change(tree):
    """Yield the nodes that decide something: no docstrings, annotations or details of refusals."""
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            skipped.update(ast.walk(node.annotation))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "EngineError":
            # What a refusal quotes is for people; its code is what programs rely on.
            for keyword in node.keywords:
                skipped.update(ast.walk(keyword))
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id in ("__slots__", "__all__") for target in node.targets
        ):
            skipped.update(ast.walk(node))
    return [node for node in ast.walk(tree) if node not in skipped and list(variants(node))]


def mutants_of(path):
    """Return ``(path, place of the node, place of the variant, line, what)`` of every mutant of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (path, place, number, node.lineno, what)
        for place, node in enumerate(nodes_to_change(tree))
        for number, (what, _replacement) in enumerate(variants(node))
    ]


class Replace(ast.NodeTransformer):
    """Puts the replacement in the place of one node."""

    def __init__(self, node, replacement):
        self.node, self.replacement = node, replacement

    def visit(self, node):
        return self.replacement if node is self.node else self.generic_visit(node)


def compiled(path, place, number):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    node = nodes_to_change(tree)[place]
    replacement = list(variants(node))[number][1]
    tree = ast.fix_missing_locations(Replace(node, replacement).visit(tree))
    return compile(tree, str(path), "exec")


def module_name(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_in_child(mutant):
    """Fork a child that tests one mutant (None: the engine as it is) and exits with 0 when no test failed."""
    pid = os.fork()
    if pid:
        return pid
    status = 3
    with contextlib.suppress(BaseException):
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        status = run_tests(mutant)
    os._exit(status)


def run_tests(mutant):
    import pytest

    files = set().union(*TESTS_OF.values(), PRICE_TESTS)
    if mutant:
        path, place, number = mutant[:3]
        name, code = module_name(path), compiled(path, place, number)
        files = TESTS_OF.get(path.name, PRICE_TESTS)
        original = importlib.machinery.SourceFileLoader.get_code

        def get_code(loader, fullname):
            return code if fullname == name else original(loader, fullname)

        importlib.machinery.SourceFileLoader.get_code = get_code
    # the engine needs no Odoo; its plugin would look for a database
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:odoo", *(str(TESTS / file) for file in sorted(files))]
    if mutant and forget_and_run(pytest, [*arguments, "-m", "not hypothesis"]):
        return 1
    return 1 if forget_and_run(pytest, [*arguments, *(["-m", "hypothesis"] if mutant else [])]) else 0


def forget_and_run(pytest, arguments):
    for name in list(sys.modules):
        if name.startswith(("online_billing", "engine_", "test_", "golden_loader")) or name == "conftest":
            del sys.modules[name]
    return int(pytest.main(arguments))


def test_all(mutants, jobs, deadline):
    """Test the mutants, a few at a time, until the deadline; return (caught, survivors)."""
    waiting, running, caught, survivors = list(reversed(mutants)), {}, 0, []
    while running or (waiting and time.monotonic() < deadline):
        while waiting and len(running) < jobs and time.monotonic() < deadline:
            mutant = waiting.pop()
            running[test_in_child(mutant)] = mutant
        pid, status = os.wait()
        mutant = running.pop(pid)
        tested = caught + len(survivors) + 1
        if tested % 50 == 0:
            print(f"{tested} tested", flush=True)
        if os.waitstatus_to_exitcode(status) == 0:
            survivors.append(mutant)
            print(f"  survived: {module_name(mutant[0])}:{mutant[3]} {mutant[4]}", flush=True)
        else:
            caught += 1
    return caught, survivors


def main():
    os.environ["BILLING_MUTATION"] = "1"
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.chdir(ROOT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    budget, jobs = float(os.environ.get("BUDGET", "20")), int(os.environ.get("JOBS", "2"))
    paths = [ENGINE / name for name in TESTS_OF] + sorted((ENGINE / "pricing").glob("*.py"))
    strangers = {path.name for path in ENGINE.glob("*.py")} - {*TESTS_OF, *WITHOUT_TESTS}
    if strangers:
        sys.exit(f"Say in TESTS_OF which tests test {', '.join(sorted(strangers))}.")
    wanted = os.environ.get("MODULES", "")
    mutants = [mutant for path in paths if wanted in module_name(path) for mutant in mutants_of(path)]
    random.Random(1).shuffle(mutants)  # noqa: S311 (the same order every time)

    # Loaded once, so that the children need not.
    import hypothesis
    import pytest  # noqa: F401

    del hypothesis
    _pid, status = os.waitpid(test_in_child(None), 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit("Cannot test mutants: the tests fail on the engine as it is. Mend that first: pytest tests/engine")
    print(f"{len(mutants)} mutants of {len(paths)} modules, {jobs} at a time, at most {budget:g} minutes", flush=True)
    started = time.monotonic()
    caught, survivors = test_all(mutants, jobs, started + budget * 60)
    tested = caught + len(survivors)
    percent = 100 * caught / tested if tested else 0
    minutes = (time.monotonic() - started) / 60
    left = len(mutants) - tested
    print(f"caught {caught} of {tested} tested ({percent:.1f} %), {left} left untested, in {minutes:.1f} minutes")
    for path, _place, _number, line, what in sorted(survivors, key=lambda mutant: (str(mutant[0]), mutant[3])):
        print(f"  {path.relative_to(ROOT)}:{line}: {what}")
    return 0 if percent >= float(os.environ.get("TARGET", "95")) else 1


if __name__ == "__main__":
    sys.exit(main())
