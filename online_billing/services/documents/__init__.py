from . import billing_document, receipt_document, reminder_document
