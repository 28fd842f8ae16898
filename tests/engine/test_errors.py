"""Refusals carry codes, and every code is listed and used."""

import ast
import pickle

import pytest
from conftest import ROOT

from online_billing.engine import ERROR_CODES, EngineError

FILES = sorted((ROOT / "online_billing" / "engine").rglob("*.py"))


def codes_in_source():
    """Every text in the engine that is the first argument of a refusal or is handed on to one as its code."""
    found = set()
    for path in FILES:
        if path.name == "errors.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "EngineError":
                first = node.args[0]
                assert isinstance(first, (ast.Constant, ast.Name)), f"{path.name}:{node.lineno}"
                found |= {first.value} if isinstance(first, ast.Constant) else set()
            elif node.func.id in ("_enum", "_in_force"):
                found.add(node.args[-1].value)
    return found


def test_every_refusal_uses_a_listed_code_and_every_listed_code_is_used():
    assert codes_in_source() == ERROR_CODES


def test_a_code_begins_with_its_subject():
    subjects = {
        "money",
        "period",
        "cadence",
        "proration",
        "pricing",
        "schedule",
        "installment",
        "late_fee",
        "lifecycle",
        "debit",
        "retry",
    }
    assert {code.split(".")[0] for code in ERROR_CODES} == subjects
    assert all(code.count(".") == 1 for code in ERROR_CODES)


def test_a_refusal_shows_its_code_and_details():
    assert str(EngineError("money.digits")) == "money.digits"
    assert str(EngineError("money.digits", digits=-1)) == "money.digits (digits=-1)"


def test_a_refusal_is_a_value_error_that_can_be_sent_to_another_process():
    with pytest.raises(ValueError, match=r"money\.digits"):
        raise EngineError("money.digits", digits=-1)
    again = pickle.loads(pickle.dumps(EngineError("money.digits", digits=-1)))  # noqa: S301
    assert (again.code, again.details) == ("money.digits", {"digits": -1})
