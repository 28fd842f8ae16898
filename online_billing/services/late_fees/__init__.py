from . import (
    charge_acts,
    charge_book,
    charge_documents,
    charging,
    day,
    estimate,
    explanation,
    ledger,
    notices,
    review,
    terms,
    waiver,
)
