"""A search for tests that may pass without having looked at anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

ASSERTING = ("assert", "fail", "expect", "raises", "Raises", "refused", "wait_for")
# what always has something in it when its arguments are written out
FILLED = {"range", "enumerate", "zip", "product", "sorted", "reversed", "list", "tuple", "permutations", "batched"}


def find_tests(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Yield the tests of a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def may_pass_unseen(test: ast.FunctionDef, tree: ast.Module) -> bool:
    """Return whether a test asserts nothing, or only under a condition or in a loop over what may be empty.

    :param tree: the file of the test: what is written out at its top, and its helpers that assert
    """
    filled, helpers = _read_file(tree)
    return not any(_walk_assertions(test.body, filled | _get_filled_names(test), helpers))


@lru_cache(maxsize=1)
def _read_file(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return the names that are written out in a file, and its functions that assert."""
    helpers = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("test_") and _asserts(node, set())
    }
    return _get_filled_names(tree), helpers


def _walk_assertions(body: list[ast.stmt], filled: set[str], helpers: set[str]) -> Iterator[bool]:
    """Yield for each statement that asserts whether it is surely reached."""
    for statement in body:
        if isinstance(statement, (ast.For, ast.AsyncFor)):
            sure = _is_filled(statement.iter, filled)
            yield from (sure and reached for reached in _walk_assertions(statement.body, filled, helpers))
        elif isinstance(statement, ast.While):
            yield from (False for _reached in _walk_assertions(statement.body, filled, helpers))
        elif isinstance(statement, ast.If):
            # where both ways assert, one of them does
            both = [list(_walk_assertions(way, filled, helpers)) for way in (statement.body, statement.orelse)]
            yield from [any(both[0]) and any(both[1])] * bool(both[0] or both[1])
        elif isinstance(statement, ast.With):
            yield from (True for item in statement.items if _asserts(item.context_expr, helpers))
            yield from _walk_assertions(statement.body, filled, helpers)
        elif isinstance(statement, ast.Try):
            for part in (statement.body, statement.finalbody):
                yield from _walk_assertions(part, filled, helpers)
        elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            continue
        elif _asserts(statement, helpers):
            yield True


def _asserts(node: ast.AST, helpers: set[str]) -> bool:
    for part in ast.walk(node):
        if isinstance(part, ast.Assert):
            return True
        if isinstance(part, ast.Call):
            name = getattr(part.func, "attr", getattr(part.func, "id", ""))
            if name in helpers or any(word in name for word in ASSERTING):
                return True
    return False


def _is_filled(node: ast.AST, names: set[str]) -> bool:
    """Return whether something that is looped over is written out in the test and not empty."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return bool(node.elts)
    if isinstance(node, ast.Dict):
        return bool(node.keys)
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.Attribute):
        return node.attr in names
    if isinstance(node, ast.Subscript):
        return _is_filled(node.value, names)
    if isinstance(node, ast.BinOp):
        return _is_filled(node.left, names) or _is_filled(node.right, names)
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in {"items", "values", "keys", "split"} and isinstance(node.func, ast.Attribute):
            return _is_filled(node.func.value, names)
        return name in FILLED and any(_is_filled(argument, names) for argument in node.args)
    if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        return not any(part.ifs for part in node.generators) and all(
            _is_filled(part.iter, names) for part in node.generators
        )
    return False


def _get_filled_names(tree: ast.AST) -> set[str]:
    """Return the names that are given something written out."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "assume":
            # what is drawn anew until it is not empty
            names |= {argument.id for argument in node.args if isinstance(argument, ast.Name)}
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, (ast.Name, ast.Attribute)) and _is_filled(node.value, names):
                    names.add(getattr(target, "id", getattr(target, "attr", "")))
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = zip(target.elts, node.value.elts, strict=False)
                    names |= {one.id for one, value in pairs if isinstance(one, ast.Name) and _is_filled(value, names)}
    return names
