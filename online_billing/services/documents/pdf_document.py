"""What one printed document shows, as finished texts: the border between Odoo and the drawing."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """A column of the table; the width is a share of the free width, None takes the rest."""

    label: str
    width: float | None = None
    right: bool = True
    name: str = ""  # by which a design may leave it out


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


@dataclass(frozen=True)
class BankCode:
    """What a banking application reads from a QR code, and what to do with it."""

    content: str
    hint: str = ""


@dataclass
class Document:
    """Everything that one printed document shows, in the reader's language."""

    title: str
    language: str = "en"
    right_to_left: bool = False
    page_format: str = "A4"
    page_label: str = "%(page)s / %(pages)s"
    company_name: str = ""
    tagline: list[str] = field(default_factory=list)
    company_lines: list[str] = field(default_factory=list)
    logo: bytes | None = None
    color: str = "#000000"  # of titles and headings
    accent: str = "#000000"  # of lines and labels
    sender_line: str = ""
    recipient: list[str] = field(default_factory=list)
    delivery: list[str] = field(default_factory=list)  # where it goes, headed by what that is
    facts: list[tuple[str, str]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)  # paragraphs above the table
    columns: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    schedule: list[str] = field(default_factory=list)
    instructions: list[tuple[str, str]] = field(default_factory=list)
    bank_code: BankCode | None = None
    link: Link | None = None
    closing: list[str] = field(default_factory=list)  # paragraphs below the totals
    notes: list[str] = field(default_factory=list)
    footer: list[str] = field(default_factory=list)

    def get_texts(self):
        """Return all texts that are printed, for the choice of the font."""
        parts = [
            self.title,
            self.page_label,
            self.company_name,
            self.sender_line,
            *self.tagline,
            *self.company_lines,
            *self.recipient,
            *self.delivery,
            *self.schedule,
            *self.text,
            *self.closing,
            *self.notes,
            *self.footer,
        ]
        parts += [text for pair in [*self.facts, *self.instructions] for text in pair]
        parts += [column.label for column in self.columns] + [cell for row in self.rows for cell in row.cells]
        parts += [text for total in self.totals for text in (total.label, total.amount)]
        parts += [self.link.label, self.link.url, self.link.hint] if self.link else []
        parts += [self.bank_code.hint] if self.bank_code else []
        return parts
