from . import (
    choice,
    drawing,
    invoice_design,
    receipt_document,
    reminder_document,
    report_labels,
    report_printing,
    statement_document,
    statement_printing,
    takings_document,
)
