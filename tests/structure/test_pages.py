"""The pages tell of what is there: entry points, methods to override, files, links."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tools import pages, paths

WRITTEN = [
    page
    for page in sorted(paths.PROJECT.rglob("*.md"))
    if not {".local", "node_modules"} & set(page.relative_to(paths.PROJECT).parts)
]
FILES = {
    file.relative_to(paths.PROJECT).as_posix()
    for folder in ("online_billing", "tests", "tools", "docker", "docs", ".ci")
    for file in (paths.PROJECT / folder).rglob("*")
    if file.is_file()
}


def named(page: Path) -> str:
    return page.relative_to(paths.PROJECT).as_posix()


def find_faults(text: str, folder: Path) -> list[str]:
    """Return what a page says of files that are not there, and headings that nobody sees."""
    lines = text.splitlines()
    prose = re.sub(r"(?m)^    .*$", "", text)
    return [
        *(f"no blank line before {line}" for before, line in pairwise(lines) if re.match(r"#+ ", line) and before),
        *(f"no {target}" for target in re.findall(r"\]\(([^)#:]+)\)", prose) if not (folder / target).exists()),
        *(
            f"no {name}"
            for name in re.findall(r"`([\w./-]+\.(?:py|js|xml|csv|toml))`", prose)
            if not any(f"/{file}".endswith(f"/{name}") for file in FILES) and not (folder / name).exists()
        ),
        *(
            f"no {name}"
            for name in re.findall(r"`((?:online_billing|tests|tools|docs|docker)/[\w./-]+)`", prose)
            if not (paths.PROJECT / name).exists()
        ),
    ]


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_files_and_links_of_a_page_are_there_and_its_headings_are_seen(page):
    assert find_faults(page.read_text(), page.parent) == []


@pytest.mark.parametrize(
    "text",
    ["words\n## Heading\n", "see [there](gone/README.md)\n", "in `services/gone.py` it stands\n", "`tests/gone`\n"],
)
def test_the_search_finds_each_fault_of_a_page(text):
    assert len(find_faults(text, paths.PROJECT)) == 1


@pytest.mark.parametrize("addon", paths.own_addons())
def test_each_addon_has_a_page_among_the_apps(addon):
    """Of one without it Odoo shows the README, which it reads as another markup, and prints errors while installing."""
    title = ast.literal_eval((paths.PROJECT / addon / "__manifest__.py").read_text())["name"]
    assert f"<h1>{title}</h1>" in (paths.PROJECT / addon / "static/description/index.html").read_text()


@pytest.mark.parametrize("page", pages.get_pages(), ids=named)
def test_each_folder_of_services_has_a_page_with_all_entry_points_and_no_other(page):
    text = page.read_text()
    assert "**Owns:**" in text
    assert "**Does not own:**" in text
    assert text == pages.write_table(page), "`make pages` writes the table anew"


@pytest.mark.parametrize("page", pages.get_pages(), ids=named)
def test_what_a_page_says_may_be_overridden_exists(page):
    _before, _heading, rest = page.read_text().partition("## What may be overridden\n")
    assert rest
    source = "\n".join(file.read_text() for file in page.parent.rglob("*.py"))
    for method in re.findall(r"`(_\w+)(?:\(\w*\))?`", rest.partition("\n## ")[0]):
        assert f"def {method}(" in source, method


def test_an_entry_point_without_a_row_and_a_row_without_one_are_found(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(f"# X\n\n{pages.HEADING}\n\n{pages.HEAD[0]}\n{pages.HEAD[1]}\n| `billing.x.gone()` | Go |\n")
    (tmp_path / "x.py").write_text(
        'class X(models.AbstractModel):\n    _name = "billing.x"\n\n    def go(self, a):\n        """Go there."""\n'
    )
    written = pages.write_table(page)
    assert "| `billing.x.go(a)` | Go there |" in written
    assert "gone" not in written
