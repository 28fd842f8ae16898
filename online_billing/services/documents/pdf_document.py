"""What one printed document shows, as finished texts: the border between Odoo and the drawing."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """A column of the table; the width is a share of the free width, None takes the rest."""

    label: str
    width: float | None = None
    right: bool = True


@dataclass(frozen=True)
class Row:
    """A row of the table: cells, or a text over the whole width: a note, or a section, which may carry an amount."""

    cells: tuple[str, ...]
    kind: str = "line"  # line, section, note, strong
    indent: int = 0


@dataclass(frozen=True)
class Total:
    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True)
class Link:
    """Where the reader can go: a text, an address that is drawn as a QR code too, and what to do with that."""

    label: str
    url: str
    hint: str = ""


@dataclass
class Document:
    """Everything that one printed document shows, in the reader's language."""

    title: str
    language: str = "en"
    page_format: str = "A4"
    page_label: str = "Page %(page)s of %(pages)s"
    company_name: str = ""
    company_lines: list[str] = field(default_factory=list)
    logo: bytes | None = None
    color: str = "#1f4e79"
    sender_line: str = ""
    recipient: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)  # paragraphs above the table
    columns: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    schedule: list[str] = field(default_factory=list)
    instructions: list[tuple[str, str]] = field(default_factory=list)
    link: Link | None = None
    notes: list[str] = field(default_factory=list)
    footer: list[str] = field(default_factory=list)

    def get_text(self):
        """Return all characters that are printed, for the choice of the font."""
        parts = [
            self.title,
            self.page_label,
            self.company_name,
            self.sender_line,
            *self.company_lines,
            *self.recipient,
            *self.schedule,
            *self.text,
            *self.notes,
            *self.footer,
        ]
        parts += [text for pair in [*self.facts, *self.instructions] for text in pair]
        parts += [column.label for column in self.columns] + [cell for row in self.rows for cell in row.cells]
        parts += [text for total in self.totals for text in (total.label, total.amount)]
        if self.link:
            parts += [self.link.label, self.link.url, self.link.hint]
        return "".join(parts)
