"""What the pages of a customer cost beside Odoo's own list of invoices, as a table."""

from __future__ import annotations

from dataclasses import dataclass

STATEMENTS = 60  # what no page may take more of, at any number of invoices
GROWTH = 5  # nor more than so many more where there are many
MEASURE = "Odoo's own list of invoices"
MIX = ("first page", "invoices", "one invoice", "pay page")  # what a customer opens most


@dataclass
class CustomerPage:
    """What one page costs, in milliseconds of processor time of Odoo and of the database."""

    name: str
    statements: int
    python: float
    database: float
    kilobytes: float

    @property
    def milliseconds(self) -> float:
        return self.python + self.database


def print_portal(found: dict[int, list[CustomerPage]]) -> None:
    """Print each page at both numbers of invoices, and what of the rules it does not keep.

    :param found: {number of invoices: pages}, the fewer first
    """
    few, many = ({page.name: page for page in pages} for pages in found.values())
    fewer, more = found
    print(f"\nPages of a customer over HTTP, with {fewer:,} and with {more:,} invoices; one free core")
    print(f"  {'':32}{'statements':>16}{'ms (SQL of it)':>30}{'of Odoo’s list':>18}{'KB':>14}")
    for name, page in many.items():
        first = few[name]
        times = [one.milliseconds / measure[MEASURE].milliseconds for one, measure in ((first, few), (page, many))]
        told = ", ".join(get_faults(first, page, times)) if not name.startswith("Odoo's") else ""
        print(
            f"  {name:32}{first.statements:>8}{page.statements:>8}"
            f"{first.milliseconds:>9.1f} ({first.database:4.1f}){page.milliseconds:>8.1f} ({page.database:5.1f})"
            f"{times[0]:>9.2f}{times[1]:>9.2f}{first.kilobytes:>7.0f}{page.kilobytes:>7.0f}  {told}"
        )
    for count, pages in ((fewer, few), (more, many)):
        seconds = sum(pages[name].milliseconds for name in MIX) / 1000
        of_mix, of_odoo = len(MIX) / seconds, 1000 / pages[MEASURE].milliseconds
        print(
            f"  {', '.join(MIX)} in turn, {count:,} invoices: {of_mix:.1f} pages/s, Odoo's own list {of_odoo:.1f}:"
            f" {of_mix / of_odoo:.2f} times as fast"
        )


def get_faults(few: CustomerPage, many: CustomerPage, times: list[float]) -> list[str]:
    """Return which of the rules a page does not keep.

    :param times: how often Odoo's own list could be opened meanwhile, with few and with many invoices
    """
    faults = []
    if max(few.statements, many.statements) > STATEMENTS:
        faults.append(f"more than {STATEMENTS} statements")
    if many.statements - few.statements > GROWTH:
        faults.append("statements grow")
    if max(times) > 1:
        faults.append("slower than Odoo's list")
    return faults
