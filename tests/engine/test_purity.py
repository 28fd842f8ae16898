"""The engine is pure: no floating point, no clock, no Odoo, nothing below that looks up."""

import ast

import pytest
from conftest import ROOT

import online_billing.engine as engine

FOLDER = ROOT / "online_billing" / "engine"
FILES = sorted(FOLDER.rglob("*.py"))
STANDARD_LIBRARY = {
    "calendar",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "itertools",
    "types",
}
FORBIDDEN_NAMES = {"float", "round", "eval", "exec", "open", "print", "input"}
FORBIDDEN_ATTRIBUTES = {"today", "now", "utcnow", "fromtimestamp", "time", "sqrt"}
#: Which module may import which: each only those above it in the guided tour.
ORDER = [
    "errors", "money", "period", "cadence", "proration", "pricing", "rating", "commitment", "terms", "serving",
    "correction", "schedule", "explain", "reference_rate", "late_fee_terms", "late_fee", "installment", "settlement",
    "lifecycle", "receivable", "collection", "debit", "retry", "__init__",
]  # fmt: skip


def named(path):
    return path.relative_to(FOLDER).as_posix()


def faults(source):
    """What an exact and timeless module must not contain, as ``(line, what)``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
            yield node.lineno, "floating point constant"
        elif isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div):
            yield node.lineno, "division of possibly plain integers"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_NAMES:
            yield node.lineno, node.func.id
        elif isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES:
            yield node.lineno, node.attr
        elif isinstance(node, ast.Assert):
            yield node.lineno, "assert as validation"
        elif isinstance(node, ast.Import):
            for name in node.names:
                if name.name.split(".")[0] not in STANDARD_LIBRARY:
                    yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module.split(".")[0] not in STANDARD_LIBRARY:
            yield node.lineno, node.module


@pytest.mark.parametrize("path", FILES, ids=named)
def test_no_module_uses_floats_clocks_or_anything_but_the_standard_library(path):
    assert list(faults(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "x = 0.1", "x = a / b", "x /= b", "float(x)", "round(x, 2)", "date.today()", "datetime.now()", "import odoo",
        "assert x", "from odoo import models", "import time",
    ],
)  # fmt: skip
def test_the_search_for_faults_finds_each_of_them(source):
    assert len(list(faults(source))) == 1


def upward_imports(name, source):
    """The modules that a module must not import, because they do not stand above it in the guided tour."""
    first = name.partition("/")[0].removesuffix(".py")
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom) or not node.level or (first == "pricing" and node.level == 1):
            continue
        targets = [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]
        yield from (target for target in targets if ORDER.index(target) >= ORDER.index(first))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_imports_point_down_only(path):
    assert list(upward_imports(named(path), path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("money.py", "from .period import Period"),
        ("period.py", "from . import cadence, errors"),
        ("pricing/flat.py", "from ..rating import rate"),
    ],
)
def test_an_import_that_points_up_is_found(name, source):
    assert len(list(upward_imports(name, source))) == 1


@pytest.mark.parametrize("path", FILES, ids=named)
def test_files_stay_short_and_everything_public_is_documented(path):
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 400
    tree = ast.parse(source)
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{named(path)}:{node.lineno} {node.name}"
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 60


def test_the_public_face_is_complete_and_sorted():
    assert all(hasattr(engine, name) for name in engine.__all__)
    assert len(set(engine.__all__)) == len(engine.__all__)
    contract = (
        "EngineError ERROR_CODES as_exact check_amount round_half_up allocate Period Unit Cadence Anchor boundary "
        "index_of period_at period_of periods_between Alignment anchor_for Basis ratio Usage Slice Priced Tier "
        "PriceModel Flat PerUnit Package Graduated Volume StairStep Percentage GraduatedPercentage Dynamic Adjustments "
        "PriceVersion build_price_model rate true_up cap_discount LineTerms Due Segment Billed due next_due_date "
        "forecast MACHINES Machine next_state abbreviate spell_out"
    )
    assert set(contract.split()) <= set(engine.__all__)
