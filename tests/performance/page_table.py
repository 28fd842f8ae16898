"""What the pages of the app cost, as a table."""

from __future__ import annotations

from dataclasses import dataclass

STATEMENTS, MILLISECONDS, KILOBYTES = 60, 50, 60  # what no page may reach
SHOWN = 12  # the dearest of those that keep within


@dataclass
class Page:
    """What one page costs."""

    name: str
    statements: int
    milliseconds: float  # of the database
    python: float
    kilobytes: float

    @property
    def is_within(self) -> bool:
        return self.statements < STATEMENTS and self.milliseconds < MILLISECONDS and self.kilobytes < KILOBYTES


def print_pages(found: dict[int, list[Page]]) -> None:
    """Print the pages that reach a limit and the dearest others, with their growth.

    :param found: {number of charges: pages}
    """
    sizes = sorted(found)
    counts = " and ".join(f"{size:,}" for size in sizes)
    print(f"\nEvery page of the app, opened as the web client does, over {counts} charges")
    print(f"  each is to take less than {STATEMENTS} statements, {MILLISECONDS} ms of SQL and {KILOBYTES} KB")
    first = {page.name: page for page in found[sizes[0]]}
    pages = found[sizes[-1]]
    beyond = [page for page in pages if not page.is_within]
    dearest = sorted((page for page in pages if page.is_within), key=lambda page: -page.milliseconds)[:SHOWN]
    print(f"  {len(pages) - len(beyond)} of {len(pages)} pages do")
    print("  {:48}{:>11}{:>9}{:>9}{:>9}{:>16}".format("", "statements", "SQL ms", "Python", "KB", "SQL at fewer"))
    for page in (*beyond, *dearest):
        figures = f"{page.statements:>11}{page.milliseconds:>9.1f}{page.python:>9.1f}{page.kilobytes:>9.1f}"
        before = f"{first[page.name].milliseconds:>16.1f}" if page.name in first else ""
        print(f"  {page.name[:47]:48}{figures}{before}{'' if page.is_within else '  beyond'}")
