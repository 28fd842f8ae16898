"""A-18: what our code does with the rights of the system is known, and says why.

``elevations.csv`` counts it: a row without a function for each file, and a row for each function of which no comment
beginning with ``# sudo:`` says why within the statement or the lines above it, with the reason in place of the comment.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from structure_elevations import count_in_template, find_elevations

from tools import paths

LIST = Path(__file__).with_name("elevations.csv")
#: Python files and templates that are shipped
SHIPPED = (".py", ".xml")


@pytest.fixture(scope="module")
def found() -> Counter[tuple[str, str]]:
    """{(file, function): how many}: all of a file without a function, those without a comment of each function."""
    counts: Counter[tuple[str, str]] = Counter()
    for file in sorted(paths.PROJECT.glob("online_billing*/**/*")):
        name = file.relative_to(paths.PROJECT).as_posix()
        if file.suffix not in SHIPPED or "/tests/" in name:
            continue
        if file.suffix == ".xml":
            counts[name, ""] += count_in_template(file.read_text())
            continue
        for function, is_said in find_elevations(file.read_text()):
            counts[name, ""] += 1
            counts[name, function] += not is_said
    return +counts


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], dict[str, str]]:
    with LIST.open(newline="") as file:
        return {(row["file"], row["function"]): row for row in csv.DictReader(file)}


def test_a18_each_elevation_is_counted(found, rows):
    assert sum(count for (_file, function), count in found.items() if not function) > 500
    known = {file: int(row["count"]) for (file, function), row in rows.items() if not function}
    now = {file: count for (file, function), count in found.items() if not function}
    told = [
        f"{file} has {now.get(file, 0)} elevations, and {known.get(file, 0)} are known: make sure that what is"
        f" elevated was checked before and that nothing of it is rendered, then write the number into {LIST.name}"
        for file in sorted(now.keys() | known.keys())
        if now.get(file) != known.get(file)
    ]
    assert told == []


def test_a18_each_elevation_says_why(found, rows):
    listed = {place: int(row["count"]) for place, row in rows.items() if place[1]}
    unsaid = {place: count for place, count in found.items() if place[1]}
    told = [
        f"{file}, {function}: {unsaid.get((file, function), 0)} elevations without a comment beginning with"
        f" “# sudo:”, and {listed.get((file, function), 0)} are listed: say there why it may, or take the row out of"
        f" {LIST.name} where the comment stands now"
        for file, function in sorted(unsaid.keys() | listed.keys())
        if unsaid.get((file, function)) != listed.get((file, function))
    ]
    assert told == []
    assert [place for place, row in rows.items() if place[1] and not row["reason"].strip()] == []
    # a template has no comment that is not sent to the visitor
    assert [place for place, row in rows.items() if place[0].endswith(".xml") and not row["reason"].strip()] == []


@pytest.mark.parametrize(
    "act",
    [
        "self.sudo().go()",
        "self.sudo(True).go()",
        "self.sudo(wanted).go()",
        "self.env(su=True)['x']",
        "self.with_user(SUPERUSER_ID).go()",
        "api.Environment(cr, odoo.SUPERUSER_ID, {})",
        "[one.sudo() for one in self]",
    ],
)
def test_an_elevation_without_a_reason_is_found(act):
    text = (
        f"class A:\n    def before(self):\n        return 1  # sudo: of another\n\n    def go(self):\n        {act}\n"
    )
    assert list(find_elevations(text)) == [("A.go", False)]


@pytest.mark.parametrize(
    "body",
    [
        "self.sudo().go()  # sudo: why",
        "# sudo: why\n    self.sudo().go()",
        "# sudo: why\n    if self.x:\n        self.sudo().go()",
        "self.sudo().go(\n        1,\n    )  # sudo: why",
    ],
)
def test_a_reason_beside_an_elevation_is_seen(body):
    assert list(find_elevations(f"def go(self):\n    {body}\n")) == [("go", True)]


def test_a_reason_of_another_statement_far_away_does_not_count():
    far = "# sudo: why\n" + "    x = 1\n" * 7
    assert list(find_elevations(f"def go(self):\n    {far}    self.sudo().go()\n")) == [("go", False)]
    inside = "if self.sudo().x:\n        y = 1  # sudo: why\n"
    assert list(find_elevations(f"def go(self):\n    {inside}")) == [("go", False)]


def test_rights_that_are_given_back_are_no_elevation():
    assert list(find_elevations("def go(self):\n    self.sudo(False).env(su=False)\n")) == []


def test_elevations_of_a_template_are_counted():
    assert count_in_template('<t t-if="o.sudo().x" t-out="o.env(su=True)"/>') == 2
