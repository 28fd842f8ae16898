"""Every test looks at something: what it asserts is reached, whatever the data are."""

from __future__ import annotations

import ast

import pytest
from structure_tests import find_tests, may_pass_unseen

from tools import paths

FOLDERS = ("tests", "online_billing/tests", "tools/addons")


def test_case_E11_no_test_asserts_only_where_it_may_not_come():
    looked_at, found = 0, []
    for folder in FOLDERS:
        for file in sorted((paths.PROJECT / folder).rglob("test_*.py")):
            tree = ast.parse(file.read_text())
            for test in find_tests(tree):
                looked_at += 1
                if may_pass_unseen(test, tree):
                    found.append(f"{file.relative_to(paths.PROJECT)}:{test.lineno} {test.name}")
    assert looked_at > 1000
    assert found == []


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "if case:\n        assert case.state",
        "for one in found():\n        assert one",
        "for one in (1, 2):\n        if one in found():\n            assert one",
        "while more():\n        assert True",
        "for one in [x for x in (1, 2) if x > 2]:\n        self.assertEqual(one, 1)",
        "with self.subTest():\n        for one in self.records:\n            self.assertTrue(one)",
        "if case:\n        assert case\n    else:\n        print(case)",
    ],
)
def test_a_test_that_may_look_at_nothing_is_found(body):
    tree = ast.parse(f"def test_x(self):\n    {body}\n")
    assert may_pass_unseen(next(find_tests(tree)), tree)


@pytest.mark.parametrize(
    "body",
    [
        "assert found()",
        "rows = found()\n    assert rows\n    for row in rows:\n        assert row",
        "for one in (1, 2):\n        assert one",
        "for name in NAMES:\n        assert name",
        "for name, value in {1: 2}.items():\n        assert name",
        "with self.assertRaises(ValueError):\n        go()",
        "look_at(1)",
        "if case:\n        assert case\n    else:\n        assert not case",
        "rows = found()\n    assume(rows)\n    for row in rows:\n        assert row",
    ],
)
def test_a_test_that_looks_at_something_is_left_alone(body):
    tree = ast.parse(f"NAMES = [1]\ndef look_at(x):\n    assert x\ndef test_x(self):\n    {body}\n")
    assert not may_pass_unseen(next(find_tests(tree)), tree)
