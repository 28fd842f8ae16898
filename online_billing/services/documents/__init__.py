from . import choice, drawing, receipt_document, reminder_document, takings_document
