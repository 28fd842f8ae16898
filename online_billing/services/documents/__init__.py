from . import (
    choice,
    drawing,
    invoice_design,
    receipt_document,
    reminder_document,
    report_labels,
    report_printing,
    takings_document,
)
