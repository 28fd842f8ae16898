"""A search for what our code does with the rights of the system, and whether it says why."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

MARK = "# sudo:"
#: so many lines above the statement the reason may stand
NEAR = 6
IN_TEMPLATES = re.compile(r"\.sudo\(\)|su=True")


def find_elevations(text: str) -> Iterator[tuple[str, bool]]:
    """Yield for each elevation of a Python file the function that it stands in, and whether a comment says why.

    It counts ``sudo()``, ``su=True`` and ``SUPERUSER_ID`` given to a call; ``sudo(False)`` gives rights back.
    """
    lines = text.splitlines()
    for function, begins, statement in _walk(ast.parse(text), "", 0, None):
        # behind a statement over several lines the comment stands at its end
        near = lines[max(statement.lineno - 1 - NEAR, begins) : statement.end_lineno]
        yield function, any(MARK in line for line in near)


def count_in_template(text: str) -> int:
    """Return how many elevations stand in a template."""
    return len(IN_TEMPLATES.findall(text))


def _walk(node: ast.AST, function: str, begins: int, statement: ast.stmt | None) -> Iterator[tuple[str, int, ast.stmt]]:
    """Yield for each elevation (function, its first line, statement); of one that holds others, its own head alone."""
    for child in ast.iter_child_nodes(node):
        above = _get_head(child) if isinstance(child, ast.stmt) else statement
        if isinstance(child, ast.Call) and _elevates(child):
            yield function, begins, above
        if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            yield from _walk(child, f"{function}.{child.name}".strip("."), child.lineno - 1, above)
        else:
            yield from _walk(child, function, begins, above)


def _get_head(statement: ast.stmt) -> ast.stmt:
    body = getattr(statement, "body", None)
    if not body:
        return statement
    return ast.Pass(lineno=statement.lineno, end_lineno=max(body[0].lineno - 1, statement.lineno))


def _elevates(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "sudo":
        return not call.args or not (isinstance(call.args[0], ast.Constant) and call.args[0].value is False)
    if any(word.arg == "su" and getattr(word.value, "value", True) is not False for word in call.keywords):
        return True
    given = (*call.args, *(word.value for word in call.keywords))
    return any(getattr(value, "id", getattr(value, "attr", "")) == "SUPERUSER_ID" for value in given)
