from . import (
    book,
    charging,
    corrections,
    documents,
    explanation,
    hand_written,
    note_taxes,
    rebilling,
    standing,
    totals,
)
