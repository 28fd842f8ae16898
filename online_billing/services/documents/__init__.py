from . import choice, design, drawing, receipt_document, reminder_document, report_labels, takings_document
