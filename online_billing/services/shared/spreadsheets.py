"""Tables for spreadsheets: what somebody typed is shown there as a text and never obeyed as a formula."""

import csv
import io
import unicodedata
from decimal import Decimal

import xlsxwriter

BYTE_ORDER_MARK = "\ufeff"  # by which spreadsheets know that letters are UTF-8
FORMULAS = frozenset("=+-@")
MARK = "'"  # as a spreadsheet marks a text that looks like something else
LONGEST_TEXT = 32767  # letters in one cell of a workbook


def is_dangerous(text):
    """Tell whether a spreadsheet may take a text for a formula, or for the end of its cell.

    Wide forms of the signs count as the signs, and blanks before them do not help.
    """
    if not text:
        return False
    first = text[0]
    if first.isspace() or unicodedata.category(first) in ("Cc", "Cf", "Zs"):
        return True
    return unicodedata.normalize("NFKC", first)[:1] in FORMULAS


def neutralise(text):
    """Return a text that no spreadsheet obeys."""
    return f"{MARK}{text}" if is_dangerous(text) else text


def write_csv(heads, rows):
    """Return a table as CSV (RFC 4180): bytes in UTF-8 with a byte order mark, lines end with CR LF.

    :param heads: names of the columns
    :param rows: sequences of texts, Decimals, ints, dates or None; numbers stay numbers, below zero too
    """
    output = io.StringIO(newline="")
    write_csv_to(output, heads, rows)
    return output.getvalue().encode()


def write_csv_to(output, heads, rows):
    """Write a table as CSV row by row, so that no more than one row is held: as :func:`write_csv` returns it.

    :param output: a file of text that leaves line ends as they are
    """
    output.write(BYTE_ORDER_MARK)
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([_get_cell(value) for value in row] for row in rows)


def _get_cell(value):
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str):
        return neutralise(value.replace("\x00", ""))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def open_workbook(output):
    """Return a workbook that takes nothing that is written as a text for a formula or a link.

    :param output: a file of bytes
    """
    return xlsxwriter.Workbook(
        output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )


def fit_into_cell(text):
    """Return a text as long as a cell of a workbook takes; a longer one ends with an ellipsis."""
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
